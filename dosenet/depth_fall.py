"""How fast the dose of a beam falls with depth: what tells one photon energy from another in the dose alone.

Along a ray from the source the dose, freed of the inverse square of the distance, falls nearly exponentially with the
mass that the ray has crossed. The rate depends on the energy, and on the size of the field through its scatter; not on
monitor units, unit of dose or what the leaves do, as each ray is compared with itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import CoarseDose, CtGrid, Triple

LEAST_SHARE = 0.1
"""Dose below this share of the maximum is not looked at."""

IN_FIELD = 0.8
"""Rays whose dose, freed of depth, reaches this share of the strongest ones' are looked at: not the penumbra, whose
scatter grows with depth."""

DEPTH_G_CM2 = (5.0, 20.0)
"""Depths looked at: behind the build-up, and away from where the beam leaves most patients."""

RAY_MM = 10.0
"""Width of a ray at the isocentre plane."""

USUAL_FALL = 0.035
"""Fall per g/cm2 of a photon beam, to compare rays by before theirs is known."""

LEAST_SPREAD_G_CM2 = 2.0
"""Standard deviation of the depths along the rays: over less, the fall is not known."""

LEAST_RAYS, LEAST_FIELDS = 4, 3
MOST_POINTS = 3000
STEP_MM = 2.5
CURVE_HU, CURVE_G_CM3 = (-1000.0, -100.0, 0.0, 100.0, 1600.0, 3100.0), (0.0, 0.93, 1.0, 1.07, 1.96, 2.8)
"""An ordinary calibration of CT numbers; those of clinics differ by less than what is looked for."""

REFERENCE_MM = 100.0
LEAST_STD = 0.015
"""Relative spread that is assumed at least: planning systems and CT curves differ by that."""


@dataclass(frozen=True)
class DepthFall:
    """What was measured of one beam.

    Parameters
    ----------
    per_g_cm2
        Relative fall of the dose per g/cm2, without inverse square.
    side_mm
        Side of the square that has the area of its rays, at the isocentre plane.
    spread_g_cm2
        Standard deviation of the depths along the rays.
    """

    per_g_cm2: float
    side_mm: float
    spread_g_cm2: float


@dataclass(frozen=True)
class EnergyFall:
    """What is known of one energy: ``at_10_cm + per_doubling * log2(side / 10 cm)``, and the spread of fields about it.

    Parameters
    ----------
    at_10_cm
        Fall per g/cm2 of a field of 10 cm.
    per_doubling
        Its change when the side is doubled; scatter makes it negative.
    std
        Standard deviation of the fields measured, per g/cm2.
    fields
        Their number.

    Raises
    ------
    ValueError
        If the fall is not above zero, or the spread below it.
    """

    at_10_cm: float
    per_doubling: float
    std: float
    fields: int

    def __post_init__(self) -> None:
        if not (self.at_10_cm > 0 and self.std >= 0):
            raise ValueError(f"dose must fall with depth, got {self.at_10_cm} per g/cm2, spread {self.std}")

    def expected(self, side_mm: float) -> float:
        """Fall per g/cm2 of a field of that size."""
        return self.at_10_cm + self.per_doubling * float(np.log2(side_mm / REFERENCE_MM))

    def deviations(self, fall: DepthFall) -> float:
        """How many standard deviations a beam falls faster than this energy does; negative where slower."""
        expected = self.expected(fall.side_mm)
        return (fall.per_g_cm2 - expected) / max(self.std, LEAST_STD * expected)


def depth_fall(dose: CoarseDose, ct: CtGrid, source_mm: Triple, isocentre_mm: Triple) -> DepthFall | None:
    """Measure the fall of a beam's dose; None where the beam crosses too little, or too few rays.

    Parameters
    ----------
    dose
        Dose of one beam whose source stands still, any unit.
    ct
        CT, HU.
    source_mm, isocentre_mm
        LPS, mm.
    """
    points, values = _points(dose)
    if not len(values):
        return None
    source, isocentre = np.asarray(source_mm, float), np.asarray(isocentre_mm, float)
    away = points - source
    distance = np.linalg.norm(away, axis=1)
    depth = _depth_g_cm2(points, away / distance[:, None], dose, ct)
    logarithm = np.log(values * distance**2)
    behind = (depth >= DEPTH_G_CM2[0]) & (depth <= DEPTH_G_CM2[1])
    rays = _rays(away, isocentre - source)
    behind &= rays >= 0
    if not behind.any():
        return None
    _, index = np.unique(rays[behind], return_inverse=True)
    t, y = depth[behind], logarithm[behind]
    count = np.bincount(index)
    strength = np.bincount(index, np.exp(y + USUAL_FALL * t)) / count
    kept = (strength >= IN_FIELD * np.quantile(strength, 0.9)) & (count > 1)
    if kept.sum() < LEAST_RAYS:
        return None
    t0, y0 = t - (np.bincount(index, t) / count)[index], y - (np.bincount(index, y) / count)[index]
    use = kept[index]
    spread = float(np.sqrt(np.mean(t0[use] ** 2)))
    if spread < LEAST_SPREAD_G_CM2:
        return None
    fall = -float((t0[use] * y0[use]).sum() / (t0[use] ** 2).sum())
    return DepthFall(fall, float(np.sqrt(kept.sum())) * RAY_MM, spread)


def fit_energy(falls: Sequence[DepthFall]) -> EnergyFall:
    """Fit the fall of an energy to beams of it.

    Raises
    ------
    ValueError
        If there are fewer than three.
    """
    if len(falls) < LEAST_FIELDS:
        raise ValueError(f"the fall of an energy needs at least {LEAST_FIELDS} fields, got {len(falls)}")
    size = np.log2([fall.side_mm / REFERENCE_MM for fall in falls])
    values = np.array([fall.per_g_cm2 for fall in falls])
    terms = np.stack([np.ones_like(size), size], axis=1)
    (base, slope), *_ = np.linalg.lstsq(terms, values, rcond=None)
    rest = values - terms @ (base, slope)
    return EnergyFall(float(base), float(slope), float(np.sqrt((rest**2).sum() / (len(values) - 2))), len(values))


def _points(dose: CoarseDose) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """LPS positions ``(n, 3)`` and values of voxels with dose, evenly picked."""
    flat = dose.values.ravel()
    found = np.flatnonzero(flat > LEAST_SHARE * float(flat.max(initial=0.0)))
    found = found[:: max(1, len(found) // MOST_POINTS)]
    k, j, i = np.unravel_index(found, dose.values.shape)
    points = np.asarray(dose.origin_mm) + np.stack([i, j, k], axis=1) * np.asarray(dose.spacing_mm)
    return points, flat[found].astype(np.float64)


def _rays(away: NDArray[np.float64], axis: NDArray[np.float64]) -> NDArray[np.int64]:
    """Name the ray of each point by where it crosses the isocentre plane; -1 behind the source."""
    distance = float(np.linalg.norm(axis))
    forward = axis / distance
    across = np.cross(forward, np.eye(3)[np.argmin(np.abs(forward))])
    across /= np.linalg.norm(across)
    along = away @ forward
    scale = distance / np.maximum(along, 1.0)
    u = np.rint(away @ across * scale / RAY_MM).astype(np.int64)
    v = np.rint(away @ np.cross(forward, across) * scale / RAY_MM).astype(np.int64)
    return np.where(along > 0, (u + 1000) * 2000 + v + 1000, -1)


def _depth_g_cm2(
    points: NDArray[np.float64], direction: NDArray[np.float64], dose: CoarseDose, ct: CtGrid
) -> NDArray[np.float64]:
    """Mass along the rays from where the CT begins to each point, g/cm2; nothing where the dose grid has no dose."""
    corners = _corners(ct)
    longest = float(np.linalg.norm(corners[1] - corners[0]))
    depth = np.zeros(len(points))
    for back in np.arange(STEP_MM / 2, longest, STEP_MM):
        place = points - back * direction
        hu, inside = _nearest(ct, place)
        if not inside.any():
            break
        given, within = _nearest(dose, place)
        counts = inside & ((given > 0) | ~within)
        depth += np.where(counts, np.interp(hu, CURVE_HU, CURVE_G_CM3), 0.0) * STEP_MM / 10.0
    return depth


def _nearest(image: CoarseDose | CtGrid, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values of the voxels that hold the points, and whether there are such."""
    index = np.rint((points - np.asarray(image.origin_mm)) / np.asarray(image.spacing_mm)).astype(np.int64)
    size = np.asarray(image.values.shape[::-1])
    inside = ((index >= 0) & (index < size)).all(axis=1)
    i, j, k = np.clip(index, 0, size - 1).T
    return image.values[k, j, i].astype(np.float64), inside


def _corners(image: CtGrid) -> NDArray[np.float64]:
    origin, spacing = np.asarray(image.origin_mm), np.asarray(image.spacing_mm)
    return np.stack([origin, origin + spacing * (np.asarray(image.values.shape[::-1]) - 1)])
