"""The fast dose engine as a linear operator: from fluence pixels to dose at points, and back.

The physics is that of `esapi_bridge.planning.physics.pencil_beam`: fluence blurred by the source and by each Gaussian
of the pencil table, weighted at each point by what that Gaussian contributes at the point's radiological depth. Blurs
of a map are products with a matrix along X and one along Y, in closed form for pixels; the rest, linear interpolation
between the knots of the blurred maps times the weights, is one sparse matrix a beam. The derivative of an objective
with respect to the fluence is then the same matrices, transposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.special import ndtr

from esapi_bridge.case import Beam, Grid, PatientPosition
from esapi_bridge.case.beam_frame import BeamFrame, beam_frame
from esapi_bridge.planning.physics.beam_model import BeamModel, Pencil
from esapi_bridge.planning.physics.fluence import source_parts
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.physics.raytrace import RadiologicalDepth

NARROW_SIGMA_MM = 10.0
NARROW_KNOTS_MM = 1.25
NARROW_REACH_MM = 30.0
WIDE_KNOTS_MM = 5.0
WIDE_REACH_MM = 120.0
"""Blurred maps have knots this far apart and reach this far beyond the fluence: narrow Gaussians and wide ones."""

SAME_SIGMA = 1.08
"""Gaussians whose widths differ by less than this factor are taken as one; only the extrafocal ones are that close."""


@dataclass(frozen=True)
class _Blur:
    """One Gaussian: blur matrices along Y ``(knots, rows)`` and X ``(knots, columns)``."""

    along_y: NDArray[np.float32]
    along_x: NDArray[np.float32]


class DoseOperator:
    """Dose at points as a linear function of the fluence of beams.

    Parameters
    ----------
    beams
        Beams with a fluence, whose values tell which pixels count: those above zero. They share the energy of `model`.
    model
        Beam model with a pencil table.
    density_g_cm3, grid
        The patient ``(z, y, x)`` and its lattice; air around.
    points_mm
        LPS positions ``(points, 3)``, mm.
    patient_position
        DICOM patient position.
    ray_spacing_mm
        Step of the radiological depth.

    Raises
    ------
    ValueError
        If a beam has no fluence, or the beam model no pencil table.
    """

    def __init__(
        self,
        beams: Sequence[Beam],
        model: BeamModel,
        density_g_cm3: NDArray[np.float32],
        grid: Grid,
        points_mm: NDArray[np.float64],
        patient_position: PatientPosition = PatientPosition.HFS,
        ray_spacing_mm: float = 2.5,
    ) -> None:
        self._beams = [
            _BeamOperator(beam, model, density_g_cm3, grid, points_mm, patient_position, ray_spacing_mm)
            for beam in beams
        ]
        self.shapes = tuple(part.open.shape for part in self._beams)
        self.points = len(points_mm)
        self._ends = np.cumsum([int(part.open.sum()) for part in self._beams])

    @property
    def unknowns(self) -> int:
        """Number of unknowns: the counted fluence pixels of all beams."""
        return int(self._ends[-1])

    def forward(self, fluence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dose at the points in Gy, for the fluence ``(unknowns,)`` in the unit of ESAPI."""
        dose = np.zeros(self.points)
        for part, values in zip(self._beams, self.maps(fluence), strict=True):
            dose += part.forward(values)
        return dose

    def adjoint(self, dose: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply the transpose: from weights at the points ``(points,)`` to the fluence pixels ``(unknowns,)``."""
        weights = dose.astype(np.float32)
        return np.concatenate([part.adjoint(weights)[part.open] for part in self._beams]).astype(np.float64)

    def maps(self, fluence: NDArray[np.float64]) -> list[NDArray[np.float32]]:
        """Place the unknowns in the beams' maps ``(rows, columns)``; zero in pixels that are not counted."""
        found = []
        for part, values in zip(self._beams, np.split(fluence, self._ends[:-1]), strict=True):
            values_2d = np.zeros(part.open.shape, np.float32)
            values_2d[part.open] = values
            found.append(values_2d)
        return found

    def unknowns_of(self, maps: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Gather the counted pixels of one map per beam; the transpose of `maps`."""
        return np.concatenate([m[part.open] for part, m in zip(self._beams, maps, strict=True)]).astype(np.float64)


class _BeamOperator:
    def __init__(
        self,
        beam: Beam,
        model: BeamModel,
        density_g_cm3: NDArray[np.float32],
        grid: Grid,
        points_mm: NDArray[np.float64],
        patient_position: PatientPosition,
        ray_spacing_mm: float,
    ) -> None:
        fluence = beam.fluence
        if fluence is None:
            raise ValueError(f"beam {beam.number} must have a fluence that tells its pixels, found none")
        pencil = model.pencil_table()
        frame = beam_frame(beam, patient_position)
        self.open = np.asarray(fluence.values) > 0
        x_mm, y_mm = fluence.centres_mm
        radius = np.hypot(*np.meshgrid(x_mm, y_mm))
        profile = np.interp(radius, model.profile_radius_mm, model.profile)
        self._scale = (profile * mu_per_fluence(model)).astype(np.float32)

        seen = (points_mm - frame.source_mm) @ frame.axes.T
        distance = seen[:, 2]
        plane = seen[:, :2] * (frame.sad_mm / distance[:, None])
        depth = _depth_g_cm2(density_g_cm3, grid, frame, model, plane, distance, ray_spacing_mm)
        inverse_square = (frame.sad_mm / distance) ** 2
        self._blurs: list[_Blur] = []
        blocks = []
        for sigma_mm, weights in _gaussians(model, pencil):
            knots, reach = (
                (NARROW_KNOTS_MM, NARROW_REACH_MM) if sigma_mm < NARROW_SIGMA_MM else (WIDE_KNOTS_MM, WIDE_REACH_MM)
            )
            a_mm, b_mm = _knots(x_mm, reach, knots), _knots(y_mm, reach, knots)
            self._blurs.append(
                _Blur(_blur(b_mm, y_mm, sigma_mm, linear=False), _blur(a_mm, x_mm, sigma_mm, linear=True))
            )
            here = np.interp(depth, pencil.depth_g_cm2, weights) * inverse_square
            blocks.append(_interpolation(plane, a_mm, b_mm, here))
        self._sample = sparse.hstack(blocks, format="csr", dtype=np.float32)
        self._back = self._sample.T.tocsr()

    def forward(self, fluence: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = fluence * self._scale
        layers = [(blur.along_y @ scaled @ blur.along_x.T).ravel() for blur in self._blurs]
        return np.asarray(self._sample @ np.concatenate(layers))

    def adjoint(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        spread = np.asarray(self._back @ weights)
        total = np.zeros_like(self._scale)
        begin = 0
        for blur in self._blurs:
            shape = (blur.along_y.shape[0], blur.along_x.shape[0])
            end = begin + shape[0] * shape[1]
            total += blur.along_y.T @ spread[begin:end].reshape(shape) @ blur.along_x
            begin = end
        return total * self._scale


def _gaussians(model: BeamModel, pencil: Pencil) -> list[tuple[float, NDArray[np.float64]]]:
    """Combined widths of source and pencil, mm, with their weights by depth; equal widths are merged."""
    found: list[tuple[float, NDArray[np.float64]]] = []
    parts = [
        (float(np.hypot(source_mm, pencil_mm)), share * np.asarray(weights, dtype=np.float64))
        for share, source_mm in source_parts(model)
        for pencil_mm, weights in zip(pencil.sigmas_mm, pencil.weights, strict=True)
    ]
    for sigma_mm, weights in sorted(parts, key=lambda part: part[0]):
        if found and sigma_mm < SAME_SIGMA * found[-1][0]:
            found[-1] = (found[-1][0], found[-1][1] + weights)
        else:
            found.append((sigma_mm, weights))
    return found


def _knots(pixels_mm: NDArray[np.float64], reach_mm: float, step_mm: float) -> NDArray[np.float64]:
    low, high = pixels_mm.min() - reach_mm, pixels_mm.max() + reach_mm
    return np.asarray(np.arange(np.floor(low / step_mm), np.ceil(high / step_mm) + 1) * step_mm)


def _blur(
    knots_mm: NDArray[np.float64], pixels_mm: NDArray[np.float64], sigma_mm: float, *, linear: bool
) -> NDArray[np.float32]:
    """Matrix ``(knots, pixels)`` of a Gaussian blur of pixels.

    Leaves deliver the fluence linearly between pixel centres along X, and in steps along Y.
    """
    step = abs(float(pixels_mm[1] - pixels_mm[0]))
    z = (knots_mm[:, None] - pixels_mm) / sigma_mm
    h = step / sigma_mm
    if not linear:
        return np.asarray(ndtr(z + h / 2) - ndtr(z - h / 2), dtype=np.float32)
    # Second difference of the twice integrated density: a triangle of height 1, blurred.
    return np.asarray((_ramp(z + h) - 2 * _ramp(z) + _ramp(z - h)) / h, dtype=np.float32)


def _ramp(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))


def _interpolation(
    plane_mm: NDArray[np.float64], a_mm: NDArray[np.float64], b_mm: NDArray[np.float64], weights: NDArray[np.float64]
) -> sparse.csr_matrix:
    """Weighted linear interpolation ``(points, b * a)`` between knots; empty rows for points beyond them."""
    step = a_mm[1] - a_mm[0]
    col, row = (plane_mm[:, 0] - a_mm[0]) / step, (plane_mm[:, 1] - b_mm[0]) / step
    inside = np.flatnonzero((col >= 0) & (row >= 0) & (col < a_mm.size - 1) & (row < b_mm.size - 1))
    col, row, weights = col[inside], row[inside], weights[inside]
    c0, r0 = col.astype(np.int32), row.astype(np.int32)
    fc, fr = col - c0, row - r0
    at = r0 * a_mm.size + c0
    columns = np.stack([at, at + 1, at + a_mm.size, at + a_mm.size + 1], axis=1)
    values = np.stack([(1 - fr) * (1 - fc), (1 - fr) * fc, fr * (1 - fc), fr * fc], axis=1) * weights[:, None]
    starts = np.zeros(len(plane_mm) + 1, dtype=np.int32)
    starts[inside + 1] = 4
    shape = (len(plane_mm), a_mm.size * b_mm.size)
    return sparse.csr_matrix(
        (values.ravel().astype(np.float32), columns.ravel().astype(np.int32), np.cumsum(starts, dtype=np.int32)), shape
    )


def _depth_g_cm2(
    density_g_cm3: NDArray[np.float32],
    grid: Grid,
    frame: BeamFrame,
    model: BeamModel,
    plane_mm: NDArray[np.float64],
    distance_mm: NDArray[np.float64],
    ray_spacing_mm: float,
) -> NDArray[np.float64]:
    """Radiological depth of points given by their place in the isocentre plane and distance along the axis."""
    low, high = plane_mm.min(axis=0), plane_mm.max(axis=0)
    limits = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    depth = RadiologicalDepth(density_g_cm3, grid, frame, limits, ray_spacing_mm)
    depth.soften(model)
    index = [
        (plane_mm[:, 1] - depth.b_mm[0]) / ray_spacing_mm,
        (plane_mm[:, 0] - depth.a_mm[0]) / ray_spacing_mm,
        (distance_mm - depth.t_mm[0]) / ray_spacing_mm,
    ]
    return np.asarray(ndimage.map_coordinates(depth.g_cm2, index, order=1, mode="nearest"), dtype=np.float64)
