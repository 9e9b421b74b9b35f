"""Doses of a planned patient, beam by beam, and what makes them those of a prescription."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esapi_bridge.case import Beam, Dose, Grid, PatientPosition
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.arcs import still_parts
from esapi_bridge.planning.engines import COARSE_MM, Engine, Engines, dose_grids, dose_in_body, respaced
from esapi_bridge.planning.fields import heights_mm
from esapi_bridge.planning.imrt.delivery import on_grid
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.plan import PlannedFields
from esapi_bridge.progress import Progress

SCATTER_MARGIN_MM = 40.0
"""How far above and below the fields doses are calculated."""


class PlanDoses:
    """Doses of all fractions by two engines; counts the parts of arcs that are done.

    Parameters
    ----------
    subject, planned, position
        The patient, the plan, and how the patient lies.
    engines
        A fast and an accurate one.
    grid_mm
        Spacing of the fast doses; when None what planning ended with, or 5 mm.
    reference
        Whether the accurate doses will be asked for.
    progress
        Told at every step.
    """

    def __init__(
        self,
        subject: Subject,
        planned: PlannedFields,
        position: PatientPosition,
        engines: Engines,
        *,
        grid_mm: float | None = None,
        reference: bool = True,
        progress: Progress | None = None,
    ) -> None:
        self._subject, self._position, self._engines, self._progress = subject, position, engines, progress
        low, high = heights_mm(planned.beams, position)
        self._grids = dose_grids(
            subject.ct, subject.body, z_range_mm=(low - SCATTER_MARGIN_MM, high + SCATTER_MARGIN_MM)
        )
        self._done, self._fractions = 0, planned.fractions
        is_new = planned.plan_dose is None or grid_mm is not None
        parts = sum(len(still_parts(beam)) for beam in planned.beams)
        self._total = max(1, parts * (int(is_new) + int(reference)))
        self.planned = self._calculated(planned, grid_mm) if is_new else planned
        """The plan with its doses, and with the monitor units that its prescription takes."""

    def accurate(self, beam: Beam) -> Dose:
        """Calculate a beam of the plan with the accurate engine at 1.25 mm."""
        return self._dose(beam, self._engines.fine, self._grids.fine)

    def tell(self, what: str, *, end: bool = False) -> None:
        """Tell the progress of something else between the doses, or that all is done."""
        if self._progress is not None:
            self._progress(what, self._total if end else self._done, self._total)

    def _calculated(self, planned: PlannedFields, grid_mm: float | None) -> PlannedFields:
        grid = self._grids.coarse if grid_mm in (None, COARSE_MM) else respaced(self._grids.coarse, grid_mm)
        doses = {beam.number: self._dose(beam, self._engines.coarse, grid) for beam in planned.beams}
        found = replace(planned, plan_dose=sum_doses(list(doses.values())), beam_doses=doses)
        return normalised(self._subject, found)

    def _dose(self, beam: Beam, engine: Engine, grid: Grid) -> Dose:
        what = f"dose of beam {beam.number} at {grid.spacing_mm[0]:g} mm"
        self.tell(what)

        def part_done(_done: int, _of: int) -> None:
            self._done += 1
            self.tell(what)

        dose = dose_in_body(engine, self._subject.ct, self._subject.body, beam, grid, self._position, part_done)
        self._done += 1
        return _scaled(dose, self._fractions)


def normalised(subject: Subject, planned: PlannedFields) -> PlannedFields:
    """Scale a plan with a prescription so that this is the mean dose of the target; its quality is left as it is.

    Raises
    ------
    RefusedError
        If the target gets no dose.
    """
    dose = planned.plan_dose
    if planned.prescription_gy is None or dose is None:
        return planned
    target = on_grid(subject.target, subject.ct.grid, dose.grid)
    mean_gy = float(dose.gy[target].mean(dtype=np.float64)) if target.any() else 0.0
    if not mean_gy > 0:
        raise RefusedError("a plan is normalised to the mean dose of its target, found a target without dose")
    scale = planned.prescription_gy / mean_gy
    return replace(
        planned,
        beams=tuple(_scaled_beam(beam, scale) for beam in planned.beams),
        plan_dose=_scaled(dose, scale),
        beam_doses={number: _scaled(one, scale) for number, one in planned.beam_doses.items()},
    )


def _scaled_beam(beam: Beam, scale: float) -> Beam:
    fluence = beam.fluence and replace(beam.fluence, values=beam.fluence.values * np.float32(scale))
    return replace(beam, meterset_mu=beam.meterset_mu * scale, fluence=fluence)


def _scaled(dose: Dose, scale: float) -> Dose:
    return replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(scale)))
