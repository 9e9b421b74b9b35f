"""Read an RT Structure Set (DICOM PS3.3 A.19.3).

Nothing of it is lost in silence: what a structure holds beside its closed contours is counted in `Structure.left_out`.
A structure with an element that is wrong is left out whole, with the reason, since a part of it would pass for all of
it; what needs it refuses then, and the rest goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from esapi_bridge.case import Structure
from esapi_bridge.case.structure import FARTHEST_MM, UNREAD
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.elements import described, integer, items, numbers, required_text, text
from esapi_bridge.dicom.read.roi_physics import read_overrides
from esapi_bridge.errors import BridgeError, RefusedError, listed

AREA_CONTOURS = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR", "INTERPOLATED_PLANAR")
"""Contour types that enclose an area: of the standard, a common misspelling, and what OsiriX calls those it
interpolated."""

OTHER_CONTOURS = ("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR")
"""Contour types that enclose nothing; they are counted."""

CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,32}")
"""What a contour type may look like; anything else is not quoted."""

NO_COLOUR = (255, 255, 0)


@dataclass(frozen=True)
class StructureSet:
    """A structure set and what it refers to.

    Parameters
    ----------
    uid, label
        SOP Instance UID and label.
    frame_of_roi
        Frame of reference that each region is drawn in, by ROI Number; regions that state none are not in it.
    structures
        Its regions.
    left_out
        What it holds that belongs to none of its regions.
    """

    uid: str
    label: str
    frame_of_roi: Mapping[int, str]
    structures: tuple[Structure, ...]
    left_out: tuple[str, ...] = ()

    def in_frame(self, frame: str) -> tuple[Structure, ...]:
        """Return the regions, those drawn in another frame of reference without contours and with the reason.

        Raises
        ------
        RefusedError
            If not one region is drawn in this frame.
        """
        others = {number: found for number, found in self.frame_of_roi.items() if found != frame}
        if self.frame_of_roi and len(others) == len(self.frame_of_roi):
            raise RefusedError(
                f"structures and CT must share one frame of reference, found {listed(sorted(set(others.values())))} "
                f"and {frame}"
            )
        reason = f"{UNREAD}they are drawn in another frame of reference than the CT's"
        return tuple(
            replace(s, contours_mm=(), left_out=(*s.left_out, reason)) if s.number in others else s
            for s in self.structures
        )


def read_structure_set(dataset: Dataset) -> StructureSet:
    """Read all regions with their closed planar contours, LPS mm.

    Raises
    ------
    RefusedError
        If two regions have one number, so that nobody can tell whose contours are whose.
    BridgeError
        If the set itself cannot be read.
    """
    overrides = read_overrides(dataset)
    rois = items(dataset, "StructureSetROISequence")
    drawn, lost = _by_roi(items(dataset, "ROIContourSequence"))
    observed, _ = _by_roi(items(dataset, "RTROIObservationsSequence"))
    seen = Counter(integer(roi, "ROINumber") for roi in rois)
    repeated = [str(number) for number, count in seen.items() if count > 1]
    if repeated:
        raise RefusedError(
            f"every ROI Number of a structure set must be there once, found {', '.join(repeated[:5])} several times: "
            "export the set again, or remove what does not belong to the plan"
        )
    orphans = sorted(set(drawn) - set(seen))
    left_out = [f"contours of ROI {number}, which the set does not list" for number in orphans]
    left_out += [f"contours that belong to no ROI: {lost}"] if lost else []
    return StructureSet(
        uid=required_text(dataset, "SOPInstanceUID"),
        label=text(dataset, "StructureSetLabel"),
        frame_of_roi={
            number: frame
            for roi, number in zip(rois, seen, strict=True)
            if (frame := text(roi, "ReferencedFrameOfReferenceUID"))
        },
        structures=tuple(
            replace(_structure(roi, drawn.get(number, ()), observed.get(number, ())), override=overrides.get(number))
            for roi, number in zip(rois, seen, strict=True)
        ),
        left_out=tuple(left_out),
    )


def _by_roi(found: Sequence[Dataset]) -> tuple[dict[int, list[Dataset]], int]:
    """Sort items by the ROI they refer to; how many refer to none comes second."""
    sorted_items: dict[int, list[Dataset]] = {}
    lost = 0
    for item in found:
        try:
            sorted_items.setdefault(integer(item, "ReferencedROINumber"), []).append(item)
        except (BridgeError, ValueError):
            lost += 1
    return sorted_items, lost


def _structure(roi: Dataset, drawn: Sequence[Dataset], observed: Sequence[Dataset]) -> Structure:
    """Read one region from all items that refer to it."""
    kinds = list(dict.fromkeys(kind for item in observed if (kind := text(item, "RTROIInterpretedType"))))
    bare = Structure(
        number=integer(roi, "ROINumber"),
        name=text(roi, "ROIName"),
        dicom_type=kinds[0] if kinds else "",
        colour=_colour(drawn),
        contours_mm=(),
        left_out=tuple(f"another RT ROI Interpreted Type than {kinds[0]}: {kind}" for kind in kinds[1:]),
    )
    others: Counter[str] = Counter()
    contours = []
    try:
        with bridge_errors_only("a contour"):
            for contour in (contour for item in drawn for contour in items(item, "ContourSequence")):
                kind = _kind(contour)
                if _without_points(contour):
                    others["contours without points"] += 1
                elif kind in AREA_CONTOURS:
                    contours.append(_points(contour))
                else:
                    others[f"contours of type {kind}"] += 1
            left_out = (*bare.left_out, *(f"{what}: {count}" for what, count in others.items()))
            return replace(bare, contours_mm=tuple(contours), left_out=left_out)
    except BridgeError as error:
        return replace(bare, left_out=(*bare.left_out, f"{UNREAD}{error}"))


def _kind(contour: Dataset) -> str:
    """Contour type, a known one: nobody knows what another encloses."""
    kind, known = text(contour, "ContourGeometricType").upper(), (*AREA_CONTOURS, *OTHER_CONTOURS)
    if kind not in known:
        found = kind if CODE_STRING.fullmatch(kind) else "another"
        raise BridgeError(f"{described('ContourGeometricType')} must be one of {', '.join(known)}, found {found}")
    return kind


def _colour(drawn: Sequence[Dataset]) -> tuple[int, int, int]:
    """Display colour; any other where there is none or it cannot be read, for nothing is computed with it."""
    for item in drawn:
        try:
            red, green, blue = (min(255, max(0, int(value))) for value in numbers(item, "ROIDisplayColor", 3))
        except (BridgeError, ValueError):
            continue
        return red, green, blue
    return NO_COLOUR


def _without_points(contour: Dataset) -> bool:
    """Whether Contour Data is missing or empty; the raw bytes are looked at, see `_points`."""
    raw: object = contour.get_item("ContourData") if "ContourData" in contour else None
    value = getattr(raw, "value", None)
    return value is None or value in ("", []) or (isinstance(value, bytes) and not value.strip(b" \0"))


def _points(contour: Dataset) -> NDArray[np.float64]:
    raw: object = contour.get_item("ContourData")
    try:
        if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
            # Structure sets hold a million coordinates: pydicom would make an object of each.
            flat = np.array(raw.value.rstrip(b" \0").split(b"\\"), dtype=np.float64)
        else:
            flat = np.asarray(numbers(contour, "ContourData"))
    except ValueError as error:
        raise BridgeError("Contour Data must be decimal numbers, found others") from error
    stated = integer(contour, "NumberOfContourPoints")
    if len(flat) != 3 * stated:
        raise BridgeError(f"Contour Data of {stated} points must hold {3 * stated} coordinates, found {len(flat)}")
    if not (np.abs(flat) <= FARTHEST_MM).all():  # so written that NaN fails
        raise BridgeError(f"Contour Data must lie within {FARTHEST_MM:g} mm of the origin, found other coordinates")
    return flat.reshape(-1, 3)
