"""Likeness: how far a dose and its CT are from those of the training, told from a few figures of some of its planes.

A network answers every question, also one that nobody asked it in training: metal, contrast medium, CT numbers or noise
of another scanner, the dose of another patient. Of each of some planes a few figures are taken from coarse dose and CT;
the distance is that of Mahalanobis from the planes of the training, one being usual. No network is run, so anatomies
that it was trained on serve as well as others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import CoarseDose, CtGrid, Lattice, coarse_lattice, fine_lattice, resample
from dosenet.slices import AIR_HU, RATIO

Floats = NDArray[np.float64]

FEATURES = (
    "air", "lung", "bone", "dense bone", "metal", "fat level", "middle level", "muscle level", "noise", "smooth bone",
    "air outside", "tissue inside", "slope",
)  # fmt: skip
"""What is taken of a plane: roots of the shares of dose in CT numbers of air, lung, bone, dense bone and beyond; three
levels of soft tissue; its noise; bone as even as soft tissue; how far the dose ends where the body does; how steep it
is."""

PLANES = 8
"""Of a dose, evenly spread over those of at least `LEAST_SHARE`."""

LEAST_SHARE, EMPTY = 0.1, 1e-4
"""Dose that counts, and up to which a voxel is outside the body, shares of the maximum."""

BANDS_HU = (-950.0, -300.0, 150.0, 600.0, 1600.0)
"""CT numbers between air, lung, soft tissue, bone, dense bone and metal."""

SOFT_HU = (-200.0, 150.0)
"""CT numbers of fat to muscle, with room for noise."""

EDGE_HU = -500.0
"""CT number between body and air, means of coarse voxels."""

LEAST_SPREADS = (0.02,) * 4 + (0.01,) + (0.08,) * 3 + (0.15, 0.02, 0.02, 0.02, 0.02)
"""Spread that is assumed of each figure at least: some do not vary at all in training."""

SHRUNK = 0.2
"""Share by which correlations are drawn to none."""

LEAST_ANATOMIES = 3
WARN_AT = 0.95
REFUSE_BEYOND = 1.2
"""What is refused is so many times further out than the farthest field of all anatomies, each judged by the others."""


@dataclass(frozen=True)
class Likeness:
    """Planes of the training, and how far from them is unusual.

    Parameters
    ----------
    mean, spread
        Of each of `FEATURES`, by name.
    correlation
        Between them, in their order.
    warn, refuse
        Distances.
    anatomies, fields
        Numbers of those measured.

    Raises
    ------
    ValueError
        If it is of other figures, or distances do not rise.
    """

    mean: dict[str, float]
    spread: dict[str, float]
    correlation: tuple[tuple[float, ...], ...]
    warn: float
    refuse: float
    anatomies: int
    fields: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "correlation", tuple(map(tuple, self.correlation)))  # a card has lists
        if not (set(self.mean) == set(self.spread) == set(FEATURES)) or not 0 < self.warn <= self.refuse:
            raise ValueError(f"expected mean and spread of {', '.join(FEATURES)}, and distances that rise")
        if np.shape(self.correlation) != (len(FEATURES),) * 2 or min(self.spread.values()) <= 0:
            raise ValueError(f"expected {len(FEATURES)} x {len(FEATURES)} correlations and spreads above 0")

    def distances(self, features: Floats) -> Floats:
        """Distance of every plane ``(n,)`` from those of the training; 1 is usual."""
        mean, spread = (np.array([values[name] for name in FEATURES]) for values in (self.mean, self.spread))
        scaled = (features - mean) / spread
        squared = np.einsum("ni,ij,nj->n", scaled, np.linalg.inv(np.array(self.correlation)), scaled)
        return np.asarray(np.sqrt(squared / len(FEATURES)))

    def unusual(self, features: Floats) -> dict[str, float]:
        """By how many spreads each figure of the farthest plane is off, the largest first."""
        worst = features[int(self.distances(features).argmax())]
        off = {
            name: float((value - self.mean[name]) / self.spread[name])
            for name, value in zip(FEATURES, worst, strict=True)
        }
        return dict(sorted(off.items(), key=lambda item: -abs(item[1])))


def score(distances: Floats) -> float:
    """Distance of a dose: the mean of its planes' two farthest, so that no single plane decides."""
    return float(np.sort(distances)[-2:].mean())


def plane_features(dose: CoarseDose, ct: CtGrid, planes: int = PLANES) -> Floats:
    """Take the figures of some planes of a dose ``(n, 13)``; none of a dose that is zero."""
    lattice = coarse_lattice(dose.lattice)
    share = resample(dose, lattice)
    if not share.max() > 0:
        return np.empty((0, len(FEATURES)))
    share = share / share.max()
    counted = np.flatnonzero(share.max(axis=(1, 2)) >= LEAST_SHARE)
    chosen = counted[np.unique(np.linspace(0, counted.size - 1, planes).round().astype(int))]
    return np.stack([_features(share[plane], _ct_plane(ct, lattice, int(plane))) for plane in chosen])


def likeness(anatomies: Mapping[str, list[Floats]]) -> Likeness:
    """Fit the planes of some anatomies, and find how far each anatomy's fields are from those of the others.

    Parameters
    ----------
    anatomies
        `plane_features` of the fields of each anatomy, by its name.

    Raises
    ------
    ValueError
        If there are fewer than three.
    """
    if len(anatomies) < LEAST_ANATOMIES:
        raise ValueError(f"likeness needs fields of at least {LEAST_ANATOMIES} anatomies, found {len(anatomies)}")
    scores = []
    for left_out, fields in anatomies.items():
        others = {name: found for name, found in anatomies.items() if name != left_out}
        fitted = _fitted(others, 1.0, 1.0)
        scores += [score(fitted.distances(features)) for features in fields]
    warn = float(np.quantile(scores, WARN_AT))
    return _fitted(anatomies, round(warn, 3), round(max(scores) * REFUSE_BEYOND, 3))


def _fitted(anatomies: Mapping[str, list[Floats]], warn: float, refuse: float) -> Likeness:
    planes = [np.concatenate(fields) for fields in anatomies.values()]
    weights = np.concatenate([np.full(len(rows), 1 / len(rows)) for rows in planes])  # anatomies count alike
    rows = np.concatenate(planes)
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.maximum(np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights)), LEAST_SPREADS)
    scaled = (rows - mean) / spread
    correlation = (1 - SHRUNK) * np.einsum("n,ni,nj->ij", weights / weights.sum(), scaled, scaled)
    np.fill_diagonal(correlation, 1.0)
    return Likeness(
        mean=dict(zip(FEATURES, mean.round(4).tolist(), strict=True)),
        spread=dict(zip(FEATURES, spread.round(4).tolist(), strict=True)),
        correlation=tuple(tuple(row) for row in correlation.round(3).tolist()),
        warn=warn,
        refuse=refuse,
        anatomies=len(anatomies),
        fields=sum(map(len, anatomies.values())),
    )


def _ct_plane(ct: CtGrid, coarse: Lattice, plane: int) -> NDArray[np.float32]:
    """Return the CT ``(4 y5, 4 x5)`` on a fine plane in the middle of a coarse one, HU."""
    fine = fine_lattice(coarse)
    (nx, ny, _), (x, y, z) = fine.size, fine.origin_mm
    middle = z + (RATIO * plane + RATIO // 2) * fine.spacing_mm[2]
    return resample(ct, Lattice((nx, ny, 1), fine.spacing_mm, (x, y, middle)), outside=AIR_HU)[0]


def _features(share: NDArray[np.float32], hu: NDArray[np.float32]) -> Floats:
    """Figures of one plane: coarse dose ``(y5, x5)``, shares of the volume's maximum, and CT ``(4 y5, 4 x5)``, HU."""
    weight = np.repeat(np.repeat(np.where(share >= LEAST_SHARE, share, 0.0), RATIO, 0), RATIO, 1)
    total = float(weight.sum())
    bands = np.digitize(hu, BANDS_HU)
    shares = np.bincount(bands.ravel(), weight.ravel(), len(BANDS_HU) + 1) / total
    dosed = weight > 0
    soft = dosed & (hu >= SOFT_HU[0]) & (hu <= SOFT_HU[1])
    levels = np.percentile(hu[soft], (10, 50, 90)) if soft.sum() >= RATIO**2 else np.array([-100.0, 0.0, 50.0])
    change = np.abs(np.diff(hu, axis=1))
    both = soft[:, 1:] & soft[:, :-1]
    noise = float(np.median(change[both])) if both.any() else 0.0
    bone = (bands == 3) & dosed
    even = bone[:, 1:] & bone[:, :-1] & (change < 3 * noise + 10)
    smooth = float(weight[:, 1:][even].sum()) / total
    body, block = share > EMPTY, hu.reshape(len(share), RATIO, -1, RATIO).mean((1, 3))
    grown, shrunk = _grown(body), ~_grown(~body)
    outer, inner = grown & ~body, body & ~shrunk
    air = float((block[outer] < EDGE_HU).mean()) if outer.any() else 1.0
    tissue = float((block[inner] > EDGE_HU).mean()) if inner.any() else 1.0
    steps = np.maximum(np.abs(np.diff(share, axis=0))[:, 1:], np.abs(np.diff(share, axis=1))[1:])
    slope = float(np.sort(steps, axis=None)[-20:].mean())
    return np.array(
        [
            *np.sqrt(shares[[0, 1, 3, 4, 5]]), *(levels / 100), np.log(noise + 1), np.sqrt(smooth), air, tissue, slope,
        ]
    )  # fmt: skip


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add the neighbours along both axes; beyond the plane there is nothing to add."""
    grown = mask.copy()
    for axis in range(2):
        one, two = np.moveaxis(mask, axis, 0), np.moveaxis(grown, axis, 0)
        two[1:] |= one[:-1]
        two[:-1] |= one[1:]
    return grown
