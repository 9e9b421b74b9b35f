"""Hostile and damaged files: one family of errors, no surprises in memory."""

import tracemalloc
import zlib

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit

from esapi_bridge.dicom import describe_file, read_export
from esapi_bridge.dicom.read.files import parse_dataset, read_dataset
from esapi_bridge.errors import BridgeError, DamagedError, RefusedError
from tests.dicom.phantom import KEY, change, export_folder, files_of

FILES_PER_KIND = 100


def header_with_syntax(path, syntax):
    """Content of a file up to its data set, with another transfer syntax stated."""
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.clear()
    buffer = pydicom.filebase.DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    buffer.write(bytes(128) + b"DICM")
    pydicom.filewriter.write_file_meta_info(buffer, dataset.file_meta)
    return buffer.getvalue()


def test_deflated_file_is_refused_before_it_inflates(tmp_path):
    path = files_of(export_folder(tmp_path), "RD")[0]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(100)) + packer.flush()
    path.write_bytes(header_with_syntax(path, DeflatedExplicitVRLittleEndian) + bomb)
    tracemalloc.start()
    with pytest.raises(RefusedError, match="found Deflated"):
        read_dataset(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20
    with pytest.raises(RefusedError, match="found Deflated"):
        read_export(path.parent, key=KEY)


@pytest.mark.parametrize("undefined_lengths", [False, True])
def test_a_structure_set_that_is_cut_short_is_never_read_with_what_is_left_of_it(tmp_path, undefined_lengths):
    """The parser takes the rest for all of it: contours would be missed without a word."""
    path = files_of(export_folder(tmp_path), "RS")[0]

    def encode(dataset):
        for element in dataset:
            if element.VR == "SQ":
                element.is_undefined_length = undefined_lengths
                for item in element.value:
                    item.is_undefined_length_sequence_item = undefined_lengths
                    encode(item)

    change(path, encode)
    content = path.read_bytes()
    assert (b"\xff\xff\xff\xff" in content) == undefined_lengths
    assert len(read_dataset(path).ROIContourSequence) == 2
    begin = content.index(b"\x06\x30\x39\x00")  # ROI Contour Sequence
    after = content.index(b"\x06\x30\x80\x00")  # RT ROI Observations Sequence
    for end in {*range(begin + 1, len(content), 7), *range(len(content) - 8, len(content))} - {after}:
        with pytest.raises(DamagedError):
            parse_dataset(content[:end])


def test_compressed_pixels_are_refused(tmp_path):
    path = files_of(export_folder(tmp_path), "CT")[0]
    path.write_bytes(header_with_syntax(path, JPEGBaseline8Bit))
    with pytest.raises(RefusedError, match="found JPEG Baseline"):
        read_dataset(path)


def test_sizes_that_overflow_are_refused_before_memory_is_asked_for(tmp_path):
    path = files_of(export_folder(tmp_path), "RD")[0]
    dose = pydicom.dcmread(path)
    dose.Rows = dose.Columns = 65535
    dose.NumberOfFrames = 2**31 - 1
    dose.GridFrameOffsetVector = [0, 1]
    dose.save_as(path)
    assert describe_file(path).verdict != "read"


def test_deep_nesting_is_an_error(tmp_path):
    path = files_of(export_folder(tmp_path), "RP")[0]
    head = header_with_syntax(path, "1.2.840.10008.1.2")
    sequence = bytes.fromhex("0a30b000ffffffff") + bytes.fromhex("feff00e0ffffffff")
    path.write_bytes(head + sequence * 10_000)
    with pytest.raises(BridgeError):
        read_dataset(path)


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Damage a file in one of six ways: bits, bytes, cut, hole, repetition, noise; headers more often than pixels."""
    data = bytearray(content)
    start = 132 + int(rng.integers(0, max(1, min(len(data), 3000) - 132)))
    length = int(rng.integers(1, 40))
    match int(rng.integers(6)):
        case 0:
            data[start] ^= 1 << int(rng.integers(8))
        case 1:
            data[start] = int(rng.integers(256))
        case 2:
            del data[start:]
        case 3:
            del data[start : start + length]
        case 4:
            data[start:start] = data[start : start + length]
        case 5:
            data[start : start + length] = rng.bytes(length)
    return bytes(data)


@pytest.mark.parametrize("kind", ["CT", "RS", "RP", "RD"])
def test_damaged_files_raise_only_our_errors(tmp_path, kind):
    path = files_of(export_folder(tmp_path), kind)[0]
    content = path.read_bytes()
    rng = np.random.default_rng(20260101)
    verdicts = []
    for _ in range(FILES_PER_KIND):
        path.write_bytes(damaged(content, rng))
        verdicts.append(describe_file(path).verdict)  # anything but BridgeError would leave here
    assert set(verdicts) <= {"read", "refused", "damaged"}
    assert verdicts.count("damaged") > FILES_PER_KIND // 10


def test_damaged_exports_raise_only_our_errors(tmp_path):
    folder = export_folder(tmp_path)
    paths = [files_of(folder, kind)[0] for kind in ("CT", "RS", "RP", "RD")]
    rng = np.random.default_rng(7)
    failures = 0
    for turn in range(40):
        path = paths[turn % 4]
        content = path.read_bytes()
        path.write_bytes(damaged(content, rng))
        try:
            read_export(folder, key=KEY)
        except BridgeError:
            failures += 1
        path.write_bytes(content)
    assert failures > 10
