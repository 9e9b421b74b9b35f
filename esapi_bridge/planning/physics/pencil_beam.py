"""The fast engine: a pencil beam with depth scaled along each ray and widths that hardly depend on tissue.

Dose at a voxel is the fluence blurred by a few Gaussians, each weighted by what it contributes in water at the voxel's
radiological depth (the decomposition of Bortfeld et al., Med Phys 20 (1993) 311, with fitted Gaussians). Electrons and
scatter spread as in water whatever they cross, or nearly so, which is why the engine is too high in lung, as AAA is.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dosenet.threads import side_by_side
from esapi_bridge.case import Beam, Dose, DoseKind, DoseMedium, Grid, PatientPosition, Unit, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.planning.physics.beam_model import BeamModel, Pencil
from esapi_bridge.planning.physics.density import density_from_hu
from esapi_bridge.planning.physics.fluence import PrimaryFluence, blurred
from esapi_bridge.planning.physics.leaf_fluence import beam_fluence
from esapi_bridge.planning.physics.raytrace import RAY_SPACING_MM, RadiologicalDepth, resample, sample_beam

ALGORITHM = "pencil beam"

SCATTER_REACH_MM = 120.0
"""How far outside the field dose is calculated, mm at the isocentre."""

WIDEST_ELECTRONS_MM = 15.0
"""Gaussians up to this width stand for electrons: they pass some weight to the next wider one in thin tissue."""


def pencil_beam(
    ct: Volume,
    beam: Beam,
    model: BeamModel,
    grid: Grid,
    patient_position: PatientPosition = PatientPosition.HFS,
    fluence: PrimaryFluence | None = None,
    ray_spacing_mm: float = RAY_SPACING_MM,
) -> Dose:
    """Dose of one beam, dose to water.

    Parameters
    ----------
    ct
        CT in HU; voxels outside it are vacuum.
    beam
        The beam; first control point, `meterset_mu` MU.
    model
        Beam model of the machine and energy, with a pencil table.
    grid
        Dose lattice of any spacing.
    patient_position
        DICOM patient position of the CT.
    fluence
        Fluence to use instead of the one behind jaws and leaves, relative units.
    ray_spacing_mm
        Step of the radiological depth; a CT of wide voxels needs no finer one than theirs.

    Returns
    -------
    dose
        Gy, kind BEAM.

    Raises
    ------
    ValueError
        If the beam model has no pencil table.
    """
    pencil = model.pencil_table()
    frame = beam_frame(beam, patient_position)
    if fluence is None:
        fluence = beam_fluence(beam, model, margin_mm=SCATTER_REACH_MM)
    layers = blurred(fluence, pencil.sigmas_mm)
    density_ct = density_from_hu(ct.values)
    depth = RadiologicalDepth(density_ct, ct.grid, frame, fluence.limits_mm, ray_spacing_mm)
    depth.soften(model)
    primary, radiological = sample_beam(grid, frame, layers, depth)
    step = float(pencil.depth_g_cm2[1] - pencil.depth_g_cm2[0])
    per_mu = _weigh(primary, radiological, pencil.weights, step)
    if model.pencil_widening > 0.0:
        rho = density_ct if grid.matches(ct.grid) else resample(density_ct, ct.grid, grid)
        wider = _weigh(np.roll(primary, -1, axis=0), radiological, _electron_part(pencil), step)
        wider -= _weigh(primary, radiological, _electron_part(pencil), step)
        per_mu += wider * (model.pencil_widening * np.clip(1.0 - rho, 0.0, 1.0)).astype(np.float32)
    return Dose(
        volume=Volume(values=per_mu * np.float32(beam.meterset_mu), grid=grid, unit=Unit.GY),
        kind=DoseKind.BEAM,
        beam_number=beam.number,
        algorithm=ALGORITHM,
        medium=DoseMedium.WATER,
    )


def _electron_part(pencil: Pencil) -> NDArray[np.float32]:
    """Weights of the Gaussians narrow enough to be electrons, others 0."""
    narrow = np.asarray(pencil.sigmas_mm) <= WIDEST_ELECTRONS_MM
    return np.asarray(pencil.weights * narrow[:, None], dtype=np.float32)


@numba.njit(nogil=True, fastmath=True, cache=True)
def _weigh_plane(k: Any, primary: Any, depth: Any, weights: Any, step: Any, dose: Any) -> None:
    layers, _, nj, ni = primary.shape
    last = weights.shape[1] - 2
    for j in range(nj):
        for i in range(ni):
            position = depth[k, j, i] / step
            low = min(int(position), last)
            part = min(position - low, 1.0)
            total = 0.0
            for c in range(layers):
                total += primary[c, k, j, i] * (weights[c, low] * (1.0 - part) + weights[c, low + 1] * part)
            dose[k, j, i] = total


def _weigh(
    primary: NDArray[np.float32], depth: NDArray[np.float32], weights: NDArray[np.float32], step: float
) -> NDArray[np.float32]:
    dose = np.zeros(depth.shape, np.float32)
    side_by_side(_weigh_plane, depth.shape[0], primary, depth, weights, step, dose)
    return dose
