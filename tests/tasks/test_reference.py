"""Doses given beside the plan: of this patient, and one of each part."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import UID

from esapi_bridge.dicom import read_export
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.reference import read_reference


def plan_of(export: Path) -> tuple[Path, str]:
    found = read_export(export)
    return found.plan_file, found.case.uids.frame_of_reference


def copied(export: Path, target: Path, name: str, **values: str) -> Path:
    shutil.copytree(export / "reference", target)
    dataset = pydicom.dcmread(target / name)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(target / name)
    return target


def test_a_reference_of_another_patient_is_refused(export: Path, tmp_path: Path) -> None:
    plan, frame = plan_of(export)
    other = copied(export, tmp_path / "other", "RD.plan.dcm", PatientID="SECRET2")
    with pytest.raises(RefusedError, match="of one patient, found two") as caught:
        read_reference(other, frame, plan_file=plan)
    assert "SECRET" not in str(caught.value)
    assert len(read_reference(export / "reference", frame, plan_file=plan)[0].beams) == 2


def test_two_doses_of_one_beam_are_refused(export: Path, tmp_path: Path) -> None:
    """The last one won before."""
    plan, frame = plan_of(export)
    other = copied(export, tmp_path / "other", "RD.plan.dcm")
    dataset = pydicom.dcmread(other / "RD.1.dcm")
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.77")
    dataset.save_as(other / "RD.1 again.dcm")
    with pytest.raises(RefusedError, match=r"one dose of each beam, found several: beams \[1, 1, 2\]"):
        read_reference(other, frame, plan_file=plan)
