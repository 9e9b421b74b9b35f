"""The gamma index (Low et al., Med. Phys. 25 (1998) 656): one rule for every pass rate and map of the project.

The evaluated dose is interpolated linearly between its voxel centres. From each voxel of the reference that is judged,
it is looked at on circles (2-D) or spheres (3-D) a tenth of the distance to agreement apart, positions on them no
further apart either, the nearest first; gamma is the least root of squared distance and squared dose difference, each
over its tolerance. Searching in steps never finds less than the true minimum, and up to a step (0.1) more where dose is
steep; the positions are those of ``pymedphys.gamma`` with ``interp_fraction=10``, so that figures can be compared.

At the border the outermost voxels' dose holds to their faces, half a voxel beyond their centres, as a fine grid reaches
further out than the coarse centres it tiles. Reference voxels beyond are out of reach: they have no gamma.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.gamma_positions import STEPS, positions, steepest
from dosenet.lattice import Lattice
from dosenet.slices import FINE_MM

CUTOFF_PERCENT = 10.0
"""Voxels below this share of the maximum are not judged, unless said otherwise."""

PASS_LIMIT = 1.1
"""How far to search where only passing, gamma of at most 1, is asked for."""

SLACK = 1e-6
"""Voxels by which positions on faces and spacings of two lattices may differ, from rounding."""


@dataclass(frozen=True)
class Criterion:
    """Gamma criterion: dose difference, per cent (of the maximum: global, of the voxel: local), and distance, mm.

    Raises
    ------
    ValueError
        If one is not above zero.
    """

    dose_percent: float
    distance_mm: float

    def __post_init__(self) -> None:
        if not (0 < self.dose_percent < math.inf and 0 < self.distance_mm < math.inf):
            raise ValueError(f"a gamma criterion is two numbers above zero, got {self}")

    @classmethod
    def parse(cls, text: str) -> Criterion:
        """Read ``2%/2mm``, ``2 %/2 mm`` or ``2/2``.

        Raises
        ------
        ValueError
            If the text is none of them.
        """
        number = r"(\d+\.?\d*|\.\d+)"
        match = re.fullmatch(rf"\s*{number}\s*%?\s*/\s*{number}\s*(?:mm)?\s*", text)
        if match is None or not (float(match[1]) > 0 and float(match[2]) > 0):
            raise ValueError(f"a gamma criterion looks like 2%/2mm, got {text!r}")
        return cls(float(match[1]), float(match[2]))

    def __str__(self) -> str:
        return f"{self.dose_percent:g} %/{self.distance_mm:g} mm"


PAPER_CRITERIA = (Criterion(3, 3), Criterion(2, 2), Criterion(1, 1))


@dataclass(frozen=True)
class Distribution:
    """Dose or fluence ``(z, y, x)`` of any unit on a lattice; an image has one voxel along z.

    Raises
    ------
    ValueError
        If values and lattice differ in size, or a value is not finite.
    """

    values: NDArray[np.float32]
    lattice: Lattice

    def __post_init__(self) -> None:
        if self.values.shape != self.lattice.size[::-1]:
            raise ValueError(f"expected values {self.lattice.size[::-1]} (z, y, x), got {self.values.shape}")
        if not np.isfinite(self.values).all():
            raise ValueError("expected finite values, found NaN or infinity")

    @classmethod
    def spaced(cls, values: NDArray[np.float32], spacing_mm: float) -> Distribution:
        """Values ``(z, y, x)`` or ``(rows, columns)`` that are as far apart along each axis."""
        values = values if values.ndim == 3 else values[None]
        nz, ny, nx = values.shape
        return cls(values, Lattice((nx, ny, nz), (spacing_mm,) * 3, (0.0, 0.0, 0.0)))


def gamma_index(
    *,
    reference: Distribution,
    evaluated: Distribution,
    criterion: Criterion,
    cutoff_percent: float = CUTOFF_PERCENT,
    local: bool = False,
    maximum: float | None = None,
    limit: float = PASS_LIMIT,
) -> NDArray[np.float32]:
    """Gamma of every voxel of the reference at or above the cut-off.

    Parameters
    ----------
    reference, evaluated
        On lattices along the same axes, of any position and spacing. Along an axis on which the evaluated one has a
        single voxel nothing is searched, so that images give 2-D gamma.
    criterion
        Tolerances.
    cutoff_percent
        Share of the maximum below which voxels are not judged; those without dose never are.
    local
        Take the dose tolerance in per cent of each voxel's reference rather than of the maximum.
    maximum
        What the cut-off and a global tolerance are shares of; the reference's own if not given.
    limit
        Gamma is searched up to here, and this where it is more.

    Returns
    -------
    ndarray
        ``(z, y, x)`` as the reference; NaN where not judged, and out of the evaluated distribution's reach.

    Raises
    ------
    ValueError
        If the maximum is not above zero.
    """
    from dosenet.gamma_kernel import BEYOND, RUN, search

    values = reference.values
    maximum = float(values.max()) if maximum is None else maximum
    if not maximum > 0:
        raise ValueError(f"gamma needs a reference above zero, found a maximum of {maximum:g}")
    theirs = evaluated.lattice
    spacing_mm, last = theirs.spacing_mm[::-1], np.array(theirs.size[::-1]) - 1.0
    places = [_in_voxels(reference.lattice, theirs, axis) for axis in (2, 1, 0)]
    z, y, x = (np.abs(place - end / 2) <= (end + 1) / 2 + SLACK for place, end in zip(places, last, strict=True))
    wanted = (values >= cutoff_percent / 100 * maximum) & (values > 0) & z[:, None, None] & y[:, None] & x
    z, y, x = (np.clip(place, -0.5, end + 0.5 - SLACK) for place, end in zip(places, last, strict=True))
    offset, first = positions(criterion.distance_mm, limit, spacing_mm, tuple(size > 1 for size in theirs.size[::-1]))
    even = bool(x[0] >= 0 and x[-1] <= last[2] and abs(x[-1] - x[0] - (x.size - 1)) < SLACK)
    # Offsets reach so many voxels from the nearest one, and their cells one further, short of whole steps.
    furthest = np.abs(offset).max(axis=0)
    off = [np.abs(place - np.round(place)).max() for place in (z, y, x)]
    half = tuple(int(np.ceil(reach + more - SLACK)) for reach, more in zip(furthest, off, strict=True))
    slope = steepest(evaluated.values, spacing_mm, half) * np.float32(criterion.distance_mm)
    padded = np.pad(evaluated.values.astype(np.float32), ((1, 1), (1, 1), (0, 0) if even else (1, 1)), mode="edge")
    beyond = (half[2] + 1, half[2] + 1 + RUN) if even else (2, 2)
    padded = np.pad(padded, ((0, 0), (0, 0), beyond), constant_values=BEYOND)
    margin = np.array([1, 1, beyond[0] + (0 if even else 1)])
    tolerance = criterion.dose_percent / 100 * (1.0 if local else maximum)
    found: NDArray[np.float32] = search(
        np.where(wanted, values, 0).astype(np.float32), tolerance, local, z, y, x,
        padded, slope, last, margin, np.array(half), even, float(limit), offset, first, STEPS,
    )  # fmt: skip
    return found


def _in_voxels(reference: Lattice, evaluated: Lattice, axis: int) -> NDArray[np.float64]:
    """Where the centres of a lattice lie along an axis of another, in its voxels; whole numbers but for rounding."""
    place = (reference.centres_mm(axis) - evaluated.origin_mm[axis]) / evaluated.spacing_mm[axis]
    whole = np.round(place)
    return np.where(np.abs(place - whole) < SLACK, whole, place)


def pass_percent(gamma: NDArray[np.float32]) -> float:
    """Share of the judged voxels whose gamma is at most 1, per cent; NaN without any."""
    judged = gamma[np.isfinite(gamma)]
    return 100 * float((judged <= 1).mean()) if judged.size else math.nan


@dataclass(frozen=True)
class PlanePassRates:
    """2-D gamma of some planes, per cent of points with gamma of at most 1; NaN without points.

    Parameters
    ----------
    own_maximum
        Dose difference and cut-off relative to each plane's own maximum, as for a distribution of its own; mean over
        the planes.
    volume_maximum
        Relative to the volume's maximum, which forgives planes of low dose; points of all planes pooled.
    """

    own_maximum: float
    volume_maximum: float


def plane_pass_rates(
    reference: NDArray[np.float32], dose: NDArray[np.float32], criterion: Criterion, planes: NDArray[np.intp]
) -> PlanePassRates:
    """Global 2-D gamma on transverse planes.

    Parameters
    ----------
    reference, dose
        ``(z, y, x)`` on the same 1.25 mm lattice, same unit.
    criterion
        Dose and distance.
    planes
        Planes to compare.
    """
    maximum = float(reference.max())
    rates, pooled = [], []
    for plane in planes:
        judge, judged = (Distribution.spaced(volume[plane], FINE_MM) for volume in (reference, dose))
        own = float(reference[plane].max())
        if own > 0:
            rates.append(pass_percent(gamma_index(reference=judge, evaluated=judged, criterion=criterion)))
        if own > 0 and own >= CUTOFF_PERCENT / 100 * maximum:
            gamma = gamma_index(reference=judge, evaluated=judged, criterion=criterion, maximum=maximum)
            pooled.append(gamma.ravel())
    return PlanePassRates(
        own_maximum=float(np.mean(rates)) if rates else math.nan,
        volume_maximum=pass_percent(np.concatenate(pooled)) if pooled else math.nan,
    )


def image_pass_rate(
    reference: NDArray[np.float32],
    image: NDArray[np.float32],
    criterion: Criterion,
    spacing_mm: float,
    *,
    local: bool = False,
) -> float:
    """2-D gamma of an image ``(rows, columns)``, global unless `local`: per cent of at most 1, NaN without dose."""
    if reference.max() <= 0:
        return math.nan
    judge, judged = (Distribution.spaced(values, spacing_mm) for values in (reference, image))
    return pass_percent(gamma_index(reference=judge, evaluated=judged, criterion=criterion, local=local))


def volume_pass_rate(
    reference: NDArray[np.float32], dose: NDArray[np.float32], criterion: Criterion, *, local: bool = False
) -> float:
    """3-D gamma of a volume ``(z, y, x)`` of 1.25 mm voxels, as `image_pass_rate`."""
    return image_pass_rate(reference, dose, criterion, FINE_MM, local=local)
