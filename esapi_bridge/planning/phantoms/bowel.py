"""Bowel loops with gas, fluid and stool."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.shapes import Field

WALL_MM = 2.2


def paint_loop(
    canvas: Canvas, points: NDArray[np.float64], radii: NDArray[np.float64] | float, gas: float, name: str
) -> None:
    """Paint one loop; a share `gas` of its length is filled with gas, the rest with fluid or stool."""
    region, distance, along = canvas.tube(points, radii)
    stool = canvas.rng.uniform(-30, 35) + 35 * np.minimum(canvas.noise(5.0, 1.0, region.slices), 1)
    canvas.paint(region, distance, 42.0, name)
    canvas.paint(region, distance + np.float32(WALL_MM), stool)
    knots = canvas.rng.random(len(points) + 1) < gas
    blown = knots[np.round(along).astype(int)]
    middle = np.interp(along.ravel(), np.arange(len(points)), points[:, 1]).reshape(along.shape).astype(np.float32)
    level = region.y - middle - np.float32(canvas.rng.uniform(-4, 6))
    inside = np.maximum(distance + np.float32(WALL_MM), level)
    canvas.paint(region, np.where(blown, inside, np.float32(10)), tissue.GAS)


def wander(
    rng: np.random.Generator, region: Region, room: Field, radius: float, steps: int
) -> NDArray[np.float64] | None:
    """Random winding line that stays `radius` inside the region where `room` is negative; None if none fits."""
    grid = (slice(None, None, 3), slice(None, None, 5), slice(None, None, 5))
    places = np.argwhere(room[grid] < -radius)
    if not len(places):
        return None
    spots = np.stack([p[grid][tuple(places.T)] for p in (region.x, region.y, region.z)], axis=1).astype(float)
    point = spots[rng.integers(len(spots))]
    heading = rng.standard_normal(3)
    line = [point]
    for _ in range(steps):
        heading = heading / np.linalg.norm(heading) + 0.8 * rng.standard_normal(3)
        step = point + 0.9 * radius * heading / np.linalg.norm(heading)
        point = spots[np.argmin(((spots - step) ** 2).sum(axis=1))] * 0.5 + step * 0.5
        line.append(point)
    return np.array(line)


def fill_with_loops(canvas: Canvas, region: Region, room: Field, count: int, gas: float) -> None:
    """Paint `count` small-bowel loops where `room` is negative."""
    for _ in range(count):
        radius = canvas.rng.uniform(9, 14)
        line = wander(canvas.rng, region, room, radius, int(canvas.rng.integers(5, 12)))
        if line is not None:
            paint_loop(canvas, line, radius, gas, "Bowel")
