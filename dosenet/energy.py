"""The energy of a beam, as a network is told it."""

from __future__ import annotations

import math
from dataclasses import dataclass

ENERGY_CHANNELS = 2
"""Nominal energy, and 1 without a flattening filter; both are 0 where the energy is not told."""

ENERGY_UNIT_MV = 10.0
"""Scale of the first channel."""

NOT_TOLD = (0.0, 0.0)


@dataclass(frozen=True)
class Energy:
    """Nominal energy of a photon beam, MV, and whether it has no flattening filter.

    Raises
    ------
    ValueError
        If the energy is not above zero.
    """

    mv: float
    fff: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mv) and self.mv > 0):
            raise ValueError(f"expected an energy above 0 MV, got {self.mv}")

    @property
    def channels(self) -> tuple[float, float]:
        """Values of the two channels."""
        return self.mv / ENERGY_UNIT_MV, float(self.fff)
