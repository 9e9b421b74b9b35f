"""Fields for a plan that has none: those of the wanted-dose network's card, around its PTV; nothing is predicted.

``result.json`` of schema 1::

    {"schema": 1, "intended_use": "...", "task": "fields", "target": "PTV", "isocentre_mm": [4.0, -6.0, 10.0],
     "fields": [{"name": "G051", "gantry_deg": 51.0, "x1_mm": -41.0, "x2_mm": 40.0, "y1_mm": -31.0, "y2_mm": 31.0},
                ...]}

Collimator and couch stand at 0. The plan is checked as the fluence task will check it once it has these fields, so that
what would be refused then is refused before anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from esapi_bridge.case import Beam, Case, ControlPoint, Jaws, Technique
from esapi_bridge.case.beam import energy_of
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.folder import read_case
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.case.schema import ArrayFile
from esapi_bridge.checks import Outcome, Verdict, refusal, require
from esapi_bridge.checks.commissioned import commissioned
from esapi_bridge.checks.fluence import Contoured, check_fluence_plan, contours_on_ct, prescription
from esapi_bridge.checks.wanted_dose import check_prediction
from esapi_bridge.models import WantedDoseCard, find_model
from esapi_bridge.models.site import at_site
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.run import DEFAULT_MODEL
from esapi_bridge.tasks.fluence.scene import label_grid, label_masks
from esapi_bridge.tasks.fluence.structure_names import label_structures, read_table
from esapi_bridge.tasks.fluence.wanted_dose import find_predictor, optional_labels
from esapi_bridge.tasks.job_options import JobOptions
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.result_folder import ResultDescription, write_description

MARGIN_MM = 10.0
"""Of the jaws around the PTV's shadow, as in the plans that the networks learned from."""

SAD_MM = 1000.0


class FieldsOptions(JobOptions):
    """Options of a fields job, beside those of every job.

    Parameters
    ----------
    machine, energy
        Of the fields: machine as the planning system calls it, energy as Eclipse displays it.
    model, dose_model, structures
        As for a fluence job.
    """

    machine: str
    energy: str
    model: str = DEFAULT_MODEL
    dose_model: str | None = None
    structures: dict[str, str | tuple[str, ...] | None] | None = None


class OfferedField(BaseModel):
    """One field: name, gantry angle in degrees (IEC 61217), jaws in mm at the isocentre."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    gantry_deg: float
    x1_mm: float
    x2_mm: float
    y1_mm: float
    y2_mm: float


class OfferedFields(ResultDescription):
    """The fields, with the PTV they are made for and their isocentre in LPS, mm."""

    task: Literal["fields"] = "fields"
    target: str
    isocentre_mm: tuple[float, float, float]
    fields: Annotated[tuple[OfferedField, ...], Field(min_length=1)]

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """None."""
        return ()


def run_fields_job(
    case_folder: Path,
    out: Path,
    options: Mapping[str, Any],
    *,
    networks: Networks,  # noqa: ARG001  a job of this room, though none is loaded
    progress: Progress | None = None,
) -> OfferedFields:
    """Offer fields for a case folder without treatment beams, with `FieldsOptions`; else as `run_dose_job`."""
    chosen = FieldsOptions.read(options, "fields")
    if progress is not None:
        progress("fields", 0, 1)
    table = read_table().named(chosen.structures or {})
    model, predictor = find_model(chosen.model, "fluence"), find_predictor(chosen.dose_model)
    if predictor is None or not predictor.card.use.gantry_deg:
        raise refusal([Verdict("wanted_dose", Outcome.REFUSE, "a network whose card names gantry angles", "none")])
    case = along_patient_axes(read_case(case_folder))
    labelled = label_structures(case.structures, table, optional_labels(model, predictor))
    require([prescription(case), *labelled.verdicts])
    grid = label_grid(labelled.structures)
    drawn = Contoured(grid, label_masks(labelled.structures, grid, case.slice_mm))
    points = drawn.points_mm("PTV")
    beams = offered_beams(case, predictor.card, points, chosen.machine, chosen.energy)
    planned = replace(case, plan=replace(case.plan, beams=beams))
    with at_site(chosen.site):
        standing = commissioned(model)
    require(
        [
            standing,
            *check_fluence_plan(planned, model.card, None, chosen.accessories, predicted=True),
            *check_prediction(planned, predictor.card),
            contours_on_ct(planned, drawn),
        ]
    )
    offered = OfferedFields(
        target=labelled.structures["PTV"][0].name,
        isocentre_mm=beams[0].isocentre_mm,
        fields=tuple(map(_described, beams)),
    )
    write_description(offered, {}, out)
    return offered


def offered_beams(
    case: Case, card: WantedDoseCard, ptv_mm: NDArray[np.float64], machine: str, energy: str
) -> tuple[Beam, ...]:
    """Place the fields of a card around a PTV: isocentre in the middle of its box, jaws around its shadow.

    Parameters
    ----------
    case
        The case, axes along LPS.
    card
        Says the gantry angles.
    ptv_mm
        LPS positions ``(n, 3)`` within the PTV, mm.
    machine, energy
        See `FieldsOptions`.

    Raises
    ------
    BridgeError
        If `energy` is no photon energy.
    """
    energy_mv, mode = energy_of(energy)
    x, y, z = (float(round(middle)) for middle in (ptv_mm.min(axis=0) + ptv_mm.max(axis=0)) / 2)
    beams = []
    for number, gantry_deg in enumerate(card.use.gantry_deg, start=1):
        closed = ControlPoint(0.0, gantry_deg, 0.0, 0.0, Jaws(-1.0, 1.0, -1.0, 1.0))
        beam = Beam(
            number, f"G{gantry_deg:03.0f}", machine, energy_mv, mode, Technique.STATIC, (x, y, z), SAD_MM, 0.0,
            (closed,),
        )  # fmt: skip
        seen = beam_frame(beam, case.plan.patient_position).project(ptv_mm)
        (x1, y1), (x2, y2) = np.floor(seen.min(axis=0) - MARGIN_MM), np.ceil(seen.max(axis=0) + MARGIN_MM)
        first = replace(closed, jaws=Jaws(float(x1), float(x2), float(y1), float(y2)))
        beams.append(replace(beam, control_points=(first, replace(first, meterset_weight=1.0))))
    return tuple(beams)


def _described(beam: Beam) -> OfferedField:
    first = beam.control_points[0]
    jaws = first.jaws
    return OfferedField(
        name=beam.name,
        gantry_deg=first.gantry_deg,
        x1_mm=jaws.x1_mm,
        x2_mm=jaws.x2_mm,
        y1_mm=jaws.y1_mm,
        y2_mm=jaws.y2_mm,
    )
