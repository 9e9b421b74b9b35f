"""Checks of the shape of the fields against the model card.

- aperture: jaws alone shape the field where the card says so: leaves that stand within them are refused.
- field_size: openings along both pairs of jaws as in training; outside warns, a quarter outside refuses.
"""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import Beam, Case, ControlPoint
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import ModelCard

LEAF_TOLERANCE_MM = 1.0
"""How far a leaf may stand within a jaw and still count as behind it, as leaves are fitted in whole millimetres."""

SIZE_REFUSE = 0.25


def aperture(case: Case, card: ModelCard) -> Verdict:
    """Compare what shapes the fields with the card."""
    allowed = card.valid_for.apertures
    expected = " or ".join(allowed) or "any"
    shaped = [beam.number for beam in case.plan.treatment_beams if _shaped_by_leaves(beam)]
    refused = bool(shaped and allowed and "leaves" not in allowed)
    found = f"leaves within the jaws of beam {', '.join(map(str, shaped))}" if shaped else "jaws"
    return Verdict("aperture", Outcome.REFUSE if refused else Outcome.PASS, f"fields shaped by {expected}", found)


def field_size(case: Case, card: ModelCard) -> Verdict:
    """Compare the openings of the jaws with the card."""
    if card.valid_for.field_size_mm is None:
        return Verdict("field_size", Outcome.PASS, "any", "not compared")
    low, high = card.valid_for.field_size_mm
    jaws = [point.jaws for beam in case.plan.treatment_beams for point in beam.control_points]
    sizes = [size for j in jaws for size in (j.x2_mm - j.x1_mm, j.y2_mm - j.y1_mm)] or [low]
    beyond = max(1 - min(sizes) / low if low > 0 else 0.0, max(sizes) / high - 1)
    # Sizes are differences of rounded jaws.
    outcome = Outcome.REFUSE if beyond > SIZE_REFUSE else Outcome.WARN if beyond > 1e-6 else Outcome.PASS
    return Verdict("field_size", outcome, f"{low:g} to {high:g} mm", f"{min(sizes):g} to {max(sizes):g} mm")


def _shaped_by_leaves(beam: Beam) -> bool:
    return any(_leaves_within_jaws(point, beam) for point in beam.control_points)


def _leaves_within_jaws(point: ControlPoint, beam: Beam) -> bool:
    if point.leaves_mm is None:
        return False
    if beam.mlc_boundaries_mm is None:
        return True  # which leaves stand in the field cannot be told
    jaws, boundaries = point.jaws, np.asarray(beam.mlc_boundaries_mm)
    shows = (boundaries[1:] > jaws.y1_mm + LEAF_TOLERANCE_MM) & (boundaries[:-1] < jaws.y2_mm - LEAF_TOLERANCE_MM)
    first, second = np.asarray(point.leaves_mm)[:, shows]
    return bool((first > jaws.x1_mm + LEAF_TOLERANCE_MM).any() or (second < jaws.x2_mm - LEAF_TOLERANCE_MM).any())
