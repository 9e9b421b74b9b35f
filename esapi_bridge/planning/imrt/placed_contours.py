"""Contours for a real pelvis CT that has none: placed by rule from what is found in it, not drawn by a clinician.

Found in the image: the patient's outline, the hip joints (largest balls of bone on both sides), the bladder (a large
piece of water) and the rectum (a round piece of soft tissue near the midline, in fat). Placed relative to those:
prostate, seminal vesicles, penile bulb, lymph nodes along the iliac vessels, and bowel (what is no fat in the abdominal
cavity). They lie where anatomy says and have the sizes of organs, but they are not this patient's organs: such a plan
tests the path of the data and the behaviour on a real CT, not a treatment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from esapi_bridge.case import Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.ct_input import body_mask, read_ct
from esapi_bridge.planning.imrt.anatomy import with_target
from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.pelvic_nodes import BONE_HU, HIP_X_MM, HIP_Y_MM, PSOAS, PSOAS_MM, label_nodes
from esapi_bridge.planning.phantoms.shapes import Point, ellipsoid
from esapi_bridge.planning.subject import Subject

Mask = NDArray[np.bool_]

HEAD_MM = 24.5
"""Radius of a femoral head."""

JOINT_MM = 3.5
"""Thickness of the dense shell of the head, and of the darker joint around it."""

HIP_SHARE = 0.85
"""Share of that ball which must be bone for a hip joint to be found."""

HIP_DISTANCE_MM = (110.0, 230.0)
"""Between the centres of the two hips of an adult."""

WATER_HU = (-20.0, 32.0)
BLADDER_ML = (40.0, 900.0)
"""CT numbers and volume by which a bladder is known."""

RECTUM_MM = 14.0
RECTUM_BEHIND_MM, RECTUM_SPREAD_MM = 36.0, (30.0, 60.0)
"""Radius of the rectum; how far behind the hips it is looked for, and how freely sideways and along the depth."""

PROSTATE_MM = (23.0, 17.0, 15.0)
NODES_TOP_MM, NODES_MARGIN_MM, PTV_MARGIN_MM = 70.0, 7.0, 6.5
FREE_BELOW_MM = 9.0
"""What must remain of the image below the prostate."""


@dataclass(frozen=True)
class Landmarks:
    """Landmarks found in the image, canvas coordinates (mm from the middle of the image; left, posterior, superior).

    Parameters
    ----------
    hips
        Point between the centres of the femoral heads.
    half_mm
        Half the distance of those centres.
    """

    hips: Point
    half_mm: float

    @property
    def scale(self) -> float:
        """Size of the skeleton, 1 for the average man."""
        return self.half_mm / HIP_X_MM


def placed_subject(path: Path) -> Subject:
    """Read a pelvis CT to plan prostate IMRT on, with placed contours.

    Raises
    ------
    BridgeError
        If the CT cannot be read or shows no pelvis.
    """
    ct = read_ct(path)
    masks = placed_contours(ct)
    return Subject("pelvis", ct, masks["BODY"], masks["PTV"], masks)


def placed_contours(ct: Volume) -> dict[str, Mask]:
    """Place the structures of a prostate plan in a pelvis CT.

    Parameters
    ----------
    ct
        HU, axes along LPS; from about the ischia to the iliac crest. Where it ends closer below the bladder than a
        prostate is long, the prostate is placed higher, in the base of the bladder.

    Returns
    -------
    dict
        The masks of `anatomy.prostate_patient`, without SpinalCord.

    Raises
    ------
    BridgeError
        If there is no tissue, or no pair of hips at the distance of an adult's.
    """
    body = body_mask(ct)
    canvas = Canvas(np.random.default_rng(0), ct.grid.size, ct.grid.spacing_mm, bend_mm=0.0)
    canvas.hu = ct.values
    smooth = ndimage.gaussian_filter(ct.values, [3.0 / s for s in ct.grid.spacing_mm[::-1]])
    found = find_hips(canvas)
    masks: dict[str, Mask] = {"BODY": body}
    _label_heads(canvas, found)
    bladder = _bladder(canvas, smooth, found)
    rectum = _rectum(canvas, _not_fat(smooth) & body, found)
    _label_tube(canvas, rectum, RECTUM_MM, "Rectum")
    _label_prostate(canvas, bladder, rectum, found)
    x, y, z = found.hips
    label_nodes(canvas, found.scale, (x, y + HIP_Y_MM * found.scale, z), NODES_TOP_MM * found.scale, NODES_MARGIN_MM)
    masks |= {name: mask & body for name, mask in canvas.masks.items()}
    masks["PenileBulb"] &= ~masks["Prostate"]
    masks["Rectum"] &= ~(masks["Prostate"] | masks["SeminalVes"] | masks["PenileBulb"])
    masks["Bladder"] = bladder & ~np.any([masks[n] for n in ("Prostate", "SeminalVes", "Rectum")], axis=0)
    taken = np.any([masks[name] for name in masks if name not in ("BODY", "LN_Pelvics")], axis=0)
    masks["Bowel"] = _bowel(canvas, smooth, body, found) & ~taken
    masks["GTV"] = masks["Prostate"].copy()
    return with_target(masks, ct.grid, PTV_MARGIN_MM)


def find_hips(canvas: Canvas) -> Landmarks:
    """Find the hip joints: on each side, the ball of bone with a dense shell and the darkest joint around it.

    Raises
    ------
    BridgeError
        If either ball is not full of bone, or their distance is not an adult's.
    """
    bone = np.stack([ndimage.binary_fill_holes(ndimage.binary_closing(plane)) for plane in canvas.hu > BONE_HU])
    reach = HEAD_MM + JOINT_MM
    steps = [np.arange(-np.ceil(reach / s), np.ceil(reach / s) + 1) * s for s in canvas.spacing_mm[::-1]]
    radius = np.sqrt(np.sum(np.square(np.meshgrid(*steps, indexing="ij")), axis=0))
    shell = (radius > HEAD_MM - JOINT_MM) & (radius <= HEAD_MM)
    joint = (radius > HEAD_MM) & (radius <= HEAD_MM + JOINT_MM)
    share = _correlate(bone, _mean_over(radius <= HEAD_MM))
    contrast = _correlate(np.clip(canvas.hu, -100, 700), _mean_over(shell) - _mean_over(joint))
    x = canvas.axes_mm[2]
    middle = float(np.average(x, weights=bone.sum(axis=(0, 1)) + 1e-6))
    low, high = (0.5 * d for d in HIP_DISTANCE_MM)
    heads = []
    for side in (-1.0, 1.0):
        apart = side * (x - middle)
        beside = (apart > low) & (apart < high)
        most = float(np.where(beside, share, 0).max())
        if most < HIP_SHARE:
            raise BridgeError(
                f"the CT must show both hip joints, found at most {most:.0%} bone in a ball of {HEAD_MM:g} mm "
                "on one side: give a CT of the pelvis"
            )
        full = share > most - 0.06
        best = np.unravel_index(int(np.where(beside & full, contrast, -np.inf).argmax()), share.shape)
        heads.append([float(axis[n]) for axis, n in zip(canvas.axes_mm, best, strict=True)])
    (z, y, x_right), (z_left, y_left, x_left) = heads
    return Landmarks(((x_left + x_right) / 2, (y + y_left) / 2, (z + z_left) / 2), (x_left - x_right) / 2)


def _mean_over(where: Mask) -> NDArray[np.float32]:
    return np.asarray(where / where.sum(), dtype=np.float32)


def _correlate(values: NDArray[Any], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(signal.fftconvolve(values.astype(np.float32), kernel, mode="same"))


def _label_heads(canvas: Canvas, found: Landmarks) -> None:
    x, y, z = found.hips
    for side, letter in ((-1.0, "R"), (1.0, "L")):
        centre = (x + side * found.half_mm, y, z)
        region = canvas.around(centre, HEAD_MM)
        distance = ellipsoid(region.x, region.y, region.z, centre, (HEAD_MM, HEAD_MM, HEAD_MM))
        canvas.label(region, distance, f"Femur_Head_{letter}")


def _bladder(canvas: Canvas, smooth: NDArray[np.float32], found: Landmarks) -> Mask:
    """Find the largest piece of water around the hips; an ellipsoid where there is none of a bladder's size."""
    x, y, z = found.hips
    s = found.scale
    region = canvas.box((x - 62 * s, y - 90 * s, z - 45 * s), (x + 62 * s, y + 40 * s, z + 75 * s))
    water = (smooth[region.slices] > WATER_HU[0]) & (smooth[region.slices] < WATER_HU[1])
    depth = ndimage.distance_transform_edt(water, sampling=canvas.spacing_mm[::-1])
    pieces, count = ndimage.label(depth > 8)
    bladder = np.zeros(canvas.hu.shape, dtype=bool)
    if count:
        core = pieces == 1 + int(np.argmax(ndimage.sum_labels(depth > 8, pieces, np.arange(1, count + 1))))
        bladder[region.slices] = ndimage.distance_transform_edt(~core, sampling=canvas.spacing_mm[::-1]) <= 9.5
    if BLADDER_ML[0] < bladder.sum() * np.prod(canvas.spacing_mm) / 1000 < BLADDER_ML[1]:
        return bladder
    centre = (x, y - 20 * s, z + 12 * s)
    region = canvas.around(centre, 50)
    bladder[:] = False
    bladder[region.slices] = ellipsoid(region.x, region.y, region.z, centre, (42 * s, 34 * s, 28 * s)) < 0
    return bladder


def _not_fat(smooth: NDArray[np.float32]) -> Mask:
    """Soft tissue, and gas: what bowel looks like in fat."""
    return np.asarray((np.abs(smooth - 20) < 70) | (smooth < -250))


def _rectum(canvas: Canvas, solid: Mask, found: Landmarks) -> NDArray[np.float64]:
    """Centre line of the rectum, ``(n, 3)``: in each plane the disc most unlike the ring around it, then smoothed."""
    x, y, z = found.hips
    s = found.scale
    region = canvas.box((x - 45, y - 10, z - 90 * s), (x + 45, y + 95 * s, z + 45 * s))
    steps = [np.arange(-np.ceil(22 / p), np.ceil(22 / p) + 1) * p for p in canvas.spacing_mm[1::-1]]
    radius = np.hypot(*np.meshgrid(*steps, indexing="ij"))
    disc, ring = radius <= 10, (radius > 14) & (radius <= 21)
    score = _correlate(solid[region.slices], (_mean_over(disc) - np.float32(0.6) * _mean_over(ring))[None])
    aside, behind = region.x[:1] - x, region.y[:1] - y - RECTUM_BEHIND_MM * s
    score = score - (aside / RECTUM_SPREAD_MM[0]) ** 2 - (behind / RECTUM_SPREAD_MM[1]) ** 2
    best = score.reshape(len(score), -1).argmax(axis=1)
    line = np.stack([axis.reshape(len(score), -1)[np.arange(len(score)), best] for axis in (region.x, region.y)], 1)
    line = ndimage.gaussian_filter1d(line.astype(np.float64), 9.0 / canvas.spacing_mm[2], axis=0, mode="nearest")
    return np.column_stack([line, region.z[:, 0, 0]])


def _label_tube(canvas: Canvas, line: NDArray[np.float64], radius_mm: float, name: str) -> None:
    region, distance, _ = canvas.tube(line, radius_mm)
    canvas.label(region, distance, name)


def _label_prostate(canvas: Canvas, bladder: Mask, rectum: NDArray[np.float64], found: Landmarks) -> None:
    """Prostate below the bladder and in front of the rectum, vesicles above and behind it, penile bulb below."""
    radii = tuple(r * found.scale**0.5 for r in PROSTATE_MM)
    lowest = float(canvas.axes_mm[0][0]) + FREE_BELOW_MM
    neck = float(canvas.axes_mm[0][np.flatnonzero(bladder.any(axis=(1, 2)))[0]])
    z = max(neck + 3 - radii[2], lowest + radii[2])
    front = float(np.interp(z, rectum[:, 2], rectum[:, 1])) - RECTUM_MM
    x = found.hips[0]
    centre = (x, front - radii[1] - 1, z)
    region = canvas.around(centre, max(radii))
    canvas.label(region, ellipsoid(region.x, region.y, region.z, centre, (radii[0], radii[1], radii[2])), "Prostate")
    for side in (-1.0, 1.0):
        horn = [(x + side * 5, front - 4, z + 0.8 * radii[2]), (x + side * 17, front - 4, z + radii[2] + 7),
                (x + side * 29, front - 1, z + radii[2] + 11)]  # fmt: skip
        tube, distance, _ = canvas.tube(horn, [5.0, 6.5, 4.5])
        canvas.label(tube, distance, "SeminalVes")
    bulb = (x, front - 4, z - radii[2] - 7)
    region = canvas.around(bulb, 12)
    canvas.label(region, ellipsoid(region.x, region.y, region.z, bulb, (9.0, 10.0, 9.0)), "PenileBulb")


def _bowel(canvas: Canvas, smooth: NDArray[np.float32], body: Mask, found: Landmarks) -> Mask:
    """Everything in the abdominal cavity that is neither fat nor bone nor psoas."""
    x, y, z = found.hips
    s = found.scale
    region = canvas.box((x - 95 * s, y - 110 * s, z + 25 * s), (x + 95 * s, y + 30 * s, z + 140 * s))
    deep = ndimage.distance_transform_edt(body[region.slices], sampling=canvas.spacing_mm[::-1]) > 24
    width = (52 + 0.45 * np.clip(region.z - z - 30 * s, 0, 90)) * s
    room = deep & (np.abs(region.x - x) < width) & (region.y - y < 0.0)
    psoas = np.zeros(canvas.hu.shape, dtype=bool)
    for side in (-1.0, 1.0):
        line = np.array(PSOAS) * [side * s, s, s] + [x, y + HIP_Y_MM * s, z]
        tube, distance, _ = canvas.tube(line, np.array(PSOAS_MM) * s + 2)
        psoas[tube.slices] |= distance < 0
    loops = room & _not_fat(smooth[region.slices]) & ~psoas[region.slices]
    bowel = np.zeros(canvas.hu.shape, dtype=bool)
    solid = ndimage.binary_opening(ndimage.binary_closing(loops, iterations=3), iterations=2)
    bowel[region.slices] = np.stack([ndimage.binary_fill_holes(plane) for plane in solid]) & room
    return bowel
