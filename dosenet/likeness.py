"""Likeness: how far a dose and its CT are from those of the training, told from a few figures of the two.

A network answers every question, also one that nobody asked it in training: metal, contrast medium, CT numbers or noise
of another scanner, the dose of another patient. Figures are taken of the coarse dose and the CT where there is dose.
Each of them may be off, or all together, by Mahalanobis's distance; each of these is divided by what 99 of 100 fields
of other anatomies are within, and the largest is the score, so that figures that vary count for less. No network is
run, so anatomies that it was trained on serve as well as others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import CoarseDose, CtGrid, Lattice, coarse_lattice, fine_lattice, resample
from dosenet.slices import AIR_HU, COARSE_MM, FINE_MM, RATIO

Floats = NDArray[np.float64]

FEATURES = (
    "air", "lung", "bone", "dense bone", "metal", "thick bone", "below fat", "below muscle", "above muscle", "noise",
    "air outside", "tissue inside", "slope",
)  # fmt: skip
"""What is taken of a dose and its CT: roots of the shares of dose in CT numbers of air, lung, bone, dense bone and
beyond, and in bone thicker than bones are; roots of the shares of soft tissue that is neither fat nor muscle; noise;
how far the dose ends where the body does; how steep it is."""

MORE = ("air", "dense bone", "metal", "thick bone", "below fat", "above muscle", "noise")
LESS = ("air outside", "tissue inside")
"""Figures of which only more, or only less, is unusual by itself: a CT without noise does no harm."""

LEAST_SHARE, EMPTY = 0.1, 1e-4
"""Dose that counts, and up to which a voxel is outside the body, shares of the maximum."""

BANDS_HU = (-950.0, -300.0, 150.0, 600.0, 2500.0)
"""CT numbers between air, lung, soft tissue, bone, dense bone and teeth, and metal."""

SOFT_HU, KINDS_HU = (-250.0, 250.0), (-140.0, -70.0, 10.0, 100.0)
"""CT numbers of soft tissue, shifted too; what divides it into less than fat, fat, between, muscle, and more."""

EDGE_HU = -500.0
"""CT number between body and air, means of coarse voxels."""

HALVES, THICK, THICK_HU = 2, 3, (280.0, 600.0)
"""Voxels of 2.5 mm in a coarse one along an axis; how many of them on every side make bone thick, 1.75 cm in all; and
the CT numbers of organs with contrast medium, which only the densest spongy bone has."""

NOISE_PLANES = 8
"""Planes that noise is measured on, at 1.25 mm, evenly spread."""

LEAST_SPREADS = (0.02, 0.02, 0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02, 0.15, 0.02, 0.02, 0.02)
"""Spread that is assumed of each figure at least: some do not vary at all in training."""

SHRUNK = 0.2
"""Share by which correlations are drawn to none."""

LEAST_ANATOMIES = 3
USUAL, WARN = 0.99, 0.95
"""Shares of the fields, each anatomy judged by the others, within which figures are usual, and scores do not warn."""

REFUSE_BEYOND = 2.0
"""What is refused is so many times further out than the farthest of these fields."""

TOGETHER = "all together"


@dataclass(frozen=True)
class Likeness:
    """Figures of the training, and how far from them is unusual.

    Parameters
    ----------
    mean, spread
        Of each of `FEATURES`, by name.
    correlation
        Between them, in their order.
    usual
        Within how many spreads of each figure, and within which distance of all together, 99 of 100 fields lie.
    warn, refuse
        Scores.
    anatomies, fields
        Numbers of those measured.

    Raises
    ------
    ValueError
        If it is of other figures, or scores do not rise.
    """

    mean: dict[str, float]
    spread: dict[str, float]
    correlation: tuple[tuple[float, ...], ...]
    usual: dict[str, float]
    warn: float
    refuse: float
    anatomies: int
    fields: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "correlation", tuple(map(tuple, self.correlation)))  # a card has lists
        if not (set(self.mean) == set(self.spread) == set(FEATURES)) or set(self.usual) != {*FEATURES, TOGETHER}:
            raise ValueError(f"expected mean, spread and what is usual of {', '.join(FEATURES)}, found others")
        if np.shape(self.correlation) != (len(FEATURES),) * 2:
            raise ValueError(f"expected {len(FEATURES)} x {len(FEATURES)} correlations, found others")
        if min(*self.spread.values(), *self.usual.values(), self.warn) <= 0 or self.refuse < self.warn:
            raise ValueError("expected spreads above 0, and scores that rise from warning to refusal, found others")

    def parts(self, figures: Floats) -> dict[str, float]:
        """How far each figure is off, and all together: 1 is where the unusual begins. The farthest first."""
        off = dict(zip(self.usual, self.off(figures[None])[0], strict=True))
        return dict(sorted(((name, value / self.usual[name]) for name, value in off.items()), key=lambda one: -one[1]))

    def score(self, figures: Floats) -> float:
        """How far a dose and its CT are off: the largest of the `parts`."""
        return max(self.parts(figures).values())

    def off(self, figures: Floats) -> Floats:
        """Spreads by which each figure is off, and the distance of all ``(n, 14)``; figures ``(n, 13)``."""
        mean, spread = (np.array([values[name] for name in FEATURES]) for values in (self.mean, self.spread))
        scaled = (figures - mean) / spread
        squared = np.einsum("ni,ij,nj->n", scaled, np.linalg.inv(np.array(self.correlation)), scaled)
        one_sided = np.abs(scaled)
        for names, side in ((MORE, 1.0), (LESS, -1.0)):
            chosen = [FEATURES.index(name) for name in names]
            one_sided[:, chosen] = np.maximum(side * scaled[:, chosen], 0.0)
        return np.column_stack([one_sided, np.sqrt(squared / len(FEATURES))])


def figures_of(dose: CoarseDose, ct: CtGrid) -> Floats | None:
    """Take the figures of a dose and its CT ``(13,)``; None of a dose that is zero."""
    lattice = coarse_lattice(dose.lattice)
    share = resample(dose, lattice)
    if not share.max() > 0:
        return None
    share = share / share.max()
    counted = np.flatnonzero(share.max(axis=(1, 2)) >= LEAST_SHARE)
    share = share[counted[0] : counted[-1] + 1]
    (nx, ny, _), (x, y, z) = lattice.size, lattice.origin_mm
    step, z = COARSE_MM / HALVES, z + COARSE_MM * counted[0]
    first = (1 - HALVES) / (2 * HALVES) * COARSE_MM
    half = Lattice((HALVES * nx, HALVES * ny, len(share)), (step, step, COARSE_MM), (x + first, y + first, z))
    hu = resample(ct, half, outside=AIR_HU)
    weight = np.where(share >= LEAST_SHARE, share, 0.0).repeat(HALVES, 1).repeat(HALVES, 2)
    total = float(weight.sum())
    bands = np.digitize(hu, BANDS_HU)
    shares = np.bincount(bands.ravel(), weight.ravel(), len(BANDS_HU) + 1) / total
    thick = (hu >= THICK_HU[0]) & (hu <= THICK_HU[1])
    for axis, reach in ((0, 1), (1, THICK), (2, THICK)):
        thick = ~_grown(~thick, axis, reach)
    air, tissue = _at_edge(share > EMPTY, hu.reshape(len(share), ny, HALVES, nx, HALVES).mean((2, 4)))
    steps = [np.sort(np.abs(np.diff(share, axis=axis)), axis=None)[-100:].mean() for axis in (1, 2)]
    return np.array(
        [
            *np.sqrt(shares[[0, 1, 3, 4, 5]]), np.sqrt(weight[thick].sum() / total), *_neither(hu[weight > 0]),
            _noise(share, ct, Lattice((nx, ny, len(share)), lattice.spacing_mm, (x, y, z))), air, tissue, max(steps),
        ]
    )  # fmt: skip


def likeness(anatomies: Mapping[str, Sequence[Floats]]) -> Likeness:
    """Find what is usual of the figures of some anatomies, each of them judged by the others.

    Parameters
    ----------
    anatomies
        `figures_of` the fields of each anatomy, by its name.

    Raises
    ------
    ValueError
        If there are fewer than three.
    """
    if len(anatomies) < LEAST_ANATOMIES:
        raise ValueError(f"likeness needs fields of at least {LEAST_ANATOMIES} anatomies, found {len(anatomies)}")
    rows = {name: np.stack(list(fields)) for name, fields in anatomies.items()}
    off = np.concatenate(
        [_fitted({other: of for other, of in rows.items() if other != name}).off(found) for name, found in rows.items()]
    )
    usual = np.maximum(np.quantile(off, USUAL, axis=0), 1.0)
    scores = (off / usual).max(axis=1)
    return replace(
        _fitted(rows),
        usual=dict(zip((*FEATURES, TOGETHER), usual.round(3).tolist(), strict=True)),
        warn=round(float(np.quantile(scores, WARN)), 3),
        refuse=round(float(scores.max()) * REFUSE_BEYOND, 3),
    )


def _fitted(anatomies: Mapping[str, Floats]) -> Likeness:
    """Mean, spread and correlation of fields, anatomies counting alike; what is usual is not known yet."""
    weights = np.concatenate([np.full(len(rows), 1 / len(rows)) for rows in anatomies.values()])
    rows = np.concatenate(list(anatomies.values()))
    mean = np.average(rows, axis=0, weights=weights)
    spread = np.maximum(np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights)), LEAST_SPREADS)
    scaled = (rows - mean) / spread
    correlation = (1 - SHRUNK) * np.einsum("n,ni,nj->ij", weights / weights.sum(), scaled, scaled)
    np.fill_diagonal(correlation, 1.0)
    return Likeness(
        mean=dict(zip(FEATURES, mean.round(4).tolist(), strict=True)),
        spread=dict(zip(FEATURES, spread.round(4).tolist(), strict=True)),
        correlation=tuple(tuple(row) for row in correlation.round(3).tolist()),
        usual=dict.fromkeys((*FEATURES, TOGETHER), 1.0),
        warn=1.0,
        refuse=1.0,
        anatomies=len(anatomies),
        fields=len(rows),
    )


def _neither(hu: NDArray[np.float32]) -> Floats:
    """Roots of the shares of soft tissue below fat, between fat and muscle, and above muscle."""
    soft = hu[(hu >= SOFT_HU[0]) & (hu <= SOFT_HU[1])]
    kinds = np.bincount(np.digitize(soft, KINDS_HU), minlength=len(KINDS_HU) + 1)
    return np.asarray(np.sqrt(kinds[[0, 2, 4]] / max(soft.size, 1)))


def _noise(share: NDArray[np.float32], ct: CtGrid, coarse: Lattice) -> float:
    """Logarithm of the median change between neighbours within soft tissue, HU, on some planes at 1.25 mm."""
    fine = fine_lattice(coarse)
    (nx, ny, _), (x, y, z) = fine.size, fine.origin_mm
    found = []
    for plane in np.unique(np.linspace(0, len(share) - 1, NOISE_PLANES).round().astype(int)):
        middle = z + (RATIO * int(plane) + RATIO // 2) * FINE_MM
        hu = resample(ct, Lattice((nx, ny, 1), fine.spacing_mm, (x, y, middle)), outside=AIR_HU)[0]
        dosed = (share[plane] >= LEAST_SHARE).repeat(RATIO, 0).repeat(RATIO, 1)
        soft = dosed & (hu >= SOFT_HU[0]) & (hu <= SOFT_HU[1])
        found.append(np.abs(np.diff(hu, axis=1))[soft[:, 1:] & soft[:, :-1]])
    changes = np.concatenate(found)
    return float(np.log(np.median(changes) + 1)) if changes.size else 0.0


def _at_edge(body: NDArray[np.bool_], hu: NDArray[np.float32]) -> tuple[float, float]:
    """Share of air just outside the body that the dose shows, and of tissue just within, plane by plane."""
    outer = _grown(_grown(body, 1), 2) & ~body
    inner = _grown(_grown(~body, 1), 2) & body
    air = float((hu[outer] < EDGE_HU).mean()) if outer.any() else 1.0
    tissue = float((hu[inner] > EDGE_HU).mean()) if inner.any() else 1.0
    return air, tissue


def _grown(mask: NDArray[np.bool_], axis: int, reach: int = 1) -> NDArray[np.bool_]:
    """Add the neighbours along an axis; beyond the end there is nothing to add."""
    grown = mask.copy()
    one, two = np.moveaxis(mask, axis, 0), np.moveaxis(grown, axis, 0)
    for step in range(1, reach + 1):
        two[step:] |= one[:-step]
        two[:-step] |= one[step:]
    return grown
