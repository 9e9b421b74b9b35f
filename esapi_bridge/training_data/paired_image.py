"""An image on the lattice of the pair store, and its fields' doses, brought onto it by their places in the patient.

A dose on a lattice that the store's tiles is copied; any other is interpolated linearly, as the network's input is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dosenet.lattice import Lattice, coarse_lattice
from esapi_bridge.case import AIR_HU, Case, Dose, Grid, Volume
from esapi_bridge.case.dose_region import DoseRegion, dose_region
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.case.resample import resample
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.engines import COARSE_MM, RATIO, DoseGrids, tiled
from esapi_bridge.training_data.dose_pairs import KEPT_MARGIN, KEPT_SHARE

MARGIN_MM = 5.0
"""Room left around the body in the transverse plane."""

NEEDED_SHARE = 0.1
"""Planes of this share of the coarse maximum are learnt from, so the fine dose must be known there."""

FAINT_SHARE = 1e-3
"""Dose in the body of less than this share of the maximum may lie beyond the fine grid."""

ALIGNED_MM = 0.01
"""Lattices that are off by no more count as one: planning systems write positions in hundredths."""


@dataclass(frozen=True)
class StoredDoses:
    """A field's doses as the pair store keeps them, Gy.

    Parameters
    ----------
    coarse
        ``(z5, y5, x5)`` on the whole coarse grid.
    fine
        ``(z, y, x)`` on the kept planes of the fine grid.
    z_start
        The first of them.
    interpolated
        Whether the coarse dose was interpolated, since its lattice was another.
    """

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    z_start: int
    interpolated: bool


@dataclass(frozen=True)
class PairedImage:
    """An image whose fields were calculated twice.

    Parameters
    ----------
    case
        CT and contours along the patient axes; its plan and doses do not count.
    region
        Where dose is calculated.
    """

    case: Case
    region: DoseRegion

    @classmethod
    def of(cls, case: Case) -> PairedImage:
        """Turn a case along the patient axes and fill its outlines.

        Raises
        ------
        RefusedError
            If it has no one body outline that can be filled, or the CT is oblique.
        """
        turned = along_patient_axes(case)
        region = dose_region(turned)
        if region is None:
            raise RefusedError(
                f"expected one body outline that can be filled, found {len(turned.body_outlines)}: draw the body anew"
            )
        return cls(turned, region)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the CT as whole HU and of where it lies: the same for one image, however it came here."""
        ct = self.case.ct
        where = repr(
            (ct.grid.size, *((np.round(v, 2) + 0.0).tolist() for v in (ct.grid.spacing_mm, ct.grid.origin_mm)))
        )
        return hashlib.sha256(where.encode() + np.rint(ct.values).astype("<i2").tobytes()).hexdigest()

    def grids_of(self, dose: Dose) -> DoseGrids:
        """Lay grids over the body whose coarse voxels are those of a dose, or those that a prediction would take."""
        points = np.concatenate(self.case.body_outlines[0].contours_mm)
        room = np.array([MARGIN_MM, MARGIN_MM, self.case.slice_mm / 2])
        first = np.asarray(_lattice(dose.grid).origin_mm)
        begin = np.floor((points.min(axis=0) - room - first) / COARSE_MM + 0.5)
        end = np.ceil((points.max(axis=0) + room - first) / COARSE_MM - 0.5)
        x, y, z = (float(v) for v in first + COARSE_MM * begin)
        nx, ny, nz = (int(n) for n in end - begin + 1)
        return tiled(Grid((nx, ny, nz), (COARSE_MM,) * 3, (x, y, z)))

    def ct_hu(self, grids: DoseGrids) -> NDArray[np.int16]:
        """CT numbers on the fine grid; air beyond the CT."""
        rounded: NDArray[np.int16] = np.rint(resample(self.case.ct, grids.fine, AIR_HU).values).astype(np.int16)
        return rounded

    def body(self, grids: DoseGrids) -> NDArray[np.bool_]:
        """Where dose is calculated on the fine grid."""
        return self.region.on(grids.fine)

    def doses(self, coarse: Dose, fine: Dose, grids: DoseGrids) -> StoredDoses:
        """Bring the doses of a field onto the grids.

        Raises
        ------
        RefusedError
            If the fine dose does not reach all that is learnt from.
        """
        on_coarse = np.maximum(_onto(coarse.volume, grids.coarse), 0.0)
        maximum = float(on_coarse.max())
        if maximum <= 0:
            raise RefusedError("expected dose within the body's box, found none: the field lies outside the body")
        reach = on_coarse.max(axis=(1, 2)) / maximum
        first, last = _ends(reach >= KEPT_SHARE, KEPT_MARGIN)
        known = _known(fine.grid, grids.fine)
        planes: NDArray[np.bool_] = np.asarray(known[2].reshape(-1, RATIO).all(axis=1))
        lacking = np.flatnonzero((reach >= NEEDED_SHARE) & ~planes)
        kept = planes[first : last + 1]
        if lacking.size or not kept.any():
            raise RefusedError(
                "expected a fine dose on all planes that the field reaches, found a grid that ends before: "
                "calculate both doses in one volume"
            )
        last = first + int(np.flatnonzero(kept)[-1])
        first += int(np.flatnonzero(kept)[0])
        grid = grids.planes(first, last).fine
        across = known[1][:, None] & known[0]
        if not across.all():
            dosed = np.repeat(on_coarse[first : last + 1] >= FAINT_SHARE * maximum, RATIO, axis=0)
            dosed = np.repeat(np.repeat(dosed, RATIO, axis=1), RATIO, axis=2)
            beyond = int((dosed & ~across & self.region.on(grid)).sum())
            if beyond:
                raise RefusedError(
                    f"expected a fine dose wherever the body has dose, found {beyond} fine voxels beyond its grid: "
                    "calculate both doses in one volume"
                )
        on_fine = np.maximum(_onto(fine.volume, grid), 0.0)
        return StoredDoses(on_coarse, on_fine, RATIO * first, not _aligned(coarse.grid, grids.coarse))


def _lattice(grid: Grid) -> Lattice:
    return coarse_lattice(Lattice(grid.size, grid.spacing_mm, grid.origin_mm))


def _onto(volume: Volume, grid: Grid) -> NDArray[np.float32]:
    """Interpolate linearly; a lattice of the grid's own voxels is copied as far as both reach."""
    if not _aligned(volume.grid, grid):
        return resample(volume, grid, 0.0).values
    values = np.zeros(grid.shape, dtype=np.float32)
    shift = np.rint(volume.grid.to_index(grid.origin_mm)).astype(int)[::-1]
    here, there = [], []
    for offset, size, whole in zip(shift.tolist(), grid.shape, volume.grid.shape, strict=True):
        begin, end = max(0, -offset), min(size, whole - offset)
        here.append(slice(begin, max(end, begin)))
        there.append(slice(begin + offset, max(end, begin) + offset))
    values[tuple(here)] = volume.values[tuple(there)]
    return values


def _aligned(one: Grid, other: Grid) -> bool:
    """Whether the voxels of one lattice are voxels of the other, were both to go on."""
    if np.abs(np.subtract(one.spacing_mm, other.spacing_mm)).max() * max(one.size) > ALIGNED_MM:
        return False
    index = one.to_index(other.origin_mm)
    return bool((np.abs(index - np.rint(index)) * np.asarray(one.spacing_mm)).max() <= ALIGNED_MM)


def _known(grid: Grid, target: Grid) -> list[NDArray[np.bool_]]:
    """Which voxel centres of the target lie within the outer faces of a grid, along x, y and z."""
    found: list[NDArray[np.bool_]] = []
    for axis in range(3):
        index: NDArray[np.float64] = (target.coordinates_mm(axis) - grid.origin_mm[axis]) / grid.spacing_mm[axis]
        slack = 0.5 + ALIGNED_MM / grid.spacing_mm[axis]
        found.append(np.asarray((index >= -slack) & (index <= grid.size[axis] - 1 + slack)))
    return found


def _ends(wanted: NDArray[np.bool_], margin: int) -> tuple[int, int]:
    places: Sequence[int] = np.flatnonzero(wanted).tolist()
    return max(places[0] - margin, 0), min(places[-1] + margin, wanted.size - 1)
