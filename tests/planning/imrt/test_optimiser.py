"""Optimal fluence: at the minimum, and as smooth as asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.planning.imrt.beams import arranged_beams
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.imrt.objectives import PROSTATE, DosePenalty, Goals, roughness
from esapi_bridge.planning.imrt.optimiser import Optimised, optimise
from esapi_bridge.planning.imrt.sample_points import sample_points
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.density import density_from_hu
from tests.planning.imrt.tiny import FEW, tiny_patient

PATIENT = tiny_patient()
GRID = PATIENT.ct.grid
BEAMS = arranged_beams(PATIENT.target, GRID, FEW)
POINTS = sample_points(PATIENT.masks, GRID)
OPERATOR = DoseOperator(
    BEAMS, load_beam_model("10X-FFF"), density_from_hu(PATIENT.ct.values), GRID, POINTS.points_mm
)  # fmt: skip


def fluence_of(found: Optimised) -> list[NDArray[np.float32]]:
    return [np.asarray(beam.fluence.values) for beam in found.beams if beam.fluence is not None]


def test_no_fluence_does_better_nearby() -> None:
    """At the minimum over fluence >= 0, no pixel wants to change: those at 0 at most to grow below it."""
    goals = replace(PROSTATE, smooth_x=100.0, smooth_y=100.0)
    penalty = DosePenalty(goals, POINTS, 2.0)
    found = optimise(BEAMS, OPERATOR, POINTS, 2.0, goals, iterations=400)
    maps = fluence_of(found)
    at = OPERATOR.unknowns_of(maps)
    target = POINTS.members["PTV"]
    per_fluence = OPERATOR.forward(np.ones(at.size))[target]
    uniform = 2.0 / np.average(per_fluence, weights=POINTS.volume_mm3[target])
    opens = [np.asarray(beam.fluence.values) > 0 for beam in BEAMS if beam.fluence is not None]

    def slope(values: NDArray[np.float64]) -> NDArray[np.float64]:
        _, by_dose = penalty.value_and_gradient(OPERATOR.forward(values))
        _, by_map = roughness(OPERATOR.maps(values / uniform), opens, goals)
        return uniform * OPERATOR.adjoint(by_dose) + OPERATOR.unknowns_of(by_map)

    scale = np.abs(slope(np.full(at.size, uniform))).max()
    free = at > 1e-3 * uniform
    # The last step, which gives the target its mean dose, moved the fluence along a line through the minimum.
    ends = [slope(at * factor) for factor in np.linspace(0.98, 1.02, 41)]
    end = min(ends, key=lambda values: float(np.abs(values[free]).max()))
    assert np.abs(end[free]).max() < 0.005 * scale
    assert end[~free].min(initial=0.0) > -0.005 * scale
    assert found.last_penalty < 0.5 * found.first_penalty


@pytest.mark.parametrize("axis", [0, 1])
def test_smoothness_smooths_along_its_axis(axis: int) -> None:
    def steps(goals: Goals) -> float:
        maps = fluence_of(optimise(BEAMS, OPERATOR, POINTS, 2.0, goals, iterations=40))
        inner = [m[4:-4, 4:-4] for m in maps]
        return float(np.mean([np.abs(np.diff(m, axis=axis)).mean() / m.mean() for m in inner]))

    strong = replace(PROSTATE, smooth_x=5000.0) if axis == 1 else replace(PROSTATE, smooth_y=5000.0)
    assert steps(strong) < 0.5 * steps(PROSTATE)


def test_fluence_is_never_negative_and_gives_the_target_its_mean() -> None:
    found = optimise(BEAMS, OPERATOR, POINTS, 2.0, iterations=5)
    maps = fluence_of(found)
    assert min(float(m.min()) for m in maps) >= 0
    target = POINTS.members["PTV"]
    dose = OPERATOR.forward(OPERATOR.unknowns_of(maps))[target]
    assert np.average(dose, weights=POINTS.volume_mm3[target]) == pytest.approx(2.0, rel=1e-5)
