"""Intervals of a predicted dose: how far the reference was off in like voxels of anatomies not trained on.

Split conformal prediction. Voxels are sorted into strata that can be told without the reference: the band of the
predicted dose, how steep it is there, and the place in the body. Of every stratum each calibration anatomy gives the
quantile of its errors, in shares of the maximum; the half-width is the quantile of these quantiles, at the rank that
holds for one more anatomy. What is guaranteed, and what is not, stands at `IntervalTable`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.anatomy import depth_bands, tissue_of
from dosenet.lattice import FineDose
from dosenet.slices import FINE_MM

Volume = NDArray[np.float32]
Cells = NDArray[np.uint8]

COVERAGE = 0.9
DOSE_SHARES = (0.01, 0.1, 0.5)
"""Shares of the maximum that divide the bands of dose."""

STEEP_PER_MM = (0.01, 0.04)
"""Changes of dose, shares of the maximum per mm, that divide flat dose, slope and penumbra: depth makes less than the
first, and the middle of a penumbra has more than the second."""

PLACES = ("skin", "lung and air", "soft tissue", "bone")
SKIN_MM = 5.0
"""Depth below the body's surface that is skin, whatever its tissue."""

MASKED = 0.1
"""Dose, share of the maximum, from which on coverage is shown: further out there is little to be wrong about."""

LEAST_VOXELS = 500
"""Of a stratum in an anatomy: fewer have no quantile worth the name."""

LEAST_ANATOMIES = 3
"""That have a stratum: of fewer, the widest stratum like it is taken."""

LEAST_ERROR, ERROR_STEP, ERROR_BINS = 1e-5, 1.02, 600
"""Errors are counted in bins of 2 %, from a thousandth of a per cent of the maximum to over all of it."""


@dataclass(frozen=True)
class IntervalTable:
    """Half-widths by stratum: network dose - and + half-width is the interval of a voxel.

    Of another anatomy that is like the `anatomies` of the calibration, as one of them is like the others, the interval
    covers in every stratum at least `coverage` of the voxels with a chance of `confidence`, over anatomies and their
    fields. Nothing is guaranteed of a single voxel, as those of an anatomy are not exchangeable, nor of anatomies,
    planning systems and fields of another kind: `evaluate dose` measures what is covered there.

    Parameters
    ----------
    coverage
        Share of the voxels, 0 to 1.
    anatomies
        Number of the anatomies.
    confidence
        Chance that the next anatomy is covered so, 0 to 1: with few anatomies less than `coverage`, as the largest of
        n quantiles is above that of one more with a chance of n / (n + 1).
    dose_shares, steep_per_mm
        Shares of the maximum, and changes of them per mm, that divide bands and slopes, ascending.
    half_widths
        Shares of the maximum, by place, ``[band][slope]``.

    Raises
    ------
    ValueError
        If there is not one half-width of every stratum, none of them negative.
    """

    coverage: float
    anatomies: int
    confidence: float
    dose_shares: tuple[float, ...]
    steep_per_mm: tuple[float, ...]
    half_widths: dict[str, tuple[tuple[float, ...], ...]]

    def __post_init__(self) -> None:
        shape = (len(PLACES), len(self.dose_shares) + 1, len(self.steep_per_mm) + 1)
        rows = [self.half_widths.get(place, ()) for place in PLACES]
        counts = [[len(band) for band in row] for row in rows]
        if set(self.half_widths) != set(PLACES) or counts != [[shape[2]] * shape[1]] * shape[0]:
            raise ValueError(f"expected half-widths of {' x '.join(map(str, shape))} strata, found {counts}")
        plain = {place: tuple(map(tuple, self.half_widths[place])) for place in PLACES}  # a card has lists
        object.__setattr__(self, "half_widths", plain)
        for name in ("dose_shares", "steep_per_mm"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not all(0 <= width < float("inf") for row in rows for band in row for width in band):
            raise ValueError("expected half-widths of at least 0, found others")

    def half_width_gy(self, dose: FineDose, places: Cells) -> Volume:
        """Half-width of every voxel of a predicted dose, Gy; 0 outside the body.

        Parameters
        ----------
        dose
            The dose of a field, or of a plan that went through the network as one.
        places
            Where its voxels lie, see `places_of`.
        """
        maximum = np.float32(dose.values.max())
        if not maximum > 0:
            return np.zeros_like(dose.values)
        by_place = np.array([self.half_widths[place] for place in PLACES], dtype=np.float32)
        widths = np.concatenate([np.zeros_like(by_place[:1]), by_place]).transpose(1, 2, 0).ravel() * maximum
        return np.asarray(widths[strata(dose.values / maximum, places, self.dose_shares, self.steep_per_mm)])


def coverage_of(dose: Volume, half_width: Volume, reference: Volume, body: NDArray[np.bool_]) -> dict[str, float]:
    """Share of the voxels whose interval holds the reference, per cent: in the body, and of at least 10 % dose there.

    And the mean half-width of the latter, per cent of the maximum. All are ``(z, y, x)`` of one unit.
    """
    held = np.abs(dose - reference) <= half_width
    maximum = float(dose.max())
    masked = body & (dose >= np.float32(MASKED * maximum))

    def percent(values: NDArray[Any]) -> float:
        return 100 * float(np.mean(values, dtype=np.float64)) if values.size else float("nan")

    return {
        "in body": percent(held[body]),
        "masked": percent(held[masked]),
        "half-width": percent(half_width[masked]) / maximum if maximum > 0 else float("nan"),
    }


def places_of(ct_hu: NDArray[Any], body: NDArray[np.bool_]) -> Cells:
    """Sort voxels at 1.25 mm by where they lie: 0 outside the body, else 1 + index into `PLACES`."""
    depth = depth_bands(body, (SKIN_MM,))
    deep = np.maximum(tissue_of(ct_hu), 1) + np.uint8(1)  # air counts as lung
    return np.where(depth > 1, deep, depth)


def strata(
    share: Volume,
    places: Cells,
    dose_shares: Sequence[float] = DOSE_SHARES,
    steep_per_mm: Sequence[float] = STEEP_PER_MM,
) -> Cells:
    """Number the stratum of every voxel: place fastest, 0 outside the body; then slope, then band of dose.

    Parameters
    ----------
    share
        Dose ``(z, y, x)`` over its maximum, at 1.25 mm.
    places
        See `places_of`.
    dose_shares, steep_per_mm
        What divides bands and slopes.
    """
    steepness = _steepness_per_mm(share)
    slopes, kinds = len(steep_per_mm) + 1, len(PLACES) + 1
    cells = places.copy()
    for limit in dose_shares:
        cells += np.uint8(slopes * kinds) * (share >= np.float32(limit))
    for limit in steep_per_mm:
        cells += np.uint8(kinds) * (steepness >= np.float32(limit))
    return cells


def error_counts(error: Volume, cells: Cells) -> NDArray[np.int64]:
    """Count absolute errors, shares of the maximum, by stratum and size ``(strata, bins)``; those outside the body too.

    `error` and `cells` have one shape.
    """
    size = np.log(np.maximum(error.ravel(), np.float32(LEAST_ERROR)) / np.float32(LEAST_ERROR))
    bins = np.minimum(size / np.float32(np.log(ERROR_STEP)), ERROR_BINS - 1).astype(np.intp)
    found = np.bincount(cells.ravel().astype(np.intp) * ERROR_BINS + bins, minlength=_STRATA * ERROR_BINS)
    return found.reshape(_STRATA, ERROR_BINS).astype(np.int64)


def interval_table(anatomies: Mapping[str, NDArray[np.int64]], coverage: float = COVERAGE) -> IntervalTable:
    """Make the table from the errors of some anatomies.

    Parameters
    ----------
    anatomies
        Sums of `error_counts` over the fields of each anatomy, by name.
    coverage
        Share of the voxels to be covered.

    Raises
    ------
    ValueError
        If there are fewer than three anatomies, or no errors.
    """
    if len(anatomies) < LEAST_ANATOMIES:
        raise ValueError(f"intervals need fields of at least {LEAST_ANATOMIES} anatomies, found {len(anatomies)}")
    quantiles = np.stack([_quantiles(counts, coverage) for counts in anatomies.values()])
    widths = np.apply_along_axis(_of_anatomies, 0, quantiles, coverage).reshape(_SHAPE)[..., 1:]
    if np.isnan(widths).all():
        raise ValueError(f"intervals need strata of {LEAST_VOXELS} voxels in {LEAST_ANATOMIES} anatomies, found none")
    for axes in ((2,), (1, 2), (0, 1, 2)):  # what was not seen is as wide as the widest of its slope, its band, of all
        with np.errstate(all="ignore"):
            widest = np.nanmax(np.where(np.isnan(widths), -1.0, widths), axis=axes, keepdims=True)
        widths = np.where(np.isnan(widths) & (widest >= 0), widest, widths)
    count = len(anatomies)
    return IntervalTable(
        coverage=coverage,
        anatomies=count,
        confidence=round(_rank(count, coverage) / (count + 1), 4),
        dose_shares=DOSE_SHARES,
        steep_per_mm=STEEP_PER_MM,
        half_widths={
            place: tuple(tuple(float(f"{width:.3g}") for width in band) for band in widths[..., index])
            for index, place in enumerate(PLACES)
        },
    )


_SHAPE = (len(DOSE_SHARES) + 1, len(STEEP_PER_MM) + 1, len(PLACES) + 1)
_STRATA = int(np.prod(_SHAPE))


def _rank(count: int, coverage: float) -> int:
    """Which of `count` sorted values is not below one more with a chance of `coverage`; the last where none is."""
    return min(int(np.ceil((count + 1) * coverage - 1e-9)), count)


def _of_anatomies(quantiles: NDArray[np.float64], coverage: float) -> float:
    """Quantile of the quantiles of those anatomies that have one; NaN where too few have."""
    known = np.sort(quantiles[~np.isnan(quantiles)])
    return float(known[_rank(known.size, coverage) - 1]) if known.size >= LEAST_ANATOMIES else float("nan")


def _quantiles(counts: NDArray[np.int64], coverage: float) -> NDArray[np.float64]:
    """Error that is not exceeded by a share of the voxels of each stratum ``(strata,)``; NaN of too few voxels."""
    total = counts.sum(axis=1)
    below = np.cumsum(counts, axis=1) >= coverage * total[:, None]
    upper = LEAST_ERROR * ERROR_STEP ** (below.argmax(axis=1) + 1.0)
    return np.where(total >= LEAST_VOXELS, upper, np.nan)


def _steepness_per_mm(share: Volume) -> Volume:
    """Largest change along an axis, per mm; 0 at the outermost voxels."""
    steepest = np.zeros_like(share)
    for axis in range(3):
        along, found = np.moveaxis(share, axis, 0), np.moveaxis(steepest, axis, 0)
        np.maximum(found[1:-1], np.abs(along[2:] - along[:-2]), out=found[1:-1])
    return steepest / np.float32(2 * FINE_MM)
