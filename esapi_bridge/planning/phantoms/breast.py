"""Breast: a woman's chest, arms up, with two breasts of fat and gland, one of them the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esapi_bridge.planning.phantoms import chest, tissue
from esapi_bridge.planning.phantoms.canvas import Canvas, Region
from esapi_bridge.planning.phantoms.placing import place_in
from esapi_bridge.planning.phantoms.shapes import Field, Point, ellipsoid, intersect, smoothstep, superellipse, union
from esapi_bridge.planning.phantoms.site import Site
from esapi_bridge.planning.phantoms.skeleton import RibCage, Spine, paint_ribs, paint_spine
from esapi_bridge.planning.vocabulary import SiteName

DEEP_SHARE = 0.5
"""Share of patients scanned in deep inspiration."""

DEEPER_MM, WIDER_MM = (3.5, 7.5), (2.0, 6.5)
"""Half of what a deep breath adds to the chest's depth and width: 11.0 +- 3.8 mm and 8.6 +- 4.4 mm in 98 patients
(Radiology and Oncology 2023, doi 10.2478/raon-2023-0053)."""

DIAPHRAGM_MM = (24.0, 42.0)
"""How much lower it stands then: 35 mm, the same patients."""

FREE_HU, DEEP_HU = (-860.0, -815.0), (-912.0, -885.0)
FREE_RISE_HU, DEEP_RISE_HU = (80.0, 140.0), (40.0, 80.0)
"""Lung in front, and how much denser it is at the back: about 0.25 g/cm3 in the middle when breathing freely, 1.6 times
less in a held breath (the ratio of lung volumes in 14 patients, PMC6510598)."""

BREAST_SKIN_MM = (1.2, 2.4)
"""1.44 +- 0.25 mm by breast CT (Shi et al. 2013); up to 3 mm by mammography (Willson et al. 1982)."""

GLAND_SHARE, GLAND_SPREAD = 0.14, 0.55
"""Median share of gland in a breast and standard deviation of its logarithm; with the skin 19 % on average, below 45 %
in 19 of 20 women (Yaffe et al. 2009)."""

GLAND_HU = (12.0, 40.0)
GLAND_BELOW_MM = 7.0
"""Fat between the breast's surface and its gland."""

FOOT_MM = 6.0
"""The breast's foot on the chest wall reaches this far beyond the ellipsoid that bulges."""

BESIDE_MM = 8.0
"""And ends this far beside the midline."""

PTV_SKIN_MM = 5.0
"""The PTV ends this far below the skin, where dose is still building up."""

PTV_MARGIN_MM = (5.0, 8.0)


@dataclass(frozen=True)
class Breast:
    """An ellipsoid half sunk into the chest wall: centre and half axes in mm, x turned towards y by `tilt_deg`."""

    name: str
    centre: Point
    radii: Point
    tilt_deg: float

    def distance(self, canvas: Canvas, region: Region) -> Field:
        """Distance to the ellipsoid on a region."""
        return canvas.bump(region, self.centre, self.radii, self.tilt_deg)

    @property
    def nipple(self) -> Point:
        """Its foremost point."""
        turn = np.radians(self.tilt_deg)
        x, y, z = self.centre
        return x + self.radii[1] * float(np.sin(turn)), y - self.radii[1] * float(np.cos(turn)), z


def paint(canvas: Canvas) -> None:
    """Paint a random woman's chest.

    Structures: BODY, Breast_L, Breast_R, TumorBed, Lung_L, Lung_R, Heart, SpinalCord, Esophagus, Trachea and PTV.
    """
    rng = canvas.rng
    deep = bool(rng.random() < DEEP_SHARE)
    fat = rng.uniform(8, 30)
    width, depth = rng.uniform(108, 122), rng.uniform(80, 92)
    if deep:
        width, depth = width + rng.uniform(*WIDER_MM), depth + rng.uniform(*DEEPER_MM)
    cage = RibCage(width, depth, -4.0, apex_z_mm=rng.uniform(105, 118), phase_mm=rng.uniform(0, 27))
    spine = Spine(
        cage.half_depth_mm * 0.62, rng.uniform(-0.05, 0.05), -rng.uniform(0.0004, 0.0010), rng.uniform(21, 25),
        rng.uniform(14.5, 17.5), rng.uniform(12.5, 15), rng.uniform(0, 24), process_mm=26,
    )  # fmt: skip
    half_width = width + fat + rng.uniform(18, 24)
    half_depth = depth + 0.8 * fat + rng.uniform(13, 18)
    breasts = _draw_breasts(canvas, half_width, half_depth, fat)
    region = canvas.box((-250, -180, -200), (250, 160, 200))
    muscle = _chest_wall(canvas, region, half_width, half_depth, fat, breasts)
    chest.shoulder(canvas, cage, half_width)
    paint_ribs(canvas, cage, low_z_mm=-150)
    chest.sternum(canvas, cage)
    _organs(canvas, cage, spine, deep=deep)
    paint_spine(canvas, spine)
    _target(canvas, region, muscle, breasts[int(rng.random() < 0.5)])


def _draw_breasts(canvas: Canvas, half_width: float, half_depth: float, fat: float) -> tuple[Breast, Breast]:
    """Draw size, place and fall of both breasts: bigger with more fat, nearly alike."""
    rng = canvas.rng
    foot = rng.uniform(48, 72) + 0.4 * (fat - 8)
    height = foot * rng.uniform(0.45, 0.75)
    across, fall, z = rng.uniform(0.51, 0.58), rng.uniform(16, 30), rng.uniform(-28, -8)
    breasts = []
    for side, name in ((1.0, "Breast_L"), (-1.0, "Breast_R")):
        size = rng.uniform(0.94, 1.06)
        radii = (1.08 * foot * size, height * size, foot * size * rng.uniform(0.92, 1.08))
        centre = (side * across * half_width, -0.88 * half_depth, z + rng.uniform(-5, 5))
        breasts.append(Breast(name, centre, radii, side * fall))
    return breasts[0], breasts[1]


def _chest_wall(
    canvas: Canvas, region: Region, half_width: float, half_depth: float, fat: float, breasts: tuple[Breast, Breast]
) -> Field:
    """Paint the body wall and both breasts; return the distance to the muscle, negative inside."""
    rng = canvas.rng
    height = smoothstep(region.z, 20.0, 150.0)
    outline = superellipse(region.x, region.y, half_width * (1 + 0.07 * height), half_depth * (1 - 0.16 * height), 2.5)
    bulges = [breast.distance(canvas, region) for breast in breasts]
    nipples = [canvas.bump(region, breast.nipple, (5.0, 5.0, 5.0)) for breast in breasts]
    skin = union(union(outline, *bulges, blend_mm=25.0), union(*nipples), blend_mm=4.0)
    front = np.clip(-region.y / np.float32(half_depth), 0, 1)
    side_fat = np.clip(np.abs(region.x) / np.float32(half_width), 0, 1) ** 4
    thickness = fat * (0.75 + 0.35 * side_fat + 0.15 * front) + np.maximum(outline - skin, 0)
    skin_mm = rng.uniform(*BREAST_SKIN_MM)
    tissue.body_wall(canvas, region, skin, thickness, skin_mm)
    muscle = np.asarray(skin + np.float32(skin_mm) + thickness, dtype=np.float32)
    share = float(np.clip(GLAND_SHARE * np.exp(GLAND_SPREAD * rng.standard_normal()), 0.03, 0.5))
    for breast, bulge in zip(breasts, bulges, strict=True):
        whole = intersect(bulge - np.float32(FOOT_MM), skin + np.float32(skin_mm), -muscle)
        whole = np.maximum(whole, np.float32(BESIDE_MM) - np.float32(np.sign(breast.centre[0])) * region.x)
        canvas.label(region, whole, breast.name)
        _gland(canvas, region, breast, intersect(bulge + np.float32(GLAND_BELOW_MM), np.float32(3) - muscle), share)
    return muscle


def _gland(canvas: Canvas, region: Region, breast: Breast, room: Field, share: float) -> None:
    """Mix gland into the fat of a breast, most of it deep and behind the nipple, until it is `share` of the breast."""
    value = canvas.noise(9.0, 1.0, region.slices) + canvas.noise(25.0, 0.6, region.slices)
    value -= np.float32(2.5 / breast.radii[0]) * np.maximum(room, np.float32(-0.5 * breast.radii[0]))
    inside = room < 0
    wanted = share * canvas.masks[breast.name].sum() / max(inside.sum(), 1)
    threshold = np.quantile(value[inside], max(1 - wanted, 0.05))
    mixed = np.clip((value - np.float32(threshold)) / np.float32(0.5) + np.float32(0.5), 0, 1)
    painted = canvas.hu[region.slices]
    painted += canvas.coverage(room) * mixed * (np.float32(canvas.rng.uniform(*GLAND_HU)) - painted)


def _organs(canvas: Canvas, cage: RibCage, spine: Spine, *, deep: bool) -> None:
    rng = canvas.rng
    whole = canvas.box((-cage.half_width_mm - 4, -130, -140), (cage.half_width_mm + 4, 130, cage.apex_z_mm + 6))
    lower = rng.uniform(*DIAPHRAGM_MM) if deep else 0.0
    centre = (rng.uniform(18, 26), -0.28 * cage.half_depth_mm, rng.uniform(-42, -28) - 0.6 * lower)
    slim = 0.93 if deep else 1.0
    radii = (slim * rng.uniform(52, 61), slim * rng.uniform(37, 43), rng.uniform(42, 48))
    contrast = tissue.BLOOD - tissue.MUSCLE
    inner = chest.below_diaphragm(canvas, whole, cage, rng.uniform(-66, -48) - lower)
    heart = ellipsoid(whole.x, whole.y, whole.z, centre, radii, 28.0)
    chest.lungs(
        canvas, whole, inner, heart, spine, DEEP_HU if deep else FREE_HU, DEEP_RISE_HU if deep else FREE_RISE_HU
    )
    chest.heart(canvas, whole, heart, centre, radii, contrast)
    chest.great_vessels(canvas, spine, contrast)
    chest.airways(canvas)


def _target(canvas: Canvas, region: Region, muscle: Field, breast: Breast) -> None:
    """Paint the bed that an excised tumour left in a breast; the whole breast is the target, without skin and lung."""
    rng = canvas.rng
    r = rng.uniform(6, 15)
    centre = place_in(canvas, canvas.masks[breast.name], r + PTV_SKIN_MM)
    radii = (r * rng.uniform(0.8, 1.2), r * rng.uniform(0.8, 1.2), r * rng.uniform(0.8, 1.2))
    spot = canvas.around(centre, 1.3 * r)
    bed = ellipsoid(spot.x, spot.y, spot.z, centre, radii) + canvas.noise(6.0, 0.08 * r, spot.slices)
    canvas.paint(spot, bed, rng.uniform(5, 35))
    margin = rng.uniform(*PTV_MARGIN_MM)
    target = intersect(
        breast.distance(canvas, region) - np.float32(FOOT_MM + margin),
        np.float32(PTV_SKIN_MM) - canvas.depth[region.slices],
        -muscle - np.float32(margin),
        np.float32(BESIDE_MM - margin) - np.float32(np.sign(breast.centre[0])) * region.x,
    )
    canvas.label(region, target, "PTV")
    for organ in ("Lung_L", "Lung_R", "Heart"):
        canvas.masks["PTV"] &= ~canvas.masks[organ]
    canvas.label(spot, bed, "TumorBed")
    canvas.masks["TumorBed"] &= canvas.masks["PTV"]


SITE = Site(SiteName.BREAST, 4, paint, spacing_mm=(1.26953125, 1.26953125, 3.0))
