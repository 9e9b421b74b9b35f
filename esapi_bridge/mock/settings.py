"""Number formats of a database of the mock Eclipse; standard library only, so that a command's help needs no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DoseUnit(StrEnum):
    """Unit of absolute dose of a site."""

    GY = "Gy"
    CGY = "cGy"


@dataclass(frozen=True)
class DatabaseSettings:
    """Number formats that differ between sites, so that scripts meet all of them.

    Parameters
    ----------
    dose_unit
        Unit of absolute dose in this system.
    dose_scale_percent
        Per cent of the prescription that one count of a dose voxel stands for.
    ct_offset
        Raw CT value of 0 HU. Raw values are never negative: with the default, which an Eclipse 18 was seen to have, no
        CT number is cut off.
    """

    dose_unit: DoseUnit = DoseUnit.GY
    dose_scale_percent: float = 1e-4
    ct_offset: int = 32768
