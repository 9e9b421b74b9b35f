"""Ways in which a DICOM file can be damaged; each damage follows from a random generator alone."""

from __future__ import annotations

import copy
import io
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.uid import ExplicitVRLittleEndian

Random = np.random.Generator

HEADER_BYTES = 3000
"""Half of the flips and truncations fall into so much of the beginning: elements, rather than pixels."""

EXTREME = ("0", "-1", "1e308", "nan", "inf", "0.1", "100000", "")
REPRESENTATIONS = (b"OB", b"OW", b"UN", b"SQ", b"DS", b"IS", b"UI", b"LO", b"US", b"FD", b"UT", b"ZZ", b"\0\0")
LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})


@dataclass(frozen=True)
class Base:
    """A whole file, in implicit and in explicit VR, with the places of its elements.

    Parameters
    ----------
    implicit, explicit
        Its content.
    places_implicit, places_explicit
        Where each element begins, nested ones included.
    """

    implicit: bytes
    explicit: bytes
    places_implicit: tuple[int, ...]
    places_explicit: tuple[int, ...]

    @classmethod
    def of(cls, content: bytes) -> Base:
        """Prepare a file in implicit VR little endian."""
        dataset = pydicom.dcmread(io.BytesIO(content))
        _parse_all(dataset)
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        buffer = io.BytesIO()
        dataset.save_as(buffer, implicit_vr=False, little_endian=True)
        explicit = buffer.getvalue()
        return cls(content, explicit, tuple(_places(content, implicit=True)), tuple(_places(explicit, implicit=False)))


def flip(base: Base, random: Random) -> bytes:
    """Change a bit, or a byte to any other value."""
    data = bytearray(base.implicit)
    at = _position(len(data), random)
    data[at] ^= 1 << int(random.integers(8)) if random.random() < 0.5 else int(random.integers(1, 256))
    return bytes(data)


def truncate(base: Base, random: Random) -> bytes:
    """Cut the end off."""
    return base.implicit[: _position(len(base.implicit), random)]


def relabel(base: Base, random: Random) -> bytes:
    """Change the length or the value representation that an element states."""
    if random.random() < 0.5:
        data, at = bytearray(base.implicit), int(random.choice(base.places_implicit))
        _change_length(data, at + 4, "<L", random)
        return bytes(data)
    data, at = bytearray(base.explicit), int(random.choice(base.places_explicit))
    if random.random() < 0.5:
        data[at + 4 : at + 6] = REPRESENTATIONS[int(random.integers(len(REPRESENTATIONS)))]
    elif bytes(data[at + 4 : at + 6]) in LONG:
        _change_length(data, at + 8, "<L", random)
    else:
        _change_length(data, at + 6, "<H", random)
    return bytes(data)


def edit(base: Base, random: Random) -> bytes:
    """Remove, empty, repeat or change one element of a file that stays formally right."""
    dataset = pydicom.dcmread(io.BytesIO(base.implicit))
    places = [(parent, element) for parent, element in _elements(dataset) if element.tag != 0x7FE00010]
    parent, element = places[int(random.integers(len(places)))]
    match int(random.integers(6)):
        case 0:
            del parent[element.tag]
        case 1:
            element.value = [] if element.VR == "SQ" else ""
        case _ if element.VR == "SQ":
            items = list(element.value)
            at = int(random.integers(len(items))) if items else 0
            changed = [*items[:at], *items[at + 1 :]] if random.random() < 0.5 else [*items, *copy.deepcopy(items[:1])]
            element.value = changed
        case _:
            _change_value(parent, element, random)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


KINDS: dict[str, tuple[float, Callable[[Base, Random], bytes]]] = {
    "flips": (0.35, flip),
    "lengths and VRs": (0.25, relabel),
    "truncations": (0.1, truncate),
    "elements": (0.3, edit),
}
"""Share of all damages, and how they are made."""


def damaged(base: Base, random: Random) -> tuple[str, bytes]:
    """Damage a file in one of the ways; return which, and the content."""
    names = list(KINDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom knows that this is wrong
        while True:
            kind = names[int(random.choice(len(names), p=[share for share, _ in KINDS.values()]))]
            try:
                return kind, KINDS[kind][1](base, random)
            except Exception:  # noqa: BLE001  an edit that cannot be written is none
                continue


def _position(size: int, random: Random) -> int:
    end = min(size, HEADER_BYTES) if random.random() < 0.5 else size
    return int(random.integers(132, end))


def _change_length(data: bytearray, at: int, form: str, random: Random) -> None:
    (length,) = struct.unpack_from(form, data, at)
    largest = 2 ** (8 * struct.calcsize(form)) - 1
    choices = (0, 2, length - 2, length + 2, 2 * length, largest, int(random.integers(largest)))
    struct.pack_into(form, data, at, min(max(choices[int(random.integers(len(choices)))], 0), largest))


def _change_value(parent: Dataset, element: pydicom.DataElement, random: Random) -> None:
    """Replace one value by another of its kind: scaled, shifted, of the other sign, extreme, or another word."""
    several = element.VM > 1
    values = list(element.value) if several else [element.value]
    at = int(random.integers(len(values)))
    if element.VR in ("DS", "IS", "US", "UL", "FD", "FL", "SS", "SL"):
        number = float(values[at] or 0)
        choice = int(random.integers(7))
        if choice == 6 and element.VR == "DS":
            values[at] = EXTREME[int(random.integers(len(EXTREME)))]
        elif choice == 5 and several:
            values[0], values[-1] = values[-1], values[0]
        else:
            new = (10 * number, -number, number + 1, number * 1.05, number + 90, 0.0, number / 10)[choice]
            values[at] = f"{new:.10g}"[:16] if element.VR == "DS" else new if element.VR[0] == "F" else round(new)
    else:
        text = str(values[at])
        words = ("X", text[::-1], f"{text}1", text[:-1], "NONE", "STANDARD", "PLAN", "BEAM", "1.2.3")
        values[at] = words[int(random.integers(len(words)))]
    parent[element.tag].value = values if several else values[0]


def _elements(dataset: Dataset) -> Iterator[tuple[Dataset, pydicom.DataElement]]:
    for element in dataset:
        yield dataset, element
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)


def _parse_all(dataset: Dataset) -> None:
    for _ in _elements(dataset):
        pass


def _places(content: bytes, *, implicit: bool) -> Iterator[int]:
    """Where each element of a whole file begins, as the standard lays them out (PS3.5, 7.1)."""
    position = 132
    meta_ends = 144 + struct.unpack_from("<L", content, 140)[0]
    while position + 8 <= len(content):
        group, element, length = struct.unpack_from("<HHL", content, position)
        tag, header = group << 16 | element, 8
        vr = dictionary_VR(tag).encode() if dictionary_has_tag(tag) else b"UN"
        if group != 0xFFFE:
            if position >= meta_ends:
                yield position
            if not implicit or position < meta_ends:
                vr = content[position + 4 : position + 6]
                length = struct.unpack_from("<H", content, position + 6)[0]
                if vr in LONG:
                    length, header = struct.unpack_from("<L", content, position + 8)[0], 12
        goes_inside = group == 0xFFFE or vr == b"SQ"
        position += header if goes_inside else header + length
