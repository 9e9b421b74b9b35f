"""Check of where a dose was calculated.

- dose_within: the input doses lie within the outlines of body, couch and bolus; else a warning, and the network is not
  told the outline but guesses it from the CT.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from esapi_bridge.case import Dose
from esapi_bridge.case.dose_region import DoseRegion
from esapi_bridge.checks.verdict import Outcome, Verdict

BESIDE_MM = 5.0
"""A planning system gives a coarse voxel dose whose centre lies just outside the outline."""

LEAST_SHARE = 0.01
"""Dose that counts, as a share of the maximum."""

STRAY_WARN = 1e-3
"""Share of the dose that may lie elsewhere, more would be the trace of another outline."""


def dose_within(doses: Sequence[Dose], region: DoseRegion | None) -> Verdict:
    """Compare doses along the patient axes with the outlines within which they should have been calculated."""
    expected = "the dose within the outlines of body, couch and bolus"
    if region is None:
        return Verdict("dose_within", Outcome.PASS, expected, "not checked: not one body outline that can be filled")
    worst = 0.0
    for dose in doses:
        # A voxel beside the outline counts as within it; distances are those along the axes.
        reach = [int(np.ceil(BESIDE_MM / spacing)) for spacing in dose.grid.spacing_mm[::-1]]
        within = ndimage.maximum_filter(region.on(dose.grid), size=[2 * r + 1 for r in reach])
        counted = np.where(dose.gy >= LEAST_SHARE * dose.gy.max(), dose.gy, 0.0)
        total = float(counted.sum(dtype=np.float64))
        if total > 0:
            worst = max(worst, float(counted[~within].sum(dtype=np.float64)) / total)
    outcome = Outcome.WARN if worst > STRAY_WARN else Outcome.PASS
    found = f"{worst:.2%} of it over {BESIDE_MM:g} mm outside them"
    return Verdict("dose_within", outcome, expected, found)
