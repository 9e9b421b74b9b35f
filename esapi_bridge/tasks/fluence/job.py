"""The fluence task on a case folder: what the worker runs for a plan that is open in Eclipse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from esapi_bridge.case.folder import read_case
from esapi_bridge.folders.sealed import SUMS_FILE
from esapi_bridge.goals import read_goals
from esapi_bridge.models.site import at_site
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.goals import goal_parts
from esapi_bridge.tasks.fluence.record import FluenceRecord
from esapi_bridge.tasks.fluence.result import PlanFluences, write_fluences
from esapi_bridge.tasks.fluence.run import DEFAULT_MODEL, FluenceRun
from esapi_bridge.tasks.fluence.structure_names import read_table
from esapi_bridge.tasks.job_options import JobOptions
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.reference import read_wanted_dose
from esapi_bridge.tasks.run import Output
from esapi_bridge.tasks.run_record import InputFile, file_sha256


class FluenceOptions(JobOptions):
    """Options of a fluence job, beside those of every job.

    Parameters
    ----------
    model
        Name of an installed network, or its folder.
    wanted_dose
        RT Dose file that the fluences shall give; None for the dose of the plan.
    reference_dose
        RT Dose file of a reference plan, to whose mean dose in the PTV the plan is normalised; None: the wanted dose.
    dose_model, from_contours, spare
        See `FluenceRun.calculate`, `spare` as its `spare_factors`.
    structures
        Structures named outright, by label: one name, several, or None for no such structure.
    structure_table
        A site's own table of structure names; None for the one of this package.
    goals_table
        A site's own table of plan goals; None for the one of this package.
    """

    model: str = DEFAULT_MODEL
    wanted_dose: Path | None = None
    reference_dose: Path | None = None
    dose_model: str | None = None
    from_contours: bool = False
    spare: dict[str, float] = Field(default_factory=dict)
    structures: dict[str, str | tuple[str, ...] | None] | None = None
    structure_table: Path | None = None
    goals_table: Path | None = None


def run_fluence_job(
    case_folder: Path,
    out: Path,
    options: Mapping[str, Any],
    *,
    networks: Networks,
    progress: Progress | None = None,
) -> FluenceRecord:
    """Compute the optimal fluences of a case folder with `FluenceOptions`; all else is as for `run_dose_job`."""
    chosen = FluenceOptions.read(options, "fluence")
    table = read_table(chosen.structure_table).named(chosen.structures or {})
    goals = read_goals(chosen.goals_table)
    run = FluenceRun(chosen.model, networks, progress)
    with run.step("read"):
        case = read_case(case_folder)
        inputs = [InputFile(kind="CASE", sha256=file_sha256(case_folder / SUMS_FILE))]
        if chosen.goals_table:
            inputs.append(InputFile(kind="PLAN GOALS", sha256=file_sha256(chosen.goals_table)))
        wanted = reference = None
        if chosen.wanted_dose:
            wanted, files = read_wanted_dose(chosen.wanted_dose, case)
            inputs += [InputFile(kind="RTDOSE WANTED", sha256=file_sha256(file)) for file in files]
        if chosen.reference_dose:
            reference, files = read_wanted_dose(chosen.reference_dose, case, "reference dose")
            inputs += [InputFile(kind="REFERENCE", sha256=file_sha256(file)) for file in files]
    with at_site(chosen.site):
        plan = run.calculate(
            case,
            table,
            wanted_dose=wanted,
            reference_dose=reference,
            dose_model=chosen.dose_model,
            from_contours=chosen.from_contours,
            spare_factors=chosen.spare,
            accessories=chosen.accessories,
            goals=goals,
        )
    with run.step("write"):
        asked = goal_parts(plan.goals, plan.structures)
        written = write_fluences(PlanFluences(plan.beams, plan.prescription, plan.normalisation, asked), out)
    clinical = {b.number: b.fluence for b in case.plan.treatment_beams if b.fluence is not None}
    return run.conclude(plan, Output(out, written, tuple(inputs), chosen.report), clinical=clinical)
