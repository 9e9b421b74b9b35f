"""Checks of the kind and shape of the fields against the model card.

- kind: every treatment beam is of a kind the network was trained on: open, conformal, segments, sliding window, arc;
  else refused, naming the beam and its kind.
- aperture: jaws alone shape the field where the card says so: leaves that stand within them are refused.
- moving_jaws: jaws that move while the beam is on (jaw tracking), where the card lists apertures without; warns.
- leaf_width: widths of the leaves that stand in a field are those of the card's MLC; others warn.
- field_size: openings along both pairs of jaws as in training; outside warns, a quarter outside refuses.
"""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import Case, FieldKind
from esapi_bridge.case.field_kind import field_kind
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.models import ModelCard

SIZE_REFUSE = 0.25
LEAF_WIDTH_TOLERANCE_MM = 0.1


def kind(case: Case, card: ModelCard) -> Verdict:
    """Compare the kinds of the treatment beams with the card."""
    allowed = [one for one in card.valid_for.kinds if one is not FieldKind.PLAN]
    found = {beam.number: field_kind(beam) for beam in case.plan.treatment_beams}
    # A network of plan doses alone says nothing of the fields within.
    others = [f"beam {number}: {one}" for number, one in found.items() if allowed and one not in allowed]
    expected = f"fields of kind {' or '.join(allowed)}" if allowed else "any kind of field"
    there = ", ".join(sorted(set(found.values()))) or "none"
    return Verdict("kind", Outcome.REFUSE if others else Outcome.PASS, expected, ", ".join(others) or there)


def aperture(case: Case, card: ModelCard) -> Verdict:
    """Compare what shapes the fields with the card."""
    allowed = card.valid_for.apertures
    expected = " or ".join(allowed) or "any"
    beams = case.plan.treatment_beams
    shaped = [beam.number for beam in beams if any(map(beam.shaped_by_leaves, beam.control_points))]
    refused = bool(shaped and allowed and "leaves" not in allowed)
    found = f"leaves within the jaws of beam {', '.join(map(str, shaped))}" if shaped else "jaws"
    return Verdict("aperture", Outcome.REFUSE if refused else Outcome.PASS, f"fields shaped by {expected}", found)


def moving_jaws(case: Case, card: ModelCard) -> Verdict:
    """Compare whether jaws move while the beam is on with the card."""
    allowed = card.valid_for.apertures
    moving = [beam.number for beam in case.plan.treatment_beams if beam.has_moving_jaws]
    expected = "jaws that stand still or move" if not allowed or "moving jaws" in allowed else "jaws that stand still"
    found = f"jaws that move in beam {', '.join(map(str, moving))}" if moving else "still"
    outcome = Outcome.WARN if moving and allowed and "moving jaws" not in allowed else Outcome.PASS
    return Verdict("moving_jaws", outcome, expected, found)


def leaf_width(case: Case, card: ModelCard) -> Verdict:
    """Compare the widths of the leaves with the card: another MLC than in training."""
    widths = [
        np.diff(np.asarray(beam.mlc_boundaries_mm))[beam.shown_leaves(point.jaws)]
        for beam in case.plan.treatment_beams
        if beam.mlc_boundaries_mm is not None
        for point in beam.control_points
        if beam.shaped_by_leaves(point)
    ]
    if card.valid_for.leaf_width_mm is None or not widths:
        return Verdict("leaf_width", Outcome.PASS, "any", "not compared" if widths else "no leaves in the fields")
    low, high = card.valid_for.leaf_width_mm
    least, most = float(min(map(np.min, widths))), float(max(map(np.max, widths)))
    other = least < low - LEAF_WIDTH_TOLERANCE_MM or most > high + LEAF_WIDTH_TOLERANCE_MM
    outcome = Outcome.WARN if other else Outcome.PASS
    return Verdict("leaf_width", outcome, f"leaves {low:g} to {high:g} mm wide", f"{least:g} to {most:g} mm")


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
