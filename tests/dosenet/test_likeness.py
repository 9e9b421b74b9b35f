"""Likeness: what is told from planes like those of the training, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest
from scipy import ndimage

from dosenet.lattice import CoarseDose, CtGrid
from dosenet.likeness import FEATURES, TOGETHER, Likeness, figures_of, likeness

SHAPE = (6, 24, 32)
Field = tuple[CoarseDose, CtGrid]


def field(seed: int, change: Callable[[np.ndarray], np.ndarray] = lambda hu: hu, moved: int = 0) -> Field:
    """An ellipse of muscle in fat with a lung and a bone, and a dose within it; the CT may be another's."""
    rng = np.random.default_rng(seed)
    fine = tuple(4 * n for n in SHAPE)
    _, y, x = np.ogrid[tuple(slice(0, n) for n in fine)]
    size = rng.uniform(0.9, 1.1)

    def ellipse(cy: float, cx: float, ry: float, rx: float) -> np.ndarray:
        return np.broadcast_to(((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1, fine)

    body = ellipse(48, 64, 38 * size, 52 * size)
    hu = np.where(body, -100.0, -1000.0)
    hu[ellipse(48, 64, 32 * size, 46 * size)] = 50.0
    hu[ellipse(44, 40, 14, 12 * size)], hu[ellipse(60, 70, 8, 8 * size)] = -800.0, 400.0
    inside = body[::4].reshape(SHAPE[0], SHAPE[1], 4, SHAPE[2], 4).mean((2, 4)) > 0.5
    centre = 13 + 6 * rng.random()
    dose = np.exp(-(((np.arange(SHAPE[2]) - centre) / 7) ** 4)) + 0.01
    hu = change(ndimage.gaussian_filter(hu, (0, 0.7, 0.7)) + rng.normal(0, 14, fine))
    hu = np.roll(hu, moved, axis=1)
    place = (-60.0, -40.0, -10.0)
    return CoarseDose(2 * dose * inside, (5.0,) * 3, tuple(v + 1.875 for v in place)), CtGrid(hu, (1.25,) * 3, place)  # type: ignore[arg-type]


def figures(given: Field) -> np.ndarray:
    found = figures_of(*given)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def known() -> Likeness:
    return likeness({str(seed): [figures(field(10 * seed + k)) for k in range(3)] for seed in range(8)})


def test_others_like_them_pass(known: Likeness) -> None:
    found = np.array([known.score(figures(field(seed))) for seed in range(500, 510)])
    assert np.mean(found > known.warn) <= 0.3
    assert found.max() < known.refuse


def metal(hu: np.ndarray) -> np.ndarray:
    changed = hu.copy()
    changed[:, 40:52, 60:72] = 3000.0
    return changed


def contrast(hu: np.ndarray) -> np.ndarray:
    changed = hu.copy()
    changed[:, 40:68, 50:80] = 350.0
    return changed


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        (metal, "metal"),
        (contrast, "thick bone"),
        (lambda hu: hu + 100.0, "above muscle"),
        (lambda hu: hu - 100.0, "below fat"),
        (lambda hu: hu + np.random.default_rng(0).normal(0, 100, hu.shape), "noise"),
    ],
)
def test_another_ct_is_told_and_why(known: Likeness, change: Callable[[np.ndarray], np.ndarray], figure: str) -> None:
    found = figures(field(500, change))
    assert known.score(found) > known.refuse
    assert figure in list(known.parts(found))[:3]


def test_the_dose_of_another_patient_is_told_at_the_edges(known: Likeness) -> None:
    found = figures(field(500, moved=20))
    assert known.score(found) > known.refuse
    assert {"air outside", "tissue inside"} & set(list(known.parts(found))[:2])


def test_the_distance_of_all_together_is_that_of_mahalanobis(known: Likeness) -> None:
    found = figures(field(3))
    spread = np.array([known.spread[name] for name in FEATURES])
    off = found - [known.mean[name] for name in FEATURES]
    inverse = np.linalg.solve(np.array(known.correlation) * np.outer(spread, spread), off)
    expected = np.sqrt(off @ inverse / len(FEATURES)) / known.usual[TOGETHER]
    assert known.parts(found)[TOGETHER] == pytest.approx(expected)


def test_a_dose_of_zero_has_no_figures() -> None:
    dose, ct = field(1)
    assert figures_of(replace(dose, values=0 * dose.values), ct) is None


def test_it_survives_a_card_and_needs_three_anatomies(known: Likeness) -> None:
    assert Likeness(**asdict(known)) == known
    with pytest.raises(ValueError, match="at least 3 anatomies, found 1"):
        likeness({"one": [figures(field(1))]})
    with pytest.raises(ValueError, match="scores that rise"):
        replace(known, warn=known.refuse + 1)
