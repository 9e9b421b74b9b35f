"""How far one dose is from another: gamma and plain differences, each on its own grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dosenet.gamma import CUTOFF_PERCENT, Criterion, gamma_index, pass_percent
from esapi_bridge.case import Dose, Unit, Volume
from esapi_bridge.case.orientation import reindex
from esapi_bridge.case.resample import resample
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.report.gamma import distribution


@dataclass(frozen=True)
class Differences:
    """Differences of an evaluated dose B from a reference dose A.

    Parameters
    ----------
    criterion
        The gamma criterion in full.
    gamma_pass_percent
        Share of the judged voxels of A with gamma at most 1, per cent.
    voxels
        Judged voxels of A: all at or above the cut-off within reach of B's grid.
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
    cutoff_percent: float = CUTOFF_PERCENT,
    *,
    local: bool = False,
) -> Differences:
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

    Raises
    ------
    BridgeError
        If A holds no dose, or B's grid covers none of the voxels to be judged.
    """
    # The search runs along the axes of A, so a B turned against A is interpolated on A's voxels first.
    turned = False
    try:
        evaluated = replace(evaluated, volume=reindex(evaluated.volume, reference.grid.axes))
    except RefusedError:
        turned = True
    maximum = float(reference.gy.max())
    if maximum <= 0:
        raise BridgeError(f"the reference must hold dose, found a maximum of {maximum} Gy")
    on_a = resample(evaluated.volume, reference.grid, outside=0.0)
    everywhere = Volume(np.ones(evaluated.grid.shape, np.float32), evaluated.grid, Unit.GY)
    covered = resample(everywhere, reference.grid, outside=0.0).values > 0.5
    above = (reference.gy >= cutoff_percent / 100 * maximum) & (reference.gy > 0)
    gamma = gamma_index(
        reference=distribution(reference.volume),
        evaluated=distribution(on_a if turned else evaluated.volume),
        criterion=criterion,
        cutoff_percent=cutoff_percent,
        local=local,
    )
    judged = np.isfinite(gamma) & (covered | (not turned))
    if not (judged & covered).any():
        raise BridgeError("the two doses must overlap where there is dose, B's grid covers no such voxel of A")
    difference = on_a.values.astype(np.float64) - reference.gy
    within = difference[covered & above]
    kind = "local" if local else "global (max)"
    return Differences(
        criterion=f"{criterion}, {kind}, {cutoff_percent:g} % cut-off, {judged.sum()} voxels",
        gamma_pass_percent=pass_percent(gamma[judged]),
        voxels=int(judged.sum()),
        voxels_out_of_reach=int((above & ~judged).sum()),
        mean_difference_gy=float(within.mean()),
        mean_difference_percent=100.0 * float(within.mean()) / maximum,
        max_difference_gy=float(np.abs(within).max()),
        max_difference_percent=100.0 * float(np.abs(within).max()) / maximum,
        mse_relative=float(np.mean((difference[covered] / maximum) ** 2)),
        reference_max_gy=maximum,
        evaluated_max_gy=float(evaluated.gy.max()),
    )
