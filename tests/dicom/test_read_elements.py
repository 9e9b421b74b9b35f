"""A refusal names the kind of object, the element with its tag, and what was found."""

import pydicom
import pytest

from esapi_bridge.dicom import read_export
from esapi_bridge.dicom.read.elements import integer, last_digits, number, numbers
from esapi_bridge.errors import DamagedError, RefusedError
from tests.dicom.phantom import KEY, change, export_folder, files_of


@pytest.fixture
def folder(tmp_path):
    return export_folder(tmp_path)


def with_raw(path, tag, edit):
    """Change the bytes of an element in a file that is implicit little endian."""
    content = path.read_bytes()
    at = content.find(tag, 132)
    length = int.from_bytes(content[at + 4 : at + 8], "little")
    value = content[at + 8 : at + 8 + length]
    path.write_bytes(content[: at + 8] + edit(value) + content[at + 8 + length :])


PIXEL_SPACING, POSITION = b"\x28\x00\x30\x00", b"\x20\x00\x32\x00"


@pytest.mark.parametrize(
    ("kind", "tag", "message"),
    [
        ("RD", PIXEL_SPACING, r"RT Dose: Pixel Spacing \(0028,0030\) .* found '5,0.*' with a decimal comma"),
        ("CT", PIXEL_SPACING, r"Pixel Spacing \(0028,0030\) .* decimal comma"),
        ("CT", POSITION, r"Image Position \(Patient\) \(0020,0032\) .* decimal comma"),
    ],
)
def test_a_decimal_comma_is_named(folder, kind, tag, message):
    for path in files_of(folder, kind):
        with_raw(path, tag, lambda value: value.replace(b".", b","))
    if kind == "RD":
        assert b"5,0" in files_of_raw(folder)
    with pytest.raises(RefusedError, match=message) as caught:
        read_export(folder, key=KEY)
    assert caught.value.exit_code == 3


def files_of_raw(folder):
    return b"".join(path.read_bytes() for path in folder.glob("RD.*"))


def test_other_text_than_a_number_is_not_repeated(folder):
    with_raw(files_of(folder, "RD")[0], PIXEL_SPACING, lambda value: b"Canary^Name"[: len(value)].ljust(len(value)))
    with pytest.raises(DamagedError, match=r"Pixel Spacing \(0028,0030\) must be numbers, found other text") as caught:
        read_export(folder, key=KEY)
    assert "Canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "keyword", "message"),
    [
        ("RP", "BeamSequence", "RT Plan: "),
        ("RS", "SOPInstanceUID", "found one without UID"),
        ("CT", "RescaleSlope", r"CT Image: Rescale Slope \(0028,1053\) is required, found none"),
        ("RD", "DoseGridScaling", r"RT Dose: Dose Grid Scaling \(3004,000E\) is required, found none"),
    ],
)
def test_a_missing_element_is_a_refusal_that_names_it(folder, kind, keyword, message):
    change(files_of(folder, kind)[0], lambda dataset: dataset.__delattr__(keyword))
    with pytest.raises(RefusedError, match=message):
        read_export(folder, key=KEY)


def test_a_roi_number_twice_is_refused(folder):
    def twice(structures):
        structures.StructureSetROISequence[1].ROINumber = structures.StructureSetROISequence[0].ROINumber

    change(files_of(folder, "RS")[0], twice)
    with pytest.raises(RefusedError, match="RT Structure Set: ") as caught:
        read_export(folder, key=KEY)
    assert caught.value.exit_code == 3


def test_numbers_of_wrong_form_name_their_element():
    dataset = pydicom.Dataset()
    dataset.add_new("Rows", "US", 3)
    dataset.add_new("PixelSpacing", "DS", ["1", "2", "3"])
    dataset.add_new("SliceThickness", "DS", "2.5")
    assert integer(dataset, "Rows") == 3
    with pytest.raises(DamagedError, match=r"Pixel Spacing \(0028,0030\) must hold 2 numbers, found 3"):
        numbers(dataset, "PixelSpacing", 2)
    with pytest.raises(DamagedError, match=r"Slice Thickness \(0018,0050\) must be a whole number, found 2.5"):
        integer(dataset, "SliceThickness")
    with pytest.raises(DamagedError, match=r"KVP \(0018,0060\) is required"):
        number(dataset, "KVP")


@pytest.mark.parametrize(
    ("text", "digits"), [("12.5\\3", [0.1, 1]), ("1.25e1", [0.1]), ("-0.001", [0.001]), ("5.00", [0.01]), ("2e1", [10])]
)
def test_the_last_digit_is_that_of_the_file(text, digits):
    dataset = pydicom.Dataset()
    dataset.add_new("PixelSpacing", "DS", text.split("\\"))
    assert last_digits(dataset, "PixelSpacing") == pytest.approx(digits)
