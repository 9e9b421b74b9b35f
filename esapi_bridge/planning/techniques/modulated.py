"""Intensity-modulated static fields of any site: optimal fluence, then sliding windows or segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, PatientPosition
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.imrt.beams import GANTRY_DEG, Arrangement, Point, arranged_beams
from esapi_bridge.planning.imrt.objectives import PROSTATE, FallOff, Goals, Objective
from esapi_bridge.planning.imrt.optimiser import optimise
from esapi_bridge.planning.imrt.scene import planning_scene
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.conformal import FRACTION_GY
from esapi_bridge.planning.techniques.segments import step_and_shoot
from esapi_bridge.planning.vocabulary import Energy

ITERATIONS = 40
"""Steps of the optimisation: half of what the prostate plans take, whose last half moves a few per mille."""

TARGET_GOALS = tuple(objective for objective in PROSTATE.objectives if objective.structure == "PTV")

DELIVERIES = ("sliding window", "segments")

PART_OF_TARGET = 0.5
"""A structure with more of its volume than this in the target belongs to the target, and is not spared."""


def imrt_beams(
    subject: Subject,
    *,
    gantry_deg: tuple[float, ...] = GANTRY_DEG,
    energy: str = Energy.X6.value,
    fraction_gy: float = FRACTION_GY,
    delivery: str = "sliding window",
    collimator_deg: float = 0.0,
    couch_deg: float | tuple[float, ...] = 0.0,
    isocentres_mm: tuple[Point, ...] = (),
    patient_position: PatientPosition = PatientPosition.HFS,
    iterations: int = ITERATIONS,
) -> tuple[Beam, ...]:
    """Optimise the fluences of static fields together and sequence each; a beam keeps its optimal fluence.

    Parameters
    ----------
    subject
        The patient; what is asked of the plan follows from its masks, see `goals_for`.
    gantry_deg
        One angle a field.
    energy
        One of `esapi_bridge.planning.fields.ENERGIES`.
    fraction_gy
        Mean dose of the target in one fraction, Gy; before leaf sequencing.
    delivery
        ``sliding window`` or ``segments``.
    collimator_deg, couch_deg
        IEC 61217; of all fields, the couch also one a field.
    isocentres_mm
        LPS, mm: one of all fields or one a field; the middle of the target's box when there is none.
    patient_position
        DICOM patient position.
    iterations
        Steps of the optimisation.

    Raises
    ------
    BridgeError
        If the target is empty or does not fit into a field, or a fluence cannot be delivered.
    """
    if delivery not in DELIVERIES:
        raise BridgeError(f"a fluence is delivered as {' or '.join(DELIVERIES)}, got {delivery!r}")
    arrangement = Arrangement(gantry_deg, collimator_deg, couch_deg, energy, patient_position, isocentres_mm)
    try:
        beams = arranged_beams(subject.target, subject.ct.grid, arrangement)
    except ValueError as error:
        raise BridgeError(str(error)) from error
    factor = mu_per_fluence(load_beam_model(energy))
    found = optimal_fluence(subject, beams, fraction_gy, patient_position, iterations)
    if delivery == "segments":
        return tuple(step_and_shoot(beam, factor) for beam in found)
    return tuple(sliding_window(beam, factor).beam for beam in found)


def optimal_fluence(
    subject: Subject,
    beams: Sequence[Beam],
    fraction_gy: float,
    patient_position: PatientPosition,
    iterations: int = ITERATIONS,
) -> tuple[Beam, ...]:
    """Give beams, whose fluence says which pixels may be used, the fluence that meets the goals of a subject best."""
    masks = {**subject.masks, "BODY": subject.body, "PTV": subject.target}
    scene = planning_scene(subject.ct, masks)
    operator = scene.dose_operator(beams, patient_position)
    return optimise(beams, operator, scene.points, fraction_gy, goals_for(masks), iterations).beams


def goals_for(masks: Mapping[str, NDArray[np.bool_]]) -> Goals:
    """Ask for a uniform target, steep fall-off around it and little dose in every organ; no names but BODY and PTV.

    Parameters
    ----------
    masks
        Structures ``(z, y, x)``, among them BODY and PTV. What lies for the most part in the target is not spared.
    """
    target = masks["PTV"]
    organs = [
        name
        for name, mask in masks.items()
        if name not in {"BODY", "PTV"} and mask.any() and (mask & target).sum() <= PART_OF_TARGET * mask.sum()
    ]
    spared = [(Objective(name, 0.0, 1.5), Objective(name, 0.8, 40.0)) for name in organs]
    return Goals(
        objectives=(*TARGET_GOALS, *(objective for pair in spared for objective in pair)),
        fall_off=FallOff(),
        smooth_x=PROSTATE.smooth_x,
        smooth_y=PROSTATE.smooth_y,
    )
