"""The gamma index in 3-D (Low et al. 1998), by pymedphys, with its criterion spelled out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose
from esapi_bridge.case.resample import sample
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.plane import Plane

CUT_OFF_PERCENT = 10.0
INTERPOLATION_FRACTION = 10
"""Steps of the search in one distance criterion."""

MAP_INTERPOLATION_FRACTION = 5
MAP_LIMIT = 2.0
MOST_VOXELS = 5000


@dataclass(frozen=True)
class Criterion:
    """Dose difference (per cent of the reference maximum: global) and distance to agreement (mm)."""

    dose_percent: float
    distance_mm: float

    @classmethod
    def parse(cls, text: str) -> Criterion:
        """Read ``2%/2mm`` or ``2/2``.

        Raises
        ------
        BridgeError
            If the text is neither.
        """
        match = re.fullmatch(r"\s*([\d.]+)\s*%?\s*/\s*([\d.]+)\s*(?:mm)?\s*", text)
        if match is None or not (float(match[1]) > 0 and float(match[2]) > 0):
            raise BridgeError(f"a gamma criterion looks like 2%/2mm, got {text!r}")
        return cls(float(match[1]), float(match[2]))

    def __str__(self) -> str:
        return f"{self.dose_percent:g} %/{self.distance_mm:g} mm"


@dataclass(frozen=True)
class GammaResult:
    """Share of voxels with gamma <= 1.

    Parameters
    ----------
    criterion
        What was asked.
    pass_percent
        Share of evaluated voxels that pass, per cent.
    voxels
        Number evaluated: every n-th along each axis of those above the cut-off, or all of them.
    """

    criterion: Criterion
    pass_percent: float
    voxels: int

    @property
    def description(self) -> str:
        """The criterion in full, for example ``2 %/2 mm, global (max), 10 % cut-off, 4852 voxels``."""
        return f"{self.criterion}, global (max), {CUT_OFF_PERCENT:g} % cut-off, {self.voxels} voxels"


def gamma_pass(
    reference: Dose, evaluated: Dose, criterion: Criterion, most_voxels: int | None = MOST_VOXELS
) -> GammaResult:
    """Compute the 3-D gamma pass rate of one dose against another.

    Parameters
    ----------
    reference, evaluated
        Doses in Gy, each on its own axis-aligned grid; the reference's voxels are judged.
    criterion
        Tolerances.
    most_voxels
        Judge every n-th voxel along each axis, n odd, so that they are no more than this; None for all.

    Raises
    ------
    BridgeError
        If no reference voxel reaches the cut-off.
    """
    maximum = float(reference.gy.max())
    above = reference.gy >= CUT_OFF_PERCENT / 100 * maximum
    if maximum <= 0 or not above.any():
        raise BridgeError("gamma needs a reference dose above zero, found none")
    step = 1
    while most_voxels is not None and above[::step, ::step, ::step].sum() > most_voxels:
        step += 2  # odd, so as not to keep in step with the coarse voxels, of which a fine grid has 4 to one
    axes = tuple(axis[::step] for axis in _axes(reference))
    judged = reference.gy[::step, ::step, ::step]
    values = _gamma(axes, judged, evaluated, criterion, maximum_gy=maximum, limit=None)
    values = values[np.isfinite(values)]
    return GammaResult(criterion, 100.0 * float((values <= 1).mean()), int(values.size))


def gamma_plane(reference: Dose, evaluated: Dose, plane: Plane, criterion: Criterion) -> NDArray[np.float64]:
    """Map the 3-D gamma of the points of an axial plane, ``(rows, columns)``.

    NaN below the cut-off, at most `MAP_LIMIT`. The search runs through the whole evaluated volume, not the plane alone.
    """
    points = plane.points_mm()
    values = sample(reference.volume, points)
    axes = (np.array([plane.position_mm]), plane.up_mm, plane.across_mm)
    found: NDArray[np.float64] = _gamma(
        axes, values[None], evaluated, criterion, maximum_gy=float(reference.gy.max()), limit=MAP_LIMIT
    )
    flat: NDArray[np.float64] = found[0]
    return flat


def _axes(dose: Dose) -> tuple[NDArray[np.float64], ...]:
    return tuple(dose.grid.coordinates_mm(axis) for axis in (2, 1, 0))


def _held_outwards(dose: Dose) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
    """Hold the outer voxels' dose beyond their centres, as a fine grid reaches further out than the coarse centres.

    By a whole voxel: pymedphys interpolates as if axes were evenly spaced.
    """
    axes = []
    for axis, spacing in zip(_axes(dose), dose.grid.spacing_mm[::-1], strict=True):
        axes.append(np.concatenate([[axis[0] - spacing], axis, [axis[-1] + spacing]]))
    return tuple(axes), np.pad(dose.gy.astype(np.float64), 1, mode="edge")


def _gamma(
    axes: tuple[NDArray[np.float64], ...],
    reference_gy: NDArray[np.float32],
    evaluated: Dose,
    criterion: Criterion,
    *,
    maximum_gy: float,
    limit: float | None,
) -> NDArray[np.float64]:
    from pymedphys import gamma

    values: NDArray[np.float64] = gamma(
        axes,
        reference_gy.astype(np.float64),
        *_held_outwards(evaluated),
        criterion.dose_percent,
        criterion.distance_mm,
        lower_percent_dose_cutoff=CUT_OFF_PERCENT,
        interp_fraction=INTERPOLATION_FRACTION if limit is None else MAP_INTERPOLATION_FRACTION,
        # A pass rate needs to know no more of a voxel than that it passes.
        max_gamma=limit or 1.1,
        skip_once_passed=limit is None,
        global_normalisation=maximum_gy,
    )
    return values
