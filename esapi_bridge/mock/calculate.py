"""The calculation process of the mock Eclipse: ``python -m esapi_bridge.mock.calculate JOB``.

Eclipse hands calculations to servers; the mock starts this process with a folder:

::

    JOB/request.json   {"schema": 1, "kind": "dose" | "leaf_motion", "grid_mm", "model", "options", "fixed_jaws"}
    JOB/case/          the plan, a case folder
    JOB/result/        written on success: the case with doses, or with leaf motions, filled in
    JOB/log.json       {"schema": 1, "success", "lines", "beams": {beam number: lines}, "intended_use"}

Exit code 0 when everything asked for was calculated, otherwise 1; a failed calculation leaves a log and no result.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from dosenet.threads import wait_passively
from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Beam, Case, Dose, Grid, Volume
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.case.folder import read_case, write_case
from esapi_bridge.case.orientation import reindex, to_lps
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.errors import BridgeError, faults_of, where_in_own_code
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.mock.database import GRID_OPTION
from esapi_bridge.planning.engines import Engine, dose_grids, dose_in_body, physics_engines, respaced
from esapi_bridge.planning.export import SCATTER_MARGIN_MM
from esapi_bridge.planning.fields import METERSET_MU, heights_mm
from esapi_bridge.planning.leaf_sequencing import sliding_window

DEFAULT_GRID_MM = 2.5

ACCURATE = "collapsed cone"
"""Dose models of this name are played by the accurate engine, all others by the fast one; the log says by which."""


class Request(BaseModel):
    """What is to be calculated, ``request.json``."""

    schema_version: Literal[1] = Field(alias="schema")
    kind: Literal["dose", "leaf_motion"]
    model: str
    grid_mm: float | None = Field(default=None, ge=0.5, le=10.0)
    options: dict[str, str] = {}
    fixed_jaws: bool = False


@dataclass
class Log:
    """What a calculation has to say; it failed if any line was an error."""

    lines: list[str] = field(default_factory=lambda: [INTENDED_USE])
    beams: dict[int, list[str]] = field(default_factory=dict)
    success: bool = True

    def say(self, line: str, beam: Beam | None = None) -> None:
        """Add a line about a beam, or about the plan."""
        (self.lines if beam is None else self.beams.setdefault(beam.number, [])).append(line)

    def fail(self, line: str, beam: Beam | None = None) -> None:
        """Add an error."""
        self.success = False
        self.say(f"Error: {line}", beam)


def main(arguments: list[str] | None = None) -> int:
    """Calculate one job and return the exit code."""
    wait_passively()
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("expected one argument, the folder of a job\n")
        return 1
    job, log = Path(arguments[0]), Log()
    try:
        case = calculate(_request(job), read_case(job / "case"), log)
        if case is not None:
            write_case(case, job / "result")
    except BridgeError as error:
        log.fail(str(error))
    except Exception as error:  # noqa: BLE001  the caller reads the log; a trace may hold a path
        log.fail(f"unexpected {where_in_own_code(error)}")
    _write_log(job, log)
    return 0 if log.success else 1


def calculate(request: Request, case: Case, log: Log) -> Case | None:
    """Do what a request asks of a case.

    Parameters
    ----------
    request
        Dose or leaf motions.
    case
        The plan.
    log
        Told what was done, beam by beam, and what was wrong.

    Returns
    -------
    Case or None
        The case with doses or leaf motions; None if anything failed.
    """
    if not case.plan.treatment_beams:
        log.fail("the plan must have treatment beams, found none")
        return None
    return _doses(request, case, log) if request.kind == "dose" else _leaf_motions(request, case, log)


def _doses(request: Request, case: Case, log: Log) -> Case | None:
    """Dose of every treatment beam and of the plan: all fractions, Gy."""
    outlines = case.body_outlines
    if len(outlines) != 1:
        log.fail(f"a dose calculation needs one body outline (type EXTERNAL), found {len(outlines)}")
        return None
    engines = {beam.number: _engine(request.model, beam, log) for beam in case.plan.treatment_beams}
    if not log.success:
        return None
    ct = to_lps(case.ct)
    body = rasterise(outlines[0], ct.grid)
    spacing_mm = _spacing_mm(request, case)
    position = case.plan.patient_position
    fractions = case.plan.fractions or 1
    doses: dict[int, Dose] = {}
    beams: list[Beam] = []
    grid: Grid | None = None
    for given in case.plan.beams:
        engine = engines.get(given.number)
        beam = given if engine is None else _with_meterset(given, log)
        beams.append(beam)
        if engine is None:
            continue
        grid = grid or _grid(case, ct, body, spacing_mm)
        try:
            dose = dose_in_body(engine, ct, body, beam, grid, position)
        except ValueError as error:
            log.fail(str(error), beam)
            continue
        volume = replace(dose.volume, values=dose.gy * np.float32(fractions))
        doses[beam.number] = replace(dose, volume=reindex(volume, case.ct.grid.axes))
        log.say(
            f"{dose.algorithm}: {beam.meterset_mu:.1f} MU, {fractions} fraction(s), grid {spacing_mm:g} mm, "
            f"{' x '.join(map(str, grid.size))} voxels, maximum {float(volume.values.max()):.3f} Gy",
            beam,
        )
    if len(doses) < len(engines):
        return None
    log.say(f"{request.model}: dose of {len(doses)} beam(s) calculated by {next(iter(doses.values())).algorithm}")
    plan = replace(case.plan, beams=tuple(beams))
    return replace(case, plan=plan, plan_dose=sum_doses(list(doses.values())), beam_doses=doses)


def _leaf_motions(request: Request, case: Case, log: Log) -> Case | None:
    """Sliding-window leaf motions of every treatment beam; doses are dropped, they belong to other leaves."""
    from esapi_bridge.planning.physics import load_beam_model
    from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence

    beams: list[Beam] = []
    for beam in case.plan.beams:
        if beam.is_setup:
            beams.append(beam)
            continue
        try:
            _require_still_gantry(beam)
            motion = sliding_window(
                beam, mu_per_fluence(load_beam_model(beam.energy_label)), fixed_jaws=request.fixed_jaws
            )
        except (BridgeError, ValueError) as error:
            log.fail(str(error), beam)
            continue
        beams.append(motion.beam)
        jaws = motion.beam.control_points[0].jaws
        log.say(
            f"Sliding window, {len(motion.beam.control_points)} control points, {motion.beam.meterset_mu:.1f} MU, jaws "
            f"{'kept' if request.fixed_jaws else 'fitted'} at x {jaws.x1_mm:g} to {jaws.x2_mm:g} mm, "
            f"y {jaws.y1_mm:g} to {jaws.y2_mm:g} mm",
            motion.beam,
        )
        log.say(f"Largest difference from the wanted fluence {100 * motion.worst:.1f} % of its maximum", motion.beam)
        if motion.carriage_groups > 1:
            log.say(
                f"Wider than the leaves of a bank may stand apart: {motion.carriage_groups} carriage groups",
                motion.beam,
            )
        if motion.outside > 0:
            log.say(f"Warning: {100 * motion.outside:.1f} % of the fluence lies outside the fixed jaws", motion.beam)
    if not log.success:
        return None
    log.say(f"{request.model}: leaf motions of {len(case.plan.treatment_beams)} beam(s) calculated as sliding windows")
    return replace(case, plan=replace(case.plan, beams=tuple(beams)), plan_dose=None, beam_doses={})


def _engine(model: str, beam: Beam, log: Log) -> Engine | None:
    """Find the engine of a model for a beam; says what is in the way."""
    try:
        _require_still_gantry(beam)
        engines = physics_engines(beam.energy_label)
    except (BridgeError, ValueError) as error:
        log.fail(str(error), beam)
        return None
    return engines.fine if model.startswith(ACCURATE) else engines.coarse


def _require_still_gantry(beam: Beam) -> None:
    if beam.is_arc:
        raise BridgeError("the mock calculates beams at one gantry angle, found an arc")


def _with_meterset(beam: Beam, log: Log) -> Beam:
    if beam.meterset_mu > 0:
        return beam
    log.say(f"No monitor units stated: {METERSET_MU:g} MU assumed", beam)
    return replace(beam, meterset_mu=METERSET_MU)


def _spacing_mm(request: Request, case: Case) -> float:
    """Spacing of the dose grid: as requested, else the plan's option (a text in cm)."""
    if request.grid_mm is not None:
        return request.grid_mm
    stated = request.options.get(GRID_OPTION) or case.plan.calculation_options.get(GRID_OPTION)
    try:
        return DEFAULT_GRID_MM if stated is None else 10.0 * float(stated)
    except ValueError as error:
        raise BridgeError(f"{GRID_OPTION} must be a number of centimetres, found {stated!r:.20}") from error


def _grid(case: Case, ct: Volume, body: NDArray[np.bool_], spacing_mm: float) -> Grid:
    """Lay the dose grid over the box that an earlier dose of the plan had, else over the body near the fields."""
    for dose in (case.plan_dose, *case.beam_doses.values()):
        if dose is not None:
            return respaced(to_lps(dose.volume).grid, spacing_mm)
    low, high = heights_mm(case.plan.treatment_beams, case.plan.patient_position)
    z_range = (low - SCATTER_MARGIN_MM, high + SCATTER_MARGIN_MM)
    try:
        return respaced(dose_grids(ct, body, z_range_mm=z_range).coarse, spacing_mm)
    except ValueError as error:
        raise BridgeError(f"no dose grid can be laid: {error}") from error


def _request(job: Path) -> Request:
    try:
        return Request.model_validate_json((job / "request.json").read_bytes())
    except OSError as error:
        raise BridgeError("expected request.json in the folder of the job, found none") from error
    except ValidationError as error:
        raise BridgeError(f"request.json must follow schema 1: {faults_of(error)}") from error


def _write_log(job: Path, log: Log) -> None:
    content = {
        "schema": 1,
        "success": log.success,
        "lines": log.lines,
        "beams": {str(number): lines for number, lines in log.beams.items()},
        "intended_use": INTENDED_USE,
    }
    write_whole_file(job / "log.json", json.dumps(content, indent=1).encode())


if __name__ == "__main__":
    sys.exit(main())
