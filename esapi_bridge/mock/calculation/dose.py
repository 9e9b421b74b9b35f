"""Dose of a plan, asked for by the mock Eclipse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Case, Dose, DoseMedium, Grid, Volume
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.case.orientation import reindex, to_lps
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.request import Request
from esapi_bridge.mock.database import GRID_OPTION
from esapi_bridge.planning.arcs import still_parts
from esapi_bridge.planning.engines import Engine, dose_grids, dose_in_body, physics_engines, respaced
from esapi_bridge.planning.fields import METERSET_MU, heights_mm
from esapi_bridge.planning.plan_doses import SCATTER_MARGIN_MM

DEFAULT_GRID_MM = 2.5

ACCURATE = "collapsed cone"
"""Dose models whose name begins like this use the accurate engine, all others the fast one; the log names it."""

REPORTING_OPTION, DOSE_TO_WATER = "DoseReportingMode", "Dose to water"
"""Option of the accurate engine, as Acuros XB has it: dose to water instead of dose to medium."""


def calculate_dose(request: Request, case: Case, log: Log) -> Case | None:
    """Dose of every treatment beam and of the plan: all fractions, Gy."""
    outlines = case.body_outlines
    if len(outlines) != 1:
        log.fail(f"a dose calculation needs one body outline (type EXTERNAL), found {len(outlines)}")
        return None
    engines = {beam.number: _engine(request, beam, log) for beam in case.plan.treatment_beams}
    if not log.success:
        return None
    ct = to_lps(case.ct)
    body = rasterise(outlines[0], ct.grid, ct.grid.spacing_mm[2])
    spacing_mm = _spacing_mm(request, case)
    position = case.plan.patient_position
    fractions = case.plan.fractions or 1
    doses: dict[int, Dose] = {}
    beams: list[Beam] = []
    grid: Grid | None = None
    for given in case.plan.beams:
        engine = engines.get(given.number)
        beam = given if engine is None else _with_meterset(given, log)
        beams.append(beam)
        if engine is None:
            continue
        grid = grid or _grid(case, ct, body, spacing_mm)
        try:
            dose = dose_in_body(engine, ct, body, beam, grid, position)
        except ValueError as error:
            log.fail(str(error), beam)
            continue
        volume = replace(dose.volume, values=dose.gy * np.float32(fractions))
        doses[beam.number] = replace(dose, volume=reindex(volume, case.ct.grid.axes))
        log.say(
            f"{dose.algorithm}: {_parts(beam)}{beam.meterset_mu:.1f} MU, {fractions} fraction(s), "
            f"grid {spacing_mm:g} mm, {' x '.join(map(str, grid.size))} voxels, "
            f"maximum {float(volume.values.max()):.3f} Gy",
            beam,
        )
    if len(doses) < len(engines):
        return None
    log.say(f"{request.model}: dose of {len(doses)} beam(s) calculated by {next(iter(doses.values())).algorithm}")
    plan = replace(case.plan, beams=tuple(beams))
    return replace(case, plan=plan, plan_dose=sum_doses(list(doses.values())), beam_doses=doses)


def _engine(request: Request, beam: Beam, log: Log) -> Engine | None:
    """Find the engine of a model for a beam; logs why there is none."""
    mode = next((value for key, value in request.options.items() if key.endswith(f"@{REPORTING_OPTION}")), None)
    medium = DoseMedium.WATER if mode == DOSE_TO_WATER else DoseMedium.MEDIUM
    try:
        engines = physics_engines(beam.energy_label, medium)
    except (BridgeError, ValueError) as error:
        log.fail(str(error), beam)
        return None
    return engines.fine if request.model.startswith(ACCURATE) else engines.coarse


def _parts(beam: Beam) -> str:
    """How an arc is calculated, for the log; empty for a standing beam."""
    return f"arc in {len(still_parts(beam))} parts, " if beam.is_arc else ""


def _with_meterset(beam: Beam, log: Log) -> Beam:
    if beam.meterset_mu > 0:
        return beam
    log.say(f"No monitor units stated: {METERSET_MU:g} MU assumed", beam)
    return replace(beam, meterset_mu=METERSET_MU)


def _spacing_mm(request: Request, case: Case) -> float:
    """Spacing of the dose grid: as requested, else the plan's option (a text in cm)."""
    if request.grid_mm is not None:
        return request.grid_mm
    stated = request.options.get(GRID_OPTION) or case.plan.calculation_options.get(GRID_OPTION)
    try:
        return DEFAULT_GRID_MM if stated is None else 10.0 * float(stated)
    except ValueError as error:
        raise BridgeError(f"{GRID_OPTION} must be a number of centimetres, found {stated!r:.20}") from error


def _grid(case: Case, ct: Volume, body: NDArray[np.bool_], spacing_mm: float) -> Grid:
    """Lay the dose grid over the box of an earlier dose of the plan, else over the body near the fields."""
    for dose in (case.plan_dose, *case.beam_doses.values()):
        if dose is not None:
            return respaced(to_lps(dose.volume).grid, spacing_mm)
    low, high = heights_mm(case.plan.treatment_beams, case.plan.patient_position)
    z_range = (low - SCATTER_MARGIN_MM, high + SCATTER_MARGIN_MM)
    try:
        return respaced(dose_grids(ct, body, z_range_mm=z_range).coarse, spacing_mm)
    except ValueError as error:
        raise BridgeError(f"no dose grid can be laid: {error}") from error
