"""Checks of the contoured structures of a case, the same before every network.

- structures: every structure has closed contours of which nothing had to be left out or assumed; else a warning. A
  structure without any closed contours is noted only: plans are full of them.
- dose_covers_structures: the dose grids hold every structure; else a warning, but for body and support structures,
  which few dose grids hold.

Structures are named by their numbers, as names may hold anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from esapi_bridge.case import Case, Dose, Structure
from esapi_bridge.case.planimetry import box_of, volume_mm3
from esapi_bridge.case.slabs import Solid, solid_of
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.checks.verdict import Outcome, Verdict

MOST_NAMED = 12
"""Structures that a verdict names; a plan may have a hundred."""

OUTER_TYPES = ("EXTERNAL", "SUPPORT")
"""Structures that reach beyond a dose grid as a rule."""

LEAST_OUTSIDE = 1e-3
"""Share of a structure that may lie outside the dose; less is a matter of rounding."""


def check_structures(case: Case, doses: Sequence[Dose]) -> tuple[Verdict, ...]:
    """Check all structures of a case against what their source holds, and against doses along the patient axes."""
    solids = {structure.number: _solid(structure, case.slice_mm) for structure in case.structures}
    return structures(case.structures, solids), dose_covers_structures(case.structures, solids, doses)


def structures(found: Sequence[Structure], solids: dict[int, Solid | str]) -> Verdict:
    """Say what is missing of structures, or was assumed of them."""
    warned: list[str] = []
    noted: list[str] = []
    empty: list[str] = []
    for structure in found:
        solid = solids[structure.number]
        said = [*structure.left_out, *((solid,) if isinstance(solid, str) else solid.remarks)]
        if said:
            undrawn = not structure.contours_mm and not structure.is_unread
            (noted if undrawn else warned).append(f"ROI {structure.number}: {', '.join(said)}")
        elif not structure.contours_mm:
            empty.append(str(structure.number))
    if empty:
        noted.append(f"without contours: ROI {_some(empty, ', ')}")
    return Verdict(
        "structures", Outcome.WARN if warned else Outcome.PASS, "closed contours, all of them used as they are",
        _some([*warned, *noted], "; ") or f"{len(found)} such structures",
    )  # fmt: skip


def dose_covers_structures(
    found: Sequence[Structure], solids: dict[int, Solid | str], doses: Sequence[Dose]
) -> Verdict:
    """Say which share of each structure lies outside the dose."""
    outside: list[str] = []
    others: list[str] = []
    for structure in found:
        solid = solids[structure.number]
        share = 0.0 if isinstance(solid, str) else _outside(solid, doses)
        if share > LEAST_OUTSIDE:
            outer = structure.dicom_type.upper() in OUTER_TYPES
            (others if outer else outside).append(f"{share:.1%} of ROI {structure.number}")
    return Verdict(
        "dose_covers_structures", Outcome.WARN if outside else Outcome.PASS, "every structure within the dose grid",
        f"outside it: {_some([*outside, *others], ', ')}" if outside or others else "all of them",
    )  # fmt: skip


def _solid(structure: Structure, slice_mm: float) -> Solid | str:
    """The slabs of a structure, or why there are none."""
    try:
        return solid_of(structure, slice_mm=slice_mm)
    except UnusableStructureError as error:
        return error.reason


def _outside(solid: Solid, doses: Sequence[Dose]) -> float:
    """Largest share of a volume outside one of the doses."""
    whole = volume_mm3(solid)
    if whole <= 0:
        return 0.0
    return max((1 - volume_mm3(solid, box_of(dose.grid)) / whole for dose in doses), default=0.0)


def _some(texts: Sequence[str], separator: str) -> str:
    rest = len(texts) - MOST_NAMED
    return separator.join([*texts[:MOST_NAMED], *([f"and {rest} more"] if rest > 0 else [])])
