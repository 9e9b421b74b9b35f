"""Plan a patient by any technique: one question, one kind of answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, PatientPosition
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.fields import DEFAULT_ENERGY, beams_around_target, random_field
from esapi_bridge.planning.imrt import optimiser
from esapi_bridge.planning.imrt.beams import GANTRY_DEG, Arrangement, Point, arranged_beams, middle
from esapi_bridge.planning.imrt.delivery import FRACTIONS as PROSTATE_FRACTIONS
from esapi_bridge.planning.imrt.delivery import PRESCRIPTION_GY
from esapi_bridge.planning.imrt.plan import plan_patient
from esapi_bridge.planning.imrt.quality import PlanQuality
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques import arcs, modulated
from esapi_bridge.planning.techniques.conformal import FRACTION_GY, conformal_beams
from esapi_bridge.planning.techniques.tangents import shaped_tangents, tangents
from esapi_bridge.planning.vocabulary import Energy, PlanTechnique, SiteName

OPEN_FIELDS = 5
"""Open fields of a plan where nobody says how many."""

FRACTIONS = 25
"""Of every plan but those of open fields, which have none, and of the prostate, which have their own."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What is asked of a plan.

    Parameters
    ----------
    technique
        How its fields are delivered.
    energy
        One of `fields.ENERGIES`; when None 10X-FFF of open fields, 15X of a prostate, 6X of others.
    beams
        Number of fields around each isocentre; when None five open ones, or seven others, and the two tangents of a
        breast where they are open or conformal.
    arcs
        Number of arcs around each isocentre.
    collimator_deg, couch_deg
        Angles of all fields, IEC 61217; the collimator of arcs is turned when None.
    isocentres
        The target is divided along z into so many parts of equal height, in whose middles the isocentres are. Open and
        conformal fields show one part each, modulated ones the whole target.
    random
        Random open fields instead of fields around the target.
    seed
        Chooses random fields; names the plan.
    patient_position
        DICOM patient position; the anatomy is the same in LPS, the couch is under the patient.
    iterations
        Steps of an optimisation; what the technique needs when None.
    unplanned
        Fields as they are before planning, without fluence and monitor units; of a prostate only.
    """

    technique: PlanTechnique = PlanTechnique.OPEN
    energy: str | None = None
    beams: int | None = None
    arcs: int = 1
    collimator_deg: float | None = None
    couch_deg: float = 0.0
    isocentres: int = 1
    random: bool = False
    seed: int = 1
    patient_position: PatientPosition = PatientPosition.HFS
    iterations: int | None = None
    unplanned: bool = False


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
    """Plan a patient. An imrt plan of a pelvis is the one that the fluence network learns from.

    Raises
    ------
    RefusedError
        If the technique cannot do what is asked.
    BridgeError
        If the plan cannot be delivered.
    """
    if options.unplanned and not is_prostate_plan(subject.site, options):
        raise RefusedError("fields before planning are those of an imrt plan of a pelvis, found another plan asked for")
    parts = _parts(subject.target, options.isocentres)
    if is_prostate_plan(subject.site, options):
        return _prostate(subject, parts, options)
    if options.technique is PlanTechnique.OPEN:
        beams = _numbered([_open(subject, part, options) for part in parts])
        return PlannedFields(tuple(replace(beam, name=f"Field {beam.number}") for beam in beams))
    if options.technique is PlanTechnique.CONFORMAL:
        beams = _numbered([_conformal(replace(subject, target=part), options) for part in parts])
    else:
        beams = _numbered([_modulated(subject, parts, options)])
    return PlannedFields(beams, FRACTIONS, FRACTION_GY * FRACTIONS)


def is_prostate_plan(site: str, options: PlanOptions) -> bool:
    """Whether a plan is one of the prostate with its pelvic nodes: 44 Gy in 20 fractions, goals for ten structures."""
    return site == SiteName.PELVIS and options.technique is PlanTechnique.IMRT


def beam_energy(site: str, options: PlanOptions) -> str:
    """The energy asked for, or that of the technique."""
    if options.technique is PlanTechnique.OPEN:
        return options.energy or DEFAULT_ENERGY
    return options.energy or (Energy.X15 if is_prostate_plan(site, options) else Energy.X6).value


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


def _numbered(groups: list[tuple[Beam, ...]]) -> tuple[Beam, ...]:
    """Number the beams of all isocentres through, and name each differently: files of fluences carry these names."""
    beams = [beam for group in groups for beam in group]
    named: Counter[str] = Counter()
    found = []
    for number, beam in enumerate(beams, 1):
        named[beam.name] += 1
        name = beam.name if named[beam.name] == 1 else f"{beam.name} {named[beam.name]}"
        found.append(replace(beam, number=number, name=name))
    return tuple(found)


def _angles(options: PlanOptions) -> tuple[float, ...]:
    if options.beams is None:
        return GANTRY_DEG
    return tuple(round(360.0 * n / options.beams) % 360.0 for n in range(options.beams))


def _open(subject: Subject, target: NDArray[np.bool_], options: PlanOptions) -> tuple[Beam, ...]:
    count, energy = options.beams or OPEN_FIELDS, beam_energy(subject.site, options)
    if options.random:
        rng = np.random.default_rng([options.seed, 1])
        return tuple(random_field(subject.ct, subject.body, rng, n, energy) for n in range(1, count + 1))
    if subject.site == SiteName.BREAST and options.beams is None:
        return _tangents(replace(subject, target=target), options)
    return beams_around_target(
        target, subject.ct.grid, count, options.patient_position, energy=energy,
        collimator_deg=options.collimator_deg or 0.0, couch_deg=options.couch_deg,
    )  # fmt: skip


def _tangents(subject: Subject, options: PlanOptions) -> tuple[Beam, ...]:
    if options.couch_deg:
        raise RefusedError(
            f"tangents of a breast must have the couch at 0, found {options.couch_deg:g} degrees asked for; "
            "with --beams there are fields all around it"
        )
    make = shaped_tangents if options.technique is PlanTechnique.CONFORMAL else tangents
    try:
        return make(
            subject, energy=beam_energy(subject.site, options), collimator_deg=options.collimator_deg or 0.0,
            patient_position=options.patient_position,
        )  # fmt: skip
    except ValueError as error:
        raise RefusedError(str(error)) from error


def _conformal(subject: Subject, options: PlanOptions) -> tuple[Beam, ...]:
    if subject.site == SiteName.BREAST and options.beams is None:
        return _tangents(subject, options)
    return conformal_beams(
        subject, gantry_deg=_angles(options), energy=beam_energy(subject.site, options),
        collimator_deg=options.collimator_deg or 0.0, couch_deg=options.couch_deg,
        patient_position=options.patient_position,
    )  # fmt: skip


def _isocentres(subject: Subject, parts: list[NDArray[np.bool_]], each: int) -> tuple[Point, ...]:
    """The middle of every part, for `each` fields; none where there is one part, whose middle is taken anyway."""
    return tuple(middle(part, subject.ct.grid) for part in parts for _ in range(each)) if len(parts) > 1 else ()


def _modulated(subject: Subject, parts: list[NDArray[np.bool_]], options: PlanOptions) -> tuple[Beam, ...]:
    energy = beam_energy(subject.site, options)
    if options.technique is PlanTechnique.VMAT:
        return arcs.vmat_beams(
            subject, arcs=options.arcs * len(parts), energy=energy,
            collimator_deg=arcs.COLLIMATOR_DEG if options.collimator_deg is None else options.collimator_deg,
            couch_deg=options.couch_deg, isocentres_mm=_isocentres(subject, parts, options.arcs),
            patient_position=options.patient_position, iterations=options.iterations or arcs.ITERATIONS,
        )  # fmt: skip
    angles = _angles(options)
    return modulated.imrt_beams(
        subject, gantry_deg=angles * len(parts), energy=energy,
        delivery="segments" if options.technique is PlanTechnique.SEGMENTS else "sliding window",
        collimator_deg=options.collimator_deg or 0.0, couch_deg=options.couch_deg,
        isocentres_mm=_isocentres(subject, parts, len(angles)),
        patient_position=options.patient_position, iterations=options.iterations or modulated.ITERATIONS,
    )  # fmt: skip


def _prostate(subject: Subject, parts: list[NDArray[np.bool_]], options: PlanOptions) -> PlannedFields:
    angles = _angles(options)
    arrangement = Arrangement(
        angles * len(parts), options.collimator_deg or 0.0, options.couch_deg, beam_energy(subject.site, options),
        options.patient_position, _isocentres(subject, parts, len(angles)),
    )  # fmt: skip
    if options.unplanned:
        opened = arranged_beams(subject.target, subject.ct.grid, arrangement)
        beams = _numbered([tuple(replace(beam, fluence=None) for beam in opened)])
        return PlannedFields(beams, PROSTATE_FRACTIONS, PRESCRIPTION_GY)
    plan = plan_patient(subject, arrangement, iterations=options.iterations or optimiser.ITERATIONS)
    return PlannedFields(
        _numbered([plan.beams]), plan.fractions, plan.prescription_gy, plan.dose, plan.beam_doses, plan.quality
    )
