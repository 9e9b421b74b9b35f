"""Plan a prostate patient as a clinic does: fields, optimal fluence, leaf motions, dose, normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose
from esapi_bridge.planning.imrt.beams import Arrangement, arranged_beams
from esapi_bridge.planning.imrt.delivery import FRACTIONS, PRESCRIPTION_GY, Delivered, deliver, on_grid
from esapi_bridge.planning.imrt.objectives import PROSTATE, Goals
from esapi_bridge.planning.imrt.optimiser import ITERATIONS, Optimised, optimise
from esapi_bridge.planning.imrt.quality import PlanQuality, quality
from esapi_bridge.planning.imrt.scene import planning_scene
from esapi_bridge.planning.subject import Subject


@dataclass(frozen=True)
class ImrtPlan:
    """A finished plan.

    Parameters
    ----------
    arrangement
        Fields it began with.
    beams
        With leaf motions, monitor units and optimal fluence of one fraction. The fluence carries the plan's
        normalisation: it is the one that the monitor units deliver.
    dose
        Of all fractions, after leaf sequencing, normalised so that the target's mean dose is the prescription.
    beam_doses
        The same by beam number.
    masks
        Structures on the dose grid ``(z, y, x)``.
    prescription_gy, fractions
        Prescribed dose of all fractions, Gy, and their number.
    optimised, delivered
        The steps on the way.
    quality
        The plan's figures.
    """

    arrangement: Arrangement
    beams: tuple[Beam, ...]
    dose: Dose
    beam_doses: Mapping[int, Dose]
    masks: Mapping[str, NDArray[np.bool_]]
    prescription_gy: float
    fractions: int
    optimised: Optimised
    delivered: Delivered
    quality: PlanQuality


def plan_patient(
    patient: Subject,
    arrangement: Arrangement | None = None,
    *,
    prescription_gy: float = PRESCRIPTION_GY,
    fractions: int = FRACTIONS,
    goals: Goals = PROSTATE,
    iterations: int = ITERATIONS,
) -> ImrtPlan:
    """Make a plan.

    Parameters
    ----------
    patient
        CT with the masks BODY and PTV, and those that `goals` name.
    arrangement
        Fields; seven of 15 MV when None.
    prescription_gy, fractions
        Prescribed dose of all fractions, Gy, and their number.
    goals
        What is asked of the plan.
    iterations
        Steps of the optimisation.

    Raises
    ------
    ValueError
        If there is no target, or no beam model of the energy.
    BridgeError
        If the fluence cannot be delivered.
    """
    arrangement = arrangement or Arrangement()
    ct, position = patient.ct, arrangement.patient_position
    beams = arranged_beams(patient.masks["PTV"], ct.grid, arrangement)
    scene = planning_scene(ct, patient.masks)
    operator = scene.dose_operator(beams, position)
    found = optimise(beams, operator, scene.points, prescription_gy / fractions, goals, iterations)
    delivered = deliver(
        patient, found.beams, patient_position=position, ptv_mean_gy=prescription_gy, fractions=fractions
    )
    scale = np.float32(100.0 / delivered.normalisation_percent)
    masks = {name: on_grid(mask, ct.grid, delivered.dose.grid) for name, mask in patient.masks.items()}
    return ImrtPlan(
        arrangement=arrangement,
        beams=tuple(
            replace(beam, fluence=replace(beam.fluence, values=beam.fluence.values * scale))
            for beam in delivered.beams
            if beam.fluence is not None
        ),
        dose=delivered.dose,
        beam_doses=delivered.beam_doses,
        masks=masks,
        prescription_gy=prescription_gy,
        fractions=fractions,
        optimised=found,
        delivered=delivered,
        quality=quality(delivered.dose, masks, prescription_gy),
    )
