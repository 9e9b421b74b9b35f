"""Write a copy of an RT Plan that carries optimal fluences, for leaf motions to be calculated from (PS3.3 A.20.3)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom import Sequence as DicomSequence

import esapi_bridge
from esapi_bridge.case import Beam, FluenceMap, Jaws
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.elements import integer, items, required_text, text
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.plan_fields import fields_of, fraction_group, treatment_items
from esapi_bridge.dicom.read.rtplan import prescribed_fraction_gy, refuse_other_than_photon_plan
from esapi_bridge.dicom.results import RESEARCH
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.dicom.write.compensator import fluence_compensator
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.modules import Series, add_series_and_equipment, contributing_equipment, ds
from esapi_bridge.errors import BridgeError

LABEL_PREFIX = "RSCH_"
"""Begins the RT Plan Label (16 characters), so that nobody takes the copy for the plan."""

DROPPED_GROUPS = (0x3253, 0x3287)
"""Private groups of Eclipse with a description and a checksum of the whole plan; they would contradict the copy."""

REVIEW = ("ReviewDate", "ReviewTime", "ReviewerName")
OF_THE_OLD_DOSE = ("ReferencedDoseSequence", "ReferencedDoseReferenceSequence", "PlannedVerificationImageSequence")
OF_THE_OLD_METERSET = (
    "BeamMeterset", "BeamDose", "BeamDoseSpecificationPoint", "BeamDosePointDepth", "BeamDosePointEquivalentDepth",
    "BeamDosePointSSD", "BeamDeliveryDurationLimit", "BeamDoseVerificationControlPointSequence",
)  # fmt: skip


def write_rtplan_copy(
    source: Path,
    beams: Sequence[Beam],
    path: Path,
    *,
    model: str,
    description: str,
    form: FluenceForm = FluenceForm.OPTIMAL,
) -> Path:
    """Copy a plan, unapproved and under new identifiers, with a fluence on every treatment beam.

    Treatment beams become static: without leaves and monitor units, whose calculation is what the copy is for, with
    jaws that cover the fluence as well as what the old ones covered. Fields that do not treat stay.

    Parameters
    ----------
    source
        RT Plan file; only read.
    beams
        The treatment beams of the plan, each with its fluence.
    path
        File to be written; must not exist.
    model
        Name and version of the network.
    description
        What was done, for the description and the contributing equipment.
    form
        How the fluences are held; as Eclipse does by default.

    Raises
    ------
    BridgeError
        If the beams are not those of the plan, the plan cannot be copied, or it states no prescription of a fraction,
        which fluences of type OPTIMAL are relative to.
    """
    target = read_dataset(source)
    with bridge_errors_only("the RT Plan", "copied"):
        refuse_other_than_photon_plan(target)
        for keyword in ("SOPInstanceUID", "StudyInstanceUID"):
            required_text(target, keyword)
        given = {beam.number: beam for beam in beams}
        treated = treatment_items(fields_of(target))
        if set(given) != set(treated):
            raise BridgeError(f"fluences must be of beams {sorted(treated)}, found {sorted(given)}")
        fraction_gy = prescribed_fraction_gy(target)
        for number, item in treated.items():
            fluence = given[number].fluence
            if fluence is None:
                raise BridgeError(f"beam {number} must have a fluence, found none")
            _make_static(item, covering(fluence, [point.jaws for point in given[number].control_points]))
            item.NumberOfCompensators = 1
            item.CompensatorSequence = DicomSequence([fluence_compensator(fluence, form, fraction_gy)])
        for item in items(fraction_group(target), "ReferencedBeamSequence"):
            if integer(item, "ReferencedBeamNumber") in given:
                _drop(item, OF_THE_OLD_METERSET)
        # Last, when the leaves are gone: it looks at every element there is.
        _drop_private(target)
        _new_identity(target, model, description)
        return save(target, path)


def covering(fluence: FluenceMap, jaws: list[Jaws]) -> Jaws:
    """Find the smallest jaws, in whole millimetres where they have to open, that show all fluence and all of `jaws`."""
    shown = Jaws.around(jaws)
    x1, x2, y1, y2 = shown.x1_mm, shown.x2_mm, shown.y1_mm, shown.y2_mm
    rows, columns = np.nonzero(fluence.values)
    if rows.size:
        half = fluence.spacing_mm / 2
        x_mm, y_mm = fluence.centres_mm
        x1, x2 = min(x1, np.floor(x_mm[columns.min()] - half)), max(x2, np.ceil(x_mm[columns.max()] + half))
        y1, y2 = min(y1, np.floor(y_mm[rows.max()] - half)), max(y2, np.ceil(y_mm[rows.min()] + half))
    return Jaws(float(x1), float(x2), float(y1), float(y2))


def _new_identity(target: Dataset, model: str, description: str) -> None:
    target.SOPInstanceUID = new_uid()
    add_series_and_equipment(target, Series("RTPLAN", new_uid(), description, 1))
    target.ContributingEquipmentSequence = contributing_equipment(model, esapi_bridge.__version__, description)
    label = text(target, "RTPlanLabel").removeprefix(LABEL_PREFIX)
    target.RTPlanLabel = f"{LABEL_PREFIX}{label}"[:16].strip()
    target.RTPlanDescription = f"{esapi_bridge.INTENDED_USE} {description}".encode("ascii", "replace").decode()[:1024]
    target.RTPlanDate, target.RTPlanTime = target.InstanceCreationDate, target.InstanceCreationTime
    target.PlanIntent = RESEARCH
    target.ApprovalStatus = "UNAPPROVED"
    _drop(target, (*REVIEW, *OF_THE_OLD_DOSE))


def _make_static(item: Dataset, jaws: Jaws) -> None:
    first = item.ControlPointSequence[0]
    positions = DicomSequence()
    for position in first.BeamLimitingDevicePositionSequence:
        kind = text(position, "RTBeamLimitingDeviceType")
        if kind.startswith("MLC"):
            continue
        ends = (jaws.x1_mm, jaws.x2_mm) if kind.endswith("X") else (jaws.y1_mm, jaws.y2_mm)
        position.LeafJawPositions = [ds(value) for value in ends]
        positions.append(position)
    first.BeamLimitingDevicePositionSequence = positions
    first.CumulativeMetersetWeight = ds(0)
    last = Dataset()
    last.ControlPointIndex = 1
    last.CumulativeMetersetWeight = ds(1)
    item.BeamLimitingDeviceSequence = DicomSequence(
        device
        for device in item.BeamLimitingDeviceSequence
        if not text(device, "RTBeamLimitingDeviceType").startswith("MLC")
    )
    item.BeamType = "STATIC"
    item.NumberOfControlPoints = 2
    item.FinalCumulativeMetersetWeight = ds(1)
    item.ControlPointSequence = DicomSequence([first, last])
    for part in (item, first):
        _drop(part, OF_THE_OLD_DOSE)


def _drop(target: Dataset, keywords: tuple[str, ...]) -> None:
    for keyword in keywords:
        if keyword in target:
            delattr(target, keyword)


def _drop_private(target: Dataset) -> None:
    """Remove `DROPPED_GROUPS` at every depth."""
    for element in list(target):
        if element.tag.group in DROPPED_GROUPS:
            del target[element.tag]
        elif element.VR == "SQ":
            for item in element.value:
                _drop_private(item)
