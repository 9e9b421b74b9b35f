"""Medians, worst patients and tests of significance of made-up figures."""

from __future__ import annotations

import json
import math

import pytest

from esapi_bridge.evaluation.fluence.summary import aims, mean_map_error, of_maps, pairings, table
from tests.evaluation.fluence.evaluated import patient

PATIENTS = [patient(f"p{n}", shift) for n, shift in enumerate((0.1, 0.2, 0.3, 0.4, 0.5, -0.6))]


def test_differences_medians_and_worst_are_those_put_in() -> None:
    for pairing in pairings(PATIENTS):
        assert pairing.median_size == pytest.approx(0.35)
        assert pairing.worst == 5
        assert pairing.difference[5] == pytest.approx(-0.6)
    prescription = pairings(PATIENTS, lambda p: p.predicted_prescription)[0]
    assert prescription.median_size == pytest.approx(0.7)


def test_significance_is_the_signed_rank_tests() -> None:
    """Six differences of one sign: 2 of the 2^6 ways to give them signs are as extreme."""
    same_sign = pairings([patient(f"p{n}", 0.1 + 0.1 * n) for n in range(6)])[0]
    assert same_sign.p_value == pytest.approx(2 / 64)
    assert math.isnan(pairings(PATIENTS[:5])[0].p_value)


def test_aims_are_reached_below_the_limits_only() -> None:
    near = {aim.name: aim.reached for aim in aims([patient("a", shift=0.005, error=9.9e-6)])}
    assert all(near.values())
    far = {aim.name: aim.reached for aim in aims([patient("a", shift=1.01, error=1e-2)])}
    assert not any(far.values())
    assert sum(aim.reached for aim in aims([patient("a", shift=0.5, error=9.9e-6)])) == len(far) - 1, "all but HI"


def test_maps_of_all_patients_count_alike() -> None:
    assert list(of_maps([patient("a", error=1e-3), patient("b", error=3e-3)], "mean_error_fractional_mu")) == [
        1e-3, 1e-3, 3e-3, 3e-3,
    ]  # fmt: skip
    assert mean_map_error(patient("b", error=3e-3)) == pytest.approx(3e-3)


def test_the_table_names_the_worst_patient_and_is_plain() -> None:
    found = json.loads(json.dumps(table(PATIENTS)))
    assert found["plans"]["PTV D95"]["worst_patient"] == "p5"
    assert found["maps"]["ssim"]["median"] == pytest.approx(0.999)
    assert found["maps"]["ssim"]["paper_median"] == 0.994
    assert found["goals"]["Rectum Dmean <= 11 Gy"] == {"plans": 6, "clinical": 6, "predicted": 6}
    assert found["goals"]["all goals"] == {"plans": 12, "clinical": 6, "predicted": 6}
    assert found["complexity"]["monitor units per Gy"]["unit"] == "MU/Gy"
    assert found["complexity"]["monitor units per Gy"]["worst_difference"] == pytest.approx(-0.6)


@pytest.mark.parametrize(("missing", "reached"), [(1, True), (2, False)])
def test_predicted_plans_shall_meet_nineteen_of_twenty_goals_of_clinical_ones(missing: int, reached: bool) -> None:
    patients = [patient(f"p{n}", 2.0 if n < missing else 0.0) for n in range(20)]
    aim = aims(patients)[-1]
    assert (aim.name, aim.reached) == ("plan goals met", reached)
    assert aim.found == f"{100 - 5 * missing:.1f} % ({20 - missing} for 20, of 40)"
