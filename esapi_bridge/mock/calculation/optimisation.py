"""Optimal fluence of a plan's static beams, asked for by the mock Eclipse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Case, FluenceMap, Jaws
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.calculation.goals import BODY, TARGET, goals, reference_gy, structure_name, targets, union
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.request import OptimisationPart, Request, require_still_gantry
from esapi_bridge.planning.imrt.beams import fluence_around
from esapi_bridge.planning.imrt.objectives import DosePenalty
from esapi_bridge.planning.imrt.optimiser import ITERATIONS, Optimised, optimise
from esapi_bridge.planning.imrt.scene import PlanningScene, planning_scene

CONVERGED = 1e-4
"""An optimisation that may end early does so when a step lowers the penalty by less than this share of it."""


def optimise_fluence(request: Request, case: Case, log: Log) -> Case | None:
    """Give every treatment beam the fluence that meets the objectives best; leaves and monitor units stay."""
    wanted = wanted_of(request)
    beams = case.plan.treatment_beams
    for beam in beams:
        try:
            require_still_gantry(beam)
        except BridgeError as error:
            log.fail(str(error), beam)
    if not log.success:
        return None
    scene = make_scene(case, wanted)
    started = [may_use(beam, scene, case, wanted) for beam in beams]
    given = [_resampled(beam.fluence, start.fluence) for beam, start in zip(beams, started, strict=True)]
    start = [values for values in given if values is not None] if request.start_with_fluence else []
    if request.start_with_fluence and len(start) < len(beams):
        raise BridgeError("the optimisation was to continue from the fluences of all beams, found beams without one")
    found = find_fluence(request, case, scene, started, log, start or None)
    by_number = {beam.number: beam.fluence for beam in found.beams}
    plan = replace(
        case.plan, beams=tuple(replace(b, fluence=by_number.get(b.number, b.fluence)) for b in case.plan.beams)
    )
    return replace(case, plan=plan, plan_dose=None, beam_doses={})


def wanted_of(request: Request) -> OptimisationPart:
    """Objectives and parameters of a request.

    Raises
    ------
    BridgeError
        If it has none.
    """
    if request.optimisation is None:
        raise BridgeError("an optimisation needs objectives, found none")
    return request.optimisation


def make_scene(case: Case, wanted: OptimisationPart) -> PlanningScene:
    """Find the structures of the objectives, and the points where their dose is looked at.

    Raises
    ------
    BridgeError
        If there is no target or body outline, or an objective's structure is empty.
    """
    outlines = case.body_outlines
    if len(outlines) != 1:
        raise BridgeError(f"an optimisation needs one body outline (type EXTERNAL), found {len(outlines)}")
    aims = targets(wanted)
    ct = to_lps(case.ct)
    named = {o.structure for o in wanted.objectives}
    masks = {s.number: rasterise(s, ct.grid, case.slice_mm) for s in case.structures if s.number in named}
    if named - {number for number, mask in masks.items() if mask.any()}:
        raise BridgeError("an objective needs a structure with at least one voxel inside, found an empty one")
    body = rasterise(outlines[0], ct.grid, case.slice_mm)
    named_masks = {structure_name(number): mask for number, mask in masks.items()}
    return planning_scene(ct, {BODY: body, TARGET: union(masks, aims)} | named_masks)


def find_fluence(
    request: Request,
    case: Case,
    scene: PlanningScene,
    beams: Sequence[Beam],
    log: Log,
    start: Sequence[NDArray[np.float32]] | None = None,
) -> Optimised:
    """Optimise the fluence of beams, one fraction, and note in the log how it went.

    Raises
    ------
    BridgeError
        If the beams have several energies, or one without a beam model.
    """
    wanted, fractions = wanted_of(request), case.plan.fractions or 1
    operator = scene.dose_operator(beams, case.plan.patient_position)
    aim, reference = goals(wanted), reference_gy(wanted) / fractions
    found = optimise(
        beams, operator, scene.points, reference, aim, request.iterations or ITERATIONS, start=start,
        tolerance=CONVERGED if request.until_converged else 0.0, normalise=False,
    )  # fmt: skip
    maps = [np.asarray(beam.fluence.values) for beam in found.beams if beam.fluence is not None]
    parts = DosePenalty(aim, scene.points, reference).by_structure(operator.forward(operator.unknowns_of(maps)))
    log.optimisation = {
        "iterations": found.iterations,
        "objective": found.last_penalty,
        "structures": {o.structure: parts.get(structure_name(o.structure), 0.0) for o in wanted.objectives},
    }
    log.say(
        f"Fluence optimiser of this project: {found.iterations} iteration(s), objective function "
        f"{found.first_penalty:.4g} to {found.last_penalty:.4g}, smoothness included"
    )
    if wanted.jaw_tracking:
        log.say("Jaw tracking was asked for: the jaws stay still here")
    for number in sorted({o.structure for o in wanted.objectives}):
        if not scene.points.members[structure_name(number)].size:
            log.say(f"Structure with ROI number {number}: out of reach of the beams, its objectives ask nothing")
    return found


def may_use(beam: Beam, scene: PlanningScene, case: Case, wanted: OptimisationPart) -> Beam:
    """Give a beam the pixels that may be used: the targets' shadow and a margin, within fixed jaws.

    Raises
    ------
    BridgeError
        If the targets are larger than the field, or behind fixed jaws.
    """
    try:
        around = fluence_around(beam, scene.target_mm, case.plan.patient_position)
    except ValueError as error:
        raise BridgeError(f"the targets do not fit into the field: {error}") from error
    if any(part.number == beam.number and part.fixed_jaws for part in wanted.beams) and around.fluence is not None:
        around = replace(around, fluence=_within(around.fluence, beam.widest_jaws))
    return replace(around, control_points=beam.control_points)


def _within(fluence: FluenceMap, jaws: Jaws) -> FluenceMap:
    x_mm, y_mm = fluence.centres_mm
    shown = np.outer((y_mm > jaws.y1_mm) & (y_mm < jaws.y2_mm), (x_mm > jaws.x1_mm) & (x_mm < jaws.x2_mm))
    if not (np.asarray(fluence.values) * shown).any():
        raise BridgeError("the fixed jaws must show part of the targets, found them all covered")
    return replace(fluence, values=np.asarray(fluence.values * shown, np.float32))


def _resampled(given: FluenceMap | None, lattice: FluenceMap | None) -> NDArray[np.float32] | None:
    """Read a fluence at the nearest pixels of another map; zero beyond it."""
    if given is None or lattice is None:
        return None
    x_mm, y_mm = lattice.centres_mm
    column = np.rint((x_mm - given.x_origin_mm) / given.spacing_mm).astype(int)
    row = np.rint((given.y_origin_mm - y_mm) / given.spacing_mm).astype(int)
    values = np.asarray(given.values, np.float32)
    known = np.outer((row >= 0) & (row < values.shape[0]), (column >= 0) & (column < values.shape[1]))
    at = np.ix_(np.clip(row, 0, values.shape[0] - 1), np.clip(column, 0, values.shape[1] - 1))
    return np.asarray(np.where(known, values[at], 0.0), np.float32)
