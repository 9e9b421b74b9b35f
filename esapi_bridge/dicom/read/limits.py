"""What one DICOM object may hold at most: looked for in its bytes, before a parser makes an object of every element.

A parser takes some microseconds for an element and a hundred for an item, so that a file of a few megabytes, damaged or
made to harm, could take minutes and gigabytes. The limits are several times what plans of clinics hold.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from esapi_bridge.errors import RefusedError

MOST_LEVELS = 32
"""Sequences within sequences."""

MOST_ELEMENTS_OF_A_LEVEL = 5_000
"""Elements of the object itself, or of one item."""

MOST_ITEMS = 100_000
"""Items of all sequences of one kind together, where `MOST_ITEMS_OF` says nothing else."""

MOST_ITEMS_OF = {
    int(Tag("BeamSequence")): ("beams", 500),
    int(Tag("ControlPointSequence")): ("control points", 10_000),
    int(Tag("StructureSetROISequence")): ("structures", 2_000),
    int(Tag("ROIContourSequence")): ("structures with contours", 2_000),
    int(Tag("ContourSequence")): ("contours", 50_000),
    int(Tag("DVHSequence")): ("dose-volume histograms", 2_000),
}
"""Items of all sequences of one kind together, and what they are called."""

MOST_TEXT_BYTES = 64 * 1024
"""Length of the value of one element, lists of UIDs and numbers among them ..."""

MOST_NUMBER_BYTES = 64 * 2**20
"""... but for those that hold the coordinates of a contour, a fluence or a histogram; pixels have their own limit."""

MOST_META_BYTES = 64 * 1024
"""Length of preamble and file meta information."""

LONG_NUMBERS = frozenset(
    int(Tag(keyword))
    for keyword in ("ContourData", "CompensatorTransmissionData", "CompensatorThicknessData", "BlockData", "DVHData")
)
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
META, SYNTAX, DELIMITERS, PIXELS, UNDEFINED = 2, 0x00020010, 0xFFFE, 0x7FE00010, 0xFFFFFFFF
LONG_LENGTH = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)


@dataclass
class _Level:
    """A sequence or a data set that the walk is in.

    Parameters
    ----------
    end
        Where it ends; None if a delimiter says so.
    sequence
        Tag of the sequence; None for the data set of an item.
    implicit
        Whether its elements state no value representation.
    elements
        Elements seen in it.
    """

    end: int | None
    sequence: int | None
    implicit: bool
    elements: int = field(default=0)


def require_bounded(content: bytes) -> bool:
    """Refuse an object that holds more of anything than the limits of this module allow.

    Parameters
    ----------
    content
        A DICOM file that is not deflated. What is damaged is left to the parser.

    Returns
    -------
    bool
        Whether every element ends within the file; a parser takes what there is of one that does not for all of it.

    Raises
    ------
    RefusedError
        Naming the limit.
    """
    return _walk(content, *_beginning(content))


def _beginning(content: bytes) -> tuple[int, bool, str]:
    """Where the data set begins, whether it states no value representations, and its byte order."""
    position = 132 if content[128:132] == b"DICM" else 0
    header_of = _header_reader(content, "<")
    syntax = ""
    while position + 8 <= len(content):
        tag, _, length, size = header_of(position, False)
        if tag >> 16 != META:
            break
        if position > MOST_META_BYTES:
            raise _too_many(f"{MOST_META_BYTES} bytes of file meta information")
        position += size + length
        if tag == SYNTAX:
            syntax = content[position - length : position].decode("ascii", "replace").rstrip("\0 ")
    head = content[position : position + 6]
    states_representations = head[4:6].isalpha() and head[4:6].isupper()
    is_big_endian = syntax == ExplicitVRBigEndian or (not syntax and head[:1] == b"\0")
    return position, syntax in ("", ImplicitVRLittleEndian) and not states_representations, "><"[not is_big_endian]


def _walk(content: bytes, position: int, implicit: bool, order: str) -> bool:
    header_of = _header_reader(content, order)
    items: Counter[int] = Counter()
    levels = [_Level(len(content), None, implicit)]
    while position + 8 <= len(content):
        while len(levels) > 1 and (end := levels[-1].end) is not None and position >= end:
            levels.pop()
        level = levels[-1]
        tag, vr, length, size = header_of(position, level.implicit)
        position += size
        end = None if length == UNDEFINED else position + length
        if tag in (ITEM_END, SEQUENCE_END):
            del levels[max(1, len(levels) - 1) :]
        elif tag == ITEM and level.sequence is not None:
            items[level.sequence] += 1
            _require_items(level.sequence, items[level.sequence], len(levels))
            levels.append(_Level(end, None, level.implicit))
        else:
            level.elements += 1
            if level.elements > MOST_ELEMENTS_OF_A_LEVEL:
                raise _too_many(f"{MOST_ELEMENTS_OF_A_LEVEL} elements on one level")
            if tag == PIXELS and end is None:  # in fragments: nothing that is read stands behind them
                return True
            if end is None or (length > 8 and _representation(tag, vr) == "SQ"):
                levels.append(_Level(end, tag, level.implicit or vr == b"UN"))
                continue
            if length > MOST_TEXT_BYTES:
                _require_length(tag, _representation(tag, vr), length)
            position = end
    ends = [position, *(level.end for level in levels if level.end is not None)]
    is_open = any(level.end is None for level in levels)
    return not is_open and max(ends) <= len(content) and not content[position:].strip(b"\0")


def _header_reader(content: bytes, order: str) -> Callable[[int, bool], tuple[int, bytes, int, int]]:
    """Return what reads, at a position, tag, stated value representation, length and size of an element's header."""
    tag_and_length = struct.Struct(f"{order}HHL").unpack_from
    short = struct.Struct(f"{order}H").unpack_from
    long = struct.Struct(f"{order}L").unpack_from

    def header_of(position: int, implicit: bool) -> tuple[int, bytes, int, int]:
        group, element, length = tag_and_length(content, position)
        vr = content[position + 4 : position + 6]
        if implicit or group == DELIMITERS or not (b"AA" <= vr <= b"ZZ"):
            return group << 16 | element, b"", length, 8
        if vr not in LONG_LENGTH:
            return group << 16 | element, vr, short(content, position + 6)[0], 8
        if position + 12 > len(content):
            return group << 16 | element, vr, 0, 12
        return group << 16 | element, vr, long(content, position + 8)[0], 12

    return header_of


def _representation(tag: int, stated: bytes) -> str:
    """Value representation as stated or, where it is not, by the dictionary; ``UN`` where neither knows."""
    known = dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
    return known if stated in (b"", b"UN") else stated.decode("ascii", "replace")


def _require_items(sequence: int, number: int, levels: int) -> None:
    if levels > 2 * MOST_LEVELS:
        raise _too_many(f"{MOST_LEVELS} levels of sequences")
    name, most = MOST_ITEMS_OF.get(sequence, ("items of one kind of sequence", MOST_ITEMS))
    if number > most:
        raise _too_many(f"{most} {name}")


def _require_length(tag: int, representation: str, length: int) -> None:
    most = MOST_NUMBER_BYTES if tag in LONG_NUMBERS else MOST_TEXT_BYTES
    if length > most and not BINARY.intersection(representation.split(" or ")):
        raise _too_many(f"{most} bytes in one element of numbers or text")


def _too_many(limit: str) -> RefusedError:
    return RefusedError(f"a DICOM object must have at most {limit}, found more: it is damaged or not of a plan")
