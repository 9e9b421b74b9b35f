"""How sure the network's dose of a plan is: half-widths of its beams, added up as they are calculated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dosenet.interval import IntervalTable
from esapi_bridge.case import Dose, Grid, Unit, Volume
from esapi_bridge.case.dose_region import DoseRegion
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.models import DoseCard
from esapi_bridge.models.network_input import ct_grid
from esapi_bridge.report.comparison import Interval


class HalfWidths:
    """Half-widths of the doses that are added to it, all on one grid at the network's spacing.

    Parameters
    ----------
    table
        Of the network's card.
    ct
        The CT that the network is given.
    region
        Where dose is calculated, which the network is told.
    """

    def __init__(self, table: IntervalTable, ct: Volume, region: DoseRegion) -> None:
        self._table, self._ct, self._region = table, ct, region
        self._places: NDArray[np.uint8] | None = None
        self._grid: Grid | None = None
        self._sum: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, card: DoseCard, ct: Volume, region: DoseRegion | None) -> HalfWidths | None:
        """Begin for a case; None where the card has no intervals, or the network is not told the outline."""
        return None if card.intervals is None or region is None else cls(card.intervals, ct, region)

    def add(self, dose: Dose) -> None:
        """Add the dose of a beam, or that of the plan."""
        from dosenet.interval import places_of
        from dosenet.lattice import FineDose, Lattice, resample

        grid = dose.grid
        if self._places is None:
            hu = resample(ct_grid(self._ct), Lattice(grid.size, grid.spacing_mm, grid.origin_mm), outside=AIR_HU)
            self._places, self._grid = places_of(hu, self._region.on(grid)), grid
        half = self._table.half_width_gy(FineDose(dose.gy, grid.spacing_mm, grid.origin_mm), self._places)
        self._sum = half if self._sum is None else self._sum + half

    @property
    def of_plan(self) -> Interval | None:
        """The interval of the sum of all doses added, as wide as theirs together; None of none.

        Beams err to the same side where they cross the same tissue: a root of the sum of squares covers too little.
        """
        if self._sum is None or self._grid is None:
            return None
        return Interval(self._table.coverage, Volume(self._sum, self._grid, Unit.GY))
