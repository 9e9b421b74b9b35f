"""What is kept of a header chooses the same as the header itself."""

from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest

from esapi_bridge.dicom.index.header import keep, restore
from esapi_bridge.dicom.read.choice import why_no_dose
from esapi_bridge.dicom.read.elements import numbers, text
from esapi_bridge.dicom.read.rtdose import dose_form, read_dose_reference
from tests.dicom.phantom import KEY, PATIENT_ID, export_folder, files_of

TEXTS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "FrameOfReferenceUID",
    "SeriesInstanceUID",
    "RTPlanLabel",
    "DoseUnits",
    "Rows",
)


@pytest.mark.parametrize("kind", ["CT", "RS", "RP", "RD"])
def test_elements_come_back_as_they_were(tmp_path: Path, kind: str) -> None:
    dataset = pydicom.dcmread(files_of(export_folder(tmp_path), kind)[-1], stop_before_pixels=True)
    kept = json.loads(json.dumps(keep(dataset, KEY)))
    found = restore(kept)
    assert PATIENT_ID not in json.dumps(kept)
    assert len(text(found, "PatientID")) == 64
    assert "PatientName" not in found
    for keyword in TEXTS:
        if keyword in found:
            assert text(found, keyword) == text(dataset, keyword)
    if kind == "CT":
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
            assert numbers(found, keyword) == numbers(dataset, keyword)
        assert list(found.ImageType) == list(dataset.ImageType)
    if kind == "RD":
        assert read_dose_reference(found) == read_dose_reference(dataset)
        assert (dose_form(found), why_no_dose(found)) == (dose_form(dataset), None)


@pytest.mark.parametrize(("sequence", "words"), [("DVHSequence", "histograms"), ("RTDoseROISequence", "levels")])
def test_a_dose_without_a_grid_is_told_by_what_it_has(tmp_path: Path, sequence: str, words: str) -> None:
    dataset = pydicom.dcmread(files_of(export_folder(tmp_path), "RD")[0], stop_before_pixels=True)
    del dataset.Rows
    setattr(dataset, sequence, [pydicom.Dataset()])
    assert words in str(why_no_dose(restore(keep(dataset, KEY))))
