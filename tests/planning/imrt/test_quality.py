"""Figures of plans whose dose is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.planning.imrt.quality import missed, quality

GRID = Grid((100, 10, 10), (2.0, 2.0, 2.5), (0.0, 0.0, 0.0))


def a_plan() -> tuple[Dose, dict[str, NDArray[np.bool_]]]:
    """Dose rises from 0 to 49.5 Gy along x; the target is where it is at least 40 Gy."""
    gy = np.broadcast_to(np.arange(100) * 0.5, GRID.shape).astype(np.float32)
    masks = {"BODY": np.ones(GRID.shape, bool), "PTV": gy >= 40.0, "Rectum": (gy >= 30.0) & (gy < 40.0)}
    masks["Bowel"] = masks["Rectum"]
    masks["Femur_Head_L"] = gy < 10.0
    return Dose(Volume(gy, GRID, Unit.GY), DoseKind.PLAN), masks


def test_figures_of_a_ramp() -> None:
    dose, masks = a_plan()
    found = quality(dose, masks, 44.0)
    # The target holds 40.0, 40.5 ... 49.5 Gy in equal parts.
    assert found.ptv_mean_percent == pytest.approx(100 * 44.75 / 44)
    assert found.ptv_d95_percent == pytest.approx(100 * 40.5 / 44, abs=0.6)
    assert found.ptv_d2_percent == pytest.approx(100 * 49.5 / 44, abs=0.6)
    assert found.homogeneity == pytest.approx((49.0 - 40.5) / 44, abs=0.012)
    assert found.ptv_v100_percent == pytest.approx(60.0)  # 44.0 ... 49.5 are 12 of 20
    assert found.conformity == pytest.approx(16 / 20)  # 41.8 Gy is 95 %: 42.0 ... 49.5
    # 60 of 72.6 Gy is 36.36 of 44: 36.5 ... 39.5 are 7 of 20; 45 of 72.6 is 27.3.
    assert found.rectum_v60_percent == pytest.approx(35.0)
    assert found.bowel_v45_cm3 == pytest.approx(20 * 100 * 0.01)
    assert found.femoral_head_max_gy == pytest.approx(9.5)
    assert np.isnan(found.penile_bulb_mean_gy)


def test_what_is_missed_is_named_and_absent_organs_miss_nothing() -> None:
    dose, masks = a_plan()
    found = quality(dose, masks, 44.0)
    assert {line.split()[0] for line in missed(found)} == {
        "ptv_d95_percent", "ptv_d98_percent", "ptv_d2_percent", "homogeneity"
    }  # fmt: skip
    good = replace(found, ptv_d95_percent=97.0, ptv_d98_percent=95.0, ptv_d2_percent=103.0, homogeneity=0.05)
    assert missed(good) == ()
    assert missed(replace(good, femoral_head_max_gy=31.0)) == ("femoral_head_max_gy 31 outside 0 to 30.3",)


def test_a_plan_without_target_is_refused() -> None:
    dose, masks = a_plan()
    with pytest.raises(ValueError, match="PTV"):
        quality(dose, {**masks, "PTV": np.zeros(GRID.shape, bool)}, 44.0)
