"""Male pelvis: hip bones, femora, sacrum, bladder, prostate, seminal vesicles, rectum, penile bulb, bowel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.bowel import WALL_MM, fill_with_loops, paint_loop
from esapi_bridge.planning.phantoms.canvas import Canvas, overlap
from esapi_bridge.planning.phantoms.pelvic_nodes import EXTERNAL_VESSELS, INTERNAL_VESSELS, PSOAS, PSOAS_MM, label_nodes
from esapi_bridge.planning.phantoms.shapes import Field, ellipsoid, intersect, smoothstep, superellipse, union
from esapi_bridge.planning.phantoms.site import Site
from esapi_bridge.planning.phantoms.skeleton import Spine, paint_spine
from esapi_bridge.planning.vocabulary import SiteName

BLADDER_ML = 185.0
"""Volume of a bladder of half axes 45, 36 and 30 mm, flattened where the prostate and rectum are behind it."""


@dataclass(frozen=True)
class Frame:
    """Sizes that the parts share, mm: scale of the skeleton and depth of the hip centres below the canvas centre."""

    scale: float
    hip_z_mm: float


@dataclass(frozen=True)
class PelvicAnatomy:
    """Properties of a pelvis that are given instead of drawn at random.

    Parameters
    ----------
    scale
        Size of the skeleton, 1 for the average man.
    fat_mm
        Subcutaneous fat, mm.
    bladder_ml, prostate_ml
        Volumes, about.
    rectum_mm
        Radius of the rectum behind the prostate, mm.
    balloon_hu
        CT number of what fills an endorectal balloon; None without one.
    nodes_top_mm, nodes_margin_mm
        Upper end of the pelvic nodes above the hip centres, and their reach around the iliac vessels, mm.
    """

    scale: float
    fat_mm: float
    bladder_ml: float
    prostate_ml: float
    rectum_mm: float
    balloon_hu: float | None
    nodes_top_mm: float
    nodes_margin_mm: float


def paint(canvas: Canvas, anatomy: PelvicAnatomy | None = None) -> None:
    """Paint a random pelvis.

    Structures: BODY, Bladder, Rectum, Prostate, SeminalVes, Femur_Head_L, Femur_Head_R, PenileBulb, Bowel,
    SpinalCord, GTV (the prostate) and PTV; with `anatomy` also LN_Pelvics.
    """
    rng = canvas.rng
    frame = Frame(rng.uniform(0.92, 1.08), rng.uniform(-52, -40))
    if anatomy is not None:
        frame = Frame(anatomy.scale, frame.hip_z_mm)
    _wall(canvas, frame, anatomy)
    _cavity(canvas, frame)
    _muscles(canvas, frame)
    spine = Spine(
        34 * frame.scale, 0.12, 0.0, rng.uniform(32, 36), rng.uniform(22, 26), rng.uniform(16, 19),
        phase_mm=62 * frame.scale, process_mm=26, low_z_mm=58 * frame.scale,
    )  # fmt: skip
    paint_spine(canvas, spine)
    _sacrum(canvas, frame)
    for side in (-1.0, 1.0):
        _hip_bone(canvas, frame, side)
        _femur(canvas, frame, side)
    _organs(canvas, frame, anatomy)
    if anatomy is not None:
        label_nodes(canvas, frame.scale, (0.0, 0.0, frame.hip_z_mm), anatomy.nodes_top_mm, anatomy.nodes_margin_mm)


def _wall(canvas: Canvas, frame: Frame, anatomy: PelvicAnatomy | None) -> None:
    rng = canvas.rng
    fat = rng.uniform(12, 38)
    if anatomy is not None:
        fat = anatomy.fat_mm
    s, hip = frame.scale, frame.hip_z_mm
    half_width = 156 * s + fat
    half_depth = 92 * s + rng.uniform(0.5, 0.8) * fat
    region = canvas.box((-250, -180, -200), (250, 180, 200))
    x, y, z = region.x, region.y, region.z
    waist = 1 - rng.uniform(0.04, 0.14) * smoothstep(z, hip + 40, hip + 170)
    belly = 1 + rng.uniform(-0.08, 0.12) * smoothstep(z, hip + 30, hip + 150)
    trunk = superellipse(x, y, half_width * waist, half_depth * belly, 2.35)
    crotch = hip - rng.uniform(62, 72)
    trunk = np.maximum(trunk, (crotch - z) * np.float32(0.8))
    middle = np.float32(0.5 * half_width)
    legs = [superellipse(x - k * middle, y, 0.485 * half_width, 0.86 * half_depth, 2.1) for k in (-1, 1)]
    skin = union(trunk, np.maximum(union(*legs, blend_mm=8.0), z - np.float32(hip + 60)), blend_mm=18.0)
    behind = smoothstep(y, 0.1 * half_depth, 0.9 * half_depth)
    cleft = np.exp(-((x / 9) ** 2)) * smoothstep(y, 0.45 * half_depth, half_depth)
    cleft *= smoothstep(-z, -hip - 25, -hip + 20)
    skin = skin + 26 * cleft.astype(np.float32)
    flank = smoothstep(np.abs(x), 0.5 * half_width, half_width)
    tissue.body_wall(canvas, region, skin, fat * (0.6 + 0.5 * behind + 0.35 * flank))


def _cavity(canvas: Canvas, frame: Frame) -> None:
    """Fat of the pelvic and abdominal cavity and the bowel in it."""
    rng = canvas.rng
    s, hip = frame.scale, frame.hip_z_mm
    region = canvas.box((-130, -100, hip - 40), (130, 100, 200))
    x, y, z = region.x, region.y, region.z
    rise = smoothstep(z, hip + 20, hip + 110)
    floor = smoothstep(hip - z, -4.0, 46.0)
    ring = superellipse(
        x, y + (22 * rise - 8 * floor) * s, (47 + 69 * rise - 25 * floor) * s, (60 + 6 * rise - 18 * floor) * s, 2.4
    )
    room = np.maximum(ring, (hip - 50) - z)
    canvas.paint(region, room, tissue.FAT + 60 * tissue.fascia(canvas, region, 13.0, 0.1))
    behind = y - 22 * s + 0.3 * (z - hip - 60)
    loops = np.maximum(np.maximum(room + np.float32(4), hip + 38 + np.float32(0.3) * y - z), behind)
    fill_with_loops(canvas, region, loops, int(rng.integers(22, 38)), rng.uniform(0.05, 0.35))
    for line in (
        [[-88 * s, -20, hip + 180], [-86 * s, -15, hip + 130], [-80 * s, -12, hip + 95], [-66 * s, -10, hip + 75]],
        [[90 * s, -10, hip + 180], [88 * s, -8, hip + 120], [74 * s, -10, hip + 85], [50 * s, 0, hip + 70],
         [26 * s, 20, hip + 74], [6, 32, hip + 64]],
    ):  # fmt: skip
        points = np.array(line) + rng.normal(0, 4, (len(line), 3))
        paint_loop(canvas, points, rng.uniform(13, 21, len(points)), rng.uniform(0.1, 0.7), "Bowel")


def _muscles(canvas: Canvas, frame: Frame) -> None:
    s, hip = frame.scale, frame.hip_z_mm
    for side in (-1.0, 1.0):
        bulk = np.array(PSOAS_MM) * s
        region, distance, _ = canvas.tube(np.array(PSOAS) * [side * s, s, s] + [0, 0, hip], bulk)
        canvas.paint(region, distance - 1 - canvas.noise(15.0, 1.5, region.slices), tissue.FAT + 30)
        canvas.paint(region, distance, tissue.MUSCLE + 4)
        for line, radius in (*EXTERNAL_VESSELS, INTERNAL_VESSELS):
            region, distance, _ = canvas.tube(np.array(line) * [side * s, s, s] + [0, 0, hip], radius)
            canvas.paint(region, distance - 2 - canvas.noise(14.0, 4.0, region.slices), tissue.FAT + 15)
            canvas.paint(region, distance, tissue.BLOOD)
        fossa = (side * 24 * s, 40 * s, hip - 52 * s)
        region = canvas.around(fossa, 40)
        wedge = ellipsoid(region.x, region.y, region.z, fossa, (17 * s, 26 * s, 22 * s), side * 35)
        canvas.paint(region, wedge, tissue.FAT + 10)


def _sacrum(canvas: Canvas, frame: Frame) -> None:
    s, hip = frame.scale, frame.hip_z_mm
    low, high = hip + 18 * s, 58 * s
    region = canvas.box((-75, -10, low - 30), (75, 130, high + 14))
    x, y, z = region.x, region.y, region.z
    t = np.clip((z - low) / (high - low), -0.6, 1.1)
    middle = (46 + 46 * (1 - t) - 58 * np.clip(1 - t, 0, 1.6) ** 3 * 0.35) * s
    width = (16 + 42 * smoothstep(t, 0.0, 0.75)) * s
    depth = (9 + 10 * t + 2 * np.clip(t, 0, 1)) * s
    bow = y - middle - np.float32(0.004) * x * x
    plate = np.maximum(superellipse(x, bow, width, depth, 2.2), np.maximum(np.float32(low) - z, z - np.float32(high)))
    crest = np.maximum(np.abs(x) - np.float32(3), np.abs(bow - depth - 4) - np.float32(8))
    bone = union(plate, np.maximum(crest, np.maximum(np.float32(low + 15) - z, z - np.float32(high - 4))), blend_mm=4.0)
    tissue.bone(canvas, region, bone.astype(np.float32), 1.4, marrow=150, cortex=520)
    level = np.mod(z - np.float32(low + 8), np.float32(20 * s)) - np.float32(10 * s)
    hole = np.sqrt((np.abs(x) - (12 + 9 * t) * s) ** 2 + (1.2 * level) ** 2) - np.float32(3.6)
    holes = np.maximum(np.maximum(hole, bone + np.float32(0.2)), np.abs(bow) - 0.9 * depth)
    canvas.paint(region, np.maximum(holes, low + 4 - z).astype(np.float32), tissue.FAT + 60)
    canal = np.maximum(np.hypot(x * 0.6, bow - 0.6 * depth) - np.float32(4.5) * np.clip(t, 0, 1), bone + np.float32(2))
    canvas.paint(region, canal.astype(np.float32), 12.0)
    tail = np.array([[0, 80, low + 4], [0, 84, low - 10], [0, 76, low - 26]]) * [1, s, 1]
    tube, distance, _ = canvas.tube(tail, [9.0, 6.0, 3.5])
    tissue.bone(canvas, tube, distance, 1.2, marrow=180, cortex=480)


def _hip_bone(canvas: Canvas, frame: Frame, side: float) -> None:
    s, hip = frame.scale, frame.hip_z_mm
    region = canvas.box((min(0.0, side * 150), -85, hip - 85), (max(0.0, side * 150), 105, hip + 150))
    x, y, z = region.x * np.float32(side / s), region.y / np.float32(s), (region.z - np.float32(hip)) / np.float32(s)
    sheet = 84 + 0.36 * np.clip(z - 25, -20, 75) - 0.60 * y - 0.0022 * y * y
    thick = 3.6 + 6 * smoothstep(-z, -42.0, -18.0) + 6 * smoothstep(y, 34.0, 58.0) + 3 * smoothstep(z, 90.0, 118.0)
    crest = 122 - 0.0125 * (y - 8) ** 2
    wing = intersect(
        np.abs(x - sheet) / np.float32(1.22) - thick, z - crest.astype(np.float32), np.float32(12) - z,
        (np.float32(-52) - y + np.float32(0.25) * np.maximum(40 - z, 0)) * np.float32(0.9), y - np.float32(72),
        np.float32(26) - z + np.float32(0.75) * (y - 22),
    )  # fmt: skip
    radius = np.sqrt((x - 88) ** 2 + (y + 4) ** 2 + z**2)
    facing = (x - 88) * np.float32(-0.72) + (y + 4) * np.float32(0.12) + z * np.float32(0.62)
    cup = intersect(np.abs(radius - np.float32(32)) - np.float32(5.8), np.float32(-2) - facing)
    bone = union(wing.astype(np.float32), cup.astype(np.float32), blend_mm=9.0)
    parts = (
        ([[60, -22, -4], [40, -48, -12], [14, -58, -24]], [12.0, 8.5, 9.5]),
        ([[9, -58, -20], [10, -55, -38]], [8.5, 8.0]),
        ([[11, -52, -40], [30, -28, -58], [50, 6, -68]], [6.5, 5.5, 8.0]),
        ([[70, 24, -2], [66, 34, -30], [56, 28, -62]], [13.5, 12.0, 12.5]),
    )
    region_all = np.asarray(bone) * np.float32(s)
    for line, radii in parts:
        points = np.array(line, dtype=float) * [side * s, s, s] + [0, 0, hip]
        tube, distance, _ = canvas.tube(points, np.array(radii) * s)
        here, there = overlap(region, tube)
        region_all[here] = union(region_all[here], distance[there], blend_mm=6.0)
    ball = (radius - np.float32(26.0)) * np.float32(s)
    gap = np.float32(2.2) - region.x * np.float32(side)
    tissue.bone(canvas, region, intersect(region_all, -ball, gap), 1.9, marrow=190, cortex=780)


def _femur(canvas: Canvas, frame: Frame, side: float) -> None:
    rng = canvas.rng
    s = frame.scale
    head = np.array([side * 88 * s, -4 * s, frame.hip_z_mm])
    turn = rng.uniform(-6, 10)
    lateral = head + np.array([side * 44, 12 + turn, -30]) * s
    low, high = np.minimum(head, lateral) - np.array([40, 45, 110]), np.maximum(head, lateral) + np.array([40, 45, 40])
    region = canvas.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    x, y, z = region.x, region.y, region.z
    ball = ellipsoid(x, y, z, (head[0], head[1], head[2]), (23.6 * s, 23.6 * s, 23.6 * s))
    axis, spot = lateral - head, (x - head[0], y - head[1], z - head[2])
    along = np.clip((spot[0] * axis[0] + spot[1] * axis[1] + spot[2] * axis[2]) / float(axis @ axis), 0, 1)
    neck = np.hypot(np.hypot(spot[0] - along * axis[0], spot[1] - along * axis[1]), spot[2] - along * axis[2])
    neck = neck.astype(np.float32) - np.float32(15.0 * s)
    top = lateral + np.array([side * 5, 4, 2]) * s
    trochanter = ellipsoid(x, y, z, (top[0], top[1], top[2]), (14 * s, 18 * s, 20 * s))
    down = np.clip((lateral[2] - z) / np.float32(90 * s), 0, 1)
    shaft = np.hypot(x - lateral[0] + side * 14 * s * down, y - lateral[1] + 8 * s * down)
    shaft -= (17 - 3 * down) * np.float32(s)
    shaft = np.maximum(shaft, z - np.float32(lateral[2] + 6 * s)).astype(np.float32)
    whole = union(ball, neck, trochanter, shaft, blend_mm=7.0)
    tissue.bone(canvas, region, whole, 2.0, marrow=260, cortex=900)
    canvas.paint(region, np.maximum(whole, shaft), 1150.0)
    canal = shaft + (2.5 + 4.5 * smoothstep(down, 0.0, 0.5)).astype(np.float32)
    canvas.paint(region, np.maximum(whole + np.float32(2), canal), np.float32(60) * (1 - down) + 10)
    letter = "L" if side > 0 else "R"
    canvas.label(region, np.maximum(union(ball, neck), np.float32(lateral[2]) - z), f"Femur_Head_{letter}")


def _organs(canvas: Canvas, frame: Frame, anatomy: PelvicAnatomy | None) -> None:
    rng = canvas.rng
    s, hip = frame.scale, frame.hip_z_mm
    shift = rng.normal(0, 2.0)
    gland = (rng.uniform(20, 29), rng.uniform(15, 21), rng.uniform(16, 24))
    prostate_at = (shift, -14 * s + rng.uniform(-3, 3), hip - 20 * s)
    if anatomy is not None:
        grown = (anatomy.prostate_ml / _ellipsoid_ml(gland)) ** (1 / 3)
        apex = prostate_at[2] - gland[2]
        gland = (gland[0] * grown, gland[1] * grown, gland[2] * grown)
        prostate_at = (*prostate_at[:2], max(apex, hip - 46 * s) + gland[2])
    wall_y = prostate_at[1] + gland[1]
    wide = rng.uniform(11, 16)
    blown = rng.random() < 0.2
    if blown:
        wide = rng.uniform(19, 24)
    if anatomy is not None:
        wide, blown = anatomy.rectum_mm, False
    rectum = np.array([
        [0, wall_y + 32, hip - 76], [0, wall_y + 24, hip - 58], [shift, wall_y + wide + 1, hip - 38],
        [shift, wall_y + wide + 1, hip - 20], [shift, wall_y + wide + 4, hip - 2], [0, 44 * s, hip + 22],
        [rng.uniform(-8, 8), 40 * s, hip + 46], [4, 34 * s, hip + 62],
    ])  # fmt: skip
    radii = np.array([7.5, 9, wide * 0.95, wide, wide * 0.95, rng.uniform(13, 17), rng.uniform(12, 17), 13])
    paint_loop(canvas, rectum, radii, 1.0 if blown else rng.uniform(0.05, 0.45), "Rectum")
    if anatomy is not None and anatomy.balloon_hu is not None:
        tube, balloon, _ = canvas.tube(rectum[2:5], radii[2:5] - WALL_MM)
        canvas.paint(tube, balloon, anatomy.balloon_hu)
    fill = rng.uniform(0.75, 1.25)
    bladder_r = (46 * s * fill, 36 * s * fill, 30 * s * fill)
    if anatomy is not None:
        bladder_r = _bladder_radii(anatomy.bladder_ml)
    bladder_at = (shift, -24 * s, prostate_at[2] + gland[2] * 0.72 + bladder_r[2] * 0.9)
    region = canvas.around(bladder_at, bladder_r)
    distance = ellipsoid(region.x, region.y, region.z, bladder_at, bladder_r)
    distance = np.maximum(distance, canvas.noise(60.0, 2.0, region.slices) + region.y - np.float32(wall_y + 2))
    canvas.paint(region, distance, 38.0, "Bladder")
    canvas.paint(region, distance + np.float32(rng.uniform(2.5, 4.5)), tissue.WATER + rng.uniform(0, 8))
    for side in (-1.0, 1.0):
        horn = np.array([[shift + side * 5, wall_y - 3, prostate_at[2] + gland[2] * 0.85],
                         [shift + side * 18, wall_y + 1, prostate_at[2] + gland[2] + 8],
                         [shift + side * 32, wall_y + 6, prostate_at[2] + gland[2] + 13]])  # fmt: skip
        region, distance, _ = canvas.tube(horn, [5.0, 6.5, 4.0])
        canvas.paint(region, distance, 32.0, "SeminalVes")
    bulb = (shift, wall_y + 2, hip - 60 * s)
    region = canvas.around(bulb, 18)
    canvas.paint(region, ellipsoid(region.x, region.y, region.z, bulb, (9, 11, 10)), 48.0, "PenileBulb")
    region = canvas.around(prostate_at, max(gland) + 14)
    distance = ellipsoid(region.x, region.y, region.z, prostate_at, gland)
    canvas.paint(region, distance - np.float32(2), tissue.FAT + 70)
    canvas.paint(region, distance, 44 + canvas.noise(6.0, 7.0, region.slices), "Prostate")
    if rng.random() < 0.3:
        for _ in range(3):
            seed = np.asarray(prostate_at) + rng.uniform(-0.5, 0.5, 3) * gland
            tube, dot, _ = canvas.tube(np.array([seed, seed + np.array([0, 0, 3])]), 1.2)
            canvas.paint(tube, dot, 2200.0)
    canvas.label(region, distance, "GTV")
    behind = np.float32(6) - np.float32(2) * smoothstep(region.y - np.float32(prostate_at[1]), 5.0, gland[1])
    _label_ptv(canvas, region.slices, distance - behind)


def _ellipsoid_ml(radii: tuple[float, float, float]) -> float:
    return 4 / 3 * np.pi * radii[0] * radii[1] * radii[2] / 1000


def _bladder_radii(volume_ml: float) -> tuple[float, float, float]:
    """Half axes of a bladder of about this volume, mm: it fills upwards more than sideways, the pelvis being narrow."""
    growth = (volume_ml / BLADDER_ML) ** (1 / 3)
    return 45 * growth**0.6, 36 * growth**0.8, 30 * growth**1.6


def _label_ptv(canvas: Canvas, slices: tuple[slice, slice, slice], distance: Field) -> None:
    mask = np.zeros(canvas.hu.shape, dtype=bool)
    mask[slices] = distance < 0
    canvas.masks["PTV"] = mask


SITE = Site(SiteName.PELVIS, 2, paint, spacing_mm=(1.26953125, 1.26953125, 2.5))
