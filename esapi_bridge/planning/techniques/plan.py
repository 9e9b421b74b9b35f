"""Plan a patient by any technique: one question, one kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, PatientPosition
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.fields import DEFAULT_ENERGY, beams_around_target, random_field
from esapi_bridge.planning.imrt.beams import GANTRY_DEG, Arrangement
from esapi_bridge.planning.imrt.optimiser import ITERATIONS
from esapi_bridge.planning.imrt.plan import plan_patient
from esapi_bridge.planning.imrt.quality import PlanQuality
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.vocabulary import Energy, PlanTechnique

FIELDS = 5
"""Static fields of a plan where nobody says how many."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What is asked of a plan.

    Parameters
    ----------
    technique
        How its fields are delivered.
    energy
        One of `fields.ENERGIES`; that of the technique when None.
    beams
        Number of fields; that of the technique when None.
    collimator_deg, couch_deg
        Angles of all fields, IEC 61217.
    isocentres
        The target is divided along z into so many of equal height, each with an isocentre and fields of its own.
    random
        Random open fields instead of fields around the target.
    seed
        Chooses random fields; names the plan.
    patient_position
        DICOM patient position; the anatomy is the same in LPS, the couch is under the patient.
    iterations
        Steps of an optimisation.
    """

    technique: PlanTechnique = PlanTechnique.OPEN
    energy: str | None = None
    beams: int | None = None
    collimator_deg: float = 0.0
    couch_deg: float = 0.0
    isocentres: int = 1
    random: bool = False
    seed: int = 1
    patient_position: PatientPosition = PatientPosition.HFS
    iterations: int = ITERATIONS

    @property
    def beam_energy(self) -> str:
        """The energy asked for, or the technique's own."""
        return self.energy or (Energy.X15.value if self.technique is PlanTechnique.IMRT else DEFAULT_ENERGY)


@dataclass(frozen=True)
class PlannedFields:
    """Fields, and what was found on the way to them.

    Parameters
    ----------
    beams
        With monitor units of one fraction.
    fractions, prescription_gy
        Number of fractions, and the prescribed dose of all of them, Gy; None without a prescription.
    plan_dose, beam_doses
        Doses of all fractions that planning ended with; None and empty where it calculated none.
    quality
        Figures of the plan; None where it has no goals.
    """

    beams: tuple[Beam, ...]
    fractions: int = 1
    prescription_gy: float | None = None
    plan_dose: Dose | None = None
    beam_doses: Mapping[int, Dose] = field(default_factory=dict)
    quality: PlanQuality | None = None


def plan_fields(subject: Subject, options: PlanOptions) -> PlannedFields:
    """Plan a patient.

    Raises
    ------
    RefusedError
        If the technique cannot do what is asked.
    BridgeError
        If the plan cannot be delivered.
    """
    if options.technique is PlanTechnique.IMRT:
        return _imrt(subject, options)
    if options.technique is not PlanTechnique.OPEN:
        raise RefusedError(f"a plan must be of open fields or imrt, found {options.technique}")
    beams = [beam for part in _parts(subject.target, options.isocentres) for beam in _open(subject, part, options)]
    return PlannedFields(tuple(replace(beam, number=n, name=f"Field {n}") for n, beam in enumerate(beams, 1)))


def _parts(target: NDArray[np.bool_], count: int) -> list[NDArray[np.bool_]]:
    """Divide a target ``(z, y, x)`` along z into parts of equal height."""
    planes = np.flatnonzero(target.any(axis=(1, 2)))
    if len(planes) < count:
        raise RefusedError(f"a target must have a CT slice for each of {count} isocentres, found {len(planes)}")
    parts = []
    for part_planes in np.array_split(planes, count):
        part = np.zeros_like(target)
        part[part_planes] = target[part_planes]
        parts.append(part)
    return parts


def _open(subject: Subject, target: NDArray[np.bool_], options: PlanOptions) -> tuple[Beam, ...]:
    count, energy = options.beams or FIELDS, options.beam_energy
    if options.random:
        rng = np.random.default_rng([options.seed, 1])
        return tuple(random_field(subject.ct, subject.body, rng, n, energy) for n in range(1, count + 1))
    return beams_around_target(
        target, subject.ct.grid, count, options.patient_position, energy=energy,
        collimator_deg=options.collimator_deg, couch_deg=options.couch_deg,
    )  # fmt: skip


def _imrt(subject: Subject, options: PlanOptions) -> PlannedFields:
    if options.isocentres > 1:
        raise RefusedError(f"an imrt plan must have one isocentre, found {options.isocentres} asked for")
    angles: tuple[float, ...] = GANTRY_DEG
    if options.beams is not None:
        angles = tuple(round(360.0 * n / options.beams) % 360.0 for n in range(options.beams))
    plan = plan_patient(
        subject,
        Arrangement(
            angles, options.collimator_deg, options.couch_deg, options.beam_energy, options.patient_position
        ),
        iterations=options.iterations,
    )  # fmt: skip
    return PlannedFields(plan.beams, plan.fractions, plan.prescription_gy, plan.dose, plan.beam_doses, plan.quality)
