"""Abdomen: liver, spleen, kidneys, stomach, pancreas, bowel with gas, great vessels, lung bases, lumbar spine."""

from __future__ import annotations

import numpy as np

from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.bowel import fill_with_loops, paint_loop
from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.placing import place_in
from esapi_bridge.planning.phantoms.shapes import Field, ellipsoid, intersect, smoothstep, superellipse, union
from esapi_bridge.planning.phantoms.site import Site
from esapi_bridge.planning.phantoms.skeleton import RibCage, Spine, paint_ribs, paint_spine
from esapi_bridge.planning.phantoms.target import label_target
from esapi_bridge.planning.vocabulary import SiteName


def paint(canvas: Canvas) -> None:
    """Paint a random abdomen.

    Structures: BODY, Liver, Gallbladder, Spleen, Kidney_L, Kidney_R, Stomach, Bowel, Lung_L, Lung_R, SpinalCord, GTV
    and PTV.
    """
    rng = canvas.rng
    fat = rng.uniform(8, 36)
    visceral = rng.uniform(0, 14)
    half_width = rng.uniform(136, 152) + 0.9 * fat + 0.5 * visceral
    half_depth = rng.uniform(88, 100) + 0.75 * fat + visceral
    cage = RibCage(
        half_width - 0.9 * fat - 22, half_depth - 0.75 * fat - 15, -3.0, apex_z_mm=330, phase_mm=rng.uniform(0, 27)
    )
    spine = Spine(
        0.36 * half_depth, rng.uniform(-0.03, 0.03), rng.uniform(0.0002, 0.0008), rng.uniform(31, 36),
        rng.uniform(20, 24), rng.uniform(15, 18), rng.uniform(0, 30), process_mm=30,
    )  # fmt: skip
    contrast = rng.uniform(60, 110) if rng.random() < 0.5 else 0.0
    _wall(canvas, half_width, half_depth, fat)
    paint_ribs(canvas, cage, low_z_mm=rng.uniform(0, 25), front_deg=125)
    region = canvas.box((-cage.half_width_mm - 4, -150, -200), (cage.half_width_mm + 4, 150, 200))
    room, dome = _room(canvas, region, cage, spine, rng.uniform(88, 104))
    _back_muscles(canvas, spine)
    _lung_bases(canvas, region, room, dome, spine)
    inner = intersect(room + np.float32(3), dome + np.float32(4))
    _great_vessels(canvas, spine, contrast)
    _kidneys(canvas, spine, contrast)
    liver = _liver(canvas, region, inner, spine, contrast)
    spleen = _spleen(canvas, region, inner, cage, contrast)
    taken = union(liver, spleen)
    _bowel(canvas, region, intersect(inner, np.float32(3) - taken), cage)
    _stomach(canvas, region, intersect(inner, np.float32(3) - taken), cage, spine)
    paint_spine(canvas, spine)
    _target(canvas, spine)


def _wall(canvas: Canvas, half_width: float, half_depth: float, fat: float) -> None:
    region = canvas.box((-250, -180, -200), (250, 180, 200))
    x, y, z = region.x, region.y, region.z
    waist = 1 - canvas.rng.uniform(0.0, 0.08) * np.exp(-(((z + 40) / 60) ** 2))
    belly = np.where(y < 0, 1 + canvas.rng.uniform(-0.06, 0.12) * np.exp(-(((z + 50) / 90) ** 2)), 1)
    skin = superellipse(x, y, half_width * waist, half_depth * belly.astype(np.float32), 2.35)
    flank = smoothstep(np.abs(x), 0.4 * half_width, half_width)
    behind = smoothstep(y, 0.0, half_depth)
    thickness = fat * (0.65 + 0.35 * flank + 0.25 * behind * flank + 0.12 * smoothstep(-z, 0.0, 120.0))
    tissue.body_wall(canvas, region, skin, thickness)
    navel = (0.0, -half_depth * 1.03, -75.0)
    spot = canvas.around(navel, 14)
    canvas.paint(spot, ellipsoid(spot.x, spot.y, spot.z, navel, (5, 9, 6)), AIR_HU)


def _room(canvas: Canvas, region: Region, cage: RibCage, spine: Spine, top: float) -> tuple[Field, Field]:
    """Fill the abdominal cavity with fat; return the distances to it and to the space under the diaphragm."""
    x, y, z = region.x, region.y, region.z
    wall = cage.distance(x, y, z) + np.float32(1.0) + np.float32(4.5) * smoothstep(-z, -40.0, 30.0)
    back = y - np.asarray(spine.y_mm(z), dtype=np.float32) - np.float32(20) - np.float32(0.12) * np.abs(x)
    room = np.maximum(wall, back * smoothstep(-z, -110.0, -50.0) - 30 * smoothstep(z, 50.0, 110.0))
    canvas.paint(region, room, tissue.FAT + 55 * tissue.fascia(canvas, region, 15.0, 0.09))
    falls = []
    for side, height in ((-1.0, top), (1.0, top - canvas.rng.uniform(6, 16))):
        u = (x - np.float32(side * 0.47 * cage.half_width_mm)) / np.float32(0.72 * cage.half_width_mm)
        v = (y + np.float32(0.15 * cage.half_depth_mm)) / np.float32(1.15 * cage.half_depth_mm)
        falls.append(np.float32(height) - 62 * (u * u + v * v))
    return room, z - np.maximum(falls[0], falls[1])


def _back_muscles(canvas: Canvas, spine: Spine) -> None:
    for side in (-1.0, 1.0):
        course = ((26, 6, 20), (33, 8, -20), (42, 4, -70), (50, -4, -160))
        psoas = np.array([[side * a, float(spine.y_mm(z)) + b, z] for a, b, z in course])
        region, distance, _ = canvas.tube(psoas, [7, 14, 20, 22])
        canvas.paint(region, distance, tissue.MUSCLE + 3)
        quadratus = np.array([[side * 62, float(spine.y_mm(z)) + 24, z] for z in (25.0, -40.0, -160.0)])
        region, distance, _ = canvas.tube(quadratus, [9, 14, 17])
        canvas.paint(region, distance, tissue.MUSCLE)


def _lung_bases(canvas: Canvas, region: Region, room: Field, dome: Field, spine: Spine) -> None:
    x, y, z = region.x, region.y, region.z
    column = np.hypot(x, y - np.asarray(spine.y_mm(z), dtype=np.float32)) - np.float32(32)
    middle = np.abs(x - 6) - (16 + 22 * np.exp(-(((y + 20) / 40) ** 2))).astype(np.float32)
    above = intersect(room, -dome + np.float32(1), -union(column, middle, blend_mm=12.0))
    density = -800 + 0.55 * y + canvas.noise(30.0, 12.0, region.slices)
    density += 20 * np.abs(canvas.noise(4.0, 1.0, region.slices))
    for side, name in ((1.0, "Lung_L"), (-1.0, "Lung_R")):
        lung = intersect(above, -np.float32(side) * x)
        canvas.paint(region, lung, density, name)
        for _ in range(4):
            root = np.array([side * canvas.rng.uniform(45, 75), canvas.rng.uniform(-20, 40), 145.0])
            tree = tissue.vessel_tree(canvas, lung, region, root, np.array([0.3 * side, 0.1, -1.0]), 3.2, 7)
            canvas.paint(region, intersect(tree, lung), 35.0)
    heart = ellipsoid(x, y, z, (22, -32, 158), (58, 44, 50), 25)
    canvas.paint(region, np.maximum(heart, -dome - np.float32(1)), tissue.MUSCLE)


def _great_vessels(canvas: Canvas, spine: Spine, contrast: float) -> None:
    def line(x: float, dy: float, heights: tuple[float, ...]) -> list[list[float]]:
        return [[x, float(spine.y_mm(z)) + dy, z] for z in heights]

    front = -spine.half_depth_mm
    blood = tissue.BLOOD + contrast
    aorta = line(8, front - 11, (160, 90, 30, -30, -85))
    cava = line(-18, front - 10, (-90, -40, 10))
    cava += [[-24, float(spine.y_mm(60)) - 46, 60], [-22, float(spine.y_mm(90)) - 50, 112]]
    fork = aorta[-1]
    for points, radii, value in (
        (aorta, [11, 11, 10, 9, 8.5], blood + 0.3 * contrast),
        ([fork, [28, fork[1] + 6, -160]], [6.5, 6], blood),
        ([fork, [-14, fork[1] + 2, -160]], [6.5, 6], blood),
        (cava, [11, 11.5, 12, 12, 12], blood),
        ([[6, aorta[2][1] - 6, 22], [3, aorta[2][1] - 24, 0], [4, aorta[2][1] - 30, -50]], [4, 4, 3], blood),
        ([[-14, aorta[2][1] - 28, -30], [-13, aorta[2][1] - 24, 14], [-34, aorta[2][1] - 30, 46]], [5, 6, 6.5], blood),
        ([aorta[2], [40, aorta[2][1] + 18, 2]], [3.2, 3], blood),
        ([cava[2], [-42, cava[2][1] + 22, -4]], [4.2, 4], blood),
    ):
        region, distance, _ = canvas.tube(points, radii)
        canvas.paint(region, distance, value)


def _kidneys(canvas: Canvas, spine: Spine, contrast: float) -> None:
    rng = canvas.rng
    for side, name in ((1.0, "Kidney_L"), (-1.0, "Kidney_R")):
        z = rng.uniform(-12, 8) + (6 if side > 0 else -10)
        centre = (side * rng.uniform(56, 66), float(spine.y_mm(z)) + rng.uniform(2, 8), z)
        radii = (rng.uniform(23, 29), rng.uniform(22, 27), rng.uniform(48, 60))
        region = canvas.around(centre, max(radii) + 8)
        x, y, w = region.x, region.y, region.z
        lean = np.float32(-side * 0.22) * (w - np.float32(z))
        kidney = ellipsoid(x - lean, y, w, centre, radii, side * 35)
        hilum = ellipsoid(x - lean, y, w, (centre[0] - side * 20, centre[1] - 10, z), (18, 12, 20), side * 35)
        canvas.paint(region, kidney - np.float32(9), tissue.FAT)
        hu = tissue.KIDNEY + contrast * (1.1 + 0.25 * canvas.noise(9.0, 1.0, region.slices))
        canvas.paint(region, np.maximum(kidney, -hilum), hu, name)
        canvas.paint(region, np.maximum(hilum + np.float32(4), kidney), 8.0)
        cap = (centre[0] - side * 22, centre[1] - 8, z + radii[2] + 4)
        region, distance, _ = canvas.tube(np.array([cap, np.add(cap, (side * 14, 12, -6))]), [2.6, 2.2])
        canvas.paint(region, distance, 25.0)


def _liver(canvas: Canvas, region: Region, inner: Field, spine: Spine, contrast: float) -> Field:
    rng = canvas.rng
    x, y, z = region.x, region.y, region.z
    tip = rng.uniform(-105, -65)
    slope = rng.uniform(0.6, 0.85)
    under = np.float32(tip) + np.float32(slope) * (x + 110) + np.float32(0.25) * (y + 20) - z
    under += canvas.noise(45.0, 5.0, region.slices)
    column = np.hypot(x, (y - np.asarray(spine.y_mm(z), dtype=np.float32))) - np.float32(46)
    left = x - np.float32(rng.uniform(30, 70)) + np.float32(0.5) * (y + 20)
    fissure = np.float32(5) - np.hypot((x + 12) * 0.45, y + 70)
    kidney = np.float32(2) - ellipsoid(x, y, z, (-62, float(spine.y_mm(0)) + 6, -6), (34, 34, 64), -35)
    liver = intersect(inner, under * np.float32(0.75), -column, left, fissure.astype(np.float32), kidney)
    hu = tissue.LIVER + rng.uniform(-25, 6) + 0.55 * contrast + canvas.noise(8.0, 4.0, region.slices)
    canvas.paint(region, liver, hu, "Liver")
    for heading in ([-1, 0.2, 0.4], [-0.8, -0.5, 0.6], [-0.6, 0.5, -0.3]):
        root = np.array([-30.0, -12.0, 50.0])
        tree = tissue.vessel_tree(canvas, liver, region, root, np.array(heading, dtype=float), 5.2, 8)
        canvas.paint(region, intersect(tree, liver + np.float32(2)), 40 + contrast)
    bladder = (-48 + rng.uniform(-8, 8), -0.42 * 100, tip + slope * 55 + 2)
    spot = canvas.around(bladder, 34)
    canvas.paint(spot, ellipsoid(spot.x, spot.y, spot.z, bladder, (13, 17, 24), 20), 8.0, "Gallbladder")
    return liver


def _spleen(canvas: Canvas, region: Region, inner: Field, cage: RibCage, contrast: float) -> Field:
    rng = canvas.rng
    centre = (0.80 * cage.half_width_mm, 0.30 * cage.half_depth_mm, rng.uniform(38, 55))
    radii = (rng.uniform(26, 34), rng.uniform(38, 48), rng.uniform(40, 54))
    blob = ellipsoid(region.x, region.y, region.z, centre, radii, 25)
    dent = ellipsoid(region.x, region.y, region.z, (centre[0] - 36, centre[1] - 12, centre[2] - 6), (26, 30, 50), 20)
    spleen = intersect(inner, blob, -dent)
    canvas.paint(region, spleen, tissue.SPLEEN + 0.75 * contrast, "Spleen")
    return spleen


def _stomach(canvas: Canvas, region: Region, room: Field, cage: RibCage, spine: Spine) -> None:
    rng = canvas.rng
    front = -0.45 * cage.half_depth_mm
    size = rng.uniform(0.75, 1.2)
    path = [[62, -4, 72], [66, front * 0.5, 44], [54, front * 0.9, 10], [22, front, -8], [-14, front * 0.8, 2]]
    tube, distance, _ = canvas.tube(np.array(path) + rng.normal(0, 4, (5, 3)), np.array([26, 30, 24, 17, 11]) * size)
    index = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(tube.slices, region.slices, strict=True))
    fits = all(s.start >= 0 and s.stop <= n for s, n in zip(index, room.shape, strict=True))
    stomach = np.maximum(distance, room[index]) if fits else distance
    canvas.paint(tube, stomach, 42.0, "Stomach")
    canvas.paint(tube, stomach + np.float32(4), 12 + 22 * canvas.noise(6.0, 1.0, tube.slices))
    gas = np.maximum(stomach + np.float32(4), tube.y - np.float32(front * rng.uniform(0.7, 1.35)))
    canvas.paint(tube, gas, tissue.GAS)
    y0 = float(spine.y_mm(10)) - 40
    gland = np.array([[-40, y0 - 4, -14], [-24, y0 - 6, 4], [4, y0 - 14, 16], [36, y0, 28], [66, y0 + 14, 40]])
    tube, distance, _ = canvas.tube(gland, [13, 12, 9, 9, 7])
    canvas.paint(tube, distance + canvas.noise(8.0, 1.8, tube.slices), 36.0)


def _bowel(canvas: Canvas, region: Region, room: Field, cage: RibCage) -> None:
    rng = canvas.rng
    w, d = cage.half_width_mm, cage.half_depth_mm
    low = np.maximum(room + np.float32(2), region.z - np.float32(20) - np.float32(0.3) * region.x)
    ahead = np.maximum(low, region.y - np.float32(0.16 * d))
    fill_with_loops(canvas, region, ahead, int(rng.integers(28, 46)), rng.uniform(0.05, 0.3))
    colon = (
        [[-0.70 * w, 0.12 * d, -170], [-0.74 * w, 0.10 * d, -110], [-0.74 * w, 0.06 * d, -60],
         [-0.66 * w, -0.1 * d, -40]],
        [[-0.66 * w, -0.2 * d, -42], [-0.4 * w, -0.62 * d, -60], [0, -0.7 * d, -66], [0.4 * w, -0.6 * d, -44],
         [0.68 * w, -0.2 * d, 0]],
        [[0.72 * w, 0.1 * d, 4], [0.78 * w, 0.24 * d, -50], [0.78 * w, 0.22 * d, -110], [0.74 * w, 0.1 * d, -170]],
    )  # fmt: skip
    for line in colon:
        points = np.array(line) + rng.normal(0, 4, (len(line), 3))
        fine = np.linspace(0, len(points) - 1, 3 * len(points))
        points = np.stack([np.interp(fine, np.arange(len(points)), p) for p in points.T], axis=1)
        paint_loop(canvas, points, rng.uniform(13, 20, len(points)), rng.uniform(0.15, 0.7), "Bowel")


def _target(canvas: Canvas, spine: Spine) -> None:
    """Paint a liver lesion or para-aortic nodes as the target."""
    rng = canvas.rng
    if rng.random() < 0.6:
        r = rng.uniform(10, 26)
        centre = place_in(canvas, canvas.masks["Liver"], r)
        radii = (r * rng.uniform(0.85, 1.15), r * rng.uniform(0.85, 1.15), r)
        region = canvas.around(centre, 1.3 * r)
        lesion = ellipsoid(region.x, region.y, region.z, centre, radii) + canvas.noise(8.0, 0.06 * r, region.slices)
        canvas.paint(region, lesion, np.minimum(canvas.hu[region.slices], 38.0))
        label_target(canvas, centre, radii, rng.uniform(5, 10))
    else:
        z = rng.uniform(-50, 20)
        centre = (6.0, float(spine.y_mm(z)) - spine.half_depth_mm - 11, z)
        label_target(canvas, centre, (rng.uniform(20, 28), rng.uniform(14, 18), rng.uniform(30, 55)), 7.0)


SITE = Site(SiteName.ABDOMEN, 1, paint, spacing_mm=(1.26953125, 1.26953125, 3.0))
