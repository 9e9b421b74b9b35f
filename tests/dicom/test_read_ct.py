import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from esapi_bridge.dicom.read.ct import hounsfield, read_ct_series, read_scanner
from esapi_bridge.errors import BridgeError, RefusedError
from tests.dicom.phantom import asymmetric_case, export_folder, files_of


@pytest.fixture
def slices(tmp_path):
    return [pydicom.dcmread(path) for path in files_of(export_folder(tmp_path), "CT")]


def test_order_of_files_does_not_matter(slices):
    shuffled = [slices[index] for index in np.random.default_rng(3).permutation(len(slices))]
    read, wanted = read_ct_series(shuffled), asymmetric_case().ct
    assert read.grid.matches(wanted.grid)
    np.testing.assert_array_equal(read.values, wanted.values)


def stored_as(image, raw, **attributes):
    """Give an image other stored words and the attributes to go with them."""
    image.Rows, image.Columns = raw.shape
    image.PixelData = raw.tobytes()
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


def test_signed_pixels(slices):
    raw = np.array([[-1000, 0], [40, 3000]], dtype="<i2")
    image = stored_as(slices[0], raw, PixelRepresentation=1, RescaleIntercept=0)
    np.testing.assert_array_equal(hounsfield(image), raw)


def test_signed_12_bit_pixels_extend_their_sign_and_shed_overlay_bits(slices):
    wanted = np.array([[-1000, -1], [0, 2047]])
    raw = (wanted & 0x0FFF).astype("<u2") | np.array([[0x8000, 0], [0x4000, 0xF000]], dtype="<u2")
    image = stored_as(slices[0], raw, PixelRepresentation=1, BitsStored=12, HighBit=11, RescaleIntercept=0)
    np.testing.assert_array_equal(hounsfield(image), wanted)


def test_slope_and_intercept_are_applied_in_that_order(slices):
    raw = np.array([[0, 10], [20, 65535]], dtype="<u2")
    image = stored_as(slices[0], raw, RescaleSlope="0.5", RescaleIntercept="-1000")
    np.testing.assert_array_equal(hounsfield(image), [[-1000, -995], [-990, 31767.5]])


@pytest.mark.parametrize("extra", [{}, {"PixelPaddingRangeLimit": -1990}], ids=["value", "range"])
def test_padding_becomes_air(slices, extra):
    raw = np.array([[-2000, 24], [1024, -1995]], dtype="<i2")
    image = stored_as(slices[0], raw, PixelRepresentation=1, RescaleIntercept=-1024, PixelPaddingValue=-2000, **extra)
    np.testing.assert_array_equal(hounsfield(image), [[-1000, -1000], [0, -1000 if extra else -3019]])


def test_padding_that_would_hide_tissue_is_refused(slices):
    image = stored_as(slices[0], np.array([[0, 24]], dtype="<i2"), PixelRepresentation=1, RescaleIntercept=0)
    image.PixelPaddingValue = 0
    with pytest.raises(RefusedError, match="outside tissue"):
        hounsfield(image)


def test_missing_slice_is_refused_with_both_gaps(slices):
    with pytest.raises(RefusedError, match=r"missing slices: 3\.000 mm elsewhere, 6\.000 mm between -6\.00 and 0\.00"):
        read_ct_series(slices[:4] + slices[5:])


def test_uneven_slice_is_refused(slices):
    slices[5].ImagePositionPatient[2] += 0.4
    with pytest.raises(RefusedError, match="uneven slices"):
        read_ct_series(slices)


def test_duplicate_slice_is_refused(slices):
    with pytest.raises(RefusedError, match=r"duplicates at -3\.00 mm"):
        read_ct_series([*slices, slices[4]])


def test_tilted_gantry_is_refused(slices):
    for index, image in enumerate(slices):
        image.ImagePositionPatient[1] += 0.2 * index
    with pytest.raises(RefusedError, match="straight behind each other"):
        read_ct_series(slices)


@pytest.mark.parametrize(
    ("keyword", "value", "name"),
    [
        ("ImageOrientationPatient", [-1, 0, 0, 0, 1, 0], "Image Orientation"),
        ("PixelSpacing", [1.5, 2.0], "Pixel Spacing"),
        ("PatientPosition", "FFS", "Patient Position"),
        ("FrameOfReferenceUID", "2.25.99", r"Frame of Reference UID \(0020,0052\), found 2.25.11 and 2.25.99"),
        ("SeriesInstanceUID", "2.25.99", "Series Instance UID"),
        ("KVP", 80, "KVP"),
    ],
)
def test_mixed_slices_are_refused(slices, keyword, value, name):
    for image in slices:
        image.KVP = 120
    setattr(slices[7], keyword, value)
    with pytest.raises(RefusedError, match=f"agree in {name}"):
        read_ct_series(slices)


def test_pixel_data_of_wrong_length_is_an_error(slices):
    slices[0].PixelData = slices[0].PixelData[:-2]
    with pytest.raises(BridgeError, match="720 bytes long for its stated size, found 718"):
        hounsfield(slices[0])


def test_scanner_is_what_the_file_says(slices):
    slices[0].Manufacturer, slices[0].KVP, slices[0].ConvolutionKernel = "Maker", 120, "B30f"
    scanner = read_scanner(slices[0])
    assert (scanner.manufacturer, scanner.kvp, scanner.kernel) == ("Maker", 120.0, "B30f")


def test_genuine_slice_agrees_with_simpleitk(genuine):
    path = genuine / "eclipse_breast_imrt_CT0.dcm"
    wanted = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[0]
    np.testing.assert_array_equal(hounsfield(pydicom.dcmread(path)), wanted)
