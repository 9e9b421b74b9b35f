"""What every chest holds: shoulder, sternum, diaphragm with what is below it, lungs, heart, great vessels, airways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.shapes import Field, ellipsoid, intersect, smoothstep, union
from esapi_bridge.planning.phantoms.skeleton import RibCage, Spine


def shoulder(canvas: Canvas, cage: RibCage, half_width: float) -> None:
    """Scapulae, clavicles and, at the top, the heads of the raised humeri."""
    rng = canvas.rng
    armpit = rng.uniform(8, 16)
    for side in (-1.0, 1.0):
        lift = rng.uniform(-6, 6)
        region = canvas.around((side * half_width * 0.9, -10.0, 85.0), (24, 30, 60))
        pad = ellipsoid(region.x, region.y, region.z, (side * half_width * 0.86, -12.0, 80.0), (armpit, 26.0, 55.0))
        canvas.paint(region, pad, tissue.FAT + 45 * tissue.fascia(canvas, region, 10.0, 0.1))
        w, d = cage.half_width_mm + 30, cage.half_depth_mm + 34
        region = canvas.box((min(0, side * w), cage.centre_y_mm, 0), (max(0, side * w), cage.centre_y_mm + d, 140))
        off = cage.distance(region.x, region.y, np.minimum(region.z, np.float32(cage.apex_z_mm - 45))) - np.float32(18)
        angle = np.arctan2(side * region.x / cage.half_width_mm, (region.y - cage.centre_y_mm) / cage.half_depth_mm)
        blade = intersect(
            np.abs(off) - np.float32(2.4),
            (np.abs(angle - 0.95) - 0.42).astype(np.float32) * np.float32(90),
            np.abs(region.z - np.float32(70 + lift)) - np.float32(55),
            ((0.62 + 0.006 * (region.z - 20)) - angle).astype(np.float32) * np.float32(90),
        )
        tissue.bone(canvas, region, blade, 1.2, marrow=250)
        edge = [[side * 78, 66, 112 + lift], [side * 112, 58, 118 + lift], [side * 140, 30, 122 + lift]]
        tube, distance, _ = canvas.tube(edge, [4.0, 6.0, 8.0])
        tissue.bone(canvas, tube, distance, 1.6, marrow=200)
        head = np.array([side * (half_width - 22), 2.0 + lift, 122.0 + lift])
        tube, distance, _ = canvas.tube(np.array([head, head + np.array([side * 6, -6, 40])]), [21.0, 13.0])
        tissue.bone(canvas, tube, distance, 2.0, marrow=160)
        front = cage.centre_y_mm - 0.62 * cage.half_depth_mm
        line = [[side * 16, front, 96 + lift], [side * 55, front + 2, 108 + lift], [side * 95, front + 26, 117 + lift],
                [side * 128, front + 42, 126 + lift]]  # fmt: skip
        tube, distance, _ = canvas.tube(line, [7.5, 5.8, 5.5, 6.5])
        tissue.bone(canvas, tube, distance, 1.8, marrow=180)


def sternum(canvas: Canvas, cage: RibCage) -> None:
    """Paint the breastbone."""
    region = canvas.box((-30, -140, -60), (30, 0, cage.apex_z_mm))
    wall = cage.distance(np.zeros_like(region.x), region.y, np.minimum(region.z, np.float32(cage.apex_z_mm - 20)))
    width = 15 + 9 * smoothstep(region.z, 60.0, 95.0) + 4 * smoothstep(-region.z, 0.0, 40.0)
    plate = intersect(
        np.abs(wall - np.float32(7)) - np.float32(5.2), np.abs(region.x) - width, region.y,
        np.abs(region.z - np.float32(26)) - np.float32(76),
    )  # fmt: skip
    tissue.bone(canvas, region, plate, 1.2, marrow=140, cortex=480)


def below_diaphragm(canvas: Canvas, whole: Region, cage: RibCage, dome_z: float) -> Field:
    """Fill the chest with mediastinal fat and upper-abdominal organs; return the distance to the pleural cavity."""
    rng = canvas.rng
    cavity = cage.distance(whole.x, whole.y, np.minimum(whole.z, np.float32(cage.apex_z_mm - 2)))
    cavity = np.maximum(cavity, whole.z - np.float32(cage.apex_z_mm - 4))
    canvas.paint(whole, cavity, tissue.FAT + 70 * tissue.fascia(canvas, whole, 12.0, 0.12))
    falls = []
    for side, top in ((-1.0, dome_z), (1.0, dome_z - rng.uniform(8, 20))):
        u = (whole.x - np.float32(side * 0.48 * cage.half_width_mm)) / np.float32(0.75 * cage.half_width_mm)
        v = (whole.y + np.float32(0.15 * cage.half_depth_mm)) / np.float32(1.2 * cage.half_depth_mm)
        falls.append(np.float32(top) - 52 * (u * u + v * v))
    under = whole.z - np.maximum(falls[0], falls[1]) + np.float32(4)
    organs = intersect(cavity + np.float32(5), under)
    edge = np.float32(30) - np.float32(0.25) * whole.y + canvas.noise(40.0, 6.0, whole.slices)
    hu_liver = tissue.LIVER + rng.uniform(-12, 45)
    canvas.paint(whole, intersect(organs, whole.x - edge), hu_liver)
    left = intersect(organs, edge + np.float32(7) - whole.x)
    back = np.float32(0.2 * cage.half_depth_mm)
    canvas.paint(whole, intersect(left, back + np.float32(4) - whole.y), tissue.SPLEEN + rng.uniform(0, 40))
    stomach = intersect(left + np.float32(3), whole.y - back + np.float32(4))
    canvas.paint(whole, stomach, 40.0)
    canvas.paint(whole, stomach + np.float32(4), 15 + 20 * canvas.noise(6.0, 1.0, whole.slices))
    level = np.float32(-rng.uniform(0.15, 0.55) * cage.half_depth_mm)
    canvas.paint(whole, intersect(stomach + np.float32(4), whole.y - level), tissue.GAS)
    return intersect(cavity, -under + np.float32(3))


def lungs(
    canvas: Canvas,
    whole: Region,
    inner: Field,
    heart: Field,
    spine: Spine,
    front_hu: tuple[float, float] = (-865.0, -825.0),
    rise_hu: tuple[float, float] = (70.0, 130.0),
) -> None:
    """Paint both lungs with their vessels and airways; makes structures Lung_L and Lung_R.

    Parameters
    ----------
    canvas
        What is painted on.
    whole
        The chest.
    inner, heart
        Distances, on `whole`, to the pleural cavity and to the heart.
    spine
        The spine, which the lungs leave free.
    front_hu, rise_hu
        CT number of the parenchyma in front and how much higher it is at the back, each drawn between two values.
    """
    rng = canvas.rng
    x, y, z = whole.x, whole.y, whole.z
    middle = 7 + 19 * np.exp(-(((y - 6) / 34) ** 2)) + 7 * smoothstep(z, 40.0, 105.0)
    wall = np.abs(x - np.float32(3)) - middle.astype(np.float32)
    column = np.hypot(x, y - np.asarray(spine.y_mm(z), dtype=np.float32)) - np.float32(spine.half_width_mm + 6)
    aorta = np.hypot(x - 20, y - np.asarray(spine.y_mm(z), dtype=np.float32) + 14) - np.float32(16)
    mediastinum = union(wall, column, np.maximum(aorta, z - np.float32(45)), heart - np.float32(4), blend_mm=14.0)
    depth = np.clip((y + 70) / 140, 0, 1)
    base = rng.uniform(*front_hu)
    parenchyma = base + rng.uniform(*rise_hu) * depth + canvas.noise(30.0, 14.0, whole.slices)
    parenchyma += 22 * np.abs(canvas.noise(4.0, 1.0, whole.slices))
    for side, name in ((1.0, "Lung_L"), (-1.0, "Lung_R")):
        lung = intersect(inner, -mediastinum, np.float32(2) - np.float32(side) * x)
        canvas.paint(whole, lung, parenchyma, name)
        fissure = np.abs(z - np.float32(10) + np.float32(0.75) * (y - 10) + np.float32(0.1 * side) * x)
        thin = np.maximum(fissure - np.float32(0.35), lung + np.float32(1))
        canvas.paint(whole, thin, -700.0)
        hilum = np.array([side * rng.uniform(30, 36), rng.uniform(0, 8), rng.uniform(-6, 6)])
        for heading in ([1.0, 0.1, 0.9], [1.0, -0.7, 0.1], [0.8, 0.5, -0.9], [1.0, 0.6, 0.3], [0.7, -0.4, -0.8]):
            way = np.array([side * heading[0], heading[1], heading[2]]) + 0.2 * rng.standard_normal(3)
            tree = tissue.vessel_tree(canvas, lung, whole, hilum, way, rng.uniform(4.6, 5.8), 11)
            canvas.paint(whole, intersect(tree, lung), 40.0)
            walls = tissue.vessel_tree(canvas, lung, whole, hilum + np.array([0, 6, 4]), way, rng.uniform(3.2, 4.0), 4)
            canvas.paint(whole, intersect(walls - np.float32(0.9), lung), -150.0)
            canvas.paint(whole, intersect(walls, lung), tissue.AIRWAY)


def heart(
    canvas: Canvas,
    whole: Region,
    outline: Field,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    contrast: float,
) -> None:
    """Paint the heart and its chambers, whose blood is `contrast` brighter than muscle; makes structure Heart."""
    canvas.paint(whole, outline - np.float32(2.5), tissue.FAT + 30)
    canvas.paint(whole, outline, tissue.MUSCLE, "Heart")
    cx, cy, cz = centre
    chambers = (
        ((cx + 20, cy + 4, cz - 6), (0.36, 0.42, 0.55), 35.0),
        ((cx - 12, cy - 14, cz - 6), (0.36, 0.36, 0.55), 25.0),
        ((cx - 34, cy + 2, cz + 6), (0.30, 0.45, 0.50), 0.0),
        ((cx - 6, cy + 26, cz + 12), (0.42, 0.30, 0.45), 0.0),
    )
    for middle, share, tilt in chambers:
        size = (radii[0] * share[0], radii[1] * share[1], radii[2] * share[2])
        region = canvas.around(middle, max(size))
        canvas.paint(region, ellipsoid(region.x, region.y, region.z, middle, size, tilt), tissue.MUSCLE - 8 + contrast)
    groove = [[cx - 40, cy - 24, cz + 28], [cx - 20, cy - 36, cz + 6], [cx + 4, cy - 38, cz - 20]]
    region, distance, _ = canvas.tube(groove, 4.5)
    canvas.paint(region, distance, tissue.FAT + 20)
    canvas.paint(region, distance + np.float32(3), tissue.BLOOD + contrast)


def great_vessels(canvas: Canvas, spine: Spine, contrast: float) -> None:
    """Paint aorta, venae cavae, pulmonary vessels, gullet and lymph nodes; makes structure Esophagus."""
    rng = canvas.rng
    blood = tissue.BLOOD + contrast
    r = rng.uniform(12.0, 15.5)

    def back(z: float) -> float:
        return float(spine.y_mm(z)) - 14

    arch: list[list[float]] = [
            [2, -22, -12], [-10, -26, 10], [-10, -24, 32], [-2, -14, 50], [10, 4, 55], [20, back(48) - 2, 46],
            [21, back(20), 20], [20, back(-20), -20], [17, back(-70), -70], [12, back(-150) - 4, -150],
    ]  # fmt: skip
    lines: tuple[tuple[Sequence[Sequence[float]], Sequence[float]], ...] = (
        (arch, [r + 1, r + 1, r + 0.5, r, r - 0.5, r - 1, r - 2, r - 2, r - 3, r - 4]),
        ([[-20, -12, -28], [-22, -16, 10], [-21, -16, 45], [-19, -16, 75], [-24, -20, 118]], [9, 9, 8.5, 7, 6]),
        ([[18, -34, -10], [16, -24, 12], [4, -6, 16], [-22, -2, 12], [-36, 2, 6]], [13, 13, 11, 9.5, 7]),
        ([[15, -22, 14], [26, -4, 16], [36, 4, 6]], [11, 10, 7]),
        ([[-6, -16, 52], [-14, -20, 85], [-22, -18, 125]], [6.5, 5.5, 5]),
        ([[6, -6, 55], [14, -6, 85], [20, -8, 125]], [4.5, 4, 4]),
        ([[14, 4, 53], [26, 6, 85], [36, 4, 125]], [5.5, 5, 4.5]),
        ([[-20, -14, 74], [8, -30, 82], [30, -26, 96], [60, -24, 112]], [7, 6, 5.5, 5]),
        ([[-10, 4, -60], [-14, 10, -90], [-14, 14, -150]], [11, 11, 11]),
    )
    for points, radii in lines:
        region, distance, _ = canvas.tube(points, radii)
        canvas.paint(region, distance, blood)
    gullet = [[1, back(125) - 4, 125], [2, back(60) - 6, 60], [2, back(0) - 4, 0], [8, back(-60) - 12, -60],
              [22, back(-85) - 26, -85]]  # fmt: skip
    region, distance, _ = canvas.tube(gullet, rng.uniform(6.0, 8.5))
    canvas.paint(region, distance, 42.0, "Esophagus")
    air = np.maximum(distance + np.float32(rng.uniform(4.5, 6)), -canvas.noise(25.0, 3.0, region.slices))
    canvas.paint(region, air, tissue.GAS)
    for _ in range(10):
        spot = (rng.uniform(-22, 24), rng.uniform(-30, 20), rng.uniform(-30, 90))
        region = canvas.around(spot, 6)
        a, b, c = rng.uniform(2.0, 5.0, 3)
        node = ellipsoid(region.x, region.y, region.z, spot, (a, b, c), rng.uniform(0, 90))
        canvas.paint(region, np.maximum(node, -canvas.hu[region.slices] - 300), 40.0)


def airways(canvas: Canvas) -> None:
    """Paint windpipe and main bronchi; makes structure Trachea."""
    r = canvas.rng.uniform(7.5, 9.5)
    carina = [0.0, 8.0, 26.0]
    branches: tuple[tuple[Sequence[Sequence[float]], Sequence[float]], ...] = (
        ([[0, 2, 145], [0, 2, 90], [0, 6, 55], carina], [r, r, r, r + 0.5]),
        ([carina, [-18, 9, 10], [-34, 10, 0], [-44, 14, -16]], [7, 6.8, 6, 5]),
        ([carina, [20, 10, 8], [38, 12, -4], [48, 18, -20]], [6.5, 6.2, 5.5, 4.6]),
        ([[-30, 10, 2], [-46, 6, 18]], [4.6, 3.6]),
        ([[36, 11, -2], [50, 4, 12]], [4.4, 3.4]),
    )
    for points, radii in branches:
        region, distance, _ = canvas.tube(points, radii)
        canvas.paint(region, distance - np.float32(1.6), 30.0)
    for points, radii in branches:
        region, distance, _ = canvas.tube(points, radii)
        canvas.paint(region, distance, tissue.AIRWAY, "Trachea")
