"""What stands in the way of a beam besides jaws and leaves (RT Beams module, PS3.3 C.8.8.14)."""

from __future__ import annotations

from pydicom import Dataset
from pydicom.datadict import dictionary_description, keyword_for_tag

from esapi_bridge.dicom.read.compensator import has_physical_compensator
from esapi_bridge.dicom.read.elements import items, optional_number, text

COUNTED = {"wedge": "NumberOfWedges", "block": "NumberOfBlocks", "bolus": "NumberOfBoli"}
DESCRIBED = {"wedge": "WedgeSequence", "block": "BlockSequence", "bolus": "ReferencedBolusSequence"}
"""The same devices as a count and as a description: either is enough."""

TYPED = {"applicator": ("ApplicatorSequence", "ApplicatorType"), "accessory": (
    "GeneralAccessorySequence", "GeneralAccessoryType"
)}  # fmt: skip
"""Devices that say what they are: a stereotactic cone is an applicator, a tray a general accessory."""

BEHIND_THE_PATIENT = ("IMAGE_DETECTOR",)
"""General accessories that no beam passes on its way to the patient."""

ORDINARY_TECHNIQUES = ("NORMAL", "SRS")
"""High-Dose Technique Types of ordinary fields; SRS says how much may be given at once, not through what."""

NO_DEVICE = frozenset({
    "BeamDoseVerificationControlPointSequence", "BeamLimitingDeviceSequence", "CompensatorSequence",
    "ConceptNameCodeSequence", "ControlPointSequence", "DepthDoseParametersSequence",
    "EnhancedRTBeamLimitingDeviceSequence", "PlannedVerificationImageSequence", "PrimaryFluenceModeSequence",
    "ReferencedBeamSequence", "ReferencedDoseReferenceSequence", "ReferencedDoseSequence",
    "ReferencedReferenceImageSequence", "ReferencedVerificationImageSequence", "TreatmentMachineModeSequence",
    "VerificationImageTimingSequence",
})  # fmt: skip
"""Sequences of a beam that describe no device; any other is one that this package does not know."""


def read_accessories(beam: Dataset) -> tuple[str, ...]:
    """Name everything that an item of the Beam Sequence sends its radiation through.

    A device that is not known is named too, so that what was never thought of is noticed.
    """
    found = [
        name
        for name, count in COUNTED.items()
        if (optional_number(beam, count) or 0) > 0 or items(beam, DESCRIBED[name])
    ]
    if "wedge" not in found and _has_wedge_position(beam):
        found.append("wedge")
    if has_physical_compensator(beam):
        found.append("compensator")
    for name, (keyword, kind) in TYPED.items():
        kinds = [text(item, kind, "of unknown type") for item in items(beam, keyword)]
        found += [f"{name} {kind.lower()}" for kind in kinds if kind not in BEHIND_THE_PATIENT]
    technique = text(beam, "HighDoseTechniqueType", "NORMAL")
    if technique not in ORDINARY_TECHNIQUES:
        found.append(f"high-dose technique {technique}")
    known = {*DESCRIBED.values(), *(keyword for keyword, _ in TYPED.values()), *NO_DEVICE}
    sequences = {word for tag in beam.keys() if (word := keyword_for_tag(tag)).endswith("Sequence")}  # noqa: SIM118
    found += [
        dictionary_description(word).removesuffix(" Sequence").lower()
        for word in sorted(sequences - known)
        if items(beam, word)
    ]
    return tuple(found)


def _has_wedge_position(beam: Dataset) -> bool:
    """Whether a control point places a wedge in the field, though the field counts and describes none."""
    return any(
        text(wedge, "WedgePosition") != "OUT"
        for point in items(beam, "ControlPointSequence")
        for wedge in items(point, "WedgePositionSequence")
    )
