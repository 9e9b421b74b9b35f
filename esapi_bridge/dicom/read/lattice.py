"""How even positions must be: no finer than the digits that the file states."""

from __future__ import annotations

EVEN_WITHIN_MM = 0.05
"""Largest departure of a CT slice or dose plane from its even lattice, beyond the rounding of the file's digits."""

COARSEST_DIGIT_MM = 0.1
"""A file that states coarser positions than this is judged as if it stated these."""


def even_within_mm(last_digit_mm: float) -> float:
    """Departure that is allowed where the last digit stated is worth so much: half of it, and `EVEN_WITHIN_MM`."""
    return EVEN_WITHIN_MM + min(last_digit_mm, COARSEST_DIGIT_MM) / 2
