"""What a viewer shows of a comparison: volumes, structures, colours and scales, as data of its script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import Colormap
from numpy.typing import NDArray

from dosenet.gamma import CUTOFF_PERCENT
from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, Structure
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.errors import printable
from esapi_bridge.report import style
from esapi_bridge.report.comparison import Comparison
from esapi_bridge.report.figures import scales_of, shown_box, shown_planes
from esapi_bridge.report.gamma import MAP_LIMIT, GammaMap
from esapi_bridge.report.packed import named_structure
from esapi_bridge.report.plane import Point
from esapi_bridge.report.viewer.lattices import ct_for_page, dose_every, outline_grid, thinned
from esapi_bridge.report.viewer.packing import Steps, pack_mask, pack_volume
from esapi_bridge.report.views import WASH_FROM

UNKNOWN, NOT_JUDGED = 65535, 255
GAMMA_STEPS = Steps(0.02, 2)


@dataclass(frozen=True)
class ViewerPart:
    """A viewer on a page.

    Parameters
    ----------
    data
        What its script reads, as JSON.
    structures
        Structures that can be switched on and off.
    lattices
        Which voxels it holds and how exactly, as sentences.
    """

    data: Mapping[str, object]
    structures: tuple[Structure, ...]
    lattices: str


def viewer_of(comparison: Comparison, gamma: GammaMap | None = None) -> ViewerPart:
    """Make the viewer of a comparison; `gamma` is that of the network's dose where it was computed."""
    case = comparison.case
    box = shown_box(comparison)
    scales = scales_of(comparison)
    ct, ct_every = ct_for_page(case.ct, *box)
    offset = float(np.floor(ct.values.min()))
    hu = Steps(1.0, 0, offset)
    steps = Steps.of_dose(max(float(s.plan.gy.max()) for s in comparison.sets))
    structures = list(_masks(case, box))
    scene = {
        "ct": pack_volume("CT", ct.grid, hu.counts(ct.values, UNKNOWN).astype(np.uint16), hu, None, "x"),
        "doses": [_dose(s, steps) for s in comparison.sets],
        "gamma": None if gamma is None else _gamma(gamma),
        "structures": [packed for _, packed in structures],
        "isodoses": {"full_gy": scales.full_gy, "full_name": scales.full_name, "percent": scales.levels_percent},
        "top_gy": scales.top_gy,
        "difference_gy": scales.difference_gy,
        "wash_from": WASH_FROM,
        "gamma_limit": MAP_LIMIT,
        "cutoff_percent": CUTOFF_PERCENT,
        "colours": {"dose": _table(style.DOSE_MAP), "difference": _table(style.DIFFERENCE_MAP)},
        "window_hu": style.CT_WINDOW_HU,
        "box": {"low_mm": box[0], "high_mm": box[1]},
        "start_mm": _start(comparison),
        "intended_use": INTENDED_USE,
    }
    return ViewerPart(
        scene,
        tuple(structure for structure, _ in structures),
        _lattices(comparison, ct_every, steps, with_gamma=gamma is not None),
    )


def _start(comparison: Comparison) -> Point:
    """Where the three still pictures meet."""
    axial, coronal, sagittal = shown_planes(comparison)
    return sagittal.position_mm, coronal.position_mm, axial.position_mm


def _dose(dose_set: DoseSet, steps: Steps) -> dict[str, object]:
    """Pack a dose on its own lattice; the page interpolates it on the network's."""
    dose = dose_set.plan
    values, grid = thinned(dose.gy, dose.grid, dose_every(dose.grid))
    counts = steps.counts(values, UNKNOWN - 1).astype(np.uint16)
    return pack_volume(printable(dose_set.name), grid, counts, steps, UNKNOWN, "xyz")


def _gamma(gamma: GammaMap) -> dict[str, object]:
    values, grid = thinned(gamma.values, gamma.grid, dose_every(gamma.grid))
    counts = np.where(
        np.isfinite(values), GAMMA_STEPS.counts(np.nan_to_num(values), NOT_JUDGED - 1), NOT_JUDGED
    ).astype(np.uint8)
    name = printable(f"gamma {gamma.criterion}, {gamma.name}")
    return pack_volume(name, grid, counts, GAMMA_STEPS, NOT_JUDGED, "xy")


def _masks(case: Case, box: tuple[Point, Point]) -> Iterator[tuple[Structure, dict[str, object]]]:
    for structure in case.structures:
        grid = outline_grid(structure, case.ct.grid, *box) if structure.contours_mm else None
        if grid is None:
            continue
        try:
            mask = rasterise(structure, grid, case.slice_mm)
        except UnusableStructureError:  # the table of histograms says why
            continue
        if mask.any():
            yield structure, {**named_structure(structure), **pack_mask(mask, grid)}


def _table(colours: Colormap) -> str:
    """256 colours, RGBA, as hexadecimal."""
    own = colours.copy()  # a map fills its table on first use, perhaps that of the thread that draws
    rgba: NDArray[np.uint8] = own(np.arange(256), bytes=True)
    return rgba.tobytes().hex()


def _lattices(comparison: Comparison, ct_every: Sequence[int], steps: Steps, *, with_gamma: bool) -> str:
    network = comparison.network
    every = dose_every(network.plan.grid)
    spacing, ct_spacing = (
        " × ".join(f"{s * n:.4g}" for s, n in zip(grid.spacing_mm, kept, strict=True))
        for grid, kept in ((network.plan.grid, every), (comparison.case.ct.grid, ct_every))
    )
    gamma = f", gamma in steps of {GAMMA_STEPS.step:g}" if with_gamma else ""
    return (
        f"Doses on {_which(every)} of the {network.name} dose ({spacing} mm) in steps of {steps.step:g} Gy, the "
        f"others interpolated there{gamma}; CT on {_which(ct_every)} of its own "
        f"({ct_spacing} mm)."
    )


def _which(every: Sequence[int]) -> str:
    if max(every) == 1:
        return "every voxel"
    along = ", ".join(f"{n} along {axis}" for n, axis in zip(every, "xyz", strict=True))
    return f"one voxel in {along}" if len(set(every)) > 1 else f"one voxel in {every[0]} along each axis"
