"""A wanted dose shifted towards an organ: on a toy plan whose dose the simple dose can follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter

from fluencenet.achievable import achievable, spared
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import PTV
from fluencenet.scene import LABELS, BeamAxes, Scene
from fluencenet.simple_dose import fit
from tests.fluencenet.toy import toy_case
from tests.fluencenet.wanted.toy import FINE_MM, fine_case

RECTUM = LABELS.index("Rectum")


@pytest.fixture(scope="module")
def table() -> SimpleDoseTable:
    return fit([toy_case(seed=seed) for seed in (11, 12)])


@pytest.fixture(scope="module")
def plan() -> tuple[Scene, list[BeamAxes]]:
    """A toy plan with a ball of 16 mm as rectum, its centre 40 mm to one side of the target's."""
    case = fine_case(seed=3)
    centre = case.beams[0].axes.isocentre_mm + np.array([30.0, 26.0, 0.0])
    scene = case.scene
    z, y, x = np.meshgrid(
        *(
            origin + FINE_MM * np.arange(n)
            for origin, n in zip(scene.label_lattice.origin_mm[::-1], scene.labels.shape, strict=True)
        ),
        indexing="ij",
    )
    ball = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 <= 16.0**2
    labels = np.where(ball & (scene.labels == 1), np.uint8(RECTUM), scene.labels)
    return replace(scene, labels=labels), [beam.axes for beam in case.beams]


@pytest.fixture(scope="module")
def shifts(plan: tuple[Scene, list[BeamAxes]], table: SimpleDoseTable) -> dict[float, NDArray[np.float32]]:
    return {factor: spared(*plan, table, {"Rectum": factor}).dose_gy for factor in (1.0, 1.5, 3.0)}


def mean(dose: NDArray[np.float32], scene: Scene, label: int) -> float:
    return float(dose[scene.labels == label].mean(dtype=np.float64))


def test_a_larger_wish_spares_more_and_the_target_keeps_its_mean_dose(
    plan: tuple[Scene, list[BeamAxes]], shifts: dict[float, NDArray[np.float32]]
) -> None:
    scene = plan[0]
    organ = [mean(shifts[factor], scene, RECTUM) for factor in (1.0, 1.5, 3.0)]
    assert organ[0] > 1.05 * organ[1] > 1.05 * organ[2]
    assert organ[2] > organ[0] / 3, "no fields give all that is wished"
    target = [mean(dose, scene, PTV) for dose in shifts.values()]
    assert target == pytest.approx([target[0]] * 3, rel=1e-5)
    coldest = [np.quantile(dose[scene.labels == PTV], 0.05) for dose in shifts.values()]
    assert coldest[1] > 0.98 * coldest[0]


def test_a_wish_of_one_changes_nothing(
    plan: tuple[Scene, list[BeamAxes]], table: SimpleDoseTable, shifts: dict[float, NDArray[np.float32]]
) -> None:
    np.testing.assert_allclose(shifts[1.0], spared(*plan, table, {}).dose_gy, atol=1e-6)


def test_what_no_field_reaches_stays_as_it_was(
    plan: tuple[Scene, list[BeamAxes]], shifts: dict[float, NDArray[np.float32]]
) -> None:
    scene, beams = plan
    across = scene.label_lattice.origin_mm[2] + FINE_MM * np.arange(scene.labels.shape[0]) - beams[0].isocentre_mm[2]
    ratio = float(shifts[3.0][scene.labels == PTV].mean() / shifts[1.0][scene.labels == PTV].mean())
    assert ratio == pytest.approx(1.0, abs=1e-5)
    far = np.abs(across) > 22.0 + 12.5 + 3 * 3.0 + 10  # target, margin of the fluence, its blur, and divergence
    assert far.any()
    change = np.abs(shifts[3.0] - shifts[1.0])
    assert change[far].max() < 0.05 * change.max()


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"PTV": 1.5}, "expected a structure to spare of .*Rectum.*, found PTV"),
        ({"Rectum": 0.5}, "expected factors of 1 or more"),
        ({"Rectum": float("nan")}, "expected factors of 1 or more"),
        ({"Bladder": 1.5}, "expected a Bladder to spare among the contours, found none"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(
    plan: tuple[Scene, list[BeamAxes]], table: SimpleDoseTable, factors: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        spared(*plan, table, factors)


def test_a_prediction_with_holes_becomes_a_dose_that_covers_the_target(
    plan: tuple[Scene, list[BeamAxes]], table: SimpleDoseTable
) -> None:
    scene, beams = plan
    body, target = scene.labels > 0, scene.labels == PTV
    dose = scene.prescription_gy * np.where(target, 1.0, 0.45) * body
    dose *= 1.0 + 0.15 * gaussian_filter(np.random.default_rng(4).normal(size=dose.shape), 3.0) * 3.0**1.5 * 3
    holes = replace(scene, dose_gy=dose.astype(np.float32), dose_lattice=scene.label_lattice)
    found = achievable(holes, beams, table, {}).dose_gy
    assert float(found[target].mean(dtype=np.float64)) == pytest.approx(scene.prescription_gy, rel=1e-5)
    inner = binary_erosion(target, iterations=3)  # a fall-off at the edge is all that three fields can give
    before, after = (np.std(gy[inner]) / gy[inner].mean() for gy in (dose, found))
    assert before > 0.05
    assert after < 0.5 * before
    assert not found[~body].any()
    # Sparing the organ goes on from there.
    less = achievable(holes, beams, table, {"Rectum": 2.0}).dose_gy
    assert mean(less, scene, RECTUM) < 0.95 * mean(found, scene, RECTUM)
