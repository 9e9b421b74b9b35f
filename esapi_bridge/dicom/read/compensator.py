"""Compensators of a beam: physical ones, or the optimal fluence that a multileaf collimator is to deliver.

Eclipse describes a dynamic field by two items, of types OPTIMAL and TOTAL_ACTUAL: what was asked for, which a plan is
read with, and what its leaves deliver, which only commissioning asks for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydicom import Dataset

from esapi_bridge.case import FluenceMap
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.read.elements import integer, items, numbers, optional_number, text
from esapi_bridge.errors import RefusedError

DELIVERED = "TOTAL_ACTUAL"
"""Type of the item that holds what leaves deliver; its unit is that of type OPTIMAL."""

FORMS = {"OPTIMAL": FluenceForm.OPTIMAL, "DMLC": FluenceForm.DMLC, "": FluenceForm.DMLC}
"""Form of an optimal fluence by the type that its item states."""


def read_fluence(beam: Dataset, name: str, fraction_gy: float | None) -> FluenceMap | None:
    """Read the optimal fluence from an item of the Beam Sequence; None where it has none.

    Parameters
    ----------
    beam
        Item of the Beam Sequence.
    name
        What to call it in messages.
    fraction_gy
        Prescribed dose of one fraction, Gy. Without it a fluence of type OPTIMAL has no unit and counts as none.

    Raises
    ------
    RefusedError
        If there are several, or the map is incomplete.
    """
    found = _fluences(beam)
    if not found:
        return None
    if len(found) > 1:
        raise RefusedError(f"{name} must have at most one optimal fluence, found {len(found)}")
    form = FORMS[text(found[0], "CompensatorType")]
    stored = _stored(found[0], name)
    if form is FluenceForm.OPTIMAL and fraction_gy is None:
        return None
    scaled = stored.values * np.float32(form.esapi_per_value(fraction_gy))
    return replace(stored, values=scaled)


def read_delivered_fluence(beam: Dataset, name: str) -> FluenceMap | None:
    """Read what the leaves deliver by the system that exported a beam, in its own unit: that of type OPTIMAL."""
    found = [item for item in items(beam, "CompensatorSequence") if text(item, "CompensatorType") == DELIVERED]
    return _stored(found[0], name) if len(found) == 1 else None


def _stored(item: Dataset, name: str) -> FluenceMap:
    rows, columns = integer(item, "CompensatorRows"), integer(item, "CompensatorColumns")
    values = numbers(item, "CompensatorTransmissionData")
    if rows < 1 or columns < 1 or len(values) != rows * columns:
        raise RefusedError(f"the fluence of {name} must have {rows} x {columns} values, found {len(values)}")
    across, down = numbers(item, "CompensatorPixelSpacing", 2)
    if across != down or across <= 0:
        raise RefusedError(f"the fluence of {name} must have square pixels, found {across:g} x {down:g} mm")
    x_mm, y_mm = numbers(item, "CompensatorPosition", 2)
    return FluenceMap(np.asarray(values, dtype=np.float32).reshape(rows, columns), x_mm, y_mm, across)


def has_fluence(beam: Dataset) -> bool:
    """Whether a beam has an optimal fluence."""
    return bool(_fluences(beam))


def has_physical_compensator(beam: Dataset) -> bool:
    """Whether a beam passes a compensator besides its fluence; one that is counted but not described is one."""
    found = items(beam, "CompensatorSequence")
    counted = int(optional_number(beam, "NumberOfCompensators") or 0)
    return max(counted, len(found)) > sum(_is_map(item) for item in found)


def _fluences(beam: Dataset) -> list[Dataset]:
    found = [item for item in items(beam, "CompensatorSequence") if _is_map(item)]
    return [item for item in found if text(item, "CompensatorType") in FORMS]


def _is_map(item: Dataset) -> bool:
    """Whether an item describes a moving multileaf collimator: said so, or without material and thickness."""
    kind = text(item, "CompensatorType")
    without_material = not text(item, "MaterialID") and item.get("CompensatorThicknessData") is None
    return kind == "DMLC" or (kind != "STANDARD" and without_material)
