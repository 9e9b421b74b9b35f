"""Objects that hold too much are refused before a parser makes an object of every element."""

from __future__ import annotations

import io
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from esapi_bridge.dicom import describe_file, read_export
from esapi_bridge.dicom.read import limits
from esapi_bridge.dicom.read.files import parse_dataset
from esapi_bridge.dicom.read.limits import require_bounded
from esapi_bridge.errors import BridgeError, RefusedError
from tests.dicom.phantom import KEY, change, export_folder, files_of

SYNTAXES = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)


def element(tag: int, data: bytes) -> bytes:
    """An element of implicit VR little endian."""
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(data)) + data


def item(data: bytes) -> bytes:
    return element(0xFFFEE000, data)


def appended(path: Path, *elements: bytes) -> bytes:
    return path.read_bytes() + b"".join(elements)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files_of(export_folder(tmp_path_factory.mktemp("limits")), "RP")[0]


def unending(data: bytes) -> bytes:
    """An item whose end only a delimiter tells, as its sequence's."""
    return bytes.fromhex("feff00e0ffffffff") + data + bytes.fromhex("feff0de000000000")


@pytest.mark.parametrize(
    ("bomb", "limit"),
    [
        (lambda: element(0x300A00B0, item(element(0x300A00C0, b"1 ")) * 501), "500 beams"),
        (lambda: element(0x300A00B0, item(element(0x300A0111, item(b"") * 10_001))), "10000 control points"),
        (lambda: element(0x30060039, item(element(0x30060040, item(b"") * 50_001))), "50000 contours"),
        (lambda: element(0x30060039, item(b"") * 2_001), "2000 structures with contours"),
        (lambda: element(0x300C0002, item(b"") * 100_001), "100000 items of one kind"),
        (lambda: b"".join(element(0x400B0000 + n, b"") for n in range(5_001)), "5000 elements on one level"),
        (lambda: element(0x0020000E, b"1.2\\" * 16_385), "65536 bytes in one element"),
        (lambda: element(0x300A0086, b"1.2\\" * 16_385), "65536 bytes in one element"),
        (lambda: bytes.fromhex("0a30b000ffffffff feff00e0ffffffff") * 33, "32 levels"),
        (lambda: bytes.fromhex("0a30b000ffffffff") + unending(element(0x300A00C0, b"1 ")) * 501, "500 beams"),
    ],
)  # fmt: skip
def test_too_much_is_refused_and_named(plan: Path, bomb: Callable[[], bytes], limit: str) -> None:
    with pytest.raises(RefusedError, match=f"at most {limit}") as caught:
        parse_dataset(appended(plan, bomb()))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_count_is_exact_in_every_syntax(plan: Path, syntax: UID, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = pydicom.dcmread(plan)
    [None for element in dataset.iterall()]
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.BeamSequence[1].ControlPointSequence.append(Dataset())
    buffer = io.BytesIO()
    implicit, little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
    pydicom.dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=little)
    found = sum(len(beam.ControlPointSequence) for beam in dataset.BeamSequence)
    sequence = int(Tag("ControlPointSequence"))
    monkeypatch.setitem(limits.MOST_ITEMS_OF, sequence, ("control points", found))
    require_bounded(buffer.getvalue())
    monkeypatch.setitem(limits.MOST_ITEMS_OF, sequence, ("control points", found - 1))
    with pytest.raises(RefusedError, match=f"at most {found - 1} control points"):
        require_bounded(buffer.getvalue())


def test_a_mountain_of_meta_information_is_refused(plan: Path) -> None:
    content = plan.read_bytes()  # without its first element, which states how long the others are
    meta = b"".join(struct.pack("<HH2sHL", 2, 0x0103 + n, b"UL", 4, n) for n in range(20_000))
    with pytest.raises(RefusedError, match="65536 bytes of file meta information"):
        parse_dataset(content[:132] + meta + content[144:])


def test_bytes_of_pixels_are_no_items(tmp_path: Path) -> None:
    """What looks like an item inside a value is none."""
    path = files_of(export_folder(tmp_path), "CT")[0]
    looks = np.frombuffer(bytes.fromhex("feff00e000000000"), np.uint16)
    change(path, lambda ds: setattr(ds, "PixelData", np.resize(looks, ds.Rows * ds.Columns).tobytes()))
    require_bounded(path.read_bytes())
    assert describe_file(path).verdict == "read"


def test_a_dose_takes_little_more_than_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte for each voxel becomes four of float32, with no volume of eight on the way."""
    import tracemalloc

    path = files_of(export_folder(tmp_path), "RD")[0]
    frames, size = 32, 128

    def grow(ds: Dataset) -> None:
        ds.Rows = ds.Columns = size
        ds.NumberOfFrames, ds.GridFrameOffsetVector = frames, [4 * n for n in range(frames)]
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit = 7
        ds.PixelData = bytes(range(256)) * (frames * size * size // 256)

    change(path, grow)
    tracemalloc.start()
    assert describe_file(path).verdict == "read"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The file's bytes, its pixels, the dose, and whether each is finite.
    assert peak < 8 * frames * size * size


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_pipes_devices_and_endless_links_are_never_read(tmp_path: Path) -> None:
    folder = export_folder(tmp_path, checksums=True)
    os.mkfifo(folder / "CT.pipe.dcm")
    (folder / "CT.device.dcm").symlink_to("/dev/zero")
    (folder / "one.dcm").symlink_to("two.dcm")
    (folder / "two.dcm").symlink_to("one.dcm")
    read_export(folder, key=KEY)
    for target in ("/dev/zero", str(folder / "CT.pipe.dcm")):
        (folder / "SHA256SUMS").unlink()
        (folder / "SHA256SUMS").symlink_to(target)
        with pytest.raises(BridgeError, match="SHA256SUMS must be a plain file"):
            read_export(folder, key=KEY)


@pytest.mark.filterwarnings("ignore:The value length")
def test_every_message_is_bounded(tmp_path: Path) -> None:
    folder = export_folder(tmp_path)
    change(files_of(folder, "RP")[0], lambda ds: setattr(ds, "RTPlanLabel", "x" * 60_000))
    with pytest.raises(RefusedError) as caught:
        read_export(folder, "another", key=KEY)
    assert len(str(caught.value)) <= 2000
    assert str(caught.value).endswith("more characters")
