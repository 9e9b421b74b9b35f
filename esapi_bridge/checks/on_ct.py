"""Checks of contours and CT against each other: what a set says twice must agree.

- body_on_ct: the body outline encloses tissue and its rim is the skin: under 50 % tissue within it, or over 35 % air
  just below its surface, refuses, over 10 % there warns: contours of another CT, or a CT that was moved.
- lungs_on_ct: structures named as lungs hold lung: under 60 % of low density warns, under 25 % refuses.
- air_level: the air around the body has the CT number of air: a median over -900 HU warns, over -850 HU refuses.
- contour_planes: the body outline is drawn on the CT's planes; more than half of it elsewhere warns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Case, Grid, Structure
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.resample import sample
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.errors import RefusedError

TISSUE_HU = -500.0
"""Between air and tissue, lung not counted."""

TISSUE_REFUSE = 0.50
"""A thorax is lung to a third, and lung is below `TISSUE_HU`."""

RIM_WARN, RIM_REFUSE = 0.10, 0.35
LUNG_HU = -300.0
LUNG_WARN, LUNG_REFUSE = 0.60, 0.25
AIR_WARN_HU, AIR_REFUSE_HU = -900.0, -850.0
LEAST_VOXELS = 200
"""Fewer voxels are not judged."""

STEP_MM = 5.0
MARGIN_MM = 20.0
RIM_MM = 10.0
PLANE_TOLERANCE_MM = 0.5

SIDE = r"(l|r|lt|rt|left|right|both|total)"
LUNG_NAME = re.compile(rf"({SIDE} )?lungs?( {SIDE})?")


@dataclass(frozen=True)
class BodyOnCt:
    """The body outline and the CT on a lattice of 5 mm around it.

    Parameters
    ----------
    grid
        The lattice, axes along LPS.
    inside
        Mask of the body ``(z, y, x)``.
    hu
        The CT there, HU; NaN outside it.
    """

    grid: Grid
    inside: NDArray[np.bool_]
    hu: NDArray[np.float32]


def find_body(case: Case) -> BodyOnCt | str:
    """Fill the body outline on a lattice of its own; where that cannot be done, say why."""
    bodies = case.body_outlines
    if len(bodies) != 1:
        return f"{len(bodies) or 'no'} body outlines"
    grid = _lattice(bodies[0], case.ct.grid)
    try:
        inside = rasterise(bodies[0], grid, case.slice_mm)
    except RefusedError as error:
        return str(error)
    points = np.concatenate(bodies[0].contours_mm)
    corners = case.ct.grid.corners_mm()
    apart = (points.min(axis=0) > corners.max(axis=0)) | (points.max(axis=0) < corners.min(axis=0))
    if not inside.any() and not apart.any():
        return "a body outline without volume"
    k, j, i = np.indices(grid.shape)
    lattice = grid.to_patient(np.stack([i, j, k], axis=-1))
    return BodyOnCt(grid, inside, sample(case.ct, lattice, outside=np.nan))


def check_on_ct(case: Case, body: BodyOnCt | str) -> tuple[Verdict, ...]:
    """Check a case whose body outline was looked for by `find_body`."""
    return body_on_ct(body), lungs_on_ct(case), air_level(body), contour_planes(case)


def body_on_ct(body: BodyOnCt | str) -> Verdict:
    """Check that the body outline lies on the skin that the CT shows."""
    expected = "the body outline on the skin of this CT"
    if isinstance(body, str):
        return Verdict("body_on_ct", Outcome.PASS, expected, f"not checked: {body}")
    known = np.isfinite(body.hu)
    if int((body.inside & known).sum()) < LEAST_VOXELS:
        return Verdict("body_on_ct", Outcome.REFUSE, expected, "a body outline outside the CT")
    tissue = float((body.hu[body.inside & known] > TISSUE_HU).mean())
    depth_mm = ndimage.distance_transform_edt(body.inside, sampling=(1e6, STEP_MM, STEP_MM))
    rim = body.inside & known & (depth_mm <= RIM_MM)
    airy = float((body.hu[rim] <= TISSUE_HU).mean()) if rim.any() else 0.0
    refused = tissue < TISSUE_REFUSE or airy > RIM_REFUSE
    outcome = Outcome.REFUSE if refused else Outcome.WARN if airy > RIM_WARN else Outcome.PASS
    found = f"{tissue:.0%} tissue within it, {airy:.0%} air within {RIM_MM:g} mm of its surface"
    return Verdict("body_on_ct", outcome, expected, found)


def lungs_on_ct(case: Case) -> Verdict:
    """Check that structures named as lungs hold lung."""
    expected = "lung within structures of that name"
    shares = {s.name: share for s in case.structures if _is_lung(s) and (share := _lung_share(case, s)) is not None}
    if not shares:
        return Verdict("lungs_on_ct", Outcome.PASS, expected, "none of that name")
    name = min(shares, key=lambda n: shares[n])
    worst = shares[name]
    outcome = Outcome.REFUSE if worst < LUNG_REFUSE else Outcome.WARN if worst < LUNG_WARN else Outcome.PASS
    return Verdict("lungs_on_ct", outcome, expected, f"{worst:.0%} below {LUNG_HU:g} HU in {name}")


def air_level(body: BodyOnCt | str) -> Verdict:
    """Check the CT number of the air around the body."""
    expected = f"air around the body below {AIR_WARN_HU:g} HU"
    if isinstance(body, str):
        return Verdict("air_level", Outcome.PASS, expected, f"not checked: {body}")
    around = ~ndimage.binary_dilation(body.inside, iterations=2) & np.isfinite(body.hu)
    if int(around.sum()) < LEAST_VOXELS:
        return Verdict("air_level", Outcome.PASS, expected, "hardly any of it in the CT, not checked")
    level = float(np.median(body.hu[around]))
    outcome = Outcome.REFUSE if level > AIR_REFUSE_HU else Outcome.WARN if level > AIR_WARN_HU else Outcome.PASS
    return Verdict("air_level", outcome, expected, f"median {level:.0f} HU")


def contour_planes(case: Case) -> Verdict:
    """Check that the body outline was drawn on the planes of the CT."""
    expected = "the body outline drawn on planes of the CT"
    heights = np.array([c[:, 2].mean() for body in case.body_outlines for c in body.contours_mm])
    if not heights.size:
        return Verdict("contour_planes", Outcome.PASS, expected, "no body outline")
    grid = case.ct.grid
    planes = (heights - grid.origin_mm[2]) / grid.spacing_mm[2]
    off = float((np.abs(planes - np.rint(planes)) * grid.spacing_mm[2] > PLANE_TOLERANCE_MM).mean())
    return Verdict("contour_planes", Outcome.WARN if off > 0.5 else Outcome.PASS, expected, f"{1 - off:.0%} of it")


def _lattice(body: Structure, ct: Grid) -> Grid:
    """Lattice around a structure, as far as the CT reaches: beyond it nothing can be seen."""
    points = np.concatenate(body.contours_mm)
    low, high = points.min(axis=0), points.max(axis=0)
    low[:2], high[:2] = low[:2] - MARGIN_MM, high[:2] + MARGIN_MM
    corners = ct.corners_mm()
    within = corners.min(axis=0) - MARGIN_MM, corners.max(axis=0) + MARGIN_MM
    low, high = np.clip(low, *within), np.clip(high, *within)
    nx, ny, nz = (int(n) for n in np.floor((high - low) / STEP_MM) + 1)
    x, y, z = (float(v) for v in low)
    return Grid((nx, ny, nz), (STEP_MM,) * 3, (x, y, z))


def _is_lung(structure: Structure) -> bool:
    name = re.sub(r"[\W_]+", " ", structure.name.casefold()).strip()
    return bool(LUNG_NAME.fullmatch(name)) and bool(structure.contours_mm)


def _lung_share(case: Case, structure: Structure) -> float | None:
    """Share of a structure that is as thin as lung; None where it is not on the CT."""
    grid = _lattice(structure, case.ct.grid)
    try:
        mask = rasterise(structure, grid, case.slice_mm)
    except RefusedError:
        return None
    hu = sample(case.ct, grid.to_patient(np.argwhere(mask)[:, ::-1]), outside=np.nan)
    hu = hu[np.isfinite(hu)]
    return float((hu < LUNG_HU).mean()) if hu.size >= LEAST_VOXELS else None
