from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume

GRID = Grid((2, 3, 4), (1, 1, 1), (0, 0, 0))


def test_values_are_protected_but_the_caller_s_array_is_not() -> None:
    values = np.zeros(GRID.shape, np.float32)
    volume = Volume(values, GRID, Unit.HU)
    with pytest.raises(ValueError, match="read-only"):
        volume.values[0, 0, 0] = 1
    values[0, 0, 0] = 1


def test_values_become_float32() -> None:
    assert Volume(np.ones(GRID.shape, np.int16), GRID, Unit.HU).values.dtype == np.float32


@pytest.mark.parametrize("values", [np.zeros((2, 3, 4)), np.full((4, 3, 2), np.nan), np.full((4, 3, 2), np.inf)])
def test_values_must_fit_the_grid_and_be_finite(values) -> None:
    with pytest.raises(ValueError, match="volume values"):
        Volume(values, GRID, Unit.HU)


def test_a_dose_must_be_in_gray() -> None:
    with pytest.raises(ValueError, match="Gy"):
        Dose(Volume(np.zeros(GRID.shape, np.float32), GRID, Unit.HU), DoseKind.PLAN)


@pytest.mark.parametrize(("kind", "number"), [(DoseKind.PLAN, 1), (DoseKind.BEAM, None)])
def test_only_a_beam_dose_names_a_beam(kind: DoseKind, number: int | None) -> None:
    with pytest.raises(ValueError, match="beam"):
        Dose(Volume(np.zeros(GRID.shape, np.float32), GRID, Unit.GY), kind, number)


def test_a_dose_shows_its_volume() -> None:
    volume = Volume(np.arange(24, dtype=np.float32).reshape(GRID.shape), GRID, Unit.GY)
    dose = Dose(volume, DoseKind.BEAM, 3)
    assert dose.gy is volume.values
    assert dose.grid is GRID
