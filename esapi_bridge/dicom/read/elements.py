"""Typed access to DICOM elements; what is missing or of the wrong form is named in the error."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydicom import Dataset
from pydicom.datadict import dictionary_description, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from esapi_bridge.errors import DamagedError

PLAIN_TEXTS, NUMBER_TEXTS = frozenset({"CS", "UI", "IS", "DS"}), frozenset({"DS", "IS"})
"""Value representations of ASCII alone; those of decimal strings."""

SHOWN = 16
"""Characters of a number's text, and numbers of a list, that a message shows at most."""


def kind_name(dataset: Dataset) -> str:
    """Name an object for messages by its SOP class, ``RT Plan`` for example."""
    return class_name(str(dataset.get("SOPClassUID", "")))


def class_name(sop_class: str) -> str:
    """Name a SOP class for messages, ``RT Plan`` for example."""
    return UID(sop_class).name.removesuffix(" Storage") if UID(sop_class).name != sop_class else "DICOM object"


def text(dataset: Dataset, keyword: str, default: str = "") -> str:
    """Read a text element; `default` where absent or empty."""
    raw = _unparsed(dataset, keyword, PLAIN_TEXTS)
    value = _value(dataset, keyword) if raw is None or b"\\" in raw else raw.decode("ascii", "replace")
    return default if value is None or str(value).strip() == "" else str(value).strip()


def stored_text(dataset: Dataset, keyword: str) -> str:
    """Read a text element as it is stored, several values with backslashes between them; empty where absent."""
    raw = _unparsed(dataset, keyword, PLAIN_TEXTS)
    if raw is not None:
        return raw.decode("latin-1")
    value = _value(dataset, keyword)
    return "" if value is None else "\\".join(str(getattr(v, "original_string", v)).strip() for v in _several(value))


def required_text(dataset: Dataset, keyword: str) -> str:
    """Read a text element that must be there."""
    value = text(dataset, keyword)
    if not value:
        raise DamagedError(f"{described(keyword)} is required, found none: export the set again")
    return value


def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> tuple[float, ...]:
    """Read an element of one or more finite numbers, `count` of them where given.

    Raises
    ------
    DamagedError
        If it is absent, holds something else or another count; names the element and what was found.
    """
    parts: Sequence[Any] | None = number_texts(dataset, keyword)
    if parts is None:
        value = _value(dataset, keyword)
        if value is None or value == "":
            raise DamagedError(f"{described(keyword)} is required, found none: export the set again")
        parts = _several(value)
    try:
        result = tuple(float(item) for item in parts)
    except (ValueError, TypeError):
        raise _no_number(keyword, [item for item in parts if not _is_number(item)]) from None
    if count is not None and len(result) != count:
        raise DamagedError(f"{described(keyword)} must hold {count} numbers, found {len(result)}")
    if not all(math.isfinite(item) for item in result):
        raise DamagedError(f"{described(keyword)} must be finite, found {result[:SHOWN]}")
    return result


def number_texts(dataset: Dataset, keyword: str) -> list[bytes] | None:
    """Decimal strings as they stand in the file's bytes: pydicom takes twenty times longer for an object each.

    None for anything else: not there, empty, parsed already, or of another value representation.
    """
    raw = _unparsed(dataset, keyword, NUMBER_TEXTS)
    return None if raw is None else raw.split(b"\\")


def _unparsed(dataset: Dataset, keyword: str, representations: frozenset[str]) -> bytes | None:
    """Return the bytes of an element of some value representations that pydicom has not made an object of, or None."""
    try:
        raw: object = dataset.get_item(_tag(keyword))
    except KeyError:
        return None
    if not isinstance(raw, RawDataElement) or not isinstance(raw.value, bytes):
        return None
    if (raw.VR or dictionary_VR(raw.tag)) not in representations:
        return None
    return raw.value.strip(b" \0") or None


@cache
def _tag(keyword: str) -> BaseTag:
    return Tag(keyword)


def last_digits(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Value of the last decimal place that the file states of each number: 0.1 for 12.5, 1 for 12."""
    parts = number_texts(dataset, keyword)
    stated = [part.decode("ascii", "replace") for part in parts] if parts else _original_strings(dataset, keyword)
    places = []
    for part in stated:
        mantissa, _, exponent = part.strip().lower().partition("e")
        places.append(len(mantissa.partition(".")[2]) - int(exponent or 0))
    return tuple(10.0**-count for count in places)


def number(dataset: Dataset, keyword: str) -> float:
    """Read a finite number that must be there."""
    return numbers(dataset, keyword, 1)[0]


def optional_number(dataset: Dataset, keyword: str) -> float | None:
    """Read a finite number, or None where absent or empty."""
    if number_texts(dataset, keyword) is None and _value(dataset, keyword) in (None, ""):
        return None
    return number(dataset, keyword)


def integer(dataset: Dataset, keyword: str) -> int:
    """Read a whole number that must be there."""
    value = number(dataset, keyword)
    if value != int(value):
        raise DamagedError(f"{described(keyword)} must be a whole number, found {value:g}")
    return int(value)


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Read the items of a sequence; none where absent."""
    value = dataset.get(keyword)
    if value is None:
        return []
    if not all(isinstance(item, Dataset) for item in value):
        raise DamagedError(f"{described(keyword)} must be a sequence, found another form of value")
    return list(value)


def described(keyword: str) -> str:
    """Name an element for messages: ``Pixel Spacing (0028,0030)``."""
    tag = tag_for_keyword(keyword) or 0
    return f"{dictionary_description(keyword)} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _several(value: Any) -> list[Any]:
    """The values of an element of one or more."""
    return [value] if isinstance(value, str | bytes | float | int) or not hasattr(value, "__iter__") else list(value)


def _value(dataset: Dataset, keyword: str) -> Any:
    """What pydicom makes of an element; its own error for what is no number becomes ours."""
    try:
        return dataset.get(keyword)
    except (ValueError, TypeError, OverflowError):
        tag = tag_for_keyword(keyword) or 0
        raw: object = dataset.get_item(tag)
        raise _no_number(keyword, [raw.value] if isinstance(raw, RawDataElement) else []) from None


def _no_number(keyword: str, found: Sequence[object]) -> DamagedError:
    """Refuse what is no number; of its text only what cannot be a name is shown."""
    shown = found[0] if found else ""
    plain = shown.decode("ascii", "replace") if isinstance(shown, bytes) else str(shown)
    plain = plain.strip(" \0")[: 4 * SHOWN]
    if not re.fullmatch(r"[0-9+\-.,eE \\]+", plain):
        return DamagedError(f"{described(keyword)} must be numbers, found other text: export the set again")
    comma = " with a decimal comma" if "," in plain else ""
    return DamagedError(
        f"{described(keyword)} must be numbers with a decimal point, found {plain!r}{comma}: export the set again"
    )


def _is_number(item: Any) -> bool:
    try:
        float(item)
    except (ValueError, TypeError):
        return False
    return True


def _original_strings(dataset: Dataset, keyword: str) -> list[str]:
    """Texts of numbers that pydicom has parsed already; it keeps them."""
    value = dataset.get(keyword)
    return [] if value is None else [str(getattr(item, "original_string", item)) for item in _several(value)]
