import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import ExplicitVRBigEndian

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.dicom import read_rtdose
from esapi_bridge.dicom.read.rtdose import DoseForm, dose_form
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import asymmetric_case, change, export_folder, files_of, plan_dose


@pytest.fixture
def dose_file(tmp_path):
    return files_of(export_folder(tmp_path), "RD")[0]


def gy():
    return plan_dose(asymmetric_case()).gy


def reverse_planes(dose):
    frames = np.frombuffer(dose.PixelData, "<u4").reshape(dose.NumberOfFrames, dose.Rows, dose.Columns)
    dose.PixelData = frames[::-1].tobytes()
    dose.ImagePositionPatient[2] += 4.0 * (dose.NumberOfFrames - 1)


def absolute_offsets(dose):
    start = float(dose.ImagePositionPatient[2])
    dose.GridFrameOffsetVector = [start + float(offset) for offset in dose.GridFrameOffsetVector]


def descending_relative(dose):
    reverse_planes(dose)
    dose.GridFrameOffsetVector = [-float(offset) for offset in dose.GridFrameOffsetVector]


def descending_absolute(dose):
    reverse_planes(dose)
    start = float(dose.ImagePositionPatient[2])
    dose.GridFrameOffsetVector = [start - float(offset) for offset in dose.GridFrameOffsetVector]


@pytest.mark.parametrize("layout", [absolute_offsets, descending_relative, descending_absolute])
def test_every_legal_plane_layout_gives_the_same_dose(dose_file, layout):
    change(dose_file, layout)
    read = read_rtdose(dose_file)
    assert read.grid.matches(plan_dose(asymmetric_case()).grid)
    np.testing.assert_allclose(read.gy, gy(), atol=1e-6)


def test_absolute_offsets_of_a_feet_first_dose_are_patient_z(tmp_path):
    dose_file = files_of(export_folder(tmp_path, patient_position=PatientPosition.FFS), "RD")[0]

    def make_absolute(dose):
        start = float(dose.ImagePositionPatient[2])
        dose.GridFrameOffsetVector = [start - float(offset) for offset in dose.GridFrameOffsetVector]

    change(dose_file, make_absolute)
    lps = to_lps(read_rtdose(dose_file).volume)
    assert lps.grid.matches(plan_dose(asymmetric_case()).grid)
    np.testing.assert_allclose(lps.values, gy(), atol=1e-6)


@pytest.mark.parametrize("bits_stored", [16, 12])
def test_16_bit_dose(dose_file, bits_stored):
    largest = 2**bits_stored - 1
    scaling = float(gy().max()) / largest

    def to_16_bit(dose):
        dose.PixelData = np.rint(gy() / scaling).astype("<u2").tobytes()
        dose.BitsAllocated, dose.BitsStored, dose.HighBit = 16, bits_stored, bits_stored - 1
        dose.DoseGridScaling = f"{scaling:.9e}"

    change(dose_file, to_16_bit)
    np.testing.assert_allclose(read_rtdose(dose_file).gy, gy(), atol=0.51 * scaling)


def test_big_endian_dose(dose_file):
    dose = pydicom.dcmread(dose_file)
    dose.PixelData = np.frombuffer(dose.PixelData, "<u4").astype(">u4").tobytes()
    dose["PixelData"].VR = "OW"
    dose.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    pydicom.dcmwrite(dose_file, dose, implicit_vr=False, little_endian=False)
    np.testing.assert_allclose(read_rtdose(dose_file).gy, gy(), atol=1e-6)


@pytest.mark.parametrize("unit_dose", [1.0, 100.0], ids=["fraction", "per cent"])
def test_relative_dose_needs_its_reference(dose_file, unit_dose):
    def make_relative(dose):
        dose.DoseUnits = "RELATIVE"
        dose.DoseGridScaling = f"{float(dose.DoseGridScaling) / 50 * unit_dose:.9e}"

    change(dose_file, make_relative)
    np.testing.assert_allclose(read_rtdose(dose_file, reference_gy=50.0).gy, gy(), rtol=1e-5)
    with pytest.raises(RefusedError, match="prescription"):
        read_rtdose(dose_file)


def test_fraction_dose_is_read_only_where_it_cannot_be_mistaken(dose_file):
    change(dose_file, lambda dose: setattr(dose, "DoseSummationType", "FRACTION"))
    np.testing.assert_allclose(read_rtdose(dose_file, fractions=1).gy, gy(), atol=1e-6)
    with pytest.raises(RefusedError, match="1 fraction, found 30"):
        read_rtdose(dose_file, fractions=30)


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ("DoseUnits", "CGY", "GY or RELATIVE, found CGY"),
        ("DoseType", "EFFECTIVE", "PHYSICAL, found EFFECTIVE"),
        ("DoseType", "ERROR", "PHYSICAL, found ERROR"),
        ("DoseSummationType", "CONTROL_POINT", "found CONTROL_POINT"),
        (
            "GridFrameOffsetVector",
            [0, 4, 8, 12, 16, 20, 24, 30],
            "evenly spaced .* found distances from 4.000 to 6.000",
        ),
        ("GridFrameOffsetVector", [5, 9, 13, 17, 21, 25, 29, 33], "found 5 mm and -14 mm"),
        ("GridFrameOffsetVector", [0, 4, 8, 12, 16, 20, 24], "8 planes and 7 offsets"),
    ],
)
def test_what_is_not_a_usable_dose_is_refused(dose_file, keyword, value, message):
    change(dose_file, lambda dose: setattr(dose, keyword, value))
    with pytest.raises(RefusedError, match=message):
        read_rtdose(dose_file)


def test_a_single_plane_is_named(dose_file):
    """As Eclipse exports plane doses: one frame, no offsets."""

    def to_plane(dose):
        dose.PixelData = dose.PixelData[: 4 * dose.Rows * dose.Columns]
        del dose.GridFrameOffsetVector, dose.NumberOfFrames

    change(dose_file, to_plane)
    with pytest.raises(RefusedError, match="a single plane"):
        read_rtdose(dose_file)


def test_genuine_dose_agrees_with_simpleitk(tmp_path, genuine):
    """The one large genuine dose is of a proton plan; told to be physical and of a photon plan, it must read."""
    path = tmp_path / "dose.dcm"
    path.write_bytes((genuine / "raystation14_RD_plan_proton.dcm").read_bytes())
    with pytest.raises(RefusedError, match="Ion Plan"):
        read_rtdose(path)

    def make_photon(dose):
        dose.DoseType = "PHYSICAL"
        dose.ReferencedRTPlanSequence[0].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.5"

    change(path, make_photon)
    image, dose = sitk.ReadImage(str(path)), read_rtdose(path)
    np.testing.assert_allclose(dose.grid.origin_mm, image.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(dose.grid.spacing_mm, image.GetSpacing(), atol=1e-4)
    np.testing.assert_allclose(dose.grid.direction, image.GetDirection(), atol=1e-6)
    counts = sitk.GetArrayFromImage(image)
    np.testing.assert_allclose(dose.gy, counts * float(image.GetMetaData("3004|000e")), rtol=1e-6)
    assert dose.gy.max() == pytest.approx(65535 * 3.372591e-05, rel=1e-6)


def as_plane(dose):
    del dose.GridFrameOffsetVector, dose.NumberOfFrames, dose.FrameIncrementPointer
    dose.PixelData = dose.PixelData[: 4 * dose.Rows * dose.Columns]


def without_grid(dose):
    for keyword in ("Rows", "Columns", "NumberOfFrames", "GridFrameOffsetVector", "DoseGridScaling", "PixelData"):
        delattr(dose, keyword)


def as_histograms(dose):
    without_grid(dose)
    dose.DVHSequence = [pydicom.Dataset()]


def as_levels(dose):
    without_grid(dose)
    dose.RTDoseROISequence = [pydicom.Dataset()]


def as_isodose_lines(dose):
    without_grid(dose)
    dose.ROIContourSequence = [pydicom.Dataset()]


@pytest.mark.parametrize(
    ("edit", "form", "name"),
    [
        (as_plane, DoseForm.PLANE, "a plane dose"),
        (as_histograms, DoseForm.HISTOGRAMS, "histograms .* without a dose grid"),
        (as_levels, DoseForm.LEVELS, "dose levels .* without a dose grid"),
        (as_isodose_lines, DoseForm.LEVELS, "dose levels .* without a dose grid"),
        (without_grid, DoseForm.EMPTY, "without dose"),
    ],
)
def test_what_is_no_volume_is_named_for_what_it_is(dose_file, edit, form, name):
    change(dose_file, edit)
    assert dose_form(pydicom.dcmread(dose_file, stop_before_pixels=True)) is form
    with pytest.raises(RefusedError, match=f"a dose volume was expected, found .*{name}"):
        read_rtdose(dose_file)


def test_a_volume_is_told_by_its_header_alone(dose_file):
    assert dose_form(pydicom.dcmread(dose_file, stop_before_pixels=True)) is DoseForm.VOLUME
