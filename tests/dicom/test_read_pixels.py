"""Lossless compressed pixels: stored values come back, and nothing is inflated that the header does not announce."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from esapi_bridge.dicom import read_export, read_rtdose
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.pixels import LOSSLESS_SYNTAXES, stored_values
from esapi_bridge.errors import DamagedError, RefusedError
from tests.dicom.phantom import KEY, asymmetric_case, change, export_folder, files_of, plan_dose


@pytest.fixture
def folder(tmp_path):
    return export_folder(tmp_path)


def compressed(path, syntax):
    """Compress the pixels of a file in place with what pydicom has."""
    dataset = pydicom.dcmread(path)
    dataset.compress(syntax, generate_instance_uid=False)
    dataset.save_as(path)


def test_an_rle_ct_is_read(folder):
    for path in files_of(folder, "CT"):
        compressed(path, RLELossless)
    np.testing.assert_array_equal(read_export(folder, key=KEY).case.ct.values, asymmetric_case().ct.values)


@pytest.mark.parametrize("compressor", ["JPEG2000", "JPEG"])
def test_a_ct_compressed_by_another_library_is_read(folder, tmp_path, compressor):
    """GDCM, within SimpleITK, compresses; JPEG 2000 is then decoded by Pillow, JPEG where the extra is installed."""
    for path in files_of(folder, "CT"):
        image = pydicom.dcmread(path)
        stored = np.frombuffer(image.PixelData, "<u2").reshape(1, image.Rows, image.Columns)
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.SetFileName(str(tmp_path / "packed.dcm"))
        writer.Execute(sitk.GetImageFromArray(stored))
        packed = pydicom.dcmread(tmp_path / "packed.dcm")
        if not get_decoder(packed.file_meta.TransferSyntaxUID).is_available:
            pytest.skip("no decoder of this compression is installed")
        image.file_meta.TransferSyntaxUID = packed.file_meta.TransferSyntaxUID
        image.PixelData = packed.PixelData
        image["PixelData"].is_undefined_length = True
        image.save_as(path)
    np.testing.assert_array_equal(read_export(folder, key=KEY).case.ct.values, asymmetric_case().ct.values)


def test_a_dose_of_several_compressed_frames_is_read(folder):
    def to_16_bits(dose):
        dose.PixelData = np.rint(gy / 0.002).astype("<u2").tobytes()
        dose.BitsAllocated, dose.BitsStored, dose.HighBit, dose.DoseGridScaling = 16, 16, 15, "0.002"

    path, gy = files_of(folder, "RD")[0], plan_dose(asymmetric_case()).gy
    change(path, to_16_bits)
    compressed(path, RLELossless)
    np.testing.assert_allclose(read_rtdose(path).gy, gy, atol=0.00101)


def test_pixels_compressed_with_loss_are_refused_where_they_are_needed(folder):
    path = files_of(folder, "CT")[0]
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    dataset.save_as(path)
    with pytest.raises(RefusedError, match=r"CT Image: transfer syntax .* found JPEG Baseline"):
        read_export(folder, key=KEY)


def codestream(syntax, rows, columns):
    """The first bytes of a codestream, which state a size."""
    if syntax == JPEG2000Lossless:
        siz = columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + bytes(8)
        return b"\xff\x4f\xff\x51\x00\x29\x00\x00" + siz + bytes(40)
    marker = {JPEGLosslessSV1: b"\xff\xc3", JPEGLSLossless: b"\xff\xf7"}[syntax]
    size = rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
    return b"\xff\xd8\xff\xe0\x00\x04\x00\x00" + marker + b"\x00\x0b\x10" + size + bytes(40)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless])
def test_a_codestream_of_another_size_than_the_header_is_not_inflated(folder, monkeypatch, syntax):
    path = files_of(folder, "CT")[0]
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([codestream(syntax, 60000, 60000)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    monkeypatch.setattr(type(get_decoder(syntax)), "is_available", True)
    with pytest.raises(DamagedError, match=r"18 x 20 as its header says, found \(60000, 60000\)"):
        stored_values(read_dataset(path))


def test_a_run_length_code_that_is_longer_than_its_pixels_is_not_inflated(folder):
    path = files_of(folder, "CT")[0]
    compressed(path, RLELossless)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([b"\x01\0\0\0\x40\0\0\0" + bytes(56) + b"\x81\0" * 20000])
    dataset.save_as(path)
    with pytest.raises(DamagedError, match="must be shorter"):
        stored_values(read_dataset(path))


@pytest.mark.parametrize("syntax", LOSSLESS_SYNTAXES, ids=lambda uid: uid.keyword)
def test_what_cannot_be_decoded_names_the_extra(folder, monkeypatch, syntax):
    path = files_of(folder, "CT")[0]
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([b"\0\0"])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    monkeypatch.setattr(type(get_decoder(syntax)), "is_available", False)
    with pytest.raises(RefusedError, match=r"install esapi-bridge\[compressed\]"):
        stored_values(read_dataset(path))
