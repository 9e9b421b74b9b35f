from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case
from esapi_bridge.case.dose_region import dose_region
from esapi_bridge.checks import Outcome
from esapi_bridge.checks.dose_within import dose_within
from tests.report.synthetic import make_case


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(2)[0]


def narrowed(case: Case, millimetres: float) -> Case:
    """The case with its body drawn narrower on either side."""
    body = next(s for s in case.structures if s.is_body)

    def inwards(contour: np.ndarray) -> np.ndarray:
        x, y, z = contour.T
        return np.column_stack([np.sign(x) * np.maximum(np.abs(x) - millimetres, 0.1), y, z])

    drawn = replace(body, contours_mm=tuple(inwards(c) for c in body.contours_mm))
    return replace(case, structures=tuple(drawn if s.is_body else s for s in case.structures))


def test_dose_in_the_body_passes_and_dose_of_another_outline_warns(case: Case) -> None:
    doses = list(case.beam_doses.values())
    assert dose_within(doses, dose_region(case)).outcome is Outcome.PASS
    assert dose_within(doses, dose_region(narrowed(case, 4.0))).outcome is Outcome.PASS
    verdict = dose_within(doses, dose_region(narrowed(case, 60.0)))
    assert verdict.outcome is Outcome.WARN
    assert float(verdict.found.split("%")[0]) > 1


def test_without_an_outline_nothing_is_checked(case: Case) -> None:
    verdict = dose_within(list(case.beam_doses.values()), None)
    assert verdict.outcome is Outcome.PASS
    assert "not checked" in verdict.found
