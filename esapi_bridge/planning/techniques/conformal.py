"""Static fields whose leaves stand around the target's shadow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Beam, FluenceMap, Grid, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.imrt.beams import GANTRY_DEG, PIXEL_MM, Arrangement, Point, target_points, unshaped_beams
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.leaf_sequencing import require_reach
from esapi_bridge.planning.mlc import MILLENNIUM_120, MachineLimits
from esapi_bridge.planning.outline import body_in_air
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.density import density_from_hu
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.vocabulary import Energy

MARGIN_MM = 6.0
"""From the target's shadow to the leaves: about the penumbra, so that the target's edge gets most of the dose."""

FRACTION_GY = 2.0
"""Mean dose of the target in one fraction, unless something else is asked for."""

LOOKED_AT = 400
"""Points of the target whose mean dose sets the monitor units."""


def conformal_beams(
    subject: Subject,
    *,
    gantry_deg: tuple[float, ...] = GANTRY_DEG,
    energy: str = Energy.X6.value,
    fraction_gy: float = FRACTION_GY,
    margin_mm: float = MARGIN_MM,
    collimator_deg: float = 0.0,
    couch_deg: float | tuple[float, ...] = 0.0,
    isocentres_mm: tuple[Point, ...] = (),
    patient_position: PatientPosition = PatientPosition.HFS,
) -> tuple[Beam, ...]:
    """Make static fields with leaves around the target's shadow.

    Parameters
    ----------
    subject
        The patient; leaves stand around its target.
    gantry_deg
        One angle a field.
    energy
        One of `esapi_bridge.planning.fields.ENERGIES`.
    fraction_gy
        Mean dose of the target in one fraction, Gy; about, for monitor units come from the fast dose at some points.
    margin_mm
        From the target's shadow to the leaves, mm in the isocentre plane.
    collimator_deg, couch_deg
        IEC 61217; of all fields, the couch also one a field.
    isocentres_mm
        LPS, mm: one of all fields or one a field; the middle of the target's box when there is none.
    patient_position
        DICOM patient position.

    Raises
    ------
    BridgeError
        If the target is empty or does not fit into a field.
    """
    arrangement = Arrangement(gantry_deg, collimator_deg, couch_deg, energy, patient_position, isocentres_mm)
    points = surface_points(subject.target, subject.ct.grid)
    try:
        beams = unshaped_beams(subject.target, subject.ct.grid, arrangement)
        shaped = [shaped_beam(beam, points, patient_position, margin_mm) for beam in beams]
    except ValueError as error:
        raise BridgeError(str(error)) from error
    metersets = equal_metersets(subject, shaped, fraction_gy, patient_position)
    return tuple(replace(beam, meterset_mu=metersets) for beam in shaped)


def surface_points(target: NDArray[np.bool_], grid: Grid) -> NDArray[np.float64]:
    """Voxel centres ``(n, 3)`` on the surface of a target, LPS, mm: their shadow has the outline of the whole."""
    return target_points(target & ~ndimage.binary_erosion(target), grid)


def shaped_beam(
    beam: Beam,
    points_mm: NDArray[np.float64],
    patient_position: PatientPosition,
    margin_mm: float = MARGIN_MM,
    limits: MachineLimits = MILLENNIUM_120,
) -> Beam:
    """Put leaves and jaws around the shadow of points, which must lie within the reach of both.

    Parameters
    ----------
    beam
        The beam; angles of its first control point.
    points_mm
        LPS positions ``(n, 3)``, mm.
    patient_position
        DICOM patient position.
    margin_mm
        From the shadow to the leaves, mm.
    limits
        The machine.

    Raises
    ------
    BridgeError
        If the leaves cannot reach that far.
    ValueError
        If the field would be larger than the jaws open.
    """
    leaves, jaws = leaf_shape(beam_frame(beam, patient_position).project(points_mm), margin_mm, limits)
    require_reach(leaves[None], limits)
    return replace(
        beam,
        technique=Technique.STATIC,
        control_points=tuple(replace(point, jaws=jaws, leaves_mm=leaves) for point in beam.control_points),
        mlc_boundaries_mm=limits.boundaries_mm,
    )


def leaf_shape(
    shadow_mm: NDArray[np.float64], margin_mm: float, limits: MachineLimits = MILLENNIUM_120
) -> tuple[NDArray[np.float64], Jaws]:
    """Leaves ``(2, pairs)`` and jaws around points ``(n, 2)`` of the isocentre plane, each grown to a disc, mm.

    Pairs that no disc touches meet in the middle of the field, as a planning system leaves them, under the Y jaws.

    Raises
    ------
    ValueError
        If the field would be larger than the jaws open.
    """
    x_mm, y_mm = shadow_mm.T
    low, high = limits.boundaries_mm[:-1, None], limits.boundaries_mm[1:, None]
    away = np.maximum(np.maximum(low - y_mm, y_mm - high), 0.0)
    chord = np.where(away < margin_mm, np.sqrt(np.maximum(margin_mm**2 - away**2, 0.0)), -np.inf)
    left, right = (x_mm - chord).min(axis=1), (x_mm + chord).max(axis=1)
    open_ = np.isfinite(left)
    if not open_.any():
        raise ValueError("leaves need a target within their reach, found it beyond")
    y1, y2 = float(y_mm.min() - margin_mm), float(y_mm.max() + margin_mm)
    jaws = limits.jaws_around(float(left[open_].min()), float(right[open_].max()), y1, y2)
    middle = round((jaws.x1_mm + jaws.x2_mm) / 2)
    return np.where(open_, [left, right], middle), jaws


def equal_metersets(
    subject: Subject, beams: list[Beam], fraction_gy: float, patient_position: PatientPosition
) -> float:
    """Monitor units that every one of these static beams needs, so that together they give the target a mean dose.

    By the fast dose in some points of the target, for the opening of the first control point.
    """
    ct, model = subject.ct, load_beam_model(beams[0].energy_label)
    points = target_points(subject.target, ct.grid)
    some = points[:: max(1, len(points) // LOOKED_AT)]
    density = density_from_hu(body_in_air(ct, subject.body).values)
    openings = [replace(beam, fluence=_opening(beam)) for beam in beams]
    operator = DoseOperator(openings, model, density, ct.grid, some, patient_position)
    mean_gy = float(operator.forward(np.ones(operator.unknowns)).mean())
    return fraction_gy / mean_gy * mu_per_fluence(model)


def _opening(beam: Beam) -> FluenceMap:
    """Fluence 1 where jaws and leaves of the first control point are open."""
    jaws, leaves = beam.control_points[0].jaws, beam.control_points[0].leaves_mm
    assert leaves is not None
    assert beam.mlc_boundaries_mm is not None
    x_mm = np.arange(jaws.x1_mm + PIXEL_MM / 2, jaws.x2_mm, PIXEL_MM)
    y_mm = np.arange(jaws.y2_mm - PIXEL_MM / 2, jaws.y1_mm, -PIXEL_MM)
    pair = np.clip(np.searchsorted(beam.mlc_boundaries_mm, y_mm) - 1, 0, leaves.shape[1] - 1)
    values = (x_mm > leaves[0, pair, None]) & (x_mm < leaves[1, pair, None])
    return FluenceMap(values.astype(np.float32), float(x_mm[0]), float(y_mm[0]), PIXEL_MM)
