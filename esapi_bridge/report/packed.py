"""Arrays and names as a page's scripts read them: whole numbers of a stated step, little-endian, in base 64."""

from __future__ import annotations

import base64
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Structure
from esapi_bridge.errors import printable


def packed(values: NDArray[Any], step: float, kind: Literal["<i2", "<u2"]) -> str:
    """Round values to whole numbers of a step and pack them, row by row.

    Raises
    ------
    ValueError
        If a number does not fit.
    """
    whole = np.rint(np.asarray(values, dtype=np.float64) / step)
    limits = np.iinfo(kind)
    if not ((whole >= limits.min) & (whole <= limits.max)).all():
        raise ValueError(f"values must be whole numbers from {limits.min} to {limits.max} of {step:g}, found others")
    return base64.b64encode(whole.astype(kind).tobytes()).decode("ascii")


def round_step(value: float, most: int) -> float:
    """Find the smallest step of 1, 2 or 5 times a power of ten of which at most `most` make `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value / most))
    # Divided, not multiplied by 0.1 and the like: 0.2 rather than 0.2000000001.
    steps = (float(f"{factor * power:.3g}") for factor in (1, 2, 5, 10))
    return next(step for step in steps if value <= step * most * (1 + 1e-12))


def named_structure(structure: Structure) -> dict[str, Any]:
    """Number, name and colour, as every part of a page knows a structure."""
    return {"number": structure.number, "name": printable(structure.name), "colour": list(structure.colour)}
