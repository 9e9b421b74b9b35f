"""Optimisations as the mock Eclipse asks for them, against the optimiser called directly and the dose delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Beam, Case, Dose, Jaws, Structure
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.imrt.beams import fluence_around
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.imrt.objectives import FallOff, Goals, Objective
from esapi_bridge.planning.imrt.optimiser import optimise
from esapi_bridge.planning.imrt.sample_points import sample_points
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.density import density_from_hu
from tests.cases import ellipse
from tests.mock.test_calculate import LEAVES, dose_job, run, water_case

TARGET, ORGAN = 7, 8
FRACTIONS = 5


def ball(number: int, name: str, y_mm: float, radius: float) -> Structure:
    contours = ellipse((0.0, y_mm), (radius, radius), np.arange(-20.0, 21.0, 4.0))
    return Structure(number, name, "PTV" if number == TARGET else "ORGAN", (9, 9, 9), contours)


FIELDS = tuple(
    open_beam(n, (0.0, 0.0, 0.0), Jaws(-30, 30, -30, 30), g, meterset_mu=60.0) for n, g in ((1, 0.0), (2, 140.0))
)


def case(beams: tuple[Beam, ...] = FIELDS) -> Case:
    made = water_case(*beams, fractions=FRACTIONS)
    both = ball(TARGET, "T", 0.0, 20.0), ball(ORGAN, "O", 34.0, 10.0)
    return replace(made, structures=(*made.structures, *both))


def point(structure: int, operator: str, dose_gy: float, volume: float, priority: float) -> dict[str, Any]:
    return {
        "kind": "point", "structure": structure, "operator": operator, "dose_gy": dose_gy, "volume_percent": volume,
        "priority": priority,
    }  # fmt: skip


def mean(structure: int, dose_gy: float, priority: float) -> dict[str, Any]:
    return {**point(structure, "upper", dose_gy, 0.0, priority), "kind": "mean"}


LOWER, UPPER = point(TARGET, "lower", 10.0, 100.0, 100.0), point(TARGET, "upper", 10.5, 0.0, 100.0)


def wanted(*objectives: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"objectives": list(objectives), "normal_tissue": None, "beams": [], "jaw_tracking": False, **more}


def optimised(folder: Path, *objectives: dict[str, Any], given: Case | None = None, **request: Any) -> Case:
    code, log, result = run(
        folder, given or case(), kind="optimise", model="m", iterations=20,
        optimisation=request.pop("optimisation", wanted(*objectives)), **request,
    )  # fmt: skip
    assert code == 0, log
    assert log["optimisation"]["iterations"] <= 20
    assert result is not None
    return result


def delivered(folder: Path, plan: Case) -> Dose:
    """Dose behind the leaves that deliver the fluence: another engine than the optimiser's."""
    code, log, moved = run(folder / "leaves", plan, kind="leaf_motion", model=LEAVES)
    assert code == 0, log
    assert moved is not None
    dose = dose_job(folder / "dose", moved, grid_mm=4.0).plan_dose
    assert dose is not None
    return dose


def inside(dose: Dose, plan: Case, number: int) -> np.ndarray:
    structure = next(s for s in plan.structures if s.number == number)
    return dose.gy[rasterise(structure, dose.grid, plan.slice_mm)]


def maps(plan: Case) -> list[np.ndarray]:
    return [np.asarray(beam.fluence.values) for beam in plan.plan.beams if beam.fluence is not None]


def test_fluence_is_the_optimiser_s(tmp_path: Path) -> None:
    given = case()
    found = optimised(tmp_path, LOWER, UPPER, mean(ORGAN, 4.0, 50.0))
    grid, beams = given.ct.grid, given.plan.beams
    masks = {s.name: rasterise(s, grid, given.slice_mm) for s in given.structures}
    names = {"BODY": masks[given.body_outlines[0].name], "PTV": masks["T"], "T": masks["T"], "O": masks["O"]}
    points = sample_points(names, grid)
    seen = grid.to_patient(np.argwhere(masks["T"])[:, ::-1])
    around = tuple(fluence_around(beam, seen, given.plan.patient_position) for beam in beams)
    operator = DoseOperator(
        around, load_beam_model("10X-FFF"), density_from_hu(given.ct.values), grid, points.points_mm
    )
    goals = Goals(
        (
            Objective("T", 1.0, 3000.0, lower=True, upper=False),
            Objective("T", 1.05, 3000.0),
            Objective("O", 0.4, 1500.0, mean=True),
        ),
        FallOff(weight=0.0),
        smooth_x=24.0,
        smooth_y=18.0,
    )
    alone = optimise(around, operator, points, 10.0 / FRACTIONS, goals, 20, normalise=False)
    for ours, theirs in zip(maps(found), alone.beams, strict=True):
        assert theirs.fluence is not None
        np.testing.assert_allclose(ours, theirs.fluence.values, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_lower_objective_raises_the_target_and_an_organ_s_mean_falls(tmp_path: Path) -> None:
    start = dose_job(tmp_path / "open", case(), grid_mm=4.0).plan_dose
    assert start is not None
    aimed = optimised(tmp_path / "a", LOWER, UPPER)
    dose = delivered(tmp_path / "a", aimed)
    d95 = np.quantile(inside(dose, aimed, TARGET), 0.05)
    assert np.quantile(inside(start, case(), TARGET), 0.05) < 0.7 * d95
    assert d95 == pytest.approx(10.0, abs=0.6)
    spared = optimised(tmp_path / "b", LOWER, UPPER, mean(ORGAN, 0.0, 3.0))
    less = delivered(tmp_path / "b", spared)
    assert inside(less, spared, ORGAN).mean() < 0.93 * inside(dose, aimed, ORGAN).mean()
    assert np.quantile(inside(less, spared, TARGET), 0.05) > 9.0


def test_going_on_begins_where_it_ended(tmp_path: Path) -> None:
    first = optimised(tmp_path / "a", LOWER, UPPER)
    again = optimised(tmp_path / "b", LOWER, UPPER, given=first, start_with_fluence=True, until_converged=True)
    for before, after in zip(maps(first), maps(again), strict=True):
        assert np.abs(before - after).max() < 0.1 * before.max()


def test_fixed_jaws_keep_the_fluence_within(tmp_path: Path) -> None:
    narrow = tuple(replace(point, jaws=Jaws(-30, 5, -30, 30)) for point in FIELDS[0].control_points)
    beams = tuple(replace(beam, control_points=narrow) for beam in FIELDS)
    part = {"number": 1, "smooth_x": 40.0, "smooth_y": 30.0, "fixed_jaws": True}
    found = optimised(tmp_path, optimisation=wanted(LOWER, beams=[part]), given=case(beams))
    fixed, free = (beam.fluence for beam in found.plan.beams)
    assert fixed is not None
    assert free is not None
    for fluence, open_there in ((fixed, False), (free, True)):
        x_mm = fluence.x_origin_mm + 2.5 * np.arange(fluence.values.shape[1])
        assert bool(fluence.values[:, x_mm > 5].any()) is open_there


@pytest.mark.parametrize(
    ("objectives", "message"),
    [
        ((UPPER,), "lower objective"),
        ((LOWER, {**UPPER, "kind": "eud"}), "gEUD"),
        ((LOWER, point(99, "upper", 5.0, 0.0, 1.0)), "at least one voxel"),
    ],
)
def test_what_cannot_be_optimised_is_logged(tmp_path: Path, objectives: Any, message: str) -> None:
    code, log, _ = run(tmp_path, case(), kind="optimise", model="m", optimisation=wanted(*objectives))
    assert code == 1
    assert message in " ".join(log["lines"])
