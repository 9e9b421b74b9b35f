"""Delivery: leaves, dose and normalisation, and the grid they are on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.imrt.beams import arranged_beams
from esapi_bridge.planning.imrt.delivery import deliver, on_grid, plan_grid
from esapi_bridge.planning.imrt.plan import ImrtPlan
from tests.planning.imrt.tiny import FEW, tiny_patient

PATIENT = tiny_patient()


def test_fluence_and_leaves_belong_together(plan: ImrtPlan) -> None:
    """Delivering the plan's fluence again gives the plan's dose with no normalisation left to do."""
    again = deliver(PATIENT, plan.beams, ptv_mean_gy=10.0, fractions=5)
    assert again.normalisation_percent == pytest.approx(100.0, abs=0.1)
    np.testing.assert_allclose(again.dose.gy, plan.dose.gy, atol=0.02)


def test_normalisation_to_the_mean_of_another_plan(plan: ImrtPlan) -> None:
    cold = deliver(PATIENT, plan.beams, ptv_mean_gy=9.0, fractions=5)
    assert cold.dose.gy[plan.masks["PTV"]].mean() == pytest.approx(9.0, rel=1e-5)
    assert cold.normalisation_percent == pytest.approx(100.0 / 0.9, abs=0.2)
    ratio = [a.meterset_mu / b.meterset_mu for a, b in zip(cold.beams, plan.beams, strict=True)]
    assert ratio == pytest.approx([0.9] * 2, abs=0.005)


def test_the_grid_covers_the_body_and_masks_keep_their_volume() -> None:
    grid = plan_grid(PATIENT)
    assert grid.spacing_mm == (2.5, 2.5, 2.5)
    body = on_grid(PATIENT.body, PATIENT.ct.grid, grid)
    fine, coarse = body.sum() * grid.voxel_volume_mm3, PATIENT.body.sum() * PATIENT.ct.grid.voxel_volume_mm3
    assert fine == pytest.approx(coarse, rel=0.02)
    assert not body[:, 0].any()
    assert not body[:, :, -1].any()


def test_no_fluence_no_delivery() -> None:
    (beam, _) = arranged_beams(PATIENT.target, PATIENT.ct.grid, FEW)
    with pytest.raises(BridgeError, match="found none"):
        deliver(PATIENT, [replace(beam, fluence=None)])
