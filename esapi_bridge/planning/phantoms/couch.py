"""The treatment couch top under the patient."""

from __future__ import annotations

from typing import Literal

import numpy as np

from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.shapes import rounded_box

SHELL_HU = -300.0
FOAM_HU = -960.0
SHELL_MM = 2.5
THICKNESS_MM = 50.0
WIDTH_MM = 530.0


CouchSide = Literal["posterior", "anterior"]


def paint_couch(canvas: Canvas, side: CouchSide) -> None:
    """Paint a flat carbon-fibre couch top with a foam core that touches BODY, straight whatever the patient's bends."""
    rows = np.flatnonzero(canvas.masks["BODY"].any(axis=(0, 2)))
    y, x = (axis.astype(np.float32) for axis in canvas.axes_mm[1:])
    if side == "posterior":
        top = float(y[rows[-1]]) + 1.0
        beyond = slice(max(int(np.searchsorted(y, top)) - 1, 0), len(y))
        middle = top + THICKNESS_MM / 2
    else:
        top = float(y[rows[0]]) - 1.0
        beyond = slice(0, int(np.searchsorted(y, top)) + 1)
        middle = top - THICKNESS_MM / 2
    plane_y, plane_x = np.meshgrid(y[beyond], x, indexing="ij")
    centre = (0.0, middle, 0.0)
    half = (WIDTH_MM / 2, THICKNESS_MM / 2, 20.0)
    flat = rounded_box(plane_x, plane_y, np.zeros_like(plane_x), centre, half, 8.0)
    shell, core = canvas.coverage(flat), canvas.coverage(flat + np.float32(SHELL_MM))
    section = AIR_HU + shell * (SHELL_HU - AIR_HU) + core * (FOAM_HU - SHELL_HU)
    slab = canvas.hu[:, beyond, :]
    np.maximum(slab, section, out=slab)
