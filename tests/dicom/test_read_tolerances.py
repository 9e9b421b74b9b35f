"""One set of tolerances, no finer than the digits of the files; what is legal but unusual is read, with a word."""

import numpy as np
import pydicom
import pytest
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.dicom import read_export, read_rtdose
from esapi_bridge.dicom.read.ct import assumptions, hounsfield, read_ct_series
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import KEY, asymmetric_case, change, export_folder, files_of, plan_dose


@pytest.fixture
def folder(tmp_path):
    return export_folder(tmp_path)


@pytest.fixture
def slices(folder):
    return [pydicom.dcmread(path) for path in files_of(folder, "CT")]


def at_heights(slices, texts):
    for image, text in zip(slices, texts, strict=True):
        image.ImagePositionPatient = ["-10.125", "-20.0625", text]
    return slices


@pytest.mark.parametrize("step", [2.54, 3.33, 1.25])
def test_positions_rounded_to_a_tenth_are_even(slices, step):
    rounded = [f"{-15 + step * k:.1f}" for k in range(12)]
    grid = read_ct_series(at_heights(slices, rounded)).grid
    heights = grid.to_patient([[0, 0, k] for k in range(12)])[:, 2]
    np.testing.assert_allclose(heights, [-15 + step * k for k in range(12)], atol=0.1)


def test_positions_stated_to_a_thousandth_may_not_be_a_tenth_off(slices):
    exact = [-15 + 3.0 * k for k in range(12)]
    exact[5] += 0.09
    with pytest.raises(RefusedError, match="uneven slices"):
        read_ct_series(at_heights(slices, [f"{z:.3f}" for z in exact]))


def test_a_missing_slice_is_found_among_rounded_positions(slices):
    rounded = [f"{-15 + 2.54 * k:.1f}" for k in range(13) if k != 6]
    with pytest.raises(RefusedError, match="missing slices"):
        read_ct_series(at_heights(slices, rounded))


def test_dose_offsets_rounded_to_a_tenth_are_even(folder):
    path = files_of(folder, "RD")[0]
    change(path, lambda dose: setattr(dose, "GridFrameOffsetVector", [f"{2.54 * k:.1f}" for k in range(8)]))
    assert read_rtdose(path).grid.spacing_mm[2] == pytest.approx(2.54, abs=0.02)
    change(
        path,
        lambda dose: setattr(dose, "GridFrameOffsetVector", [f"{2.54 * k + 0.2 * (k == 3):.3f}" for k in range(8)]),
    )
    with pytest.raises(RefusedError, match="evenly spaced"):
        read_rtdose(path)


def test_doses_whose_lattices_differ_by_rounding_lie_on_one(folder):
    _, first, second = files_of(folder, "RD")
    change(first, lambda dose: setattr(dose, "GridFrameOffsetVector", [f"{4.005 * k:.1f}" for k in range(8)]))
    change(second, lambda dose: setattr(dose, "ImagePositionPatient", [-9.04, -18, -14]))
    case = read_export(folder, key=KEY).case
    assert {dose.grid for dose in case.beam_doses.values()} == {plan_dose(case).grid}
    change(second, lambda dose: setattr(dose, "ImagePositionPatient", [-9.2, -18, -14]))
    case = read_export(folder, key=KEY).case
    assert {dose.grid == plan_dose(case).grid for dose in case.beam_doses.values()} == {True, False}


@pytest.mark.parametrize(
    "orientation",
    [[1, 5e-4, 0, -5e-4, 1, 0], [1, 5e-4, 0, 0, 1, 0], [1, 0, 0, 0, 1, 5e-4], [0.9995, 0, 0, 0, 1, 0]],
    ids=["turned", "sheared", "tilted", "short"],
)
def test_directions_off_by_rounding_become_the_patient_axes(folder, orientation):
    for path in [*files_of(folder, "CT"), *files_of(folder, "RD")]:
        change(path, lambda dataset: setattr(dataset, "ImageOrientationPatient", orientation))
    case, wanted = along_patient_axes(read_export(folder, key=KEY).case), asymmetric_case()
    assert case.ct.grid.is_axis_aligned
    np.testing.assert_array_equal(case.ct.grid.axes, np.eye(3))
    assert case.ct.grid.coordinates_mm(0)[0] == pytest.approx(-10, abs=0.02)
    assert case.ct.grid.matches(wanted.ct.grid, tolerance_mm=0.05)
    assert plan_dose(case).grid.matches(plan_dose(wanted).grid, tolerance_mm=0.05)
    np.testing.assert_array_equal(case.ct.values, wanted.ct.values)


def test_one_slice_whose_directions_are_rounded_otherwise(slices):
    slices[4].ImageOrientationPatient = [1, 1e-4, 0, -1e-4, 1, 0]
    assert read_ct_series(slices).grid.matches(asymmetric_case().ct.grid)


def test_a_tenth_of_a_degree_is_a_turn(folder):
    for path in files_of(folder, "CT"):
        change(path, lambda image: setattr(image, "ImageOrientationPatient", [1, 1.75e-3, 0, -1.75e-3, 1, 0]))
    with pytest.raises(RefusedError, match="parallel"):
        along_patient_axes(read_export(folder, key=KEY).case)


def rescaled(image, slope, intercept):
    """The same HU with other stored values."""
    hu = hounsfield(image)
    image.RescaleSlope, image.RescaleIntercept = slope, intercept
    image.PixelRepresentation, image.BitsStored, image.HighBit = 1, 16, 15
    image.PixelData = np.rint((hu - intercept) / slope).astype("<i2").tobytes()


def test_every_slice_has_its_own_rescale(slices):
    for index, image in enumerate(slices):
        rescaled(image, 0.5 if index % 2 else 1, -1024 - index)
    np.testing.assert_allclose(read_ct_series(slices).values, asymmetric_case().ct.values, atol=0.26)


def test_a_kernel_that_changes_is_told(slices):
    slices[3].ConvolutionKernel = "B60"
    assert read_ct_series(slices).grid.size[2] == 12
    assert "convolution kernels" in assumptions(slices)[0]


def test_unspecified_rescale_is_hu_where_there_is_air(slices):
    for image in slices:
        image.RescaleType = "US"
    np.testing.assert_array_equal(read_ct_series(slices).values, asymmetric_case().ct.values)
    assert "US" in assumptions(slices)[0]
    for image in slices:
        image.RescaleIntercept = 1000
    with pytest.raises(RefusedError, match="air"):
        read_ct_series(slices)


@pytest.mark.parametrize("kind", ["Z_EFF", "ED", "HU_MOD"])
def test_other_quantities_than_hu_are_refused(slices, kind):
    slices[0].RescaleType = kind
    with pytest.raises(RefusedError, match=rf"Rescale Type \(0028,1054\) {kind}"):
        hounsfield(slices[0])


@pytest.mark.parametrize(
    ("signed", "bits", "padding", "is_padding"),
    [
        (0, 12, 63536, False),  # -2000 as a word: no pixel of 12 unsigned bits
        (0, 12, 2096, True),
        (1, 12, 63536, True),  # -2000 as a word, which 12 signed bits hold
        (1, 12, 2096, True),  # -2000 in 12 bits
        (1, 16, 63536, True),
        (0, 16, 63536, False),  # it can occur, but no pixel has it
    ],
)
def test_padding_is_what_a_pixel_can_be(slices, signed, bits, padding, is_padding):
    image, stored = slices[0], -2000 if signed else 2096
    image.PixelRepresentation, image.BitsAllocated, image.BitsStored, image.HighBit = signed, 16, bits, bits - 1
    image.RescaleIntercept, image.RescaleSlope = (-1024, 1) if signed else (2000, 1)
    image.Rows, image.Columns = 1, 2
    image.PixelData = (np.array([stored, 100]) & ((1 << bits) - 1)).astype("<u2").tobytes()
    image.add_new(0x00280120, "US", padding)
    hu = hounsfield(image)[0]
    assert (hu[0] == -1000) == is_padding
    assert hu[1] == 100 + image.RescaleIntercept


def test_dose_noise_below_zero_is_zero(folder):
    path = files_of(folder, "RD")[0]

    def with_negative(share):
        def edit(dose):
            counts = np.rint(plan_dose(asymmetric_case()).gy / 70 * 2e9).astype("<i4")
            counts[0, 0, 1] = -int(share * counts.max())
            dose.PixelRepresentation, dose.DoseGridScaling = 1, f"{70 / 2e9:.9e}"
            dose.PixelData = counts.tobytes()

        return edit

    change(path, with_negative(5e-6))
    assert read_rtdose(path).gy[0, 0, 1] == 0
    change(path, with_negative(5e-5))
    with pytest.raises(RefusedError, match="negative beyond noise"):
        read_rtdose(path)


@pytest.mark.parametrize("units", ["Gy", "gy", " GY"])
def test_gy_in_any_spelling(folder, units):
    path = files_of(folder, "RD")[0]
    with pydicom.config.disable_value_validation():
        change(path, lambda dose: setattr(dose, "DoseUnits", units))
    np.testing.assert_allclose(read_rtdose(path).gy, plan_dose(asymmetric_case()).gy, atol=1e-6)


def without_meta(path, *, implicit, little):
    dataset = pydicom.dcmread(path)
    if not little and "PixelData" in dataset:
        kind = "u4" if dataset.BitsAllocated == 32 else "u2"
        dataset.PixelData = np.frombuffer(dataset.PixelData, f"<{kind}").astype(f">{kind}").tobytes()
        dataset["PixelData"].VR = "OW"
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    write_dataset(stream, pydicom.Dataset(dict(dataset.items())))
    return stream.getvalue()


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_files_without_preamble_in_any_byte_order(folder, implicit, little):
    for kind in ("CT", "RS", "RP", "RD"):
        for path in files_of(folder, kind):
            path.write_bytes(without_meta(path, implicit=implicit, little=little))
    export, wanted = read_export(folder, key=KEY), asymmetric_case()
    np.testing.assert_array_equal(export.case.ct.values, wanted.ct.values)
    np.testing.assert_allclose(plan_dose(export.case).gy, plan_dose(wanted).gy, atol=1e-6)
    assert "transfer syntax of 17 files" in export.assumed[0]


def test_a_file_that_does_not_state_its_syntax_is_implicit(folder):
    path = files_of(folder, "RD")[0]
    body = without_meta(path, implicit=True, little=True)
    uid = b"1.2.840.10008.5.1.4.1.1.481.2\0"
    meta = b"\x02\x00\x02\x00UI" + len(uid).to_bytes(2, "little") + uid
    head = b"\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little")
    path.write_bytes(bytes(128) + b"DICM" + head + meta + body)
    export = read_export(folder, key=KEY)
    np.testing.assert_allclose(plan_dose(export.case).gy, plan_dose(asymmetric_case()).gy, atol=1e-6)
    assert "transfer syntax of 1 files" in export.assumed[0]
