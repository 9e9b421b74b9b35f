"""How large the volumes of a plan are, as far as kept headers tell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from pydicom.uid import CTImageStorage, RTDoseStorage

from esapi_bridge.dicom.index.header import KeptHeader
from esapi_bridge.dicom.index.row import Row


@dataclass(frozen=True)
class Sizes:
    """Sizes of the volumes that may belong to a plan; 0 where not stated.

    Parameters
    ----------
    ct_voxels
        Voxels of the CT, of all series together.
    dose_mm3
        Volume of the largest dose grid, mm3.
    """

    ct_voxels: int = 0
    dose_mm3: float = 0.0


def sizes_of(rows: Iterable[Row]) -> Sizes:
    """Sum up what the files of a plan state."""
    ct_voxels, dose_mm3 = 0, 0.0
    for row in rows:
        with suppress(ValueError, IndexError, KeyError):  # a header that says something else says so when it is read
            if row.header and row.kind == CTImageStorage:
                ct_voxels += int(row.header["Rows"]) * int(row.header["Columns"])
            elif row.header and row.kind == RTDoseStorage:
                dose_mm3 = max(dose_mm3, _volume_mm3(row.header))
    return Sizes(ct_voxels, dose_mm3)


def _volume_mm3(header: KeptHeader) -> float:
    row_mm, column_mm = map(float, header["PixelSpacing"].split("\\"))
    first_mm, second_mm = map(float, header["GridFrameOffsetVector"].split("\\")[:2])
    voxels = int(header["Rows"]) * int(header["Columns"]) * int(header["NumberOfFrames"])
    return voxels * row_mm * column_mm * abs(second_mm - first_mm)
