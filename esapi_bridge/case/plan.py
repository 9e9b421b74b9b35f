"""A treatment plan and the case built around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from esapi_bridge.case.beam import Beam
from esapi_bridge.case.position import PatientPosition
from esapi_bridge.case.structure import Structure
from esapi_bridge.case.volume import Dose, Unit, Volume


@dataclass(frozen=True)
class Uids:
    """DICOM identifiers that tie the parts of an exported plan together."""

    frame_of_reference: str
    plan: str
    structure_set: str | None = None
    ct_series: str | None = None


class Approval(StrEnum):
    """Approval Status (300E,0002), and the statuses of Eclipse that DICOM has no word for, as ESAPI spells them.

    It is noted, never decided by, so that any other word stands for `UNKNOWN`.
    """

    APPROVED = "APPROVED"
    UNAPPROVED = "UNAPPROVED"
    REJECTED = "REJECTED"
    REVIEWED = "REVIEWED"
    PLANNING_APPROVED = "PLANNINGAPPROVED"
    TREATMENT_APPROVED = "TREATMENTAPPROVED"
    EXTERNALLY_APPROVED = "EXTERNALLYAPPROVED"
    UNPLANNED_TREATMENT = "UNPLANNEDTREATMENT"
    COMPLETED = "COMPLETED"
    COMPLETED_EARLY = "COMPLETEDEARLY"
    RETIRED = "RETIRED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> Approval:  # noqa: ARG003  any
        return cls.UNKNOWN


@dataclass(frozen=True)
class Prescription:
    """What a plan is to give.

    Parameters
    ----------
    dose_gy, fractions
        Prescribed dose of all fractions, Gy, and their number.
    """

    dose_gy: float
    fractions: int

    @property
    def fraction_gy(self) -> float:
        """Prescribed dose of one fraction, Gy."""
        return self.dose_gy / self.fractions


@dataclass(frozen=True)
class Plan:
    """A treatment plan without its volumes.

    Parameters
    ----------
    name
        Plan id (RT Plan Label).
    beams
        In plan order, set-up fields included.
    patient_position
        How the patient lies on the couch.
    prescription_gy
        Total prescribed dose, Gy; None where not stated, or stated differently for several targets.
    fractions
        Number of fractions planned; None where not stated.
    normalisation_percent
        Plan normalisation value, per cent; None where not stated.
    calculation_models
        Model names by type, for example ``{"PHOTON_DOSE": "AAA_15606"}``.
    calculation_options
        Options of the calculation models, name to value as text.
    approval
        Approval status as stated by the plan.
    target_doses_gy
        All different total doses that the plan prescribes to targets, Gy; empty where the source lists none.
    """

    name: str
    beams: tuple[Beam, ...]
    patient_position: PatientPosition
    prescription_gy: float | None = None
    fractions: int | None = None
    normalisation_percent: float | None = None
    calculation_models: Mapping[str, str] = field(default_factory=dict)
    calculation_options: Mapping[str, str] = field(default_factory=dict)
    approval: Approval = Approval.UNAPPROVED
    target_doses_gy: tuple[float, ...] = ()

    @property
    def prescription(self) -> Prescription | None:
        """The prescription; None where dose or fractions are not stated, or not positive."""
        if not (self.prescription_gy and self.fractions) or self.prescription_gy <= 0 or self.fractions <= 0:
            return None
        return Prescription(self.prescription_gy, self.fractions)

    @property
    def treatment_beams(self) -> tuple[Beam, ...]:
        """The beams that deliver dose."""
        return tuple(beam for beam in self.beams if not beam.is_setup)


@dataclass(frozen=True)
class Case:
    """Everything a task needs to know of one plan; holds no patient identity.

    Parameters
    ----------
    ct
        CT in HU, LPS grid (any of the legal patient orientations).
    plan
        The plan.
    plan_dose
        Dose of the whole plan (all fractions), Gy; None where only beam doses were exported.
    beam_doses
        Dose of each beam by beam number (all fractions), Gy; empty where not exported.
    structures
        Contoured structures.
    uids
        DICOM identifiers.
    patient_key
        Keyed hash standing in for the patient.
    """

    ct: Volume
    plan: Plan
    plan_dose: Dose | None
    beam_doses: Mapping[int, Dose]
    structures: tuple[Structure, ...]
    uids: Uids
    patient_key: str

    @property
    def body_outlines(self) -> tuple[Structure, ...]:
        """The contoured structures of type EXTERNAL; a plan should have exactly one."""
        return tuple(structure for structure in self.structures if structure.is_body)

    @property
    def slice_mm(self) -> float:
        """Distance of the CT's slices, on which structures are drawn, mm."""
        return self.ct.grid.spacing_mm[2]

    def __post_init__(self) -> None:
        if self.ct.unit is not Unit.HU:
            raise ValueError(f"the CT of a case must be in HU, got {self.ct.unit.value}")
