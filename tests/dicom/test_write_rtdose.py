import math

import numpy as np
import pydicom
import pytest
from pydicom.uid import ImplicitVRLittleEndian

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.case.grid import IDENTITY
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.dicom import read_rtdose, write_rtdose
from esapi_bridge.errors import BridgeError
from tests.dicom.phantom import PATIENT_ID, PATIENT_NAME, change, export_folder, files_of


@pytest.fixture
def plan_file(tmp_path):
    return files_of(export_folder(tmp_path), "RP")[0]


def dose_of(values, kind=DoseKind.PLAN, beam=None, direction=IDENTITY):
    values = np.asarray(values, dtype=np.float32)
    grid = Grid(values.shape[::-1], (1.25, 1.5, 2.0), (-3.0, 4.0, 5.5), direction)
    return Dose(Volume(values, grid, Unit.GY), kind, beam)


@pytest.mark.parametrize("maximum", [0.0, 1e-4, 1.7, 75.3, 4000.0])
def test_stored_dose_is_exact_to_a_billionth_of_its_maximum(tmp_path, plan_file, maximum):
    values = np.random.default_rng(1).random((4, 3, 5)) * maximum
    path = write_rtdose(dose_of(values), plan_file, tmp_path / "dose.dcm", description="test")
    read = read_rtdose(path)
    np.testing.assert_allclose(read.gy, values.astype(np.float32), atol=1e-7 * maximum, rtol=1e-7)
    assert read.gy.max() == pytest.approx(values.max(), rel=1e-6)


def test_dose_belongs_to_patient_study_and_plan_and_is_a_new_object(tmp_path, plan_file):
    plan = pydicom.dcmread(plan_file)
    paths = [tmp_path / name for name in ("a.dcm", "b.dcm")]
    first, second = (
        pydicom.dcmread(write_rtdose(dose_of(np.ones((2, 2, 2))), plan_file, path, description="deep dose"))
        for path in paths
    )
    assert (first.PatientID, str(first.PatientName)) == (PATIENT_ID, PATIENT_NAME)
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "StudyDate", "StudyID"):
        assert first[keyword].value == plan[keyword].value
    assert first.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert len({first.SOPInstanceUID, second.SOPInstanceUID, plan.SOPInstanceUID}) == 3
    assert len({first.SeriesInstanceUID, second.SeriesInstanceUID, plan.SeriesInstanceUID}) == 3
    assert first.SOPInstanceUID.startswith("2.25.")
    assert (first.DoseUnits, first.DoseSummationType, first.BitsStored) == ("GY", "PLAN", 32)


def test_research_only_text_stands_wherever_a_reader_may_look(tmp_path, plan_file):
    path = write_rtdose(dose_of(np.ones((2, 2, 2))), plan_file, tmp_path / "d.dcm", description="Überdosis " + "x" * 90)
    dose = pydicom.dcmread(path)
    assert dose.DoseComment.startswith(INTENDED_USE)
    assert dose.SeriesDescription.startswith(INTENDED_USE)
    assert dose.ContributingEquipmentSequence[0].ContributionDescription.startswith(INTENDED_USE)
    assert max(len(dose.DoseComment), len(dose.SeriesDescription)) <= 64


def test_beam_dose_names_its_beam(tmp_path, plan_file):
    path = write_rtdose(
        dose_of(np.ones((2, 2, 2)), DoseKind.BEAM, 2), plan_file, tmp_path / "d.dcm", description="beam"
    )
    group = pydicom.dcmread(path).ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence[0]
    assert group.ReferencedFractionGroupNumber == 1
    assert [beam.ReferencedBeamNumber for beam in group.ReferencedBeamSequence] == [2]
    assert read_rtdose(path).beam_number == 2


def test_beam_that_the_plan_does_not_have_is_not_written(tmp_path, plan_file):
    with pytest.raises(BridgeError, match="beam 9"):
        write_rtdose(dose_of(np.ones((2, 2, 2)), DoseKind.BEAM, 9), plan_file, tmp_path / "d.dcm", description="beam")
    assert not (tmp_path / "d.dcm").exists()


def test_negative_dose_is_not_written(tmp_path, plan_file):
    with pytest.raises(BridgeError, match=r"negative, found -0.5 Gy"):
        write_rtdose(dose_of([[[0, -0.5], [1, 1]]] * 2), plan_file, tmp_path / "d.dcm", description="bad")
    assert not list(tmp_path.glob("*.dcm")) + list(tmp_path.glob(".*"))


def test_no_file_is_overwritten(tmp_path, plan_file):
    before = plan_file.read_bytes()
    with pytest.raises(BridgeError, match="must not exist"):
        write_rtdose(dose_of(np.ones((2, 2, 2))), plan_file, plan_file, description="bad")
    assert plan_file.read_bytes() == before


def test_oblique_grid_keeps_its_place(tmp_path, plan_file):
    turn = math.radians(7)
    direction = (math.cos(turn), -math.sin(turn), 0.0, math.sin(turn), math.cos(turn), 0.0, 0.0, 0.0, 1.0)
    dose = dose_of(np.random.default_rng(2).random((3, 4, 5)), direction=direction)
    read = read_rtdose(write_rtdose(dose, plan_file, tmp_path / "d.dcm", description="oblique"))
    assert read.grid.matches(dose.grid)
    np.testing.assert_allclose(read.gy, dose.gy, atol=1e-6)


def test_grid_indexed_against_the_normal_keeps_its_place(tmp_path, plan_file):
    direction = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    dose = dose_of(np.random.default_rng(2).random((3, 4, 5)), direction=direction)
    path = write_rtdose(dose, plan_file, tmp_path / "d.dcm", description="head first")
    assert list(pydicom.dcmread(path).GridFrameOffsetVector) == [0, 2, 4]
    wanted, read = to_lps(dose.volume), read_rtdose(path)
    assert read.grid.matches(wanted.grid)
    np.testing.assert_allclose(read.gy, wanted.values, atol=1e-6)


def test_plan_without_frame_of_reference_needs_one_given(tmp_path, plan_file):
    change(plan_file, lambda plan: plan.__delattr__("FrameOfReferenceUID"))
    dose = dose_of(np.ones((2, 2, 2)))
    with pytest.raises(BridgeError, match="Frame of Reference"):
        write_rtdose(dose, plan_file, tmp_path / "d.dcm", description="test")
    path = write_rtdose(dose, plan_file, tmp_path / "d.dcm", description="test", frame_of_reference="2.25.7")
    assert pydicom.dcmread(path).FrameOfReferenceUID == "2.25.7"


def test_identity_is_never_quoted_in_warning_log_or_error(tmp_path, plan_file, recwarn, caplog):
    plan = pydicom.dcmread(plan_file)
    with pydicom.config.disable_value_validation():
        plan.PatientID = "CANARY" * 20
        plan.PatientBirthDate = "CANARY"
    assert write_rtdose(dose_of(np.ones((2, 2, 2))), plan, tmp_path / "d.dcm", description="test").exists()
    plan.StudyInstanceUID = None
    with pytest.raises(BridgeError, match=r"Study Instance UID \(0020,000D\) is required") as caught:
        write_rtdose(dose_of(np.ones((2, 2, 2))), plan, tmp_path / "e.dcm", description="test")
    assert not recwarn.list
    assert "CANARY" not in caplog.text + str(caught.value)


def test_a_unit_may_be_a_millionth_of_the_dose_of_100_percent(tmp_path, plan_file):
    """As Eclipse stores a dose: 14 Gy in units of 1.4e-5 Gy, 14.7 Gy as 1,050,000."""
    values = np.array([[[0.0, 14.7], [1.4e-5, 7.0]]] * 2)
    path = write_rtdose(dose_of(values), plan_file, tmp_path / "d.dcm", description="test", hundred_percent_gy=14.0)
    stored = pydicom.dcmread(path)
    assert float(stored.DoseGridScaling) == 1.4e-5
    assert np.frombuffer(stored.PixelData, "<u4")[:4].tolist() == [0, 1_050_000, 1, 500_000]


def test_the_largest_dose_always_fits_32_bits(tmp_path, plan_file):
    values = np.array([[[0.0, 60.0], [1.0, 30.0]]] * 2)
    path = write_rtdose(dose_of(values), plan_file, tmp_path / "d.dcm", description="test", hundred_percent_gy=0.01)
    np.testing.assert_allclose(read_rtdose(path).gy, values, rtol=1e-6)


def test_the_header_is_as_eclipse_writes_it(tmp_path, plan_file):
    path = write_rtdose(dose_of(np.ones((3, 2, 2))), plan_file, tmp_path / "d.dcm", description="test")
    dose = pydicom.dcmread(path)
    assert (dose.FrameIncrementPointer, dose.SliceThickness, dose.BitsStored) == (0x3004000C, None, 32)
    assert [float(v) for v in dose.GridFrameOffsetVector] == [0, 2, 4]
    assert dose.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
