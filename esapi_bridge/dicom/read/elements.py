"""Typed access to DICOM elements; what is missing or of the wrong form is named in the error."""

from __future__ import annotations

import math

from pydicom import Dataset
from pydicom.datadict import dictionary_description, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement

from esapi_bridge.errors import BridgeError

MODALITY_NAMES = {"CT": "CT image", "RTSTRUCT": "RT Structure Set", "RTPLAN": "RT Plan", "RTDOSE": "RT Dose"}


def kind_name(dataset: Dataset) -> str:
    """Name an object for messages, ``RT Plan`` for example."""
    return MODALITY_NAMES.get(str(dataset.get("Modality", "")), "DICOM object")


def text(dataset: Dataset, keyword: str, default: str = "") -> str:
    """Read a text element; `default` where absent or empty."""
    value = dataset.get(keyword)
    return default if value is None or str(value).strip() == "" else str(value).strip()


def required_text(dataset: Dataset, keyword: str) -> str:
    """Read a text element that must be there."""
    value = text(dataset, keyword)
    if not value:
        raise BridgeError(f"{_described(keyword)} is required, found none: export the set again")
    return value


def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> tuple[float, ...]:
    """Read an element of one or more finite numbers, `count` of them where given."""
    result = _unparsed(dataset, keyword)
    if result is None:
        value = dataset.get(keyword)
        if value is None or value == "":
            raise BridgeError(f"{_described(keyword)} is required, found none: export the set again")
        values = value if not isinstance(value, str | bytes | float | int) and hasattr(value, "__iter__") else [value]
        result = tuple(float(item) for item in values)
    if count is not None and len(result) != count:
        raise BridgeError(f"{_described(keyword)} must hold {count} numbers, found {len(result)}")
    if not all(math.isfinite(item) for item in result):
        raise BridgeError(f"{_described(keyword)} must be finite, found {result}")
    return result


def number(dataset: Dataset, keyword: str) -> float:
    """Read a finite number that must be there."""
    return numbers(dataset, keyword, 1)[0]


def optional_number(dataset: Dataset, keyword: str) -> float | None:
    """Read a finite number, or None where absent or empty."""
    value = dataset.get(keyword)
    return None if value is None or value == "" else number(dataset, keyword)


def integer(dataset: Dataset, keyword: str) -> int:
    """Read a whole number that must be there."""
    value = number(dataset, keyword)
    if value != int(value):
        raise BridgeError(f"{_described(keyword)} must be a whole number, found {value:g}")
    return int(value)


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Read the items of a sequence; none where absent."""
    value = dataset.get(keyword)
    if value is None:
        return []
    if not all(isinstance(item, Dataset) for item in value):
        raise BridgeError(f"{_described(keyword)} must be a sequence, found another form of value")
    return list(value)


def _unparsed(dataset: Dataset, keyword: str) -> tuple[float, ...] | None:
    """Read decimal strings straight from the file's bytes: pydicom takes twenty times longer for an object each.

    None for anything else: not there, empty, parsed already, or of another value representation.
    """
    tag = tag_for_keyword(keyword)
    raw: object = dataset.get_item(tag) if tag is not None and tag in dataset else None
    if not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes) or not raw.value.strip(b" \0"):
        return None
    if (raw.VR or dictionary_VR(raw.tag)) != "DS":
        return None
    return tuple(float(text) for text in raw.value.rstrip(b" \0").split(b"\\"))


def _described(keyword: str) -> str:
    return dictionary_description(keyword)
