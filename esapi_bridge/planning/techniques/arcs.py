"""Arcs around a target: leaves that follow its shadow, or fluences of sectors in sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from esapi_bridge.case import Beam, Jaws, PatientPosition, Technique
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.arc_sequencing import POINT_DEG, arc_sectors, sequence_arc
from esapi_bridge.planning.imrt.beams import Arrangement, Point, fluence_around, target_points, unshaped_beams
from esapi_bridge.planning.mlc import MILLENNIUM_120, MachineLimits
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.conformal import (
    FRACTION_GY,
    MARGIN_MM,
    equal_metersets,
    shaped_beam,
    surface_points,
)
from esapi_bridge.planning.techniques.modulated import optimal_fluence
from esapi_bridge.planning.vocabulary import Energy

START_DEG, TURN_DEG = 181.0, 358.0
"""A full arc, clockwise, as clinics set it up."""

COLLIMATOR_DEG = 30.0
"""Turned, so that leakage between leaves does not add up; the second of two arcs has its mirror image."""

CARRIAGE_MARGIN_MM = 10.0
"""Room that parked leaves and the smallest gap take of what a carriage covers."""

ITERATIONS = 25
"""Steps of the optimisation: the sequencer smears what more of them would find."""


def vmat_beams(
    subject: Subject,
    *,
    arcs: int = 1,
    energy: str = Energy.X6.value,
    fraction_gy: float = FRACTION_GY,
    start_deg: float = START_DEG,
    turn_deg: float = TURN_DEG,
    collimator_deg: float = COLLIMATOR_DEG,
    couch_deg: float = 0.0,
    isocentres_mm: tuple[Point, ...] = (),
    patient_position: PatientPosition = PatientPosition.HFS,
    iterations: int = ITERATIONS,
) -> tuple[Beam, ...]:
    """Make modulated arcs: fluences of sectors, optimised together, as sliding windows while the gantry turns.

    Parameters
    ----------
    subject
        The patient; what is asked of the plan follows from its masks, see `modulated.goals_for`.
    arcs
        Number of arcs over the same angles. Every second one turns back, with the collimator turned the other way.
    energy
        One of `esapi_bridge.planning.fields.ENERGIES`.
    fraction_gy
        Mean dose of the target in one fraction, Gy; before leaf sequencing.
    start_deg, turn_deg
        Gantry angle where the first arc begins, and how far it turns; negative for counter-clockwise.
    collimator_deg, couch_deg
        IEC 61217; collimator of the first arc.
    isocentres_mm
        LPS, mm: one of all arcs or one an arc; the middle of the target's box when there is none.
    patient_position
        DICOM patient position.
    iterations
        Steps of the optimisation.

    Raises
    ------
    BridgeError
        If the target is empty or does not fit into a field, or leaves cannot deliver the fluences.
    """
    points = target_points(subject.target, subject.ct.grid)
    turning = _turning(
        subject, arcs, start_deg, turn_deg, collimator_deg,
        Arrangement((), 0.0, couch_deg, energy, patient_position, isocentres_mm),
    )  # fmt: skip
    sectors: list[Beam] = []
    try:
        for number, arc in enumerate(turning):
            around = [fluence_around(sector, points, patient_position) for sector in arc_sectors(arc)]
            sectors += within_carriage(around, number / max(1, arcs - 1) if arcs > 1 else 0.5)
    except ValueError as error:
        raise BridgeError(str(error)) from error
    found = optimal_fluence(subject, sectors, fraction_gy, patient_position, iterations)
    return sequenced_arcs(turning, found)


def sequenced_arcs(
    arcs: Sequence[Beam], sectors: Sequence[Beam], fixed_jaws: frozenset[int] = frozenset()
) -> tuple[Beam, ...]:
    """Give arcs the leaves that deliver the fluences of their sectors.

    Parameters
    ----------
    arcs
        The arcs, of different numbers.
    sectors
        What `arc_sectors` gave for each, with optimal fluence; a sector has the number of its arc.
    fixed_jaws
        Numbers of arcs that keep their jaws.

    Raises
    ------
    BridgeError
        If there is no fluence, or it cannot be delivered within the limits of the machine.
    """
    return tuple(
        sequence_arc(
            arc,
            [sector for sector in sectors if sector.number == arc.number],
            mu_per_fluence(load_beam_model(arc.energy_label)),
            fixed_jaws=arc.number in fixed_jaws,
        )
        for arc in arcs
    )


def conformal_arcs(
    subject: Subject,
    *,
    arcs: int = 1,
    energy: str = Energy.X6.value,
    fraction_gy: float = FRACTION_GY,
    margin_mm: float = MARGIN_MM,
    start_deg: float = START_DEG,
    turn_deg: float = TURN_DEG,
    collimator_deg: float = COLLIMATOR_DEG,
    couch_deg: float = 0.0,
    isocentres_mm: tuple[Point, ...] = (),
    patient_position: PatientPosition = PatientPosition.HFS,
) -> tuple[Beam, ...]:
    """Make arcs whose leaves follow the target's shadow, with the same monitor units in every degree.

    Parameters
    ----------
    margin_mm
        From the target's shadow to the leaves, mm in the isocentre plane.
    subject, arcs, energy, fraction_gy, start_deg, turn_deg, collimator_deg, couch_deg, isocentres_mm, patient_position
        As in `vmat_beams`; monitor units come from the fast dose at some points of the target.

    Raises
    ------
    BridgeError
        If the target is empty or does not fit into a field.
    """
    points = surface_points(subject.target, subject.ct.grid)
    turning = _turning(
        subject, arcs, start_deg, turn_deg, collimator_deg,
        Arrangement((), 0.0, couch_deg, energy, patient_position, isocentres_mm),
    )  # fmt: skip
    made, sectors = [], []
    for arc in turning:
        try:
            stops = [
                shaped_beam(replace(arc, control_points=(point,)), points, patient_position, margin_mm)
                for point in arc.control_points
            ]
            sectors += [shaped_beam(sector, points, patient_position, margin_mm) for sector in arc_sectors(arc)]
        except ValueError as error:
            raise BridgeError(str(error)) from error
        # Jaws stand still, around all shapes.
        jaws = Jaws.around([stop.control_points[0].jaws for stop in stops])
        control_points = tuple(replace(stop.control_points[0], jaws=jaws) for stop in stops)
        made.append(replace(stops[0], technique=Technique.ARC, control_points=control_points))
    meterset = equal_metersets(subject, sectors, fraction_gy, patient_position) * len(sectors) / len(made)
    return tuple(replace(arc, meterset_mu=meterset) for arc in made)


def within_carriage(sectors: Sequence[Beam], share: float, limits: MachineLimits = MILLENNIUM_120) -> tuple[Beam, ...]:
    """Leave out fluence pixels of an arc that one position of the carriages does not cover.

    Parameters
    ----------
    sectors
        Sectors of one arc, with the fluence pixels that they may use.
    share
        Where the strip that is kept lies in the whole width: 0 at its lowest X, 1 at its highest.
    limits
        The machine.
    """
    x_mm = [sector.fluence.centres_mm[0] for sector in sectors if sector.fluence is not None]
    low, high = min(float(x[0]) for x in x_mm), max(float(x[-1]) for x in x_mm)
    usable = limits.span_mm - CARRIAGE_MARGIN_MM
    begin = low + share * max(0.0, high - low - usable)
    kept = []
    for sector in sectors:
        assert sector.fluence is not None
        x = sector.fluence.centres_mm[0]
        shown = ((x >= begin - 1e-6) & (x <= begin + usable + 1e-6)).astype(np.float32)
        kept.append(replace(sector, fluence=replace(sector.fluence, values=sector.fluence.values * shown)))
    return tuple(kept)


def _turning(
    subject: Subject, arcs: int, start_deg: float, turn_deg: float, collimator_deg: float, arrangement: Arrangement
) -> tuple[Beam, ...]:
    """Arcs with control points every few degrees and the meterset even between them; no leaves yet."""
    if arcs < 1 or not 0.0 < abs(turn_deg) <= 360.0:
        raise BridgeError(f"expected at least one arc of up to 360 degrees, got {arcs} of {turn_deg:g} degrees")
    count = int(np.ceil(abs(turn_deg) / POINT_DEG - 1e-6))
    made = []
    try:
        placed = unshaped_beams(subject.target, subject.ct.grid, replace(arrangement, gantry_deg=(start_deg,) * arcs))
    except ValueError as error:
        raise BridgeError(str(error)) from error
    for number, beam in enumerate(placed):
        back = number % 2 == 1
        angles = (start_deg + turn_deg * np.linspace(0.0, 1.0, count + 1)) % 360.0
        first = replace(beam.control_points[0], collimator_deg=(-collimator_deg if back else collimator_deg) % 360.0)
        points = tuple(
            replace(first, gantry_deg=float(angle), meterset_weight=n / count)
            for n, angle in enumerate(angles[::-1] if back else angles)
        )
        made.append(replace(beam, name=f"Arc {number + 1}", technique=Technique.ARC, control_points=points))
    return tuple(made)
