"""The dose task on a case folder: what the worker runs for a plan that is open in Eclipse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esapi_bridge.case.folder import read_case
from esapi_bridge.folders.sealed import SUMS_FILE
from esapi_bridge.models.site import at_site
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.dose.result import write_doses
from esapi_bridge.tasks.dose.run import DEFAULT_MODEL, DoseRun
from esapi_bridge.tasks.job_options import JobOptions
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.run import Output
from esapi_bridge.tasks.run_record import InputFile, file_sha256


class DoseOptions(JobOptions):
    """Options of a dose job, beside those of every job.

    Parameters
    ----------
    model
        Name of an installed network, or its folder.
    per_beam
        See `run_dose`.
    """

    model: str = DEFAULT_MODEL
    per_beam: bool | None = None


def run_dose_job(
    case_folder: Path,
    out: Path,
    options: Mapping[str, Any],
    *,
    networks: Networks,
    progress: Progress | None = None,
) -> DoseRecord:
    """Compute the fine dose of a case folder.

    Parameters
    ----------
    case_folder
        As `write_case` or the scripts in Eclipse write it; only read.
    out
        An empty folder; result, ``run.json`` and report go there. The caller puts it in its place when all is done.
    options
        As `DoseOptions`.
    networks
        The networks already loaded; kept from job to job.
    progress
        Called for every step and every batch of slices. Raising from it ends the run.

    Raises
    ------
    RefusedError
        If a check refuses, naming it and both values.
    BridgeError
        If the options are unknown or the case cannot be read.
    """
    wanted = DoseOptions.read(options, "dose")
    run = DoseRun(wanted.model, networks, progress)
    with run.step("read"):
        case = read_case(case_folder)
        source = InputFile(kind="CASE", sha256=file_sha256(case_folder / SUMS_FILE))
    with at_site(wanted.site):
        dose = run.calculate(case, per_beam=wanted.per_beam, accessories=wanted.accessories)
    with run.step("write"):
        files = write_doses(dose.doses, out)
    return run.conclude(dose, Output(out, files, (source,), wanted.report))
