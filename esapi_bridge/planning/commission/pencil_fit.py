"""Fit the pencil beam's Gaussian components to the collapsed cone in water."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from esapi_bridge.case import DoseMedium
from esapi_bridge.planning.commission.water import open_field, water_phantom
from esapi_bridge.planning.physics.beam_model import BeamModel, without_head_scatter
from esapi_bridge.planning.physics.collapsed_cone import collapsed_cone
from esapi_bridge.planning.physics.fluence import blurred, jaw_fluence
from esapi_bridge.planning.physics.pencil_beam import SCATTER_REACH_MM

SIGMAS_MM = (0.0, 3.0, 7.0, 15.0, 30.0, 60.0, 110.0)
FIELDS_MM = (20.0, 40.0, 70.0, 100.0, 150.0, 200.0)
PHANTOM_MM, FINE_PHANTOM_MM = (180.0, 2.5), (90.0, 1.25)
"""Half width and spacing of the water."""

DEPTH_MM = 400.0
NARROW_MM = 40.0
"""Fields up to this width are calculated on the finer voxels in a refined fit: 2.5 mm blur their edges by 0.1 mm."""

SSD_MM = 900.0
DEPTH_STEP_G_CM2 = 0.25
FITTED_TO_G_CM2 = 36.0
TABLE_END_G_CM2 = 80.0

Rows = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Of one depth: what each Gaussian gives at points across a field, ``(point, component)``, and the dose there."""


def fit_pencil(model: BeamModel, *, refined: bool = False) -> dict[str, Any]:
    """Fit component weights depth by depth.

    Parameters
    ----------
    model
        Beam model, commissioned but for its pencil table.
    refined
        Fit to the fields with *and* without head scatter, whose wide Gaussians otherwise pass for scatter in the
        patient, and to narrow fields on finer voxels. A beam without it keeps the table that networks learned with.

    Returns
    -------
    table
        Content of a pencil JSON file: ``sigmas_mm``, ``depth_g_cm2``, ``weights`` (component by depth, Gy per MU).
    """
    models = [model, without_head_scatter(model)] if refined else [model]
    fields = [_across_field(beam, width, fine=refined and width <= NARROW_MM) for beam in models for width in FIELDS_MM]
    systems = [map(np.concatenate, zip(*rows, strict=True)) for rows in zip(*fields, strict=True)]
    fitted = np.stack([nnls(columns, wanted)[0] for columns, wanted in systems], axis=1)
    return {
        "sigmas_mm": list(SIGMAS_MM),
        "depth_g_cm2": np.arange(0.0, TABLE_END_G_CM2 + DEPTH_STEP_G_CM2, DEPTH_STEP_G_CM2).tolist(),
        "weights": _extended(fitted).round(9).tolist(),
    }


def _across_field(model: BeamModel, width_mm: float, *, fine: bool) -> list[Rows]:
    """Equations of a square field, by depth."""
    half_width_mm, spacing_mm = FINE_PHANTOM_MM if fine else PHANTOM_MM
    phantom = water_phantom(half_width_mm, DEPTH_MM, spacing_mm)
    y_mm, x_mm = phantom.grid.coordinates_mm(1), phantom.grid.coordinates_mm(0)
    middle = phantom.grid.size[2] // 2
    beam = open_field(width_mm, ssd_mm=SSD_MM)
    plane = collapsed_cone(phantom, beam, model, phantom.grid, medium=DoseMedium.WATER).gy[middle - 1 : middle + 1]
    layers = blurred(jaw_fluence(beam.control_points[0].jaws, model, SCATTER_REACH_MM), SIGMAS_MM)
    row = int(np.argmin(np.abs(layers.b_mm)))
    rows: list[Rows] = []
    for depth in np.arange(0.0, FITTED_TO_G_CM2 + DEPTH_STEP_G_CM2, DEPTH_STEP_G_CM2):
        # A softer ray reaches the same radiological depth nearer to the surface.
        flat_mm = SSD_MM + 10.0 * depth
        depth_mm = 10.0 * depth / model.softening(np.abs(x_mm) * beam.sad_mm / flat_mm)
        t_mm = SSD_MM + np.maximum(depth_mm, y_mm[0])
        at_iso = x_mm * beam.sad_mm / t_mm
        inside = np.abs(at_iso) < width_mm / 2 + SCATTER_REACH_MM
        scale = (beam.sad_mm / t_mm[inside]) ** 2
        profile = [np.interp(depth_mm[i], y_mm, plane[:, :, i].mean(axis=0)) for i in np.flatnonzero(inside)]
        # Weighting by the axis value makes a per cent a per cent at every depth and field.
        weight = 1.0 / max(profile[len(profile) // 2], 1e-12)
        columns = [np.interp(at_iso[inside], layers.a_mm, layer[row]) * scale for layer in layers.values]
        rows.append((np.stack(columns, axis=1) * weight, np.asarray(profile) * weight))
    return rows


def _extended(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Continue each component exponentially beyond the fitted depths with the slope of the whole."""
    whole = fitted.sum(axis=0)
    back = int(8.0 / DEPTH_STEP_G_CM2)
    slope = np.log(whole[-1] / whole[-1 - back]) / back
    more = round(TABLE_END_G_CM2 / DEPTH_STEP_G_CM2) + 1 - fitted.shape[1]
    tail = fitted[:, -back:].mean(axis=1, keepdims=True)
    tail = tail * whole[-1] / tail.sum() * np.exp(slope * np.arange(1, more + 1))
    return np.concatenate([fitted, tail], axis=1)
