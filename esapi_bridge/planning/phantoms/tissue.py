"""CT numbers of tissues, and the layered things made of them: bone, body wall, vessels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.shapes import Field

FAT = -100.0
SKIN = 10.0
MUSCLE = 55.0
BLOOD = 45.0
WATER = 5.0
CARTILAGE = 110.0
MARROW = 190.0
CORTEX = 850.0
GAS = -990.0
AIRWAY = -985.0
BRAIN_GREY = 38.0
BRAIN_WHITE = 29.0
LIVER = 58.0
KIDNEY = 35.0
SPLEEN = 48.0
SKIN_MM = 1.6


def bone(
    canvas: Canvas,
    region: Region,
    distance: Field,
    cortex_mm: float,
    *,
    name: str | None = None,
    marrow: float = MARROW,
    cortex: float = CORTEX,
) -> None:
    """Paint a bone: a dense shell of `cortex_mm` around trabecular bone."""
    canvas.paint(region, distance, cortex, name)
    texture = canvas.noise(5.0, 45.0, region.slices)
    canvas.paint(region, distance + np.float32(cortex_mm), marrow + texture)


def fascia(canvas: Canvas, region: Region, correlation_mm: float, thickness: float) -> NDArray[np.float32]:
    """Weight (0 to 1) of thin fat sheets between muscles: the surfaces where a smooth noise changes sign."""
    noise = canvas.noise(correlation_mm, 1.0, region.slices)
    return np.clip(1 - np.abs(noise) / np.float32(thickness), 0, 1)


def body_wall(canvas: Canvas, region: Region, distance: Field, fat_mm: ArrayLike, skin_mm: ArrayLike = SKIN_MM) -> None:
    """Paint skin, subcutaneous fat `fat_mm` thick and, below it, muscle with fat sheets; makes structure BODY."""
    canvas.depth[region.slices] = -distance
    canvas.paint(region, distance, SKIN, "BODY")
    septa = 35 * fascia(canvas, region, 14.0, 0.06)
    canvas.paint(region, distance + np.asarray(skin_mm, dtype=np.float32), FAT + septa)
    fat = np.asarray(fat_mm, dtype=np.float32)
    muscle = MUSCLE - 130 * np.maximum(fascia(canvas, region, 30.0, 0.1), 0.5 * fascia(canvas, region, 11.0, 0.12))
    canvas.paint(region, distance + np.asarray(skin_mm, dtype=np.float32) + fat, muscle)


def vessel_tree(
    canvas: Canvas,
    inside: Field,
    region: Region,
    root: NDArray[np.float64],
    direction: NDArray[np.float64],
    radius: float,
    generations: int,
) -> Field:
    """Distance, on `region`, to a random branching tree; branches stop where the distance `inside` is positive.

    Grown in straight coordinates: the branches are too small for the canvas's bends to matter, and thousands of them
    have to be drawn.
    """
    rng = canvas.rng
    result = np.full(region.x.shape, 1e3, dtype=np.float32)
    spacing = np.asarray(canvas.spacing_mm)
    axes = [axis[s].astype(np.float32) for axis, s in zip(canvas.axes_mm[::-1], region.slices[::-1], strict=True)]
    origin = np.array([axis[0] for axis in axes])
    branches = [(root, direction / np.linalg.norm(direction), radius, 0)]
    while branches:
        start, heading, r, generation = branches.pop()
        length = rng.uniform(4, 6.5) * r**0.7 + 4
        end = start + heading * length
        low = np.floor((np.minimum(start, end) - r - 2 - origin) / spacing).astype(int)
        high = np.ceil((np.maximum(start, end) + r + 2 - origin) / spacing).astype(int) + 1
        box = tuple(slice(max(a, 0), max(b, 0)) for a, b in zip(low, high, strict=True))[::-1]
        part = result[box]
        if part.size:
            u, v, w = (axis[s] - c for axis, s, c in zip(axes, box[::-1], start.astype(np.float32), strict=True))
            square = u * u + (v * v)[:, None] + (w * w)[:, None, None]
            h = heading.astype(np.float32)
            along = u * h[0] + (v * h[1])[:, None] + (w * h[2])[:, None, None]
            t = np.minimum(np.maximum(along, 0), np.float32(length))
            reach = np.sqrt(np.maximum(square - 2 * t * along + t * t, 0))
            reach -= np.float32(r) * (1 - t * np.float32(0.12 / length))
            np.minimum(part, reach, out=part)
        index = np.round((end - origin) / spacing).astype(int)[::-1]
        outside = bool(np.any(index < 0) or np.any(index >= inside.shape))
        if generation >= generations or r < 0.45 or (generation > 1 and (outside or inside[tuple(index)] > 2)):
            continue
        for share in (rng.uniform(0.84, 0.97), rng.uniform(0.55, 0.8)):
            turn = rng.standard_normal(3) * (1.0 - 0.75 * share)
            new = heading + turn
            branches.append((end, new / np.linalg.norm(new), r * share, generation + 1))
    return result
