"""Checks of the shape of the fields against the model card.

- aperture: jaws alone shape the field where the card says so: leaves that stand within them are refused.
- field_size: openings along both pairs of jaws as in training; outside warns, a quarter outside refuses.
"""

from __future__ import annotations

from esapi_bridge.case import Case
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import ModelCard

SIZE_REFUSE = 0.25


def aperture(case: Case, card: ModelCard) -> Verdict:
    """Compare what shapes the fields with the card."""
    allowed = card.valid_for.apertures
    expected = " or ".join(allowed) or "any"
    shaped = [beam.number for beam in case.plan.treatment_beams if any(map(beam.shaped_by_leaves, beam.control_points))]
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
