"""How far one dose is from another: gamma and plain differences, each on its own grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose, Grid, Unit, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.errors import BridgeError
from esapi_bridge.report.gamma import Criterion

SEED = 1
"""Makes a random choice of voxels the same one every time."""

SEARCH_STEPS = 10
"""Search steps per distance criterion, as Wendling et al. (Med Phys 34, 2007) recommend."""

FAIL_LIMIT = 1.1
"""The search ends here: a pass rate asks only whether gamma exceeds 1."""


@dataclass(frozen=True)
class Comparison:
    """Differences of an evaluated dose B from a reference dose A.

    Parameters
    ----------
    criterion
        The gamma criterion in full.
    gamma_pass_percent
        Share of the judged voxels of A with gamma at most 1, per cent.
    voxels
        Judged voxels of A: at or above the cut-off, within reach of B's grid, chosen at random if so asked.
    voxels_out_of_reach
        Voxels that would have been judged had B's grid covered them.
    mean_difference_gy, max_difference_gy
        Mean of B - A and largest absolute B - A, Gy, over the voxels of A at or above the cut-off that B's grid covers.
    mean_difference_percent, max_difference_percent
        The same in per cent of the maximum of A.
    mse_relative
        Mean of ((B - A) / maximum of A) squared over all voxels of A that B's grid covers.
    reference_max_gy, evaluated_max_gy
        Maxima of A and B, Gy.
    """

    criterion: str
    gamma_pass_percent: float
    voxels: int
    voxels_out_of_reach: int
    mean_difference_gy: float
    mean_difference_percent: float
    max_difference_gy: float
    max_difference_percent: float
    mse_relative: float
    reference_max_gy: float
    evaluated_max_gy: float


def compare_doses(
    reference: Dose,
    evaluated: Dose,
    criterion: Criterion,
    cutoff_percent: float = 10.0,
    *,
    local: bool = False,
    random_subset: int | None = None,
) -> Comparison:
    """Compare two doses, each on its own grid.

    Parameters
    ----------
    reference, evaluated
        A and B; voxels of A are judged, B is interpolated.
    criterion
        Gamma tolerances.
    cutoff_percent
        Voxels of A below this share of A's maximum are not judged; nor are voxels without dose.
    local
        Take the dose tolerance in per cent of the dose of each voxel rather than of A's maximum.
    random_subset
        Judge by gamma at most so many voxels, chosen at random but always the same ones.

    Raises
    ------
    BridgeError
        If A holds no dose, or B's grid covers none of the voxels to be judged.
    """
    maximum = float(reference.gy.max())
    if maximum <= 0:
        raise BridgeError(f"the reference must hold dose, found a maximum of {maximum} Gy")
    on_a = resample(evaluated.volume, reference.grid, outside=0.0)
    everywhere = Volume(np.ones(evaluated.grid.shape, np.float32), evaluated.grid, Unit.GY)
    covered = resample(everywhere, reference.grid, outside=0.0).values > 0.5
    above = (reference.gy >= cutoff_percent / 100 * maximum) & (reference.gy > 0)
    judged = covered & above
    if not judged.any():
        raise BridgeError("the two doses must overlap where there is dose, B's grid covers no such voxel of A")
    # The search runs along the axes of A, so a B turned against A is interpolated on A's voxels first.
    searched = evaluated.volume if evaluated.grid.direction == reference.grid.direction else on_a
    gamma = _gamma(reference.volume, searched, _choose(judged, random_subset), criterion, local=local)
    difference = on_a.values.astype(np.float64) - reference.gy
    within = difference[judged]
    kind = "local" if local else "global (max)"
    return Comparison(
        criterion=f"{criterion}, {kind}, {cutoff_percent:g} % cut-off, {gamma.size} voxels",
        gamma_pass_percent=100.0 * float((gamma <= 1).mean()),
        voxels=gamma.size,
        voxels_out_of_reach=int((above & ~covered).sum()),
        mean_difference_gy=float(within.mean()),
        mean_difference_percent=100.0 * float(within.mean()) / maximum,
        max_difference_gy=float(np.abs(within).max()),
        max_difference_percent=100.0 * float(np.abs(within).max()) / maximum,
        mse_relative=float(np.mean((difference[covered] / maximum) ** 2)),
        reference_max_gy=maximum,
        evaluated_max_gy=float(evaluated.gy.max()),
    )


def _choose(judged: NDArray[np.bool_], most: int | None) -> NDArray[np.bool_]:
    """Keep at most so many of the voxels to be judged."""
    if most is None or np.count_nonzero(judged) <= most:
        return judged
    chosen = np.zeros(judged.size, dtype=np.bool_)
    chosen[np.random.default_rng(SEED).choice(np.flatnonzero(judged), most, replace=False)] = True
    return chosen.reshape(judged.shape)


def _gamma(
    reference: Volume, evaluated: Volume, judged: NDArray[np.bool_], criterion: Criterion, *, local: bool
) -> NDArray[np.float64]:
    """Gamma of the judged voxels, one after the other, no higher than `FAIL_LIMIT`."""
    from pymedphys import gamma

    values: NDArray[np.float64] = gamma(
        _axes(reference.grid),
        np.where(judged, reference.values, -1.0).astype(np.float64),  # below every cut-off
        _axes(evaluated.grid),
        evaluated.values.astype(np.float64),
        criterion.dose_percent,
        criterion.distance_mm,
        lower_percent_dose_cutoff=0,
        interp_fraction=SEARCH_STEPS,
        max_gamma=FAIL_LIMIT,
        local_gamma=local,
        global_normalisation=float(reference.values.max()),
        skip_once_passed=True,
    )
    # Where no search point fell inside B's grid gamma stays undefined.
    found = values[judged]
    return found[np.isfinite(found)]


def _axes(grid: Grid) -> tuple[NDArray[np.float64], ...]:
    """Positions of the voxel centres along the grid's own axes k, j, i, mm."""
    start = np.asarray(grid.origin_mm) @ grid.axes
    return tuple(start[a] + grid.spacing_mm[a] * np.arange(grid.size[a]) for a in (2, 1, 0))
