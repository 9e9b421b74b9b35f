"""Radiological depth along diverging rays, and energy release at voxels."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from dosenet.threads import side_by_side
from esapi_bridge.case import Grid
from esapi_bridge.case.beam_frame import BeamFrame
from esapi_bridge.planning.physics.beam_model import BeamModel
from esapi_bridge.planning.physics.fluence import PrimaryFluence

RAY_SPACING_MM = 1.5
"""Distance of neighbouring rays at the isocentre, and of samples along a ray, unless said otherwise."""


@numba.njit(fastmath=True, inline="always", cache=True)
def _trilinear(values: Any, i: Any, j: Any, k: Any) -> Any:
    """Sample ``values[k, j, i]`` between voxel centres; 0 beyond half a voxel outside."""
    nk, nj, ni = values.shape
    if i < -0.5 or j < -0.5 or k < -0.5 or i > ni - 0.5 or j > nj - 0.5 or k > nk - 0.5:
        return np.float32(0.0)
    i = min(max(i, 0.0), ni - 1.0)
    j = min(max(j, 0.0), nj - 1.0)
    k = min(max(k, 0.0), nk - 1.0)
    i0, j0, k0 = min(int(i), max(ni - 2, 0)), min(int(j), max(nj - 2, 0)), min(int(k), max(nk - 2, 0))
    i1, j1, k1 = min(i0 + 1, ni - 1), min(j0 + 1, nj - 1), min(k0 + 1, nk - 1)
    fi, fj, fk = i - i0, j - j0, k - k0
    low = (values[k0, j0, i0] * (1 - fi) + values[k0, j0, i1] * fi) * (1 - fj) + (
        values[k0, j1, i0] * (1 - fi) + values[k0, j1, i1] * fi
    ) * fj
    high = (values[k1, j0, i0] * (1 - fi) + values[k1, j0, i1] * fi) * (1 - fj) + (
        values[k1, j1, i0] * (1 - fi) + values[k1, j1, i1] * fi
    ) * fj
    return np.float32(low * (1 - fk) + high * fk)


@numba.njit(nogil=True, fastmath=True, cache=True)
def _trace_row(
    row: Any, density: Any, to_index: Any, offset: Any, source: Any, axes: Any, sad: Any, a: Any, b: Any, t: Any,
    depth: Any,
) -> None:  # fmt: skip
    for col in range(a.size):
        ray = axes[2] + (a[col] * axes[0] + b[row] * axes[1]) / sad
        step_cm = (t[1] - t[0]) * np.sqrt(1.0 + (a[col] ** 2 + b[row] ** 2) / sad**2) / 10.0
        # Index of a point on the ray is linear in t: index = start + t * slope.
        slope = to_index @ ray
        start = to_index @ source + offset
        total = 0.0
        for n in range(1, t.size):
            middle = 0.5 * (t[n] + t[n - 1])
            total += step_cm * _trilinear(
                density,
                start[0] + middle * slope[0],
                start[1] + middle * slope[1],
                start[2] + middle * slope[2],
            )
            depth[row, col, n] = total


class RadiologicalDepth:
    """Radiological depth, g/cm2, on a diverging lattice ``(b, a, t)`` in beam's-eye view.

    ``a`` and ``b`` are ray positions in the isocentre plane (collimator X and Y, mm) and ``t`` is the distance from the
    source along the beam axis, mm.

    Parameters
    ----------
    density_g_cm3
        ``(z, y, x)`` on `grid`.
    grid
        Lattice of the density, any orientation.
    frame
        The beam's source and axes.
    limits_mm
        Signed distances from the axis at the isocentre that the rays cover: X1, X2, Y1, Y2.
    spacing_mm
        Distance of neighbouring rays at the isocentre, and of samples along a ray.
    """

    def __init__(
        self,
        density_g_cm3: NDArray[np.float32],
        grid: Grid,
        frame: BeamFrame,
        limits_mm: tuple[float, float, float, float],
        spacing_mm: float = RAY_SPACING_MM,
    ) -> None:
        def samples(low: float, high: float) -> NDArray[np.float64]:
            return np.arange(np.floor(low / spacing_mm), np.ceil(high / spacing_mm) + 1) * spacing_mm

        self.spacing_mm = spacing_mm

        along = (grid.corners_mm() - frame.source_mm) @ frame.axes[2]
        self.a_mm = samples(limits_mm[0], limits_mm[1])
        self.b_mm = samples(limits_mm[2], limits_mm[3])
        self.t_mm = samples(max(float(along.min()), 100.0), float(along.max()) + spacing_mm)
        to_index = (grid.axes / np.asarray(grid.spacing_mm)).T
        offset = -to_index @ np.asarray(grid.origin_mm)
        self.g_cm2 = np.zeros((self.b_mm.size, self.a_mm.size, self.t_mm.size), np.float32)
        side_by_side(
            _trace_row, self.b_mm.size, np.ascontiguousarray(density_g_cm3), np.ascontiguousarray(to_index), offset,
            frame.source_mm, frame.axes, frame.sad_mm, self.a_mm, self.b_mm, self.t_mm, self.g_cm2,
        )  # fmt: skip

    def soften(self, model: BeamModel) -> None:
        """Lengthen rays off the axis by what their photons are attenuated more there: a ray has one quality."""
        if model.softens:
            radius = np.hypot(*np.meshgrid(self.a_mm, self.b_mm))
            self.g_cm2 *= model.softening(radius)[..., None].astype(np.float32)


@numba.njit(nogil=True, fastmath=True, cache=True)
def _sample_plane(
    k: Any, corner: Any, steps: Any, source: Any, axes: Any, sad: Any, fluence: Any, fluence_start: Any,
    fluence_step: Any, depth: Any, depth_start: Any, depth_step: Any, primary: Any, radiological: Any,
) -> None:  # fmt: skip
    """Primary fluence with inverse square, and radiological depth, at the voxel centres of a plane of a lattice."""
    nj, ni = radiological.shape[1:]
    rows, cols = fluence.shape[1], fluence.shape[2]
    for j in range(nj):
        for i in range(ni):
            x = corner[0] + k * steps[0, 2] + j * steps[0, 1] + i * steps[0, 0] - source[0]
            y = corner[1] + k * steps[1, 2] + j * steps[1, 1] + i * steps[1, 0] - source[1]
            z = corner[2] + k * steps[2, 2] + j * steps[2, 1] + i * steps[2, 0] - source[2]
            t = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
            if t < 1.0:
                continue
            a = sad * (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) / t
            b = sad * (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) / t
            col = (a - fluence_start[0]) / fluence_step
            row = (b - fluence_start[1]) / fluence_step
            if col < 0.0 or row < 0.0 or col > cols - 1.0 or row > rows - 1.0:
                continue
            c0, r0 = min(int(col), cols - 2), min(int(row), rows - 2)
            fc, fr = col - c0, row - r0
            inverse_square = (sad / t) ** 2
            for n in range(fluence.shape[0]):
                primary[n, k, j, i] = inverse_square * (
                    (fluence[n, r0, c0] * (1 - fc) + fluence[n, r0, c0 + 1] * fc) * (1 - fr)
                    + (fluence[n, r0 + 1, c0] * (1 - fc) + fluence[n, r0 + 1, c0 + 1] * fc) * fr
                )
            radiological[k, j, i] = _trilinear(
                depth, (t - depth_start[2]) / depth_step, (a - depth_start[0]) / depth_step,
                (b - depth_start[1]) / depth_step,
            )  # fmt: skip


def sample_beam(
    grid: Grid, frame: BeamFrame, fluence: PrimaryFluence, depth: RadiologicalDepth
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fluence layers with inverse square, and radiological depth, at the voxels of `grid`.

    Returns
    -------
    primary
        ``(layer, z, y, x)`` in the unit of `fluence`; 0 outside its map.
    radiological_g_cm2
        ``(z, y, x)``, g/cm2.
    """
    primary = np.zeros((fluence.values.shape[0], *grid.shape), np.float32)
    radiological = np.zeros(grid.shape, np.float32)
    side_by_side(
        _sample_plane, grid.shape[0], np.asarray(grid.origin_mm, dtype=np.float64),
        np.ascontiguousarray(grid.axes * np.asarray(grid.spacing_mm)), frame.source_mm, frame.axes, frame.sad_mm,
        fluence.values, np.array([fluence.a_mm[0], fluence.b_mm[0]]), float(fluence.a_mm[1] - fluence.a_mm[0]),
        depth.g_cm2, np.array([depth.a_mm[0], depth.b_mm[0], depth.t_mm[0]]), depth.spacing_mm, primary, radiological,
    )  # fmt: skip
    return primary, radiological


@numba.njit(nogil=True, fastmath=True, cache=True)
def _resample_plane(k: Any, values: Any, matrix: Any, offset: Any, out: Any) -> None:
    nj, ni = out.shape[1:]
    for j in range(nj):
        for i in range(ni):
            out[k, j, i] = _trilinear(
                values,
                offset[0] + matrix[0, 0] * i + matrix[0, 1] * j + matrix[0, 2] * k,
                offset[1] + matrix[1, 0] * i + matrix[1, 1] * j + matrix[1, 2] * k,
                offset[2] + matrix[2, 0] * i + matrix[2, 1] * j + matrix[2, 2] * k,
            )


def resample(values: NDArray[np.float32], source: Grid, target: Grid) -> NDArray[np.float32]:
    """Trilinear values of one lattice at the voxel centres of another; 0 outside. Any orientations."""
    to_index = (source.axes / np.asarray(source.spacing_mm)).T
    matrix = to_index @ (target.axes * np.asarray(target.spacing_mm))
    offset = to_index @ (np.asarray(target.origin_mm) - np.asarray(source.origin_mm))
    out = np.zeros(target.shape, np.float32)
    side_by_side(_resample_plane, target.shape[0], np.ascontiguousarray(values), matrix, offset, out)
    return out
