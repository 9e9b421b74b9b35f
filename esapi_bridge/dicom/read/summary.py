"""Description of a single DICOM file, and whether this package can read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage, RTDoseStorage, RTIonPlanStorage, RTPlanStorage, RTStructureSetStorage

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.ct import hounsfield
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.rtdose import dose_from_dataset
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.dicom.read.rtstruct import read_structure_set
from esapi_bridge.errors import BridgeError, DamagedError, RefusedError


@dataclass(frozen=True)
class FileSummary:
    """What a file is.

    Parameters
    ----------
    kind
        Name of its SOP class, ``RT Plan Storage`` for example; ``unknown`` where it cannot be told.
    verdict
        ``read``, ``refused`` (understood, but not for us), ``damaged``, or ``unreadable`` (the disk's fault).
    detail
        What was read, or the reason for refusal.
    """

    kind: str
    verdict: str
    detail: str


def describe_file(path: Path) -> FileSummary:
    """Read one file by itself, with its voxels or beams, and describe its content; never raises."""
    kind = "unknown"
    try:
        dataset = read_dataset(path)
        with bridge_errors_only("a DICOM file"):
            kind = UID(str(dataset.SOPClassUID)).name
            return FileSummary(kind, "read", _detail(dataset))
    except DamagedError as error:
        return FileSummary(kind, "damaged", str(error))
    except RefusedError as error:
        return FileSummary(kind, "refused", str(error))
    except BridgeError as error:
        return FileSummary(kind, "unreadable", str(error))


def _detail(dataset: Dataset) -> str:
    uid = dataset.SOPClassUID
    if uid == CTImageStorage:
        values = hounsfield(dataset)
        return f"{values.shape[1]} x {values.shape[0]} pixels, {values.min():g} to {values.max():g} HU"
    if uid == RTStructureSetStorage:
        structures = read_structure_set(dataset).structures
        return f"{len(structures)} structures, {sum(len(item.contours_mm) for item in structures)} contours"
    if uid in (RTPlanStorage, RTIonPlanStorage):
        record = read_plan(dataset)
        plan = record.plan
        beams = "; ".join(
            f"{beam.energy_label} {beam.technique} {len(beam.control_points)} control points {beam.meterset_mu:g} MU"
            for beam in plan.beams
        )
        return "; ".join(
            [f"{plan.patient_position}, {plan.approval}, {len(plan.beams)} beams: {beams}", *record.remarks]
        )
    if uid == RTDoseStorage:
        dose = dose_from_dataset(dataset)
        return (
            f"{dose.kind.value} dose, {dose.grid.size} voxels of {dose.grid.spacing_mm} mm, up to {dose.gy.max():g} Gy"
        )
    raise RefusedError(f"CT, RT Structure Set, RT Plan or RT Dose were expected, found {UID(str(uid)).name}")
