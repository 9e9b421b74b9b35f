"""Round trips of a whole export, judged by our reader and by SimpleITK (GDCM)."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import FluenceMode, PatientPosition
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.dicom import read_export, write_export
from esapi_bridge.errors import BridgeError
from tests.case.positions import IMAGE_ORIENTATION
from tests.dicom.phantom import (
    CT_MARKERS_HU,
    DOSE_MARKERS_GY,
    KEY,
    PATIENT_ID,
    PATIENT_NAME,
    asymmetric_case,
    export_folder,
    files_of,
    plan_dose,
)

POSITIONS = list(PatientPosition)


def position_of(image: sitk.Image, value: float) -> np.ndarray:
    """LPS position of the one voxel with a value, by SimpleITK's own geometry."""
    (index,) = np.argwhere(np.isclose(sitk.GetArrayViewFromImage(image), value, atol=1e-4))
    return np.array(image.TransformIndexToPhysicalPoint([int(value) for value in index[::-1]]))


@pytest.mark.parametrize("position", POSITIONS)
def test_simpleitk_finds_ct_and_dose_markers_where_they_were_put(tmp_path, position):
    folder = export_folder(tmp_path, patient_position=position)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), "2.25.14"))
    ct = reader.Execute()
    for point, value in CT_MARKERS_HU.items():
        np.testing.assert_allclose(position_of(ct, value), point, atol=0.01)
    counts = sitk.ReadImage(str(files_of(folder, "RD")[0]))  # SimpleITK leaves DoseGridScaling to the caller
    dose = sitk.Cast(counts, sitk.sitkFloat64) * float(counts.GetMetaData("3004|000e"))
    for point, value in DOSE_MARKERS_GY.items():
        np.testing.assert_allclose(position_of(dose, value), point, atol=0.01)


@pytest.mark.parametrize("position", POSITIONS)
def test_reader_gives_back_the_case(tmp_path, position):
    case = asymmetric_case(position)
    export = read_export(export_folder(tmp_path, patient_position=position), key=KEY)
    read = export.case
    assert export.imaging_position == read.plan.patient_position == position
    assert read.uids == case.uids
    for found, wanted, tolerance in (
        (read.ct, case.ct, 0.0),
        (plan_dose(read).volume, plan_dose(case).volume, 1e-6),
        (read.beam_doses[1].volume, case.beam_doses[1].volume, 1e-6),
        (read.beam_doses[2].volume, case.beam_doses[2].volume, 1e-6),
    ):
        np.testing.assert_allclose(found.grid.axes[:, :2].T.ravel(), IMAGE_ORIENTATION[position])
        lps = to_lps(found)
        assert lps.grid.matches(wanted.grid, tolerance_mm=0.01)
        np.testing.assert_allclose(lps.values, wanted.values, atol=tolerance)
    assert plan_dose(read).algorithm == "pencil beam"
    assert plan_dose(read).medium is plan_dose(case).medium
    np.testing.assert_allclose(read.structures[0].contours_mm[0], case.structures[0].contours_mm[0], atol=1e-6)
    assert [(item.number, item.name, item.dicom_type, item.colour) for item in read.structures] == [
        (item.number, item.name, item.dicom_type, item.colour) for item in case.structures
    ]


def test_beams_survive(tmp_path):
    case = asymmetric_case()
    plan = read_export(export_folder(tmp_path), key=KEY).case.plan
    assert (plan.name, plan.prescription_gy, plan.fractions, plan.approval) == ("Plan 1", 60.0, 30, "UNAPPROVED")
    setup, field, arc = plan.beams
    assert setup.is_setup
    assert [beam.number for beam in plan.treatment_beams] == [1, 2]
    assert (field.fluence_mode, field.energy_label, field.technique) == (FluenceMode.FFF, "10X-FFF", "STATIC")
    assert (field.meterset_mu, field.isocentre_mm, field.machine) == (100.0, (1.5, -3.25, 2.0), "TrueBeam")
    assert [point.meterset_weight for point in field.control_points] == [0.0, 1.0]
    assert field.control_points[1].couch_deg == 350.0
    wanted = case.plan.beams[2]
    assert (arc.technique, arc.meterset_mu) == ("ARC", 210.5)
    np.testing.assert_allclose(np.asarray(arc.mlc_boundaries_mm), np.asarray(wanted.mlc_boundaries_mm))
    for found, expected in zip(arc.control_points, wanted.control_points, strict=True):
        assert (found.gantry_deg, found.jaws, found.meterset_weight) == (
            expected.gantry_deg,
            expected.jaws,
            expected.meterset_weight,
        )
        np.testing.assert_allclose(np.asarray(found.leaves_mm), np.asarray(expected.leaves_mm))


def test_export_has_one_plan_dose_and_one_dose_a_beam(tmp_path):
    doses = [pydicom.dcmread(path) for path in files_of(export_folder(tmp_path), "RD")]
    assert [dose.DoseSummationType for dose in doses] == ["PLAN", "BEAM", "BEAM"]


def test_every_file_carries_the_research_only_text_and_an_empty_preamble(tmp_path):
    for path in export_folder(tmp_path).glob("*.dcm"):
        assert INTENDED_USE in pydicom.dcmread(path).SeriesDescription
        assert path.read_bytes()[:128] == bytes(128)


def test_same_case_exports_the_same_identifiers(tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        write_export(asymmetric_case(), folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    first, second = ({path.name for path in folder.iterdir()} for folder in folders)
    assert first == second


def test_a_folder_with_dicom_files_is_left_alone(tmp_path):
    folder = export_folder(tmp_path)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BridgeError, match="no DICOM files yet"):
        write_export(asymmetric_case(), folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
