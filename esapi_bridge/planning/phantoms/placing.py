"""Random places inside painted organs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.shapes import Point


def place_in(canvas: Canvas, organ: NDArray[np.bool_], reach_mm: float) -> Point:
    """Pick a random point of an organ, in bent coordinates, whose neighbours `reach_mm` away are also in it."""
    spots = np.argwhere(organ)
    steps = np.ceil(reach_mm / np.asarray(canvas.spacing_mm[::-1])).astype(int)
    last = np.asarray(organ.shape) - 1
    for _ in range(200):
        spot = spots[canvas.rng.integers(len(spots))]
        around = np.clip(spot + np.concatenate([np.diag(steps), -np.diag(steps)]), 0, last)
        if organ[tuple(around.T)].all():
            break
    k, j, i = (int(n) for n in spot)
    return canvas.coordinates((k, j, i))
