"""Optimal fluence: the smooth, non-negative fluence whose dose meets the objectives best.

The penalty is convex and the smoothness makes its minimum unique; L-BFGS-B goes there from the uniform fluence in a
fixed number of steps, so that the same patient always gets the same fluence and similar patients similar ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from esapi_bridge.case import Beam
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.imrt.objectives import PROSTATE, DosePenalty, Goals, roughness
from esapi_bridge.planning.imrt.sample_points import SamplePoints

ITERATIONS = 80
MEMORY = 12
"""Steps that L-BFGS-B remembers."""


@dataclass(frozen=True)
class Optimised:
    """Beams with optimal fluence, the penalty before and after, and the number of steps taken."""

    beams: tuple[Beam, ...]
    first_penalty: float
    last_penalty: float
    iterations: int


def optimise(
    beams: Sequence[Beam],
    operator: DoseOperator,
    points: SamplePoints,
    prescription_gy: float,
    goals: Goals = PROSTATE,
    iterations: int = ITERATIONS,
    *,
    start: Sequence[NDArray[np.float32]] | None = None,
    tolerance: float = 0.0,
    normalise: bool = True,
) -> Optimised:
    """Find the optimal fluence of all beams together.

    Parameters
    ----------
    beams
        Beams with a fluence that is above zero where it may be used, as given to `operator`.
    operator
        Dose of one fraction at `points`.
    points
        Where dose is looked at.
    prescription_gy
        Dose of one fraction, Gy.
    goals
        What is asked of the plan.
    iterations
        Number of steps.
    start
        Fluence to begin with, a map for each beam; the uniform one when None.
    tolerance
        Ends earlier when a step lowers the penalty by less than this share of it.
    normalise
        Scale the fluence found to give the target the prescription as mean dose.

    Returns
    -------
    Optimised
        Fluence in the unit of ESAPI, for one fraction.
    """
    opens = [np.asarray(beam.fluence.values) > 0 for beam in beams if beam.fluence is not None]
    penalty = DosePenalty(goals, points, prescription_gy)
    target = points.members["PTV"]
    share = points.volume_mm3[target] / points.volume_mm3[target].sum()
    ones = np.ones(operator.unknowns)
    uniform = prescription_gy / float(share @ operator.forward(ones)[target])

    def function(relative: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # In units of the uniform fluence, so that all unknowns are about 1.
        value, by_dose = penalty.value_and_gradient(operator.forward(relative * uniform))
        rough, by_map = roughness(operator.maps(relative), opens, goals)
        return value + rough, uniform * operator.adjoint(by_dose) + operator.unknowns_of(by_map)

    first, _ = function(ones)
    begin = ones if start is None else np.maximum(operator.unknowns_of(start), 0.0) / uniform
    found = minimize(
        function, begin, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * ones.size,
        options={"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": MEMORY, "ftol": tolerance, "gtol": 0.0},
    )  # fmt: skip
    fluence = found.x * uniform
    if normalise:
        fluence *= prescription_gy / float(share @ operator.forward(fluence)[target])
    done = tuple(
        replace(beam, fluence=replace(beam.fluence, values=values))
        for beam, values in zip(beams, operator.maps(fluence), strict=True)
        if beam.fluence is not None
    )
    return Optimised(done, float(first), float(found.fun), int(found.nit))
