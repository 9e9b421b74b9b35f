"""What Eclipse accepts as an optimal fluence (documentation of ESAPI's `Fluence`)."""

from __future__ import annotations

import numpy as np

from esapi_bridge.case.beam import FluenceMap

SPACING_MM = 2.5
"""Pixel of an optimal fluence in Eclipse; ESAPI's `Fluence` knows no other."""

MIN_PIXELS, MAX_PIXELS = 2, 1024
"""Rows and columns that `Fluence` may have."""


def fluence_fault(fluence: FluenceMap) -> str | None:
    """Return why Eclipse would reject a map; None if it accepts it.

    Returns
    -------
    str or None
        What was expected and what was found.
    """
    values = fluence.values
    if values.ndim != 2 or not all(MIN_PIXELS <= size <= MAX_PIXELS for size in values.shape):
        return f"expected {MIN_PIXELS} to {MAX_PIXELS} rows and columns, found {values.shape}"
    if fluence.spacing_mm != SPACING_MM:
        return f"expected pixels of {SPACING_MM} mm, found {fluence.spacing_mm:g} mm"
    if not np.isfinite([fluence.x_origin_mm, fluence.y_origin_mm]).all():
        return f"expected a finite origin, found {fluence.x_origin_mm}, {fluence.y_origin_mm} mm"
    unusable = int(np.count_nonzero(~np.isfinite(values)))
    if unusable:
        return f"expected finite values, found {unusable} of {values.size} that are not (NaN or infinite)"
    if values.min() < 0:
        return f"expected values of 0 or more, found {np.count_nonzero(values < 0)} negative, lowest {values.min():g}"
    return None
