"""Optimal fluence as Eclipse exports it with a plan: a Compensator Sequence item of type DMLC (PS3.3 C.8.8.14)."""

from __future__ import annotations

from pydicom import Dataset

from esapi_bridge.case import FluenceMap
from esapi_bridge.case.fluence_rules import fluence_fault
from esapi_bridge.dicom.write.modules import ds, long_string
from esapi_bridge.errors import BridgeError

DECIMALS = 8
"""Half of the last digit is far below 1e-6; values up to a million fit the 16 characters of a decimal string."""


def fluence_compensator(fluence: FluenceMap) -> Dataset:
    """Make the sequence item of one fluence.

    A DMLC compensator is a moving multileaf collimator. Its transmission data hold the fluence as it is, in the unit of
    ESAPI; the standard speaks of values up to 1, which Eclipse's unit may pass.

    Raises
    ------
    BridgeError
        If the map is not one that Eclipse takes.
    """
    reason = fluence_fault(fluence)
    if reason:
        raise BridgeError(f"optimal fluence: {reason}")
    rows, columns = fluence.values.shape
    item = Dataset()
    item.CompensatorNumber = 1
    item.CompensatorType = "DMLC"
    item.CompensatorDescription = long_string("Optimal fluence, 1: 1 Gy at 10 cm depth in water, 10x10 cm2")
    item.MaterialID = None
    item.SourceToCompensatorTrayDistance = None
    item.CompensatorRows, item.CompensatorColumns = rows, columns
    item.CompensatorPixelSpacing = [ds(fluence.spacing_mm)] * 2
    item.CompensatorPosition = [ds(fluence.x_origin_mm), ds(fluence.y_origin_mm)]
    item.CompensatorTransmissionData = [_short(value) for value in fluence.values.ravel().tolist()]
    return item


def _short(value: float) -> str:
    return f"{value + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
