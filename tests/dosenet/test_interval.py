"""Intervals of a dose: what they cover, on voxels that they were not made from."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from scipy import ndimage

from dosenet.interval import (
    DOSE_SHARES,
    PLACES,
    STEEP_PER_MM,
    IntervalTable,
    coverage_of,
    error_counts,
    interval_table,
    places_of,
    strata,
)
from dosenet.lattice import FineDose

SHAPE = (12, 40, 60)
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def box() -> tuple[np.ndarray, np.ndarray]:
    """A body of soft tissue with a lung and a bone in air, HU, and its mask."""
    body = np.zeros(SHAPE, bool)
    body[:, 5:35, 5:55] = True
    hu = np.where(body, 20, -1000).astype(np.int16)
    hu[:, 15:25, 12:25], hu[:, 15:25, 28:45] = -800, 600
    return hu, body


def field(seed: int, spread: float = 1.0) -> Arrays:
    """Dose, reference and places: errors grow with the dose's slope and in bone, and by anatomy."""
    rng = np.random.default_rng(seed)
    hu, body = box()
    x = np.arange(SHAPE[2])
    dose = np.broadcast_to(1 / (1 + np.exp((np.abs(x - 30) - 15) / 2.0)), SHAPE).astype(np.float32)
    steep = np.abs(np.gradient(dose[0, 0]))
    scale = (0.002 + 0.2 * steep) * np.where(hu == 600, 3.0, 1.0) * np.exp(rng.normal(0, 0.2)) * spread
    reference = dose + (scale * rng.normal(size=SHAPE)).astype(np.float32)
    return dose * body, reference.astype(np.float32) * body, places_of(hu, body)


def table_of(count: int) -> IntervalTable:
    found = {}
    for seed in range(count):
        dose, reference, places = field(seed)
        maximum = dose.max()
        cells = strata(dose / maximum, places)
        found[str(seed)] = error_counts(np.abs(dose - reference) / maximum, cells)
    return interval_table(found)


@pytest.fixture(scope="module")
def table() -> IntervalTable:
    return table_of(19)


def covered(table: IntervalTable, seed: int, spread: float = 1.0) -> dict[str, float]:
    dose, reference, places = field(seed, spread)
    half = table.half_width_gy(FineDose(7 * dose, (1.25,) * 3, (0.0, 0.0, 0.0)), places)
    return coverage_of(7 * dose, half, 7 * reference, places > 0)


def test_nine_tenths_of_the_voxels_are_covered_on_nine_tenths_of_other_anatomies(table: IntervalTable) -> None:
    """The errors here are normal, their spread log-normal over anatomies: what is covered can be calculated."""
    found = [covered(table, seed)["in body"] for seed in range(100, 130)]
    assert np.mean(np.array(found) >= 90) >= 0.75
    assert 90 < np.mean(found) < 97


def test_intervals_are_not_simply_wide(table: IntervalTable) -> None:
    assert covered(table, 100, spread=3.0)["in body"] < 75
    widths = {place: np.array(rows) for place, rows in table.half_widths.items()}
    assert widths["soft tissue"][3, 2] > 2 * widths["soft tissue"][3, 0]
    assert widths["bone"][3, 0] == pytest.approx(3 * widths["soft tissue"][3, 0], rel=0.25)


def test_the_chance_is_that_of_as_many_anatomies(table: IntervalTable) -> None:
    assert (table.anatomies, table.confidence) == (19, 0.9)
    assert table_of(5).confidence == pytest.approx(5 / 6, abs=1e-4)
    with pytest.raises(ValueError, match="at least 3 anatomies, found 2"):
        table_of(2)


def test_half_widths_scale_with_the_dose_and_are_zero_outside(table: IntervalTable) -> None:
    dose, _, places = field(3)
    one, two = (table.half_width_gy(FineDose(f * dose, (1.25,) * 3, (0.0,) * 3), places) for f in (1, 2))
    np.testing.assert_allclose(two, 2 * one, rtol=1e-6)
    assert (one[places == 0] == 0).all()
    assert (one[places > 0] > 0).all()
    assert not table.half_width_gy(FineDose(0 * dose, (1.25,) * 3, (0.0,) * 3), places).any()


def test_places_are_those_of_ct_number_and_distance_from_the_surface() -> None:
    hu, body = box()
    distance = ndimage.distance_transform_edt(np.pad(body, ((9, 9), (0, 0), (0, 0)), mode="edge"))[9:-9] - 0.5
    expected = np.where(hu < -300, 2, np.where(hu < 150, 3, 4))
    expected = np.where(distance * 1.25 < 5.0, 1, expected) * body
    np.testing.assert_array_equal(places_of(hu, body), expected)


def test_strata_are_those_of_dose_and_slope() -> None:
    dose, _, places = field(0)
    band = np.digitize(dose, DOSE_SHARES)
    slope = np.zeros(SHAPE)
    for axis in range(3):
        inner = [slice(None)] * 3
        inner[axis] = slice(1, -1)
        change = np.abs(np.gradient(dose, 1.25, axis=axis))
        slope[tuple(inner)] = np.maximum(slope[tuple(inner)], change[tuple(inner)])
    expected = (band * (len(STEEP_PER_MM) + 1) + np.digitize(slope, STEEP_PER_MM)) * (len(PLACES) + 1) + places
    assert (strata(dose, places) == expected).mean() > 0.999  # limits met exactly may fall to either side


def test_what_no_anatomy_shows_is_as_wide_as_the_widest_like_it(table: IntervalTable) -> None:
    rows = np.array([table.half_widths[place] for place in PLACES])
    assert (rows > 0).all()
    assert rows[1, 0, 0] == rows[:, 0, 0].max()  # no lung without dose in the box


def test_a_table_survives_its_card_and_a_wrong_one_is_refused(table: IntervalTable) -> None:
    assert IntervalTable(**asdict(table)) == table
    with pytest.raises(ValueError, match="expected half-widths of 4 x 4 x 3 strata"):
        replace(table, half_widths={**table.half_widths, "bone": ((0.1,),)})
    with pytest.raises(ValueError, match="at least 0"):
        replace(table, half_widths={**table.half_widths, "bone": ((-0.1,) * 3,) * 4})
