"""A whole plan, from the patient to the normalised dose of moving leaves."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.planning.engines import dose_in_body
from esapi_bridge.planning.imrt.plan import ImrtPlan, plan_patient
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from tests.planning.imrt.tiny import FEW, tiny_patient

PATIENT = tiny_patient()


def test_the_target_gets_its_dose_and_the_organ_less(plan: ImrtPlan) -> None:
    target, rectum = plan.dose.gy[plan.masks["PTV"]], plan.dose.gy[plan.masks["Rectum"] & ~plan.masks["PTV"]]
    assert target.mean() == pytest.approx(10.0, rel=1e-5)
    assert np.quantile(target, [0.05, 0.95]) == pytest.approx([10.0, 10.0], rel=0.06)
    assert rectum.mean() < 5.0
    assert plan.quality.ptv_mean_percent == pytest.approx(100.0)
    # The operator of the optimisation and the engine behind leaves agree without the normalisation.
    assert plan.delivered.normalisation_percent == pytest.approx(100.0, abs=2.0)


def test_dose_is_that_of_the_beams_monitor_units(plan: ImrtPlan) -> None:
    model = load_beam_model("10X-FFF")
    total = np.zeros(plan.dose.grid.shape, np.float32)
    for beam in plan.beams:
        dose = dose_in_body(
            lambda ct, b, grid, position: pencil_beam(ct, b, model, grid, position, ray_spacing_mm=3.0),
            PATIENT.ct, PATIENT.body, beam, plan.dose.grid, PatientPosition.HFS,
        )  # fmt: skip
        total += dose.gy * plan.fractions
        np.testing.assert_allclose(plan.beam_doses[beam.number].gy, dose.gy * plan.fractions, atol=1e-4)
    np.testing.assert_allclose(plan.dose.gy, total, atol=2e-4)
    assert plan.dose.gy.max() > 10.0


def test_the_same_patient_gets_the_same_plan(plan: ImrtPlan) -> None:
    again = plan_patient(PATIENT, FEW, prescription_gy=10.0, fractions=5, iterations=30)
    for first, second in zip(plan.beams, again.beams, strict=True):
        assert first.fluence is not None
        assert second.fluence is not None
        np.testing.assert_allclose(first.fluence.values, second.fluence.values, atol=1e-6)
