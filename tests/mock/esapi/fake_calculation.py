"""Stands in for the calculation process: a dose or leaf motions that are easy to foretell. Started as a program."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Case, ControlPoint, Dose, DoseKind, FluenceMap, Grid, Unit, Volume
from esapi_bridge.case.folder import read_case, write_case

LEAF_PAIRS = 5


def dose(case: Case, grid_mm: float) -> Case:
    """Beam n has dose n + column index in every voxel, the plan their sum."""
    grid = Grid((4, 2, 3), (grid_mm,) * 3, case.ct.grid.origin_mm, case.ct.grid.direction)
    ramp = np.broadcast_to(np.arange(4, dtype=np.float32), grid.shape)
    beams = {
        beam.number: Dose(Volume(ramp + beam.number, grid, Unit.GY), DoseKind.BEAM, beam.number)
        for beam in case.plan.treatment_beams
    }
    total = np.sum([beam.gy for beam in beams.values()], axis=0)
    return replace(case, plan_dose=Dose(Volume(total, grid, Unit.GY), DoseKind.PLAN), beam_doses=beams)


def leaf_motion(case: Case) -> Case:
    """Every beam gets two control points, leaf n open from -n to 10 + n mm, and a meterset of 200 plus its number."""
    leaves = np.stack([-np.arange(LEAF_PAIRS, dtype=float), 10.0 + np.arange(LEAF_PAIRS)])
    beams = []
    for beam in case.plan.beams:
        if beam.is_setup:
            beams.append(beam)
            continue
        first = beam.control_points[0]
        points = tuple(
            ControlPoint(w, first.gantry_deg, first.collimator_deg, first.couch_deg, first.jaws, leaves + w)
            for w in (0.0, 1.0)
        )
        boundaries = np.linspace(-25, 25, LEAF_PAIRS + 1)
        beams.append(
            replace(beam, control_points=points, mlc_boundaries_mm=boundaries, meterset_mu=200.0 + beam.number)
        )
    return replace(case, plan=replace(case.plan, beams=tuple(beams)))


def optimise(case: Case) -> Case:
    """Every beam gets a fluence of two rows and three columns that holds its number."""
    beams = tuple(
        replace(b, fluence=None if b.is_setup else FluenceMap(np.full((2, 3), b.number, np.float32), -2.5, 1.25))
        for b in case.plan.beams
    )
    return replace(case, plan=replace(case.plan, beams=beams), plan_dose=None, beam_doses={})


def main() -> int:
    """Calculate ``JOB``, the last argument."""
    job = Path(sys.argv[-1])
    print("noise " * 20000)  # noqa: T201 -- more than a pipe holds
    request = json.loads((job / "request.json").read_text())
    success = "FAKE_CALCULATION_FAILS" not in os.environ
    case = read_case(job / "case")
    given = case.plan_dose
    told = {
        "arguments": sys.argv[1:-1],
        "request": request,
        "dose": None if given is None else [given.grid.size, given.grid.origin_mm, float(given.gy.max())],
        "leaf_pairs": {
            b.number: len(b.mlc_boundaries_mm) - 1 for b in case.plan.beams if b.mlc_boundaries_mm is not None
        },
    }
    with Path(os.environ["FAKE_CALCULATION_EVIDENCE"]).open("a") as file:
        file.write(json.dumps(told) + "\n")
    if success:
        kinds = {
            "dose": lambda: dose(case, request["grid_mm"]),
            "leaf_motion": lambda: leaf_motion(case),
            "optimise_arcs": lambda: leaf_motion(case),
        }
        write_case(kinds.get(request["kind"], lambda: optimise(case))(), job / "result")
    log = {"success": success, "beams": {"1": ["of beam 1"]}, "lines": ["of all"]}
    log["optimisation"] = {"iterations": 12, "objective": 3.5, "structures": {"1": 3.25}}
    (job / "log.json").write_text(json.dumps(log))
    return 0 if success else 1


if __name__ == "__main__":
    sys.exit(main())
