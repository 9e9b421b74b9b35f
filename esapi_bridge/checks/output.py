"""Checks of what a dose network returned, before it is written.

- finite: no NaN or infinity; else refused.
- non_negative: no negative dose; else refused.
- maximum: the maximum is within 1.3 times the input's (else a warning), and within 2 times (else refused).
- outside_body: over 20 mm outside the body no dose above the input's there plus 2 % of the maximum, else a warning.
- integral: dose times volume as in the input; > 10 % off warns, > 25 % off refuses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Dose
from esapi_bridge.checks.verdict import Outcome, Verdict

MAXIMUM_WARN, MAXIMUM_REFUSE = 1.3, 2.0
INTEGRAL_WARN, INTEGRAL_REFUSE = 0.10, 0.25
FAR_MM = 20.0
STRAY_DOSE = 0.02
COUNTED_DOSE = 0.001
"""Less is not looked into."""

TINY = float(np.finfo(np.float32).tiny)


def finite(values: NDArray[np.float32]) -> Verdict:
    """Check that all values are finite."""
    count = int((~np.isfinite(values)).sum())
    return Verdict("finite", Outcome.REFUSE if count else Outcome.PASS, "finite dose", f"{count} voxels that are not")


def non_negative(values: NDArray[np.float32]) -> Verdict:
    """Check that no dose is negative."""
    lowest = float(values.min())
    return Verdict("non_negative", Outcome.REFUSE if lowest < 0 else Outcome.PASS, ">= 0 Gy", f"{lowest:.4g} Gy")


def maximum(given: Dose, got: Dose) -> Verdict:
    """Compare the maximum with that of the input."""
    ratio = float(got.gy.max()) / max(float(given.gy.max()), TINY)
    outcome = Outcome.REFUSE if ratio > MAXIMUM_REFUSE else Outcome.WARN if ratio > MAXIMUM_WARN else Outcome.PASS
    return Verdict("maximum", outcome, f"<= {MAXIMUM_WARN} x the input maximum", f"{ratio:.3f} x")


def outside_body(given_gy: NDArray[np.float32], got: Dose, inside: NDArray[np.bool_] | None) -> Verdict:
    """Check that no dose appears in air far from the body.

    Parameters
    ----------
    given_gy
        Input dose on the grid of `got`, Gy.
    got
        Output dose.
    inside
        Body mask on the same grid; None where there is no body outline.
    """
    expected = f"no dose the input does not have, {FAR_MM:g} mm and more outside the body"
    if inside is None:
        return Verdict("outside_body", Outcome.PASS, expected, "no body outline that can be filled, not checked")
    more = (got.gy - given_gy) / np.float32(max(float(got.gy.max()), TINY))
    more[inside] = 0
    excess = _largest_far_away(more, inside, got.grid.spacing_mm)
    outcome = Outcome.WARN if excess > STRAY_DOSE else Outcome.PASS
    found = f"{excess:.2%}" if excess else f"at most {COUNTED_DOSE:.1%}"
    return Verdict("outside_body", outcome, expected, f"{found} of the maximum more")


def _largest_far_away(more: NDArray[np.float32], inside: NDArray[np.bool_], spacing_mm: Sequence[float]) -> float:
    """Return the largest value over 20 mm outside, 0 if it does not count; distances are calculated around it only."""
    sides = [2 * int(FAR_MM / mm / 3**0.5) + 1 for mm in spacing_mm[::-1]]
    near = ndimage.maximum_filter(inside, size=sides)  # cubes, of which no corner is over 20 mm away
    around = ndimage.find_objects(((more > COUNTED_DOSE) & ~near).view(np.int8))
    if not around:
        return 0.0
    reach = [int(FAR_MM / mm) + 1 for mm in spacing_mm[::-1]]
    box = tuple(slice(max(part.start - far, 0), part.stop + far) for part, far in zip(around[0], reach, strict=True))
    if not inside[box].any():
        return float(more[box].max())
    distance_mm = ndimage.distance_transform_edt(~inside[box], sampling=spacing_mm[::-1])
    return float(more[box][distance_mm > FAR_MM].max(initial=0.0))


def integral(given: Dose, got: Dose) -> Verdict:
    """Compare dose times volume with that of the input."""
    before = float(given.gy.sum(dtype=np.float64)) * given.grid.voxel_volume_mm3
    after = float(got.gy.sum(dtype=np.float64)) * got.grid.voxel_volume_mm3
    change = after / max(before, TINY) - 1
    size = abs(change)
    outcome = Outcome.REFUSE if size > INTEGRAL_REFUSE else Outcome.WARN if size > INTEGRAL_WARN else Outcome.PASS
    return Verdict("integral", outcome, f"dose x volume within {INTEGRAL_WARN:.0%} of the input's", f"{change:+.1%}")
