"""The sizes of a plan's volumes, from headers alone, are those of the arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.dicom import find_plans
from esapi_bridge.dicom.index.row import Row
from esapi_bridge.dicom.index.sizes import Sizes, sizes_of
from tests.dicom.index.conftest import few_slices


def test_sizes_are_those_of_the_arrays(flat: Path) -> None:
    case = few_slices()
    assert case.plan_dose is not None
    dose_mm3 = case.plan_dose.gy.size * float(np.prod(case.plan_dose.grid.spacing_mm))
    for plan in find_plans(flat, None).plans:
        assert plan.sizes.ct_voxels == case.ct.values.size
        assert plan.sizes.dose_mm3 == pytest.approx(dose_mm3)


def test_headers_that_do_not_say_are_no_error() -> None:
    ct, dose = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.481.2"
    assert sizes_of([Row(ct), Row(ct, header={"Rows": "12"}), Row(dose, header={"PixelSpacing": "2.5"})]) == Sizes()
