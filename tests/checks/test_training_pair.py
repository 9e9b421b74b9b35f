"""Checks of a field that was calculated twice, before a network learns from it: each refuses what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, Grid
from esapi_bridge.case.dose_region import DoseRegion, dose_region
from esapi_bridge.case.paired_field import PairedField
from esapi_bridge.checks.training_pair import check_training_pair
from esapi_bridge.checks.verdict import Outcome, Verdict
from tests.training_data.paired import (
    COARSE_GRID,
    FINE_GRID,
    ISOCENTRE_MM,
    field_beam,
    water_case,
    water_field,
    with_dose,
)


@pytest.fixture(scope="module")
def place() -> tuple[Case, DoseRegion]:
    case = water_case()
    region = dose_region(case)
    assert region is not None
    return case, region


def refused(place: tuple[Case, DoseRegion], field: PairedField) -> dict[str, Verdict]:
    verdicts = check_training_pair(place[0], field, place[1])
    return {verdict.check: verdict for verdict in verdicts if verdict.outcome is Outcome.REFUSE}


def grid(spacing_mm: tuple[float, float, float], like: Grid) -> Grid:
    """A grid of another spacing over the same box."""
    size = tuple(int(n * s / o) for n, s, o in zip(like.size, like.spacing_mm, spacing_mm, strict=True))
    return Grid(size, spacing_mm, like.origin_mm)  # type: ignore[arg-type]


def scaled(field: PairedField, which: str, factor: float) -> PairedField:
    dose: Dose = getattr(field, which).dose
    return with_dose(field, which, replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(factor))))


def both(factor: float) -> PairedField:
    return scaled(scaled(water_field(), "coarse", factor), "fine", factor)


def at(isocentre_mm: tuple[float, float, float]) -> PairedField:
    return replace(water_field(), beams=(replace(field_beam(), isocentre_mm=isocentre_mm),))


def moved(x_mm: float) -> PairedField:
    """The doses of another image, or of one that was moved."""
    field = water_field()
    for which in ("coarse", "fine"):
        dose: Dose = getattr(field, which).dose
        x, y, z = dose.grid.origin_mm
        there = replace(dose.grid, origin_mm=(x + x_mm, y, z))
        field = with_dose(field, which, replace(dose, volume=replace(dose.volume, grid=there)))
    return field


FAULTS: dict[str, tuple[Callable[[], PairedField], str, str]] = {
    "coarse at 2.5 mm": (
        lambda: water_field(coarse_grid=grid((2.5, 2.5, 2.5), COARSE_GRID)),
        "coarse_grid",
        "2.5 x 2.5 x 2.5 mm",
    ),
    "fine at 2.5 mm": (
        lambda: water_field(fine_grid=grid((2.5, 2.5, 2.5), FINE_GRID)),
        "fine_grid",
        "2.5 x 2.5 x 2.5 mm",
    ),
    "fine planes 3 mm apart": (
        lambda: water_field(fine_grid=grid((1.25, 1.25, 3.0), FINE_GRID)),
        "fine_grid",
        "1.25 x 1.25 x 3 mm",
    ),
    "negative": (lambda: scaled(water_field(), "fine", -1.0), "not_negative", "to -0 Gy"),
    "no dose": (lambda: scaled(water_field(), "coarse", 0.0), "not_negative", "0 to 0 Gy"),
    "one in cGy": (lambda: scaled(water_field(), "fine", 100.0), "one_field", "%"),
    "both in cGy": (lambda: both(100.0), "dose_per_mu", "cGy in beam 1"),
    "no meterset": (
        lambda: replace(water_field(), beams=(replace(field_beam(), meterset_mu=0.0),)),
        "meterset",
        "0 MU",
    ),
    "isocentre outside": (lambda: at((90.0, *ISOCENTRE_MM[1:])), "isocentre_in_body", "1 outside"),
    "isocentre above the body": (lambda: at((*ISOCENTRE_MM[:2], 60.0)), "isocentre_in_body", "1 outside"),
    "another field's dose": (lambda: at((-30.0, -3.0, -20.0)), "dose_in_field", "of it in beam 1"),
    "dose beside the body": (lambda: moved(75.0), "dose_in_body", "0% of it"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_by_the_check_for_it(place: tuple[Case, DoseRegion], fault: str) -> None:
    make, check, found = FAULTS[fault]
    verdicts = refused(place, make())
    assert check in verdicts
    assert found in verdicts[check].found


def test_a_sound_field_is_taken(place: tuple[Case, DoseRegion]) -> None:
    assert refused(place, water_field()) == {}
    noisy = water_field()
    values = np.array(noisy.fine.dose.gy)
    values[0, 0, 0] = -1e-6 * values.max()
    volume = replace(noisy.fine.dose.volume, values=values)
    assert refused(place, with_dose(noisy, "fine", replace(noisy.fine.dose, volume=volume))) == {}
    thick = water_field(fine_grid=grid((1.25, 1.25, 2.5), FINE_GRID))
    assert refused(place, thick) == {}, "planes of a dose may lie where the CT has its own"


def test_a_sum_of_beams_is_not_compared_with_one_of_them(place: tuple[Case, DoseRegion]) -> None:
    beams = (field_beam(1), field_beam(2, 200.0))
    assert refused(place, replace(water_field(), beams=beams)) == {}
