"""The beginning of a DICOM file, as far as the elements reach that an index needs; no pixel and no contour is read."""

from __future__ import annotations

import io
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import RTStructureSetStorage

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.files import require_openable
from esapi_bridge.errors import DamagedError, RefusedError

PARTS_BYTES = (32 * 2**10, 2 * 2**20)
"""How much of a file is read at first, and if that does not reach far enough; then all of it."""

PIXELS = 0x7FE00008
"""First tag of pixel data of any form."""

CONTOURS = 0x30060039
"""ROI Contour Sequence: what comes before it in a structure set says what it is drawn on."""

UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class Beginning:
    """What a file holds before its pixels or contours.

    Parameters
    ----------
    dataset
        The elements asked for.
    reached
        Whether pixels or contours follow.
    is_cut_short
        Whether these reach beyond the end of the file.
    """

    dataset: Dataset
    reached: bool
    is_cut_short: bool


def read_beginning(path: Path, kind: str | None, tags: Collection[int]) -> Beginning:
    """Read elements from the beginning of a file.

    Parameters
    ----------
    path
        The file.
    kind
        Its SOP class, where its file meta information states one.
    tags
        The elements to read.

    Raises
    ------
    RefusedError
        As `read.files.read_dataset` without pixels, for what was read.
    """
    stop_at = CONTOURS if kind == RTStructureSetStorage else PIXELS
    with bridge_errors_only("a DICOM file"), path.open("rb") as stream:
        size = path.stat().st_size
        content = b""
        for part in PARTS_BYTES:
            content += stream.read(part - len(content))
            if len(content) == size:
                break
            with suppress(RefusedError):  # perhaps because an element is not there to its end
                found = _parse(content, stop_at, tags, size)
                if found.reached:
                    return found
        found = _parse(content + stream.read(), stop_at, tags, size)
        if not found.reached and "Rows" in found.dataset:
            raise DamagedError("an image must hold Pixel Data (7FE0,0010), found none: the file is cut short")
        return found


def _parse(content: bytes, stop_at: int, tags: Collection[int], size: int) -> Beginning:
    require_openable(content, pixels=False)
    stream = io.BytesIO(content)
    ends: list[int] = []

    def stop(tag: BaseTag, _vr: str | None, length: int) -> bool:
        if tag >= stop_at:
            ends.append(0 if length == UNDEFINED else stream.tell() + length)
        return bool(ends)

    dataset = read_partial(stream, stop, force=True, specific_tags=list(tags))
    if "SOPClassUID" not in dataset:
        raise DamagedError("a DICOM object must state its SOP Class UID (0008,0016), found none")
    return Beginning(dataset, bool(ends), bool(ends) and ends[0] > size)
