"""What we write, judged by the validators of dicom3tools and DCMTK where they are installed."""

import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import PatientPosition
from tests.case.positions import IMAGE_ORIENTATION
from tests.dicom.phantom import change, export_folder, files_of
from tests.patience import LONGEST_S

KINDS = {"CT": "CTImage", "RS": "RTStructureSet", "RP": "RTPlan", "RD": "RTDose"}


def run(*command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)


def to_16_bit(dose):
    """Keep the upper half of each word: dciodvfy stops at any dose of 32 bits (its assertion on bitsallocated)."""
    dose.PixelData = (np.frombuffer(dose.PixelData, "<u4") >> 16).astype("<u2").tobytes()
    dose.BitsAllocated = dose.BitsStored = 16
    dose.HighBit = 15


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.FFDR])
@pytest.mark.parametrize("kind", KINDS)
def test_dciodvfy_finds_no_error(tmp_path, kind, position):
    for path in files_of(export_folder(tmp_path, patient_position=position), kind):
        if kind == "RD":
            change(path, to_16_bit)
        result = run("dciodvfy", str(path))
        assert KINDS[kind] in result.stdout + result.stderr
        assert "Error" not in result.stdout + result.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_dcmtk_reads_every_element(tmp_path, kind):
    path = files_of(export_folder(tmp_path), kind)[-1]
    result = run("dcmdump", "+L", "-q", str(path))
    assert (result.returncode, result.stderr) == (0, "")
    assert pydicom.dcmread(path).SOPInstanceUID in result.stdout


@pytest.mark.parametrize("position", PatientPosition)
def test_dcmtk_agrees_on_position_and_orientation(tmp_path, position):
    path = files_of(export_folder(tmp_path, patient_position=position), "CT")[0]
    dump = run("dcmdump", "+P", "0018,5100", "+P", "0020,0037", str(path)).stdout
    assert f"[{position}]" in dump
    assert "[" + "\\".join(f"{value:.1f}" for value in IMAGE_ORIENTATION[position]) + "]" in dump
