"""The beginning of a file is read and nothing behind it."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, RTStructureSetStorage

from esapi_bridge.dicom.index import beginning
from esapi_bridge.dicom.index.beginning import read_beginning
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import export_folder, files_of

TAGS = [
    int(Tag(k)) for k in ("SOPClassUID", "SOPInstanceUID", "Rows", "StructureSetROISequence", "ImagePositionPatient")
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return export_folder(tmp_path)


def test_no_pixel_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of(folder, "CT")[0]
    whole = pydicom.dcmread(path)
    size = path.stat().st_size
    monkeypatch.setattr(beginning, "PARTS_BYTES", (size - len(whole.PixelData) + 8,))
    found = read_beginning(path, CTImageStorage, TAGS)
    assert (found.reached, found.is_cut_short) == (True, False)
    assert found.dataset.ImagePositionPatient == whole.ImagePositionPatient
    assert found.dataset.Rows == whole.Rows
    assert "PatientName" not in found.dataset


def test_contours_are_not_read(folder: Path, tmp_path: Path) -> None:
    """A structure set that ends where its contours begin says what it is drawn on all the same."""
    path = files_of(folder, "RS")[0]
    content = path.read_bytes()
    contours = content.index(b"\x06\x30\x39\x00")
    short = tmp_path / "short.dcm"
    short.write_bytes(content[: contours + 8])
    found = read_beginning(short, RTStructureSetStorage, TAGS)
    assert [roi.ROIName for roi in found.dataset.StructureSetROISequence] == ["BODY", "Lung_é"]
    assert found.reached


@pytest.mark.parametrize("part_bytes", [200, 400, 600, 1000, 10**6])
def test_any_first_part_gives_the_same(folder: Path, part_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "PARTS_BYTES", (part_bytes,))
    for kind in ("CT", "RS", "RP", "RD"):
        path = files_of(folder, kind)[0]
        whole = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[Tag(tag) for tag in TAGS])
        found = read_beginning(path, whole.SOPClassUID, TAGS)
        assert found.dataset.to_json() == whole.to_json()
        assert not found.is_cut_short


def test_pixels_beyond_the_end_are_seen(folder: Path) -> None:
    path = files_of(folder, "RD")[0]
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert read_beginning(path, None, TAGS).is_cut_short
    path.write_bytes(content[: content.rindex(b"\xe0\x7f\x10\x00")])
    with pytest.raises(RefusedError, match="cut short"):
        read_beginning(path, None, TAGS)
