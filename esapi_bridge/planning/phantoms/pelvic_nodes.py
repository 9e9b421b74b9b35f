"""Iliac vessels and the lymph nodes along them, which belong to the target of a prostate plan's initial phase."""

from __future__ import annotations

import numpy as np

from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.shapes import Point, intersect

Line = tuple[tuple[float, float, float], ...]

PSOAS: Line = ((44, 28, 200), (50, 14, 130), (60, -8, 85), (72, -34, 40), (82, -42, 5), (88, -22, -50))
PSOAS_MM = (20, 22, 20, 17, 15, 11)
"""Course (mm from the midline, behind the canvas centre and above the hip centres; average man) and radii."""

EXTERNAL_VESSELS: tuple[tuple[Line, float], ...] = (
    (((14, 6, 175), (22, 4, 125), (42, -8, 90), (56, -30, 40), (66, -56, -8), (72, -62, -60), (78, -50, -110)), 5.6),
    (((8, 16, 170), (26, 14, 122), (44, 4, 85), (54, -20, 40), (58, -50, -8), (64, -56, -60), (74, -42, -110)), 6.6),
)
"""Common and external iliac artery and vein, femoral below: course as `PSOAS`, radius."""

INTERNAL_VESSELS: tuple[Line, float] = (((40, 6, 92), (46, 30, 62), (50, 44, 30)), 3.8)

HIP_X_MM, HIP_Y_MM = 88.0, 4.0
"""The hip centres lie this far beside the midline and before the origin of these courses."""

BONE_HU = 130.0
EXTERNAL_LOW_MM, OBTURATOR_LOW_MM, INTERNAL_LOW_MM = 24.0, 4.0, 22.0
"""Lower ends above the hip centres: top of the femoral heads, top of the symphysis, where the branches leave."""

SIDE_MM, FRONT_MM, BACK_MM = 64.0, -44.0, 40.0
"""The nodes reach no further than the true pelvis: to the side, and about the canvas centre."""

OBTURATOR = ((50, -34, 22), (49, -14, 20), (48, 8, 24))
OBTURATOR_MM = 8.0


def label_nodes(canvas: Canvas, scale: float, origin_mm: Point, top_mm: float, margin_mm: float) -> None:
    """Label LN_Pelvics: around the iliac vessels and along the pelvic wall between them, cut off at bone and psoas.

    After the RTOG consensus on pelvic nodes for prostate cancer (Lawton et al. 2009): 7 mm around external and internal
    iliac vessels, the external ones down to the femoral heads, the obturator nodes down to the symphysis.

    Parameters
    ----------
    canvas
        With bones and vessels painted.
    scale
        Size of the skeleton.
    origin_mm
        Point of the midline at the height of the hip centres and `HIP_Y_MM` (times scale) behind them, canvas
        coordinates.
    top_mm, margin_mm
        Upper end above the hip centres and reach around the vessels, mm.
    """
    tubes: list[tuple[Line, float, float]] = [(line, r, EXTERNAL_LOW_MM) for line, r in EXTERNAL_VESSELS]
    tubes += [(*INTERNAL_VESSELS, INTERNAL_LOW_MM), (OBTURATOR, OBTURATOR_MM - margin_mm, OBTURATOR_LOW_MM)]
    for side in (-1.0, 1.0):
        stretch, offset = [side * scale, scale, scale], origin_mm
        muscle = np.full(canvas.hu.shape, 1e3, dtype=np.float32)
        region, distance, _ = canvas.tube(np.array(PSOAS) * stretch + offset, np.array(PSOAS_MM) * scale)
        muscle[region.slices] = distance
        for line, radius, low_mm in tubes:
            region, distance, _ = canvas.tube(np.array(line) * stretch + offset, radius + margin_mm)
            x, y, z = (
                np.asarray(at - np.float32(zero))
                for at, zero in zip((region.x, region.y, region.z), origin_mm, strict=True)
            )
            ends = np.maximum(low_mm * scale - z, z - top_mm)
            pelvis = np.maximum(np.abs(x) - SIDE_MM * scale, FRONT_MM * scale - y)
            pelvis = np.maximum(pelvis, y - BACK_MM * scale)
            bone = canvas.hu[region.slices] - np.float32(BONE_HU)
            canvas.label(region, intersect(distance, ends, pelvis, -muscle[region.slices], bone), "LN_Pelvics")
