"""Signed distances, mm, negative inside: the shapes that anatomies are built from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Point = tuple[float, float, float]
_TINY = np.float32(1e-6)


def ellipsoid(x: Field, y: Field, z: Field, centre: Point, radii: Point, tilt_deg: float = 0.0) -> Field:
    """Approximate distance to an ellipsoid whose x and y axes are turned by `tilt_deg` about z (x towards y)."""
    u, v, w = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
    if tilt_deg:
        c, s = np.float32(np.cos(np.radians(tilt_deg))), np.float32(np.sin(np.radians(tilt_deg)))
        u, v = c * u + s * v, c * v - s * u
    a, b, c_ = (np.float32(1 / r) for r in radii)
    u, v, w = u * a, v * b, w * c_
    value = np.sqrt(u * u + v * v + w * w)
    slope = np.sqrt((u * a) ** 2 + (v * b) ** 2 + (w * c_) ** 2)
    return np.asarray(value * (value - 1) / np.maximum(slope, np.float32(1e-6)), dtype=np.float32)


def superellipse(x: Field, y: Field, half_width: Field | float, half_depth: Field | float, exponent: float) -> Field:
    """Radial distance to the cylinder ``|x/a|^n + |y/b|^n = 1``."""
    u, v = np.maximum(np.abs(x / half_width), _TINY), np.maximum(np.abs(y / half_depth), _TINY)
    n = np.float32(exponent)
    # exp and log are vectorised in single precision, powers are not: this is several times faster.
    value = np.maximum(np.exp(np.log(np.exp(n * np.log(u)) + np.exp(n * np.log(v))) / n), np.float32(1e-3))
    return np.asarray(np.hypot(x, y) * (1 - 1 / value), dtype=np.float32)


def rounded_box(x: Field, y: Field, z: Field, centre: Point, half: Point, radius: float) -> Field:
    """Distance to a box of half sizes `half` with edges rounded to `radius`."""
    q = [np.abs(p - np.float32(c)) - np.float32(h - radius) for p, c, h in zip((x, y, z), centre, half, strict=True)]
    outside = np.sqrt(sum(np.maximum(e, 0) ** 2 for e in q))
    inside = np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0)
    return np.asarray(outside + inside - np.float32(radius), dtype=np.float32)


def union(*distances: Field, blend_mm: float = 0.0) -> Field:
    """Union; with `blend_mm` the seams are rounded over about that length."""
    result = distances[0]
    for other in distances[1:]:
        if blend_mm:
            h = np.maximum(blend_mm - np.abs(result - other), 0) / np.float32(blend_mm)
            result = np.minimum(result, other) - h * h * np.float32(blend_mm / 4)
        else:
            result = np.minimum(result, other)
    return result


def intersect(*distances: Field) -> Field:
    """Intersection."""
    result = distances[0]
    for other in distances[1:]:
        result = np.maximum(result, other)
    return result


def smoothstep(value: Field | float, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)
