"""Something to aim at: the target of a phantom, or a random ellipsoid in the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from esapi_bridge.planning.fields import random_isocentre
from esapi_bridge.planning.imrt.beams import target_points
from esapi_bridge.planning.subject import Subject

OWN_TARGET = 0.5
"""Share of the fields on a phantom that aim at its target."""

SEMI_AXES_MM = (10.0, 60.0)
"""Shortest and longest semi-axis of an ellipsoid: fields of about 3 to 14 cm."""

LATTICE_MM = 2.5
"""Distance of the points that stand for an ellipsoid; no wider than a pixel of a fluence."""

SHIFTED = 0.25
"""Share of the targets that do not lie around the isocentre."""

SHIFT_MM = 30.0
"""How far at most along each axis."""


@dataclass(frozen=True)
class Aim:
    """What fields are put around.

    Parameters
    ----------
    points_mm
        LPS positions ``(n, 3)`` throughout the target, mm.
    isocentre_mm
        LPS, mm.
    """

    points_mm: NDArray[np.float64]
    isocentre_mm: tuple[float, float, float]


def random_aim(subject: Subject, rng: np.random.Generator) -> Aim:
    """Choose a target and an isocentre within it or near it."""
    if subject.site != "ct" and rng.random() < OWN_TARGET:
        points = target_points(subject.target, subject.ct.grid)
    else:
        points = _ellipsoid(subject, rng)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    if rng.random() < SHIFTED:
        middle = middle + rng.uniform(-SHIFT_MM, SHIFT_MM, 3)
    x, y, z = (round(float(v), 1) for v in middle)
    return Aim(points, (x, y, z))


def _ellipsoid(subject: Subject, rng: np.random.Generator) -> NDArray[np.float64]:
    """The part within the body of an ellipsoid of any size and direction; its centre always."""
    grid = subject.ct.grid
    centre = np.array(random_isocentre(grid, subject.body, rng))
    axes_mm = rng.uniform(*SEMI_AXES_MM, 3)
    reach = np.arange(-np.ceil(axes_mm.max() / LATTICE_MM), np.ceil(axes_mm.max() / LATTICE_MM) + 1) * LATTICE_MM
    offsets = np.stack(np.meshgrid(reach, reach, reach, indexing="ij"), axis=-1).reshape(-1, 3)
    turned = Rotation.random(rng=rng).apply(offsets)
    points = centre + offsets[(np.square(turned / axes_mm).sum(axis=1) <= 1.0)]
    index = np.rint(grid.to_index(points)).astype(int)
    within = ((index >= 0) & (index < np.asarray(grid.size))).all(axis=1)
    points, index = points[within], index[within]
    return np.asarray(points[subject.body[index[:, 2], index[:, 1], index[:, 0]]])
