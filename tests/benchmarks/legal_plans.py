"""Forms of an RT Plan as legal as the one it was made from: what Eclipse and others write besides its beams."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset, Sequence

if TYPE_CHECKING:
    from tests.benchmarks.legal_exports import Rng, Set


def _treated(s: Set) -> list[Dataset]:
    return [beam for beam in s.plan.BeamSequence if beam.BeamNumber < 70]


def _add(s: Set, number: int, delivery: str) -> None:
    field = copy.deepcopy(s.plan.BeamSequence[0])
    field.BeamNumber, field.BeamName, field.TreatmentDeliveryType = number, f"F{number}", delivery
    s.plan.BeamSequence.append(field)


def cbct_as_treatment(s: Set, _: Rng) -> None:
    """A field without monitor units, leaves and dose that says TREATMENT, as Eclipse before version 13 writes it."""
    _add(s, 78, "TREATMENT")
    reference = Dataset()
    reference.ReferencedBeamNumber = 78
    s.plan.FractionGroupSequence[0].ReferencedBeamSequence.append(reference)


def port_film(s: Set, rng: Rng) -> None:
    """A field that takes an image, with monitor units of its own."""
    _add(s, 79, str(rng.choice(["OPEN_PORTFILM", "TRMT_PORTFILM"])))
    reference = Dataset()
    reference.ReferencedBeamNumber, reference.BeamMeterset = 79, 2
    s.plan.FractionGroupSequence[0].ReferencedBeamSequence.append(reference)


def spare_setup(s: Set, _: Rng) -> None:
    """A second patient set-up that no field refers to, in another position."""
    for beam in _treated(s):
        beam.ReferencedPatientSetupNumber = 1
    spare = copy.deepcopy(s.plan.PatientSetupSequence[0])
    spare.PatientSetupNumber, spare.PatientPosition = 2, "FFP"
    s.plan.PatientSetupSequence.insert(0, spare)


def spare_fraction_group(s: Set, _: Rng) -> None:
    """A second fraction group, without monitor units."""
    spare = copy.deepcopy(s.plan.FractionGroupSequence[0])
    spare.FractionGroupNumber = 2
    for reference in spare.ReferencedBeamSequence:
        reference.BeamMeterset = None
    s.plan.FractionGroupSequence.append(spare)


def mode_in_free_text(s: Set, rng: Rng) -> None:
    """Any id of the mode without a filter."""
    for beam in _treated(s):
        beam.PrimaryFluenceModeSequence[0].FluenceModeID = str(rng.choice(["FFF", "10FFF", "6X-FFF"]))


def both_jaw_names(s: Set, _: Rng) -> None:
    """X beside ASYMX, at the first control point only."""
    for beam in _treated(s):
        positions = beam.ControlPointSequence[0].BeamLimitingDevicePositionSequence
        for position in [item for item in positions if item.RTBeamLimitingDeviceType.startswith("ASYM")]:
            again = copy.deepcopy(position)
            again.RTBeamLimitingDeviceType = position.RTBeamLimitingDeviceType.removeprefix("ASYM")
            positions.append(again)


def two_fluence_maps(s: Set, rng: Rng) -> None:
    """What Eclipse asked of the leaves and what they deliver, in a plan without prescription."""
    for beam in _treated(s):
        maps: list[Dataset] = []
        for kind in ("OPTIMAL", "TOTAL_ACTUAL"):
            item = Dataset()
            item.CompensatorNumber, item.CompensatorType, item.MaterialID = len(maps) + 1, kind, None
            item.CompensatorRows, item.CompensatorColumns = 3, 2
            item.CompensatorPixelSpacing, item.CompensatorPosition = [2.5, 2.5], [-1.25, 2.5]
            item.CompensatorTransmissionData = [round(float(v), 6) for v in rng.random(6)]
            maps.append(item)
        beam.CompensatorSequence, beam.NumberOfCompensators = Sequence(maps), 2


def angles_with_noise(s: Set, rng: Rng) -> None:
    """Standing angles that every control point repeats, with the noise of single precision."""
    for beam in _treated(s):
        first = beam.ControlPointSequence[0]
        for point in list(beam.ControlPointSequence)[1:]:
            for keyword in ("GantryAngle", "BeamLimitingDeviceAngle", "PatientSupportAngle"):
                angle = float(np.float32(first[keyword].value)) + float(rng.normal(0, 1e-5))
                setattr(point, keyword, round(angle % 360, 6))


PLAN_CHANGES = (
    cbct_as_treatment, port_film, spare_setup, spare_fraction_group, mode_in_free_text, both_jaw_names,
    two_fluence_maps, angles_with_noise,
)  # fmt: skip
