"""Gross and planning target volumes."""

from __future__ import annotations

from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.shapes import Point, ellipsoid


def label_target(canvas: Canvas, centre: Point, radii: Point, margin_mm: float, tilt_deg: float = 0.0) -> None:
    """Make structures GTV (an ellipsoid) and PTV (the same grown by `margin_mm`)."""
    grown = (radii[0] + margin_mm, radii[1] + margin_mm, radii[2] + margin_mm)
    region = canvas.around(centre, max(grown))
    distance = ellipsoid(region.x, region.y, region.z, centre, radii, tilt_deg)
    canvas.label(region, distance, "GTV")
    canvas.label(region, ellipsoid(region.x, region.y, region.z, centre, grown, tilt_deg), "PTV")
