"""Leaves and monitor units of a plan's VMAT arcs, asked for by the mock Eclipse."""

from __future__ import annotations

from dataclasses import replace

from esapi_bridge.case import Case
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.optimisation import find_fluence, make_scene, may_use, wanted_of
from esapi_bridge.mock.calculation.request import Request
from esapi_bridge.planning.arc_sequencing import arc_sectors
from esapi_bridge.planning.techniques.arcs import sequenced_arcs


def optimise_arcs(request: Request, case: Case, log: Log) -> Case | None:
    """Give every arc leaves that deliver the fluences its sectors need; doses are dropped, they belong to other leaves.

    Raises
    ------
    BridgeError
        If there are no objectives for it, or the leaves cannot deliver the fluences.
    """
    wanted = wanted_of(request)
    arcs = case.plan.treatment_beams
    for beam in arcs:
        if not beam.is_arc or beam.mlc_boundaries_mm is None:
            log.fail("an optimisation of arcs takes arcs with an MLC, found another beam", beam)
    if not log.success:
        return None
    scene = make_scene(case, wanted)
    sectors = [may_use(sector, scene, case, wanted) for arc in arcs for sector in arc_sectors(arc)]
    found = find_fluence(request, case, scene, sectors, log)
    fixed = frozenset(part.number for part in wanted.beams if part.fixed_jaws)
    done = {arc.number: arc for arc in sequenced_arcs(arcs, found.beams, fixed)}
    for arc in done.values():
        count = sum(sector.number == arc.number for sector in sectors)
        log.say(
            f"Simple sequencer of this project, no optimisation of apertures: {count} sectors, "
            f"{len(arc.control_points)} control points, {arc.meterset_mu:.1f} MU",
            arc,
        )
    plan = replace(case.plan, beams=tuple(done.get(beam.number, beam) for beam in case.plan.beams))
    return replace(case, plan=plan, plan_dose=None, beam_doses={})
