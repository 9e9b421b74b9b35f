"""The calculation process of the mock Eclipse: ``python -m esapi_bridge.mock.calculate JOB``.

Eclipse hands calculations to servers; the mock starts this process with a folder:

::

    JOB/request.json   `esapi_bridge.mock.calculation.request`
    JOB/case/          the plan, a case folder
    JOB/result/        written on success: the case with doses, leaf motions or optimal fluences filled in
    JOB/log.json       {"schema": 1, "success", "lines", "beams": {beam number: lines}, "optimisation", "intended_use"}

Exit code 0 when everything asked for was calculated, otherwise 1; a failed calculation leaves a log and no result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from esapi_bridge.case import Case
from esapi_bridge.case.folder import read_case, write_case
from esapi_bridge.errors import BridgeError, where_in_own_code
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.request import Request, read_request

Calculation = Callable[[Request, Case, Log], Case | None]


def main(arguments: list[str] | None = None) -> int:
    """Calculate one job and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("expected one argument, the folder of a job\n")
        return 1
    job, log = Path(arguments[0]), Log()
    try:
        case = calculate(read_request(job / "request.json"), read_case(job / "case"), log)
        if case is not None:
            write_case(case, job / "result")
    except BridgeError as error:
        log.fail(str(error))
    except Exception as error:  # noqa: BLE001  the caller reads the log; a trace may hold a path
        log.fail(f"unexpected {where_in_own_code(error)}")
    log.write(job / "log.json")
    return 0 if log.success else 1


def calculate(request: Request, case: Case, log: Log) -> Case | None:
    """Carry out a request on a case.

    Parameters
    ----------
    request
        Dose, leaf motions or an optimisation.
    case
        The plan.
    log
        Receives what was done, beam by beam, and what was wrong.

    Returns
    -------
    Case or None
        The case with what was asked for; None if anything failed.
    """
    if not case.plan.treatment_beams:
        log.fail("the plan must have treatment beams, found none")
        return None
    return _calculation(request.kind)(request, case, log)


def _calculation(kind: str) -> Calculation:
    """What is calculated; a process imports what its kind of request needs."""
    if kind == "dose":
        from esapi_bridge.mock.calculation.dose import calculate_dose

        return calculate_dose
    if kind == "leaf_motion":
        from esapi_bridge.mock.calculation.leaf_motion import calculate_leaf_motions

        return calculate_leaf_motions
    if kind == "optimise":
        from esapi_bridge.mock.calculation.optimisation import optimise_fluence

        return optimise_fluence
    from esapi_bridge.mock.calculation.arc_optimisation import optimise_arcs

    return optimise_arcs


if __name__ == "__main__":
    sys.exit(main())
