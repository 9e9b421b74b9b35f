"""Checks of the control points of every treatment beam, whichever way a case came in.

- control_points: the cumulative meterset weight starts at 0, never falls and grows where there are monitor units;
  leaves are stated at every control point or at none; the gantry turns less than half a turn from one to the next, so
  that its way is known; else refused: control points are missing, or out of order.
- turning: nothing turns while the beam is on but the gantry; a couch or a collimator that turns is refused.
- arc_steps: leaves that move in an arc are stated at least every 20 degrees; else a warning, as control points may be
  missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from esapi_bridge.case import Beam, Case, ControlPoint
from esapi_bridge.case.beam import ANGLE_TOLERANCE_DEG
from esapi_bridge.checks.verdict import Outcome, Verdict

WEIGHT_TOLERANCE = 1e-6
HALF_TURN_DEG = 180.0
STEP_WARN_DEG = 20.0
"""Eclipse writes a control point every 2 to 5 degrees."""


def check_delivery(case: Case) -> tuple[Verdict, ...]:
    """Check the treatment beams of a case."""
    return control_points(case), turning(case), arc_steps(case)


def control_points(case: Case) -> Verdict:
    """Check that control points are whole and in order."""
    faults = [f"beam {b.number}: {fault}" for b in case.plan.treatment_beams if (fault := _fault(b))]
    expected = "meterset weights that rise from 0, leaves at all control points or none, gantry steps under 180 degrees"
    return Verdict("control_points", Outcome.REFUSE if faults else Outcome.PASS, expected, "; ".join(faults) or "all")


def turning(case: Case) -> Verdict:
    """Check that couch and collimator stand still while the beam is on."""
    found = []
    for beam in case.plan.treatment_beams:
        names = {
            "gantry": [point.gantry_deg for point in beam.control_points],
            "collimator": [point.collimator_deg for point in beam.control_points],
            "couch": [point.couch_deg for point in beam.control_points],
        }
        moving = [
            name
            for name, angles in names.items()
            if any(abs(_step(angles[0], a)) > ANGLE_TOLERANCE_DEG for a in angles)
        ]
        if set(moving) - {"gantry"}:
            found.append(f"{' and '.join(moving)} that turn{'s' if len(moving) == 1 else ''} in beam {beam.number}")
    expected = "a gantry alone that turns while the beam is on"
    return Verdict("turning", Outcome.REFUSE if found else Outcome.PASS, expected, "; ".join(found) or "no other")


def arc_steps(case: Case) -> Verdict:
    """Check how far apart the control points of arcs with leaves are."""
    steps = {
        beam.number: max(abs(_step(a.gantry_deg, b.gantry_deg)) for a, b in pairwise(beam.control_points))
        for beam in case.plan.treatment_beams
        if beam.is_arc and any(not beam.alike(a, b) for a, b in pairwise(beam.control_points))
    }
    expected = f"leaves of an arc stated every {STEP_WARN_DEG:g} degrees or closer"
    if not steps:
        return Verdict("arc_steps", Outcome.PASS, expected, "no arc whose leaves move")
    number = max(steps, key=lambda n: steps[n])
    outcome = Outcome.WARN if steps[number] > STEP_WARN_DEG else Outcome.PASS
    found = f"at most {steps[number]:.3g} degrees apart in beam {number}"
    return Verdict("arc_steps", outcome, expected, found)


def _fault(beam: Beam) -> str:
    """What is wrong with the control points of a beam; empty where nothing is."""
    points = beam.control_points
    weights = [point.meterset_weight for point in points]
    if len(points) > 1 and abs(weights[0]) > WEIGHT_TOLERANCE:
        return f"a first control point at meterset weight {weights[0]:g}"
    for number, (earlier, later) in enumerate(pairwise(weights), 2):
        if later < earlier - WEIGHT_TOLERANCE:
            return f"meterset weight {later:g} after {earlier:g} at control point {number}"
    if len(points) > 1 and beam.meterset_mu > 0 and weights[-1] <= 0:
        return "monitor units, but no control point with a meterset weight"
    return _leaf_fault(points) or _gap_fault(points)


def _leaf_fault(points: Sequence[ControlPoint]) -> str:
    without = [number for number, point in enumerate(points, 1) if point.leaves_mm is None]
    if without and len(without) < len(points):
        return f"leaves at {len(points) - len(without)} of {len(points)} control points, none at number {without[0]}"
    return ""


def _gap_fault(points: Sequence[ControlPoint]) -> str:
    for number, (a, b) in enumerate(pairwise(points), 2):
        if abs(_step(a.gantry_deg, b.gantry_deg)) > HALF_TURN_DEG - ANGLE_TOLERANCE_DEG:
            return f"half a turn of the gantry to control point {number}"
    return ""


def _step(from_deg: float, to_deg: float) -> float:
    """Angle from one to another the shorter way, degrees."""
    return (to_deg - from_deg + HALF_TURN_DEG) % (2 * HALF_TURN_DEG) - HALF_TURN_DEG
