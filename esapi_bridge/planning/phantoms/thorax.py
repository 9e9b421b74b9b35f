"""Thorax: lungs with vessels and airways, a lesion, heart and great vessels, chest wall, upper abdomen."""

from __future__ import annotations

import numpy as np

from esapi_bridge.planning.phantoms import chest, tissue
from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.placing import place_in
from esapi_bridge.planning.phantoms.shapes import ellipsoid, smoothstep, superellipse, union
from esapi_bridge.planning.phantoms.site import Site
from esapi_bridge.planning.phantoms.skeleton import RibCage, Spine, paint_ribs, paint_spine
from esapi_bridge.planning.phantoms.target import label_target
from esapi_bridge.planning.vocabulary import SiteName


def paint(canvas: Canvas) -> None:
    """Paint a random thorax; structures BODY, Lung_L, Lung_R, Heart, SpinalCord, Esophagus, Trachea, GTV, PTV."""
    rng = canvas.rng
    fat = rng.uniform(6, 24)
    half_width = rng.uniform(140, 158) + fat
    half_depth = rng.uniform(92, 108) + 0.7 * fat
    cage = RibCage(
        half_width - fat - rng.uniform(20, 28), half_depth - 0.8 * fat - rng.uniform(14, 20), -4.0,
        apex_z_mm=rng.uniform(105, 120), phase_mm=rng.uniform(0, 27),
    )  # fmt: skip
    spine = Spine(
        cage.half_depth_mm * 0.62, rng.uniform(-0.05, 0.05), -rng.uniform(0.0004, 0.0010), rng.uniform(22, 26),
        rng.uniform(15.5, 18.5), rng.uniform(13, 15.5), rng.uniform(0, 24), process_mm=28,
    )  # fmt: skip
    _chest_wall(canvas, half_width, half_depth, fat, female=rng.random() < 0.5)
    chest.shoulder(canvas, cage, half_width)
    paint_ribs(canvas, cage, low_z_mm=-150)
    chest.sternum(canvas, cage)
    whole = canvas.box((-cage.half_width_mm - 4, -130, -140), (cage.half_width_mm + 4, 130, cage.apex_z_mm + 6))
    heart_centre = (rng.uniform(18, 28), -0.28 * cage.half_depth_mm, rng.uniform(-55, -40))
    heart_radii = (rng.uniform(56, 66), rng.uniform(40, 47), rng.uniform(44, 52))
    contrast = rng.uniform(100, 160) if rng.random() < 0.35 else tissue.BLOOD - tissue.MUSCLE
    inner = chest.below_diaphragm(canvas, whole, cage, rng.uniform(-80, -62))
    heart = ellipsoid(whole.x, whole.y, whole.z, heart_centre, heart_radii, 28.0)
    chest.lungs(canvas, whole, inner, heart, spine)
    chest.heart(canvas, whole, heart, heart_centre, heart_radii, contrast)
    chest.great_vessels(canvas, spine, contrast)
    chest.airways(canvas)
    _lesion(canvas)
    paint_spine(canvas, spine)


def _chest_wall(canvas: Canvas, half_width: float, half_depth: float, fat: float, *, female: bool) -> None:
    rng = canvas.rng
    region = canvas.box((-250, -160, -200), (250, 160, 200))
    height = smoothstep(region.z, 20.0, 150.0)
    outline = superellipse(region.x, region.y, half_width * (1 + 0.07 * height), half_depth * (1 - 0.16 * height), 2.5)
    breasts = np.full_like(outline, 1e3)
    if female:
        r = rng.uniform(48, 66)
        for side in (-1.0, 1.0):
            across = side * half_width * rng.uniform(0.5, 0.58)
            centre = (across, -half_depth + rng.uniform(0, 16), rng.uniform(-30, -10))
            radii = (1.15 * r, 0.5 * r, r)
            breasts = np.minimum(breasts, canvas.bump(region, centre, radii, side * 20))
    skin = union(outline, breasts, blend_mm=25.0)
    front = np.clip(-region.y / np.float32(half_depth), 0, 1)
    side_fat = np.clip(np.abs(region.x) / np.float32(half_width), 0, 1) ** 4
    thickness = fat * (0.75 + 0.35 * side_fat) + np.maximum(outline - skin, 0) + fat * 0.15 * front
    tissue.body_wall(canvas, region, skin, thickness)
    if female:
        dense = rng.uniform(0.2, 1.1)
        gland = np.clip(canvas.noise(9.0, 1.0, region.slices) - np.float32(1.1 - 0.6 * dense), 0, 1)
        inside = np.maximum(np.maximum(breasts + np.float32(9), outline - np.float32(14)), -outline - np.float32(fat))
        share = canvas.coverage(inside) * gland
        canvas.hu[region.slices] += share * (35 - canvas.hu[region.slices])


def _lesion(canvas: Canvas) -> None:
    """Paint a soft-tissue lesion with spicules at a random place in a lung; it is the target."""
    rng = canvas.rng
    lung = canvas.masks["Lung_R" if rng.random() < 0.55 else "Lung_L"]
    r = rng.uniform(7, 24)
    centre = place_in(canvas, lung, 0.7 * r)
    a, b, c = r * rng.uniform(0.8, 1.2, 3)
    radii = (float(a), float(b), float(c))
    region = canvas.around(centre, 1.6 * max(radii) + 4)
    shape = ellipsoid(region.x, region.y, region.z, centre, radii, rng.uniform(0, 180))
    shape += canvas.noise(7.0, 0.09 * r, region.slices)
    near = canvas.hu[region.slices] < -300
    ends = np.where(near, np.float32(-1e3), np.float32(1e3))
    canvas.paint(region, np.maximum(shape, ends), 42.0)
    for _ in range(int(rng.integers(4, 12))):
        way = rng.standard_normal(3)
        way *= r * rng.uniform(1.1, 1.6) / np.linalg.norm(way)
        spicule, distance, _ = canvas.tube(np.array([centre, np.asarray(centre) + way]), [1.6, 0.4])
        canvas.paint(spicule, distance, np.maximum(canvas.hu[spicule.slices], -50))
    label_target(canvas, centre, radii, rng.uniform(5, 8))


SITE = Site(SiteName.THORAX, 0, paint, spacing_mm=(1.26953125, 1.26953125, 2.5))
