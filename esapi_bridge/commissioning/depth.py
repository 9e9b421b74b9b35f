"""Point doses along rays of a field: in the build-up region, in lung, behind lung and behind bone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, PatientPosition
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.resample import sample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.commissioning.compared import Compared, Figures
from esapi_bridge.commissioning.quantities import BEHIND_BONE, BEHIND_LUNG, BUILD_UP, LUNG
from esapi_bridge.report.profile_lines import SKIN_HU

STEP_MM, REACH_MM = 1.25, 350.0
RAYS = (-0.5, 0.0, 0.5)
"""Places of rays across the opening along each of its axes, in half widths from its middle."""

LUNG_HU, SOFT_HU, BONE_HU = (-950.0, -500.0), (-200.0, 200.0), 250.0
LEAST_LUNG_MM, LEAST_BONE_MM = 20.0, 5.0
"""How thick lung or bone must be for points in and behind it to count."""

BEHIND_LUNG_MM, BEHIND_BONE_MM = 50.0, 30.0
"""How far behind it points are taken."""

IN_FIELD = 0.7
"""A ray whose highest dose is less of the field's maximum lies in the penumbra, or behind a leaf."""

LEAST_DOSE = 0.2
"""Points of less dose, of the ray's maximum, are left out: a difference of local dose says nothing there."""

AHEAD_MM = 15.0
"""The first maximum of a ray is one that is not exceeded within so much behind it."""

BUILT_UP = 0.95
"""Share of the first maximum at which the build-up region ends."""

AGREE_MM = 2.0
"""A point of the build-up region agrees where the network has the reference's dose within so much along the ray."""

PERCENTILE = 95.0

Ray = NDArray[np.float64]


def depth_figures(compared: Compared, beam: Beam) -> Figures:
    """What 95 of 100 points are within, per cent of the local reference dose; without points, nothing."""
    maximum = float(compared.reference.gy.max())
    skip = max(1, round(max(compared.reference.grid.spacing_mm) / STEP_MM))
    errors: dict[str, list[Ray]] = {}
    for points in _rays(beam, compared.case.plan.patient_position):
        hu = sample(compared.case.ct, points, outside=AIR_HU).astype(np.float64)
        reference, network = (
            sample(dose.volume, points).astype(np.float64) for dose in (compared.reference, compared.network)
        )
        # From the skin on: a ray may graze clothes, a couch or the body before. Half of a voxel there is air, and
        # no two calculations agree on its dose.
        dosed = np.flatnonzero((reference > 0.01 * maximum) & np.maximum.accumulate(hu > SKIN_HU))
        if dosed.size < 4 * skip or reference.max() < IN_FIELD * maximum:
            continue
        inside = slice(int(dosed[0]) + skip, int(dosed[-1]) + 1 - skip)
        for name, found in _errors(hu[inside], reference[inside], network[inside]).items():
            errors.setdefault(name, []).append(found)
    joined = {name: np.concatenate(found) for name, found in errors.items()}
    return {name: float(np.percentile(found, PERCENTILE)) for name, found in joined.items() if found.size}


def _rays(beam: Beam, position: PatientPosition) -> list[Ray]:
    """Points of rays from the source through the opening, ``(n, 3)`` each, LPS, mm."""
    frame, jaws = beam_frame(beam, position), beam.control_points[0].jaws
    along = np.arange(frame.sad_mm - REACH_MM, frame.sad_mm + REACH_MM, STEP_MM)
    rays = []
    for share_y in RAYS:
        for share_x in RAYS:
            x = (jaws.x1_mm + jaws.x2_mm + share_x * (jaws.x2_mm - jaws.x1_mm)) / 2
            y = (jaws.y1_mm + jaws.y2_mm + share_y * (jaws.y2_mm - jaws.y1_mm)) / 2
            through = frame.isocentre_mm + x * frame.axes[0] + y * frame.axes[1] - frame.source_mm
            rays.append(frame.source_mm + along[:, None] * through / np.linalg.norm(through))
    return rays


def _errors(hu: Ray, reference: Ray, network: Ray) -> dict[str, Ray]:
    """Differences of the points of each kind on one ray, % of the local reference."""
    error = 100 * np.abs(network - reference) / np.maximum(reference, 1e-9)
    top = _first_maximum(reference)
    depth = np.arange(hu.size)
    counted = (depth > top) & (reference >= LEAST_DOSE * reference.max())
    lung = (hu > LUNG_HU[0]) & (hu < LUNG_HU[1])
    soft = (hu > SOFT_HU[0]) & (hu < SOFT_HU[1])
    thick_lung = _runs(lung, LEAST_LUNG_MM)
    return {
        BUILD_UP: _build_up(hu, reference, network, error, top),
        LUNG: error[counted & thick_lung],
        BEHIND_LUNG: error[counted & soft & _after(thick_lung, BEHIND_LUNG_MM)],
        BEHIND_BONE: error[counted & soft & _after(_runs(hu > BONE_HU, LEAST_BONE_MM), BEHIND_BONE_MM)],
    }


def _first_maximum(reference: Ray) -> int:
    """Where the dose first is not exceeded within `AHEAD_MM`: behind lung it may rise once more, and higher."""
    steps = round(AHEAD_MM / STEP_MM)
    return next(i for i in range(reference.size) if reference[i] >= reference[i : i + steps + 1].max())


def _build_up(hu: Ray, reference: Ray, network: Ray, error: Ray, top: int) -> Ray:
    """Differences before the maximum, none where the network has the reference's dose within `AGREE_MM`."""
    below = np.flatnonzero(reference[: top + 1] < BUILT_UP * reference[top])
    if (hu[: top + 1] < SKIN_HU).any():  # it grazes the body
        return np.zeros(0)
    if not below.size:
        return np.zeros(0)
    reach = round(AGREE_MM / STEP_MM)
    found = []
    for place in range(int(below[-1]) + 1):
        near = network[max(0, place - reach) : place + reach + 1]
        agrees = near.min() <= reference[place] <= near.max()
        found.append(0.0 if agrees else error[place])
    return np.asarray(found)


def _runs(is_there: NDArray[np.bool_], least_mm: float) -> NDArray[np.bool_]:
    """Keep what is there over at least so far without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_there, [False]]).astype(np.int8)))
    kept = np.zeros_like(is_there)
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if (end - begin) * STEP_MM >= least_mm:
            kept[begin:end] = True
    return kept


def _after(is_there: NDArray[np.bool_], reach_mm: float) -> NDArray[np.bool_]:
    """What follows within so far, and is not there itself."""
    steps = round(reach_mm / STEP_MM)
    last = np.where(is_there, np.arange(is_there.size), -steps - 1)
    since = np.arange(is_there.size) - np.maximum.accumulate(last)
    return np.asarray((since > 0) & (since <= steps))
