"""Compensators of a beam: physical ones, or the optimal fluence that a multileaf collimator is to deliver."""

from __future__ import annotations

import numpy as np
from pydicom import Dataset

from esapi_bridge.case import FluenceMap
from esapi_bridge.dicom.read.elements import integer, items, numbers, optional_number, text
from esapi_bridge.errors import BridgeError, RefusedError


def read_fluence(beam: Dataset, name: str) -> FluenceMap | None:
    """Read the optimal fluence from an item of the Beam Sequence; None where it has none.

    Raises
    ------
    RefusedError
        If there are several.
    BridgeError
        If the map is incomplete.
    """
    found = [item for item in items(beam, "CompensatorSequence") if _is_fluence(item)]
    if not found:
        return None
    if len(found) > 1:
        raise RefusedError(f"{name} must have at most one optimal fluence, found {len(found)}")
    item = found[0]
    rows, columns = integer(item, "CompensatorRows"), integer(item, "CompensatorColumns")
    values = numbers(item, "CompensatorTransmissionData")
    if rows < 1 or columns < 1 or len(values) != rows * columns:
        raise BridgeError(f"the fluence of {name} must have {rows} x {columns} values, found {len(values)}")
    across, down = numbers(item, "CompensatorPixelSpacing", 2)
    if across != down or across <= 0:
        raise BridgeError(f"the fluence of {name} must have square pixels, found {across:g} x {down:g} mm")
    x_mm, y_mm = numbers(item, "CompensatorPosition", 2)
    return FluenceMap(np.asarray(values, dtype=np.float32).reshape(rows, columns), x_mm, y_mm, across)


def has_physical_compensator(beam: Dataset) -> bool:
    """Whether a beam passes a compensator besides its fluence; one that is counted but not described is one."""
    found = items(beam, "CompensatorSequence")
    counted = int(optional_number(beam, "NumberOfCompensators") or 0)
    return max(counted, len(found)) > sum(_is_fluence(item) for item in found)


def _is_fluence(item: Dataset) -> bool:
    """Whether an item is a moving multileaf collimator: said so, or without material and thickness."""
    kind = text(item, "CompensatorType")
    without_material = not text(item, "MaterialID") and item.get("CompensatorThicknessData") is None
    return kind == "DMLC" or (kind != "STANDARD" and without_material)
