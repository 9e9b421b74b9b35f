"""Figures of plans whose dose is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.planning.imrt.quality import judged, missed, quality

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
    lines = missed(dose, masks, 44.0)
    assert [line.split(": ")[0] for line in lines] == [
        "PTV D95% >= 96 %", "PTV D98% >= 93 %", "PTV D2% <= 107 %", "PTV homogeneity <= 0.1"
    ]  # fmt: skip
    flat = np.where(masks["PTV"], np.float32(44.0), np.minimum(dose.gy, np.float32(30.0)))
    good = replace(dose, volume=Volume(flat, GRID, Unit.GY))
    assert missed(good, masks, 44.0) == ()
    flat[masks["Femur_Head_L"]] = 31.0
    hot = replace(dose, volume=Volume(flat, GRID, Unit.GY))
    assert missed(hot, masks, 44.0) == ("Femoral heads Dmax <= 30.3 Gy: 31 Gy",)


def test_goals_and_figures_are_of_one_kind() -> None:
    """The ten goals of the pelvis are ten of the figures, measured alike."""
    dose, masks = a_plan()
    found = quality(dose, masks, 44.0)
    of_goals = {result.goal.measure: result.value for result in judged(dose, masks, 44.0)}
    assert of_goals == {
        "PTV D95%": found.ptv_d95_percent, "PTV D98%": found.ptv_d98_percent, "PTV D2%": found.ptv_d2_percent,
        "PTV homogeneity": found.homogeneity, "PTV conformity": found.conformity,
        "Rectum V36.4Gy": found.rectum_v60_percent, "Femoral heads Dmax": found.femoral_head_max_gy,
        "Bowel V27.3Gy": pytest.approx(found.bowel_v45_cm3),
    }  # fmt: skip


def test_a_plan_without_target_is_refused() -> None:
    dose, masks = a_plan()
    with pytest.raises(ValueError, match="PTV"):
        quality(dose, {**masks, "PTV": np.zeros(GRID.shape, bool)}, 44.0)
