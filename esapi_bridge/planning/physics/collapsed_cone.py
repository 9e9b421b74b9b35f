"""The accurate engine: collapsed-cone convolution-superposition, with density scaling along every cone.

After Ahnesjo (Med Phys 16 (1989) 577). Two releases are transported apart, each hardened with depth on its own:
electrons from first collisions, in two straight legs so that their paths can bend, and scattered photons.
Cones are fixed to the beam axis, not tilted with divergence.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dosenet.threads import side_by_side
from esapi_bridge.case import Beam, Dose, DoseKind, DoseMedium, Grid, PatientPosition, Unit, Volume
from esapi_bridge.case.beam_frame import BeamFrame, beam_frame
from esapi_bridge.planning.physics.beam_model import DEPTH_STEP_G_CM2, BeamModel
from esapi_bridge.planning.physics.density import density_from_hu, medium_over_water
from esapi_bridge.planning.physics.fluence import PrimaryFluence, blurred
from esapi_bridge.planning.physics.kernel import Cones, PointKernel
from esapi_bridge.planning.physics.leaf_fluence import beam_fluence
from esapi_bridge.planning.physics.marching import line_shifts, march_cpu
from esapi_bridge.planning.physics.raytrace import RadiologicalDepth, sample_beam
from esapi_bridge.planning.physics.surroundings import surrounded

ALGORITHM = "collapsed cone"


def collapsed_cone(
    ct: Volume,
    beam: Beam,
    model: BeamModel,
    grid: Grid,
    patient_position: PatientPosition = PatientPosition.HFS,
    medium: DoseMedium = DoseMedium.MEDIUM,
    fluence: PrimaryFluence | None = None,
) -> Dose:
    """Dose of one beam.

    Parameters
    ----------
    ct
        CT in HU; voxels outside it are vacuum.
    beam
        The beam; first control point, `meterset_mu` MU.
    model
        Beam model of the machine and energy.
    grid
        Dose lattice; cubic voxels. Tissue around it scatters into it, see `surrounded`.
    patient_position
        DICOM patient position of the CT.
    medium
        Dose to density-scaled water, or corrected to medium with `density.medium_over_water`.
    fluence
        Fluence to use instead of the one behind jaws and leaves, relative units.

    Returns
    -------
    dose
        Gy, kind BEAM.
    """
    frame = beam_frame(beam, patient_position)
    if fluence is None:
        fluence = beam_fluence(beam, model)
    electrons = blurred(fluence, (model.electron_sigma_mm,))
    layers = PrimaryFluence(
        values=np.concatenate([fluence.values, electrons.values]), a_mm=fluence.a_mm, b_mm=fluence.b_mm
    )
    density_ct = density_from_hu(ct.values)
    depth = RadiologicalDepth(density_ct, ct.grid, frame, fluence.limits_mm)
    depth.soften(model)
    around = surrounded(density_ct, ct.grid, grid)
    primary, radiological = sample_beam(around.grid, frame, layers, depth)
    rho = np.maximum(around.density_g_cm3, np.float32(1e-4))
    terma = release(primary[0], radiological, model.release_table())
    # Two exponentials of opposite sign can leave less than nothing behind, by rounding.
    per_mu = np.maximum(carried(rho, terma, model.kernel, frame, around.grid), np.float32(0.0))
    per_mu *= np.float32(model.gy_per_mu)
    per_mu += electron_contamination(primary[1], radiological, model)
    if medium is DoseMedium.MEDIUM:
        per_mu *= medium_over_water(rho)
    return Dose(
        volume=Volume(values=per_mu[around.inner] * np.float32(beam.meterset_mu), grid=grid, unit=Unit.GY),
        kind=DoseKind.BEAM,
        beam_number=beam.number,
        algorithm=ALGORITHM,
        medium=medium,
    )


def electron_contamination(
    primary: NDArray[np.float32], radiological_g_cm2: NDArray[np.float32], model: BeamModel
) -> NDArray[np.float32]:
    """Dose per MU from contaminating electrons: exponential in depth, blurred sideways."""
    return np.asarray(
        primary * np.exp(radiological_g_cm2 * np.float32(-1.0 / model.electron_range_g_cm2)) * model.electron_share,
        dtype=np.float32,
    )


@numba.njit(nogil=True, fastmath=True, cache=True)
def _release_plane(k: Any, primary: Any, depth: Any, table: Any, step: Any, out: Any) -> None:
    nj, ni = primary.shape[1:]
    last = table.shape[1] - 2
    for j in range(nj):
        for i in range(ni):
            if primary[k, j, i] > 0.0:
                position = depth[k, j, i] / step
                low = min(int(position), last)
                part = position - low
                for c in range(2):
                    out[c, k, j, i] = primary[k, j, i] * (table[c, low] * (1 - part) + table[c, low + 1] * part)


def release(
    primary: NDArray[np.float32], radiological_g_cm2: NDArray[np.float32], table: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Energy released per mass to electrons and to scattered photons, ``(2, z, y, x)``."""
    out = np.zeros((2, *primary.shape), np.float32)
    side_by_side(_release_plane, primary.shape[0], primary, radiological_g_cm2, table, DEPTH_STEP_G_CM2, out)
    return out


def carried(
    rho: NDArray[np.float32], terma: NDArray[np.float32], kernel: PointKernel, frame: BeamFrame, grid: Grid
) -> NDArray[np.float32]:
    """Energy deposited per mass by both releases (see `release`).

    Electrons fly apart as the beam does, cones do not. So their release is taken without its inverse square and what
    arrives is given that of its own place; in lung, where they fly for centimetres, this is 3 to 4 % of the dose
    (after Papanikolaou et al., Med Phys 20 (1993) 1327).
    """
    spread = (_distance_mm(grid, frame) / np.float32(frame.sad_mm)) ** 2
    first = transport(rho, terma[:1] * spread, kernel.first_leg(frame.axes), grid)
    turning = np.float32(kernel.turning_share)
    cones = kernel.second_leg_and_photons(frame.axes)
    # The second leg gets its inverse square here already: it is short, and the photons marched along need theirs.
    first /= spread
    return (1 - turning) * first + transport(rho, np.stack([turning * first, terma[1]]), cones, grid)


def _distance_mm(grid: Grid, frame: BeamFrame) -> NDArray[np.float32]:
    """Distance of every voxel from the source along the beam's axis, ``(z, y, x)``, mm."""
    towards = frame.axes[2]
    start = (np.asarray(grid.origin_mm) - frame.source_mm) @ towards
    step = (towards @ grid.axes) * np.asarray(grid.spacing_mm)
    i, j, k = (np.arange(n) * s for n, s in zip(grid.size, step, strict=True))
    distance = start + k[:, None, None] + j[:, None] + i
    return np.maximum(distance, 1.0).astype(np.float32)  # type: ignore[no-any-return]


def transport(rho: NDArray[np.float32], released: NDArray[np.float32], cones: Cones, grid: Grid) -> NDArray[np.float32]:
    """Carry energy along all cones.

    Parameters
    ----------
    rho
        Density ``(z, y, x)``, g/cm3.
    released
        ``(release, z, y, x)`` energy set free per mass; `cones.source` says which component takes which.
    cones
        Where to and how far.
    grid
        Lattice of the other two.

    Returns
    -------
    deposited
        Energy per mass ``(z, y, x)``, in the unit of `released`.
    """
    spacing_cm = np.asarray(grid.spacing_mm) / 10.0
    index_step = (cones.vectors @ grid.axes) / spacing_cm  # voxels per cm along (i, j, k)
    dominant = np.abs(index_step).argmax(axis=1)
    component_source = np.asarray(cones.source)
    dose = np.zeros_like(rho)
    # Marching wants planes first and a contiguous last axis that is not the marching axis.
    for axis, order in ((2, (0, 1, 2)), (1, (1, 0, 2)), (0, (2, 0, 1))):
        chosen = np.flatnonzero(dominant == axis)
        if not chosen.size:
            continue
        row_axis, col_axis = (2 - order[1]), (2 - order[2])
        planes = rho.shape[order[0]]
        along = index_step[chosen, axis]
        shifts = np.stack(
            [
                line_shifts(index_step[m, row_axis] / abs(a), index_step[m, col_axis] / abs(a), planes)
                for m, a in zip(chosen, along, strict=True)
            ]
        )
        kept = _march(
            np.ascontiguousarray(rho.transpose(order)),
            np.ascontiguousarray(released.transpose(0, *(n + 1 for n in order))),
            component_source, shifts, along > 0, 1.0 / np.abs(along), cones.amplitude[chosen], cones.rate[chosen],
        )  # fmt: skip
        dose += kept.transpose(np.argsort(order))
    return dose / rho


def _march(*arguments: Any) -> NDArray[np.float32]:
    """March on the GPU where there is one, else on the CPU."""
    from numba import cuda

    if cuda.is_available():
        from esapi_bridge.planning.physics.marching_gpu import march_gpu

        return march_gpu(*arguments)
    return march_cpu(*arguments, min(numba.get_num_threads(), len(arguments[3])))  # type: ignore[call-arg]
