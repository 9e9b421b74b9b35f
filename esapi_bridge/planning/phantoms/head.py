"""Head and upper neck: skull, brain with ventricles and sulci, face with air cavities, eyes, teeth, cervical spine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.placing import place_in
from esapi_bridge.planning.phantoms.shapes import Field, Point, ellipsoid, intersect, rounded_box, smoothstep, union
from esapi_bridge.planning.phantoms.site import Site
from esapi_bridge.planning.phantoms.skeleton import Spine, paint_spine
from esapi_bridge.planning.phantoms.target import label_target
from esapi_bridge.planning.vocabulary import SiteName

DENSE_BONE = 1250.0
ENAMEL = 2300.0


@dataclass(frozen=True)
class Frame:
    """The outer surface of the skull: centre and half sizes ``(x, y, z)``, mm."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    bone_mm: float

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the outer table."""
        return ellipsoid(x, y, z, self.centre, self.radii)


def paint(canvas: Canvas) -> None:
    """Paint a random head.

    Structures: BODY, Brain, Brainstem, Eye_L, Eye_R, Bone_Mandible, SpinalCord, GTV and PTV.
    """
    rng = canvas.rng
    frame = Frame(
        (0.0, 4.0, 38.0), (rng.uniform(67, 75), rng.uniform(84, 94), rng.uniform(72, 80)), rng.uniform(4.5, 7.0)
    )
    _skin(canvas, frame)
    spine = Spine(
        24.0, 0.10, -0.0008, 18.0, 10.5, 8.5, rng.uniform(0, 18), process_mm=26, low_z_mm=-200, high_z_mm=-36
    )  # fmt: skip
    _neck(canvas, spine)
    region = canvas.box((-95, -115, -50), (95, 115, 130))
    outer = frame.distance(region.x, region.y, region.z)
    floor = np.float32(-22) - region.z - np.float32(0.24) * (region.y + 10)
    _skull(canvas, frame, region, outer, floor)
    brain = intersect(outer + np.float32(frame.bone_mm), floor + np.float32(4))
    _brain(canvas, region, brain)
    _face(canvas)
    _air(canvas)
    _eyes(canvas)
    _jaws(canvas)
    paint_spine(canvas, spine)
    _target(canvas)


def _skin(canvas: Canvas, frame: Frame) -> None:
    rng = canvas.rng
    region = canvas.box((-140, -150, -170), (140, 150, 170))
    x, y, z = region.x, region.y, region.z
    scalp = frame.distance(x, y, z) - np.float32(rng.uniform(5, 8))
    face = ellipsoid(x, y, z, (0, -34, -34), (66, 68, 72))
    cheek = rounded_box(x, y, z, (0.0, -34.0, -38.0), (64.0, 56.0, 52.0), 38.0)
    wide = rng.uniform(52, 64)
    neck = (np.sqrt((x / wide) ** 2 + ((y - 14 - 0.06 * (-60 - z)) / (wide * 0.96)) ** 2) - 1) * np.float32(wide)
    neck = np.maximum(neck, z - np.float32(10)).astype(np.float32)
    nose = canvas.bump(region, (0, -97, -27), (13, 17, 20))
    chin = canvas.bump(region, (0, -84, -92), (22, 16, 16))
    skin = union(scalp, union(face, cheek, blend_mm=15.0), neck, blend_mm=16.0)
    under_chin = canvas.bump(region, (0, -46, -88), (38, 44, 26))
    skin = union(skin, nose, union(chin, under_chin, blend_mm=9.0), blend_mm=9.0)
    for side in (-1.0, 1.0):
        lobe = (side * (frame.radii[0] + 9), 16.0, -12.0)
        ear = canvas.bump(region, lobe, (5.0, 17.0, 28.0), side * -25)
        skin = union(skin, ear, blend_mm=3.0)
    thickness = rng.uniform(2.5, 5.0) + 5 * smoothstep(-z, -10.0, 70.0) * smoothstep(-y, -60.0, 40.0)
    tissue.body_wall(canvas, region, skin, thickness)
    canvas.sealed = True


def _neck(canvas: Canvas, spine: Spine) -> None:
    """Deep fat planes and the great vessels and muscles of the neck, face and skull base."""
    region = canvas.box((-56, -80, -130), (56, 60, -10))
    deep = ellipsoid(region.x, region.y, region.z, (0, -18, -45), (50, 52, 48))
    streaks = tissue.MUSCLE - 150 * np.maximum(tissue.fascia(canvas, region, 13.0, 0.22), 0)
    canvas.paint(region, deep, streaks)
    for side in (-1.0, 1.0):
        lines = (
            ([[34, 4, -150], [32, -2, -100], [30, 0, -70], [26, 2, -34]], 3.6, tissue.BLOOD),
            ([[42, 8, -150], [40, 6, -100], [36, 8, -60], [30, 12, -32]], 5.5, tissue.BLOOD),
            ([[48, -8, -150], [52, 12, -95], [58, 30, -45], [60, 34, -24]], 8.0, tissue.MUSCLE + 3),
            ([[54, -4, -70], [56, 2, -45], [57, 2, -22]], 9.0, -5.0),
            ([[46, -40, -70], [52, -36, -40], [56, -30, -8], [58, -28, 14]], 6.5, tissue.MUSCLE + 3),
        )
        for line, radius, hu in lines:
            tube, distance, _ = canvas.tube(np.array(line) * [side, 1, 1], radius)
            canvas.paint(tube, distance - np.float32(1.8), tissue.FAT + 15)
            canvas.paint(tube, distance, hu)
    gland = np.array([[-16, 0, -118], [-18, 0, -140]])
    for side in (-1.0, 1.0):
        tube, distance, _ = canvas.tube(gland * [side, 1, 1] + [0, float(spine.y_mm(-120)) - 30, 0], 8.0)
        canvas.paint(tube, distance, 95.0)


def _skull(canvas: Canvas, frame: Frame, region: Region, outer: Field, floor: Field) -> None:
    y = region.y
    vault = intersect(outer, floor)
    thickness = frame.bone_mm + canvas.noise(35.0, 0.9, region.slices) + 2.5 * smoothstep(y, 60.0, 88.0)
    tissue.bone(canvas, region, vault, 2.1, marrow=430, cortex=1050)
    canvas.paint(region, np.maximum(outer + thickness - np.float32(1.9), floor + np.float32(2)), 1050.0)
    base = np.maximum(np.maximum(outer + np.float32(4), np.abs(floor + np.float32(1)) - np.float32(2.4)), -y - 66)
    canvas.paint(region, base.astype(np.float32), 620.0 + canvas.noise(7.0, 260.0, region.slices))
    for side in (-1.0, 1.0):
        ridge = np.array([[16, -6, -16], [36, 8, -15], [56, 20, -14], [64, 26, -20]]) * [side, 1, 1]
        tube, distance, _ = canvas.tube(ridge, [6.5, 9.0, 11.0, 10.0])
        canvas.paint(tube, distance, 900 + canvas.noise(5.0, 220.0, tube.slices))
        inner_ear = np.array([[38, 8, -16], [46, 13, -16]]) * [side, 1, 1]
        dense, distance, _ = canvas.tube(inner_ear, 5.5)
        canvas.paint(dense, distance, DENSE_BONE + 350)
        cells = (side * 60.0, 27.0, -30.0)
        spot = canvas.around(cells, 20)
        mastoid = ellipsoid(spot.x, spot.y, spot.z, cells, (9.5, 13, 19))
        canvas.paint(spot, mastoid, 500.0)
        holes = np.maximum(mastoid + np.float32(1.6), canvas.noise(3.5, 2.0, spot.slices) - np.float32(0.6))
        canvas.paint(spot, holes, -750.0)
        canal, distance, _ = canvas.tube(np.array([[80, 12, -18], [62, 13, -18], [50, 13, -17]]) * [side, 1, 1], 3.4)
        canvas.paint(canal, distance, tissue.GAS)


def _brain(canvas: Canvas, region: Region, brain: Field) -> None:
    x, y, z = region.x, region.y, region.z
    folds = tissue.fascia(canvas, region, 11.0, 0.17) * smoothstep(brain, -21.0, -5.0)
    cortex = smoothstep(brain, -13.0, -5.0)
    ribbon = np.clip(cortex + 0.6 * tissue.fascia(canvas, region, 11.0, 0.5) * smoothstep(brain, -26.0, -9.0), 0, 1)
    matter = tissue.BRAIN_WHITE + (tissue.BRAIN_GREY - tissue.BRAIN_WHITE) * ribbon
    canvas.paint(region, brain, 14.0)
    canvas.paint(region, brain + np.float32(2.0), matter + (10 - matter) * folds)
    canvas.label(region, brain, "Brain")
    below = np.maximum(z + np.float32(-2) - np.float32(0.22) * (y - 20), np.float32(10) - y)
    folia = 30 + 9 * np.sin((z - 0.3 * y) * 1.1) * smoothstep(brain, -30.0, -8.0)
    canvas.paint(region, intersect(brain + np.float32(3), below), folia.astype(np.float32))
    sheet = np.maximum(np.abs(x) - np.float32(0.9), np.maximum(brain, np.float32(32) - z))
    canvas.paint(region, sheet, 55.0)
    tent = np.maximum(np.abs(below) - np.float32(0.8), np.maximum(brain + np.float32(1), np.float32(24) - y))
    canvas.paint(region, tent.astype(np.float32), 52.0)
    for side in (-1.0, 1.0):
        w = canvas.rng.uniform(0.8, 1.7)
        line = [[8, -38, 42], [8, -18, 52], [14, 10, 55], [22, 34, 46], [30, 40, 32], [34, 24, 20], [32, 4, 12]]
        bores = np.array([4.0, 5.5, 5.0, 5.5, 5.0, 3.0, 2.0]) * w**0.6
        tube, distance, _ = canvas.tube(np.array(line) * [side, 1, 1], bores)
        canvas.paint(tube, distance, 6.0)
        deep = (side * 14.0, 4.0, 37.0)
        spot = canvas.around(deep, 20)
        canvas.paint(spot, ellipsoid(spot.x, spot.y, spot.z, deep, (9, 15, 9), side * 25), 40.0)
        if canvas.rng.random() < 0.6:
            plexus = np.array([[20, 33, 45], [24, 37, 41]]) * [side, 1, 1]
            tube, distance, _ = canvas.tube(plexus, 2.0)
            canvas.paint(tube, distance, 180.0)
    tube, distance, _ = canvas.tube([[0, -8, 36], [0, 8, 34], [0, 20, 22]], 2.0)
    canvas.paint(tube, distance, 7.0)
    tube, distance, _ = canvas.tube([[0, 0, 14], [0, 6, -6], [0, 16, -26], [0, 24, -44]], [15, 14, 9, 6.5])
    canvas.paint(tube, distance - np.float32(4), 12.0)
    canvas.paint(tube, distance, 31.0, "Brainstem")
    spot = canvas.around((0, 26, -8), 14)
    canvas.paint(spot, ellipsoid(spot.x, spot.y, spot.z, (0, 24, -8), (8, 4.5, 10)), 7.0)


def _cavity(canvas: Canvas, centre: Point, radii: Point, *, wall_mm: float, wall_hu: float, inside: float) -> None:
    """Paint a sinus: a thin bony wall around air, or fluid."""
    region = canvas.around(centre, max(radii) + 3)
    distance = ellipsoid(region.x, region.y, region.z, centre, radii)
    canvas.paint(region, distance - np.float32(wall_mm), wall_hu)
    canvas.paint(region, distance, inside)


def _face(canvas: Canvas) -> None:
    """Facial bones and orbits."""
    for side in (-1.0, 1.0):
        for line, radii in (
            ([[38, -74, -22], [50, -60, -24], [60, -40, -22], [66, -14, -20]], [5.5, 4.5, 2.8, 3.0]),
            ([[52, -60, -22], [56, -58, -6], [52, -66, 8]], [4.0, 3.4, 4.0]),
            ([[10, -84, 8], [30, -84, 13], [50, -70, 10]], [4.0, 4.0, 4.0]),
            ([[9, -86, 6], [7, -90, -8], [6, -92, -16]], [3.2, 2.4, 2.0]),
            ([[12, -84, -42], [32, -68, -42], [40, -46, -42]], [4.0, 3.6, 3.2]),
            ([[30, -26, -22], [28, -24, -40], [26, -24, -52]], [3.4, 2.0, 1.8]),
        ):
            tube, distance, _ = canvas.tube(np.array(line) * [side, 1, 1], radii)
            tissue.bone(canvas, tube, distance, 1.4, marrow=380, cortex=850)


def _air(canvas: Canvas) -> None:
    """Sinuses, nasal cavity, pharynx and trachea."""
    rng = canvas.rng
    for side in (-1.0, 1.0):
        size = rng.uniform(0.8, 1.15)
        cloudy = rng.random() < 0.2
        content = 25.0 if cloudy else -960.0
        antrum = (13 * size, 16 * size, 16 * size)
        _cavity(canvas, (side * 29.0, -56.0, -28.0), antrum, wall_mm=1.5, wall_hu=420.0, inside=content)
        cells = (side * 8.5, -60.0, -4.0)
        spot = canvas.around(cells, 26)
        ethmoid = ellipsoid(spot.x, spot.y, spot.z, cells, (6.5, 22, 12))
        canvas.paint(spot, ethmoid, 180.0)
        septa = np.float32(0.7) - np.abs(canvas.noise(8.0, 4.0, spot.slices))
        canvas.paint(spot, np.maximum(ethmoid + np.float32(0.8), septa), -930.0)
        _cavity(canvas, (side * 8.0, -28.0, -8.0), (7.5, 10.0, 8.5), wall_mm=1.2, wall_hu=420.0, inside=-970.0)
        if rng.random() < 0.8:
            _cavity(canvas, (side * 12.0, -83.0, 20.0), (10.0, 4.2, 9.0), wall_mm=1.2, wall_hu=700.0, inside=-940.0)
        passage = (side * 6.5, -66.0, -28.0)
        spot = canvas.around(passage, 34)
        channel = ellipsoid(spot.x, spot.y, spot.z, passage, (6.0, 32, 17))
        canvas.paint(spot, channel, -975.0)
        for height, reach in ((-36.0, 3.4), (-25.0, 2.6)):
            curl, distance, _ = canvas.tube([[side * 8.5, -84, height], [side * 8.5, -48, height - 1]], reach)
            canvas.paint(curl, distance, 45.0)
    tube, distance, _ = canvas.tube([[0, -12, -102], [0, -11, -112], [0, -8, -160]], [7.5, 6.5, 8.5])
    canvas.paint(tube, distance - np.float32(3.2), 90.0)
    canvas.paint(tube, distance, tissue.AIRWAY)
    pharynx = [[0, -38, -30], [0, -24, -40], [0, -20, -58], [0, -15, -80], [0, -12, -104]]
    tube, distance, _ = canvas.tube(pharynx, [8.0, 9.0, 7.5, 6.5, 7.5])
    canvas.paint(tube, distance, tissue.AIRWAY)
    tube, distance, _ = canvas.tube([[-14, -28, -88], [0, -42, -92], [14, -28, -88]], 2.4)
    canvas.paint(tube, distance, 380.0)


def _eyes(canvas: Canvas) -> None:
    for side, name in ((1.0, "Eye_L"), (-1.0, "Eye_R")):
        globe = (side * 31.0, -74.0, -4.0)
        spot = canvas.around((globe[0], globe[1] + 16, globe[2]), 40)
        cone = np.clip((spot.y - np.float32(globe[1])) / 44, 0, 1)
        socket = ellipsoid(
            spot.x + side * 13 * cone, spot.y, spot.z, (globe[0], globe[1] + 12, globe[2]), (18.5, 32, 17)
        )
        socket = np.maximum(socket, np.float32(-88) - spot.y)
        canvas.paint(spot, np.maximum(socket - np.float32(1.6), np.float32(-78) - spot.y), 560.0)
        canvas.paint(spot, socket, tissue.FAT)
        apex = np.array([side * 18.0, -36.0, -4.0])
        tube, distance, _ = canvas.tube(np.array([[globe[0], globe[1] + 12, globe[2]], apex]), 2.0)
        canvas.paint(tube, distance, 35.0)
        for dx, dz in ((11, 0), (-11, 0), (0, 10), (0, -10)):
            belly = [globe[0] + 0.7 * dx - side * 3, globe[1] + 20, globe[2] + 0.8 * dz]
            muscle = np.array([[globe[0] + dx, globe[1] + 4, globe[2] + dz], belly, apex])
            tube, distance, _ = canvas.tube(muscle, [1.6, 2.2, 1.5])
            canvas.paint(tube, distance, 45.0)
        spot = canvas.around(globe, 16)
        ball = ellipsoid(spot.x, spot.y, spot.z, globe, (12.2, 12.2, 12.2))
        canvas.paint(spot, ball, 45.0, name)
        canvas.paint(spot, ball + np.float32(1.2), 12.0)
        lens = (globe[0], globe[1] - 8.5, globe[2])
        canvas.paint(spot, ellipsoid(spot.x, spot.y, spot.z, lens, (4.5, 2.2, 4.5)), 85.0)


def _jaws(canvas: Canvas) -> None:
    """Mandible, palate and teeth."""
    rng = canvas.rng
    angle = np.radians(np.linspace(-72, 72, 14))
    forward = (np.cos(angle) - np.cos(angle[-1])) / (1 - np.cos(angle[-1]))
    arch = np.stack([27 * np.sin(angle) / np.sin(angle[-1]), -46 - 38 * forward], axis=1)
    palate = canvas.box((-30, -90, -56), (30, -34, -38))
    plate = np.maximum(
        ellipsoid(palate.x, palate.y, palate.z, (0, -58, -45), (27, 28, 60)), np.abs(palate.z + 45) - np.float32(1.8)
    )
    canvas.paint(palate, plate, 520.0)
    for height, radius in ((-49.0, 5.0), (-74.0, 5.5)):
        ridge = np.column_stack([arch, np.full(len(arch), height)])
        tube, distance, _ = canvas.tube(ridge, radius)
        tissue.bone(canvas, tube, distance, 1.3, marrow=420, cortex=800)
    body = np.array([[52, -6, -62], [48, -18, -80], [40, -42, -86], [22, -74, -88], [8, -82, -90]], dtype=float)
    low = np.concatenate([body, body[::-1] * [-1, 1, 1]])
    tube, distance, _ = canvas.tube(low, [6.0, 7.0, 7.5, 7.0, 7.0, 7.0, 7.0, 7.5, 7.0, 6.0])
    tissue.bone(canvas, tube, distance, 2.4, marrow=300, cortex=1150)
    canvas.label(tube, distance, "Bone_Mandible")
    for side in (-1.0, 1.0):
        ramus = canvas.box((min(0.0, side * 66), -30, -76), (max(0.0, side * 66), 12, -18))
        lean = ramus.x - np.float32(side * 0.08) * ramus.z
        plate = rounded_box(lean, ramus.y, ramus.z, (side * 55.0, -10.0, -48.0), (4.4, 15.0, 26.0), 4.0)
        head, ball, _ = canvas.tube(np.array([[54, 2, -28], [54, 3, -21]]) * [side, 1, 1], [4.5, 6.5])
        tissue.bone(canvas, ramus, plate, 1.8, marrow=320, cortex=1050, name="Bone_Mandible")
        tissue.bone(canvas, head, ball, 1.6, marrow=320, cortex=950, name="Bone_Mandible")
    for top, bottom in ((-51.0, -60.0), (-62.5, -71.0)):
        for x, y in arch:
            if rng.random() < 0.08:
                continue
            big = 3.0 + 1.7 * smoothstep(float(y), -66.0, -52.0)
            tooth, distance, _ = canvas.tube([[x, y, top], [x, y, bottom]], float(big))
            crown = np.abs(tooth.z - np.float32(-61.2)) < 5.5
            canvas.paint(tooth, distance, np.where(crown, ENAMEL, 1500.0))


def _target(canvas: Canvas) -> None:
    """Paint a lesion with oedema in the brain as the target."""
    rng = canvas.rng
    r = rng.uniform(9, 24)
    centre = place_in(canvas, canvas.masks["Brain"], 1.2 * r)
    radii = (r * rng.uniform(0.8, 1.2), r * rng.uniform(0.8, 1.2), r * rng.uniform(0.8, 1.1))
    region = canvas.around(centre, 2.0 * r)
    x, y, z = region.x, region.y, region.z
    rough = canvas.noise(9.0, 0.1 * r, region.slices)
    swollen = ellipsoid(x, y, z, centre, (1.5 * radii[0], 1.5 * radii[1], 1.4 * radii[2])) + 2 * rough
    inside = canvas.hu[region.slices] < 60
    canvas.paint(region, np.where(inside, swollen, 10), 21.0)
    lesion = ellipsoid(x, y, z, centre, radii) + rough
    canvas.paint(region, np.where(inside, lesion, 10), 44.0)
    canvas.paint(region, np.where(inside, lesion + np.float32(0.45 * r), 10), 24.0)
    label_target(canvas, centre, radii, rng.uniform(3, 10))


SITE = Site(
    SiteName.HEAD, 3, paint, spacing_mm=(0.9765625, 0.9765625, 2.5), field_of_view_mm=(300.0, 300.0, 260.0), bend_mm=2.5
)
