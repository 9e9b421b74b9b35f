"""Leaf motions of a plan, asked for by the mock Eclipse."""

from __future__ import annotations

from dataclasses import replace

from esapi_bridge.case import Beam, Case
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.request import Request, require_still_gantry
from esapi_bridge.planning.leaf_sequencing import sliding_window


def calculate_leaf_motions(request: Request, case: Case, log: Log) -> Case | None:
    """Sliding-window leaf motions of every treatment beam; doses are dropped, they belong to other leaves."""
    from esapi_bridge.planning.physics import load_beam_model
    from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence

    beams: list[Beam] = []
    for beam in case.plan.beams:
        if beam.is_setup:
            beams.append(beam)
            continue
        try:
            require_still_gantry(beam)
            motion = sliding_window(
                beam, mu_per_fluence(load_beam_model(beam.energy_label)), fixed_jaws=request.fixed_jaws
            )
        except (BridgeError, ValueError) as error:
            log.fail(str(error), beam)
            continue
        beams.append(motion.beam)
        jaws = motion.beam.widest_jaws
        log.say(
            f"Sliding window, {len(motion.beam.control_points)} control points, {motion.beam.meterset_mu:.1f} MU, jaws "
            f"{'kept' if request.fixed_jaws else 'fitted'} at x {jaws.x1_mm:g} to {jaws.x2_mm:g} mm, "
            f"y {jaws.y1_mm:g} to {jaws.y2_mm:g} mm",
            motion.beam,
        )
        log.say(f"Largest difference from the wanted fluence {100 * motion.worst:.1f} % of its maximum", motion.beam)
        if motion.carriage_groups > 1:
            log.say(
                f"Wider than the leaves of a bank may stand apart: {motion.carriage_groups} carriage groups",
                motion.beam,
            )
        if motion.outside > 0:
            log.say(f"Warning: {100 * motion.outside:.1f} % of the fluence lies outside the fixed jaws", motion.beam)
    if not log.success:
        return None
    log.say(f"{request.model}: leaf motions of {len(case.plan.treatment_beams)} beam(s) calculated as sliding windows")
    return replace(case, plan=replace(case.plan, beams=tuple(beams)), plan_dose=None, beam_doses={})
