"""Databases: what comes out of exports, and that they are there whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SpatialRegistrationStorage

from esapi_bridge.case.folder import read_case
from esapi_bridge.dicom import read_export
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.database import make_database
from esapi_bridge.mock.settings import DatabaseSettings, DoseUnit
from esapi_bridge.planning.export import ExportOptions, export_subject
from tests.planning.water import ENGINES, water_cylinder


def edit(export: Path, **values: str) -> None:
    """Change elements in all files of an export, and the plan's label where given."""
    label = values.pop("plan_label", None)
    for path in export.rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        for keyword, value in values.items():
            setattr(ds, keyword, value)
        if label is not None and ds.Modality == "RTPLAN":
            ds.RTPlanLabel = label
        ds.save_as(path)
    (export / "SHA256SUMS").unlink()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two plans of one patient in two folders, and one of another patient."""
    folder = tmp_path_factory.mktemp("exports")
    made = [
        export_subject(water_cylinder(), folder / str(seed), ExportOptions(beams=2, seed=seed), engines=ENGINES).folder
        for seed in (1, 2, 3)
    ]
    edit(made[1], PatientID="PLANNING-CT-1", PatientName="Planning^Ct")
    return made


@pytest.mark.slow
def test_plans_are_grouped_by_patient_and_keep_their_case(exports: list[Path], tmp_path: Path) -> None:
    entries = make_database(exports, tmp_path / "db")
    assert [(e.patient, e.course, e.plan, e.beams) for e in entries] == [
        ("MOCK0001", "C1", "ct1", 2), ("MOCK0001", "C1", "ct2", 2), ("MOCK0002", "C1", "ct3", 2),
    ]  # fmt: skip
    patient = json.loads((tmp_path / "db/patients/MOCK0001/patient.json").read_text())
    assert patient["schema"] == 1
    assert patient["last_name"]
    assert [plan["id"] for plan in patient["courses"][0]["plans"]] == ["ct1", "ct2"]
    assert {plan["kind"] for plan in patient["courses"][0]["plans"]} == {"external"}
    for export, plan in zip(exports, patient["courses"][0]["plans"], strict=False):
        found = read_case(tmp_path / "db/patients/MOCK0001/plans" / plan["folder"])
        wanted = read_export(export).case
        np.testing.assert_array_equal(found.ct.values, wanted.ct.values)
        assert found.plan_dose is not None
        assert wanted.plan_dose is not None
        np.testing.assert_array_equal(found.plan_dose.gy, wanted.plan_dose.gy)
        assert found.uids == wanted.uids
        assert found.plan.calculation_options == {"CalculationGridSizeInCM": "0.5"}
        # The box engine gives 1 Gy to the target by each beam.
        assert (found.plan.prescription_gy, found.plan.normalisation_percent) == (2.0, 100.0)
        assert set(found.plan.calculation_models) >= {"PHOTON_DOSE", "LEAF_MOTION"}


def test_no_exported_identity_is_left(exports: list[Path], tmp_path: Path) -> None:
    make_database(exports[:1], tmp_path / "db")
    for path in (tmp_path / "db").rglob("*.json"):
        text = path.read_text()
        assert "PLANNING-CT" not in text
        assert "Planning^" not in text


def test_settings_are_written_for_the_mock(exports: list[Path], tmp_path: Path) -> None:
    make_database(exports[:1], tmp_path / "db", DatabaseSettings(DoseUnit.CGY, 2e-4, 1024))
    facts = json.loads((tmp_path / "db/database.json").read_text())
    assert (facts["schema"], facts["dose_unit"], facts["dose_scale_percent"], facts["ct_offset"]) == (
        1,
        "cGy",
        2e-4,
        1024,
    )
    assert facts["models"]["PhotonVolumeDose"][0].startswith("pencil beam")
    assert facts["intended_use"] == "Research use only, not for clinical use."


def test_a_folder_in_use_is_refused_and_kept(exports: list[Path], tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BridgeError, match="empty"):
        make_database(exports, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_nothing_is_left_after_a_failure(exports: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="twice"):
        make_database([exports[0], exports[0]], tmp_path / "db")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BridgeError):
        make_database([exports[0], empty], tmp_path / "db")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_equal_and_long_names_become_ids_that_eclipse_takes(tmp_path: Path) -> None:
    exports = []
    for number in (1, 2):
        folder = export_subject(
            water_cylinder(),
            tmp_path / str(number),
            ExportOptions(beams=1, seed=number, reference=False),
            engines=ENGINES,
        ).folder
        edit(folder, PatientID="one", plan_label="A rather long name"[:16])
        exports.append(folder)
    ids = [entry.plan for entry in make_database(exports, tmp_path / "db")]
    assert ids == ["A rather long", "A rather lo_2"]


def add_registration(export: Path) -> None:
    """A rigid registration of another frame of reference to that of the CT, and one of that frame to itself."""
    source = pydicom.dcmread(next(path for path in export.rglob("*.dcm") if pydicom.dcmread(path).Modality == "CT"))
    ds = Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = SpatialRegistrationStorage
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = UID("1.2.3.4")
    ds.FrameOfReferenceUID, ds.PatientID, ds.PatientName = source.FrameOfReferenceUID, source.PatientID, "Planning^Ct"
    ds.ContentDate, ds.ContentTime = "20260203", "040506.7"
    ds.RegistrationSequence = []
    for frame, matrix in ((source.FrameOfReferenceUID, np.eye(4)), ("1.2.9", np.eye(4) + np.diag([5.0] * 3, 1))):
        step, way, item = Dataset(), Dataset(), Dataset()
        step.FrameOfReferenceTransformationMatrixType = "RIGID"
        step.FrameOfReferenceTransformationMatrix = matrix.ravel().tolist()
        way.MatrixSequence = [step]
        item.FrameOfReferenceUID, item.MatrixRegistrationSequence = frame, [way]
        ds.RegistrationSequence.append(item)
    ds.save_as(export / "REG.dcm", enforce_file_format=True)


def test_facts_of_the_files_are_kept_and_none_of_who_was_exported(exports: list[Path], tmp_path: Path) -> None:
    export = shutil.copytree(exports[2], tmp_path / "export")
    edit(
        export, PatientSex="F", PatientBirthDate="19500102", StationName="CT7", StudyDate="20260101", StudyTime="0830",
        RTPlanDate="20260105", RTPlanTime="101112", PlanIntent="CURATIVE", ReviewDate="20260106",
        ReviewerName="Who^Reviewed",
    )  # fmt: skip
    path = next(path for path in export.rglob("*.dcm") if pydicom.dcmread(path).Modality == "RTPLAN")
    plan = pydicom.dcmread(path)
    point = Dataset()
    point.DoseReferenceNumber, point.DoseReferenceUID = 1, "1.2.11"
    point.DoseReferenceDescription, point.DoseReferenceStructureType = "Cord", "COORDINATES"
    point.DoseReferenceType, point.DeliveryMaximumDose = "ORGAN_AT_RISK", 61.5
    point.DoseReferencePointCoordinates = [1.5, -2.5, 30.0]
    plan.DoseReferenceSequence = [point]
    plan.save_as(path)
    add_registration(export)
    make_database([export], tmp_path / "db")
    text = (tmp_path / "db/patients/MOCK0001/patient.json").read_text()
    patient = json.loads(text)
    assert not any(word in text for word in ("1950", "Planning", "Reviewed"))
    assert patient["sex"] == "Female"
    (course,), (image,), (registration,) = patient["courses"], patient["images"], patient["registrations"]
    (entry,) = course["plans"]
    assert course["started"] == entry["created"] == "2026-01-05T10:11:12"
    assert "approved" not in entry, "a review of a plan that is not approved approves nothing"
    assert entry["intent"] == "CURATIVE"
    assert entry["reference_points"][0]["location_mm"] == [1.5, -2.5, 30.0]
    assert patient["reference_points"][0]["total_limit_gy"] == 61.5
    assert patient["reference_points"][0]["id"] == "Cord"
    assert (image["device"], image["study_created"]) == ("CT7", "2026-01-01T08:30:00")
    assert image["series"] == read_export(export).case.uids.ct_series
    assert registration["source"] == "1.2.9"  # where the matrix starts; it leads to the CT's
    assert registration["registered"] == read_export(export).case.uids.frame_of_reference
    assert registration["created"] == "2026-02-03T04:05:06"
    np.testing.assert_array_equal(np.reshape(registration["matrix"], (4, 4)), np.eye(4) + np.diag([5.0] * 3, 1))


def test_plans_of_one_structure_set_come_with_a_sum(exports: list[Path], tmp_path: Path) -> None:
    export = tmp_path / "export"
    shutil.copytree(exports[0], export)
    (export / "SHA256SUMS").unlink()
    for path in list(export.rglob("*.dcm")):
        ds = pydicom.dcmread(path)
        if ds.Modality in {"RTPLAN", "RTDOSE"}:
            plan = ds if ds.Modality == "RTPLAN" else ds.ReferencedRTPlanSequence[0]
            keyword = "SOPInstanceUID" if ds.Modality == "RTPLAN" else "ReferencedSOPInstanceUID"
            setattr(plan, keyword, getattr(plan, keyword) + ".7")
            ds.SOPInstanceUID = plan.SOPInstanceUID if ds.Modality == "RTPLAN" else ds.SOPInstanceUID + ".7"
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.save_as(path.with_name(f"second-{path.name}"))
    make_database([export, exports[1]], tmp_path / "db", sums=True)
    course = json.loads((tmp_path / "db/patients/MOCK0001/patient.json").read_text())["courses"][0]
    on_first = [plan["id"] for plan in course["plans"][:2]]
    assert len(course["plans"]) == 3
    assert course["plan_sums"] == [{"id": "Sum1", "plans": [{"course": "C1", "plan": plan} for plan in on_first]}]
    make_database([export], tmp_path / "plain")
    plain = json.loads((tmp_path / "plain/patients/MOCK0001/patient.json").read_text())
    assert "plan_sums" not in plain["courses"][0]
