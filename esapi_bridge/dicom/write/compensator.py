"""Optimal fluence with a plan: an item of the Compensator Sequence (PS3.3 C.8.8.14)."""

from __future__ import annotations

import numpy as np
from pydicom import Dataset

from esapi_bridge.case import FluenceMap
from esapi_bridge.case.fluence_rules import fluence_fault
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.write.modules import ds, long_string
from esapi_bridge.errors import BridgeError

DECIMALS = 8
"""Half of the last digit is far below 1e-6; values up to a million fit the 16 characters of a decimal string."""


DESCRIPTIONS = {
    FluenceForm.OPTIMAL: "Optimal fluence, 1: the dose of one fraction at 10 cm in water",
    FluenceForm.DMLC: "Optimal fluence, 1: 1 Gy at 10 cm depth in water, 10x10 cm2",
}
"""What a value of 1 gives, in 64 characters."""


def fluence_compensator(fluence: FluenceMap, form: FluenceForm, fraction_gy: float | None) -> Dataset:
    """Make the sequence item of one fluence.

    Parameters
    ----------
    fluence
        The map, in ESAPI's unit.
    form
        How the item holds it.
    fraction_gy
        Prescribed dose of one fraction, Gy; None where the plan does not state it.

    Raises
    ------
    BridgeError
        If the map is not one that Eclipse takes, or its form needs a prescription.
    """
    reason = fluence_fault(fluence)
    if reason:
        raise BridgeError(f"optimal fluence: {reason}")
    rows, columns = fluence.values.shape
    item = Dataset()
    item.CompensatorNumber = 1
    item.CompensatorType = form.value
    item.CompensatorDescription = long_string(DESCRIPTIONS[form])
    item.MaterialID = None
    item.SourceToCompensatorTrayDistance = None
    item.CompensatorRows, item.CompensatorColumns = rows, columns
    item.CompensatorPixelSpacing = [ds(fluence.spacing_mm)] * 2
    item.CompensatorPosition = [ds(fluence.x_origin_mm), ds(fluence.y_origin_mm)]
    stored = fluence.values.ravel().astype(np.float64) / form.esapi_per_value(fraction_gy)
    item.CompensatorTransmissionData = [_short(value) for value in stored.tolist()]
    return item


def _short(value: float) -> str:
    return f"{value + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
