import numpy as np
import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.commission.reference_patient import FIELD_MM, ISOCENTRE_MM, _packed, reference_beam


def test_the_beam_comes_from_the_right_of_the_patient() -> None:
    frame = beam_frame(reference_beam(), PatientPosition.HFS)
    # LPS: the right is -x; source-axis distance 1 m.
    assert frame.source_mm == pytest.approx(np.subtract(ISOCENTRE_MM, (1000, 0, 0)), abs=1e-6)
    jaws = reference_beam().control_points[0].jaws
    assert jaws.x2_mm - jaws.x1_mm == jaws.y2_mm - jaws.y1_mm == FIELD_MM


def test_stored_dose_is_the_dose_where_it_matters() -> None:
    dose = np.random.default_rng(1).random((5, 6, 7)) * 0.04
    dose[1:3, 2:5, 3:6] = np.linspace(1, 3, 18).reshape(2, 3, 3)
    stored = _packed(dose, noise=0.006, parts=2)
    assert tuple(stored["start"]) == (1, 2, 3)
    assert stored["counts"] / 20_000 * 3 == pytest.approx(dose[1:3, 2:5, 3:6], abs=3 / 40_000)
