"""Patients for prostate IMRT: a pelvis phantom with the ten structures a fluence network looks at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Grid, PatientPosition
from esapi_bridge.planning.phantoms import make_phantom, tissue
from esapi_bridge.planning.phantoms.pelvis import PelvicAnatomy, paint
from esapi_bridge.planning.subject import Subject, couch_side

ORGANS = ("Bowel", "Femur_Head_R", "Femur_Head_L", "PenileBulb", "Rectum", "Bladder")
"""Organs at risk; the avoidance structure leaves them out."""

PROSTATE_STREAM = 285
"""Keeps these anatomies' random numbers apart from those of the phantom with the same seed."""

BALLOON_SHARE = 0.7
"""Share of patients with an endorectal balloon."""

PTV_MARGIN_MM = (6.0, 7.0)
SKIN_MM = 4.0
"""Margin around the clinical target, drawn between these; and how far below the skin it ends."""

ROUNDING_MM = 4.0
"""The PTV is grown by this more and shrunk again, which fills notches as hand-drawn contours do."""

AVOIDANCE_MM = (8.0, 30.0)
"""The shell around the PTV in which dose shall fall."""


def prostate_patient(
    seed: int,
    spacing_mm: tuple[float, float, float] | None = None,
    patient_position: PatientPosition = PatientPosition.HFS,
) -> Subject:
    """Make a patient for the initial phase of prostate IMRT, pelvic nodes included.

    Parameters
    ----------
    seed
        Chooses the anatomy; the same seed always gives the same patient.
    spacing_mm
        CT voxel size ``(x, y, z)``, mm; that of a planning CT when None.
    patient_position
        DICOM patient position: decides on which side the couch is.

    Returns
    -------
    Subject
        Site ``pelvis``; masks BODY, zAvoidance, Bowel, Femur_Head_R, Femur_Head_L, PenileBulb, Rectum, Prostate,
        Bladder and PTV, and GTV, SeminalVes, LN_Pelvics, SpinalCord.
    """
    rng = np.random.default_rng([PROSTATE_STREAM, seed])
    phantom = make_phantom(
        "pelvis", seed, spacing_mm, couch_side(patient_position), partial(paint, anatomy=draw_anatomy(rng))
    )
    masks = with_target(phantom.masks, phantom.ct.grid, rng.uniform(*PTV_MARGIN_MM))
    return Subject("pelvis", phantom.ct, masks["BODY"], masks["PTV"], masks)


def draw_anatomy(rng: np.random.Generator) -> PelvicAnatomy:
    """Draw sizes and fillings over the range seen in patients (Lee et al. 2019 treat with an endorectal balloon)."""
    balloon = rng.random() < BALLOON_SHARE
    return PelvicAnatomy(
        scale=rng.uniform(0.91, 1.07),
        fat_mm=rng.uniform(10, 48),
        bladder_ml=float(np.exp(rng.uniform(np.log(85), np.log(400)))),
        prostate_ml=float(np.exp(rng.uniform(np.log(21), np.log(88)))),
        rectum_mm=rng.uniform(18.5, 24) if balloon else rng.uniform(10, 18),
        balloon_hu=(tissue.GAS if rng.random() < 0.6 else tissue.WATER) if balloon else None,
        nodes_top_mm=rng.uniform(58, 88),
        nodes_margin_mm=rng.uniform(6, 7.5),
    )


def with_target(masks: Mapping[str, NDArray[np.bool_]], grid: Grid, margin_mm: float) -> dict[str, NDArray[np.bool_]]:
    """Add PTV and zAvoidance to painted or placed organs.

    Parameters
    ----------
    masks
        BODY, Prostate, SeminalVes, LN_Pelvics and the organs at risk; ``(z, y, x)``.
    grid
        Their grid, axes along LPS.
    margin_mm
        Grown around prostate, seminal vesicles and nodes, mm.

    Returns
    -------
    dict
        The masks with LN_Pelvics free of organs, and PTV and zAvoidance.
    """
    body = masks["BODY"]
    organs = np.any([masks[name] for name in ORGANS], axis=0)
    nodes = masks["LN_Pelvics"] & ~organs
    target = masks["Prostate"] | masks["SeminalVes"] | nodes
    reach = AVOIDANCE_MM[1]
    box = _box(target, grid, margin_mm + reach + 2)
    spacing = grid.spacing_mm[::-1]
    inside = ndimage.distance_transform_edt(np.pad(body[box], 1), sampling=spacing)[1:-1, 1:-1, 1:-1] > SKIN_MM
    ptv, avoidance = np.zeros_like(body), np.zeros_like(body)
    away = ndimage.distance_transform_edt(~target[box], sampling=spacing)
    filled = ndimage.distance_transform_edt(away <= margin_mm + ROUNDING_MM, sampling=spacing)
    ptv[box] = ((away <= margin_mm) | (filled > ROUNDING_MM + min(spacing) / 2)) & inside
    away = ndimage.distance_transform_edt(~ptv[box], sampling=spacing)
    avoidance[box] = (away > AVOIDANCE_MM[0]) & (away <= reach) & inside & ~organs[box]
    return {**masks, "LN_Pelvics": nodes, "PTV": ptv, "zAvoidance": avoidance}


def _box(mask: NDArray[np.bool_], grid: Grid, margin_mm: float) -> tuple[slice, slice, slice]:
    found = ndimage.find_objects(mask.astype(np.uint8))[0]
    pads = [int(np.ceil(margin_mm / step)) for step in grid.spacing_mm[::-1]]
    z, y, x = (slice(max(s.start - pad, 0), s.stop + pad) for s, pad in zip(found, pads, strict=True))
    return z, y, x
