"""Voxel values together with their lattice and unit: CT images and dose distributions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case.grid import Grid

AIR_HU = -1000.0
"""CT number of air, and of what lies beyond a CT."""


class Unit(str, Enum):
    """Unit of the values of a volume."""

    HU = "HU"
    GY = "Gy"


class DoseKind(str, Enum):
    """What a dose sums over (DICOM DoseSummationType, 3004,000A)."""

    PLAN = "PLAN"
    BEAM = "BEAM"


class DoseMedium(str, Enum):
    """The medium in which dose is reported."""

    WATER = "dose to water"
    MEDIUM = "dose to medium"


@dataclass(frozen=True)
class Volume:
    """Values on a grid.

    Parameters
    ----------
    values
        ``(z, y, x)``, float32, in `unit`; made read-only.
    grid
        Where the voxels lie.
    unit
        Unit of `values`.

    Raises
    ------
    ValueError
        If the array does not fit the grid or holds a value that is not finite.
    """

    values: NDArray[np.float32]
    grid: Grid
    unit: Unit

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        if values.shape != self.grid.shape:
            raise ValueError(f"volume values must have the grid's shape {self.grid.shape}, got {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError("volume values must be finite, got NaN or infinity")
        view = values.view()
        view.flags.writeable = False
        object.__setattr__(self, "values", view)


@dataclass(frozen=True)
class Dose:
    """A dose distribution.

    Parameters
    ----------
    volume
        Dose in Gy (unit must be `Unit.GY`).
    kind
        Whole plan or one beam.
    beam_number
        DICOM number of the beam when `kind` is BEAM, else None.
    algorithm
        Name and version of what calculated it, as stated by the source; None where unknown.
    medium
        Dose to water or to medium; None where unknown.
    """

    volume: Volume
    kind: DoseKind
    beam_number: int | None = None
    algorithm: str | None = None
    medium: DoseMedium | None = None

    def __post_init__(self) -> None:
        if self.volume.unit is not Unit.GY:
            raise ValueError(f"a dose must be in Gy, got {self.volume.unit.value}")
        if self.kind is DoseKind.BEAM and self.beam_number is None:
            raise ValueError("a BEAM dose must name its beam, got no beam number")
        if self.kind is DoseKind.PLAN and self.beam_number is not None:
            raise ValueError(f"a PLAN dose must not name a beam, got beam {self.beam_number}")

    @property
    def gy(self) -> NDArray[np.float32]:
        """Dose values ``(z, y, x)``, Gy."""
        return self.volume.values

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        return self.volume.grid
