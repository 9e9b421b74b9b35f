"""How even positions must be, and when two lattices are one: no finer than the digits that the files state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from esapi_bridge.case import Dose

EVEN_WITHIN_MM = 0.05
"""Largest departure of a CT slice or dose plane from its even lattice, beyond the rounding of the file's digits."""

COARSEST_DIGIT_MM = 0.1
"""A file that states coarser positions than this is judged as if it stated these."""


def even_within_mm(last_digit_mm: float) -> float:
    """Departure that is allowed where the last digit stated is worth so much: half of it, and `EVEN_WITHIN_MM`."""
    return EVEN_WITHIN_MM + min(last_digit_mm, COARSEST_DIGIT_MM) / 2


def on_one_lattice(plan_dose: Dose | None, beam_doses: Mapping[int, Dose]) -> dict[int, Dose]:
    """Give beam doses the lattice of the plan dose, or of the first beam, where theirs is the same but for rounding."""
    if not beam_doses:
        return {}
    grid = (plan_dose or next(iter(beam_doses.values()))).grid
    rounded = even_within_mm(COARSEST_DIGIT_MM)
    return {
        number: replace(dose, volume=replace(dose.volume, grid=grid)) if dose.grid.matches(grid, rounded) else dose
        for number, dose in beam_doses.items()
    }
