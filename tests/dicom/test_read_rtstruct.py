"""Structure sets as other systems write them: what is read, what is left out, and that the reason is said."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, Sequence, dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RTStructureSetStorage

from esapi_bridge.case import Structure
from esapi_bridge.dicom.read.rtstruct import StructureSet, read_structure_set
from esapi_bridge.errors import RefusedError

SQUARE = [[0.0, 0.0], [10.0, 0.0], [10.0, 8.0], [0.0, 8.0]]


def dataset(**values: object) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def contour(z_mm: float = 0.0, kind: str | None = "CLOSED_PLANAR", points=None, **changes: object) -> Dataset:
    points = [[*xy, z_mm] for xy in SQUARE] if points is None else points
    made = dataset(
        ContourGeometricType=kind,
        NumberOfContourPoints=len(points),
        ContourData=[f"{v:.2f}" for p in points for v in p],
    )
    for keyword, value in changes.items():
        if value is None:
            delattr(made, keyword)
        else:
            made[keyword].value = value
    return made


def drawn(number: int | None, *contours: Dataset) -> Dataset:
    made = dataset(ContourSequence=Sequence(contours))
    if number is not None:
        made.ReferencedROINumber = number
    return made


def structure_set(
    *items: Dataset, rois: tuple[int, ...] = (1, 2), observed: tuple[tuple[int, str], ...] = ()
) -> Dataset:
    return dataset(
        SOPClassUID=RTStructureSetStorage,
        SOPInstanceUID="2.25.1",
        StructureSetROISequence=Sequence(
            [dataset(ROINumber=n, ROIName=f"Name^{n}", ReferencedFrameOfReferenceUID="2.25.2") for n in rois]
        ),
        ROIContourSequence=Sequence(items),
        RTROIObservationsSequence=Sequence(
            [dataset(ReferencedROINumber=n, RTROIInterpretedType=kind) for n, kind in observed]
        ),
    )


def read(given: Dataset, syntax: str = ImplicitVRLittleEndian) -> StructureSet:
    """Through bytes, for what is read is what a file holds."""
    buffer = BytesIO()
    given.save_as(buffer, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    buffer.seek(0)
    parsed = dcmread(buffer, force=True)
    return read_structure_set(parsed)


def first(*items: Dataset, **options) -> Structure:
    return read(structure_set(*items, **options)).structures[0]


def test_all_items_of_a_region_are_taken() -> None:
    found = first(drawn(1, contour(0)), drawn(2, contour(9)), drawn(1, contour(2.5), contour(5)))
    assert [c[0, 2] for c in found.contours_mm] == [0, 2.5, 5]
    assert found.left_out == ()


@pytest.mark.filterwarnings("ignore:.*VR CS")
@pytest.mark.parametrize("kind", ["CLOSED_PLANAR", "INTERPOLATED_PLANAR", "CLOSEDPLANAR_XOR", "closed_planar "])
def test_contours_that_enclose_an_area_are_read(kind: str) -> None:
    found = first(drawn(1, contour(0), contour(2.5, kind)))
    assert len(found.contours_mm) == 2
    assert found.left_out == ()
    np.testing.assert_array_equal(found.contours_mm[1][:, :2], SQUARE)


@pytest.mark.filterwarnings("ignore:.*VR CS")
def test_every_contour_of_the_file_is_read_or_counted() -> None:
    kinds = ["CLOSED_PLANAR", "POINT", "POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"]
    empty = [contour(5, ContourData=None), contour(5, ContourData=[])]
    found = first(drawn(1, *(contour(2.5 * n, kind) for n, kind in enumerate(kinds)), *empty))
    assert len(found.contours_mm) == 1
    assert set(found.left_out) == {
        "contours of type POINT: 2", "contours of type OPEN_PLANAR: 1", "contours of type OPEN_NONPLANAR: 1",
        "contours without points: 2",
    }  # fmt: skip
    counted = sum(int(text.rsplit(" ", 1)[1]) for text in found.left_out)
    assert counted + len(found.contours_mm) == len(kinds) + len(empty)


@pytest.mark.filterwarnings("ignore:.*VR CS")
@pytest.mark.parametrize(("kind", "told"), [("SPLINE_9", "SPLINE_9"), ("patient's name", "another"), (None, "another")])
def test_a_contour_that_may_enclose_anything_leaves_out_its_structure(kind: str | None, told: str) -> None:
    found = first(drawn(1, contour(0), contour(2.5, kind)))
    assert found.is_unread
    assert found.left_out[0].endswith(f"OPEN_NONPLANAR, found {told}")


ILLEGAL: dict[str, dict[str, Any]] = {
    "Number of Contour Points (3006,0046) is required": {"NumberOfContourPoints": None},
    "must hold 15 coordinates, found 12": {"NumberOfContourPoints": 5},
    "must hold 12 coordinates, found 4": {"ContourData": ["0", "1", "2", "3"]},
    "within 10000 mm": {"ContourData": ["1e9", *"01201201234"]},
}


@pytest.mark.parametrize("reason", ILLEGAL)
def test_an_illegal_contour_leaves_out_its_structure_whole_and_no_other(reason: str) -> None:
    found = read(structure_set(drawn(1, contour(0), contour(2.5, **ILLEGAL[reason])), drawn(2, contour(0))))
    bad, good = found.structures
    assert bad.is_unread
    assert bad.contours_mm == ()
    assert reason in bad.left_out[0]
    assert "Name" not in str(bad.left_out)
    assert len(good.contours_mm) == 1
    assert not good.is_unread


@pytest.mark.parametrize("bad", [rb"0\0\0\5,5\0\0\5\5\0", rb"a\b\c\d\e\f\g\h\i", rb"nan\0\0\1\0\0\1\1\0"])
def test_coordinates_that_are_no_numbers_leave_out_their_structure(bad: bytes) -> None:
    wrong = contour(0)
    del wrong.ContourData
    wrong.NumberOfContourPoints = 3
    wrong.add_new(0x30060050, "OB", bad + b" " * (len(bad) % 2))
    found = first(drawn(1, wrong))
    assert found.is_unread
    assert "Contour Data must" in found.left_out[0]


def test_a_number_of_two_regions_is_refused_by_number() -> None:
    with pytest.raises(RefusedError, match=r"ROI Number .* found 2 several times") as refused:
        read(structure_set(rois=(1, 2, 2)))
    assert "Name" not in str(refused.value)


def test_contours_of_no_region_are_said() -> None:
    found = read(structure_set(drawn(1, contour()), drawn(99, contour()), drawn(None, contour())))
    assert found.left_out == ("contours of ROI 99, which the set does not list", "contours that belong to no ROI: 1")


def test_the_type_of_a_region_is_that_of_its_first_observation_with_one() -> None:
    found = first(drawn(1, contour()), observed=((1, ""), (1, "PTV"), (2, "ORGAN"), (1, "PTV"), (1, "CTV")))
    assert found.dicom_type == "PTV"
    assert found.left_out == ("another RT ROI Interpreted Type than PTV: CTV",)


def test_a_region_in_another_frame_of_reference_is_left_out_alone() -> None:
    given = structure_set(drawn(1, contour()), drawn(2, contour()))
    given.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "2.25.77"
    here, there = read(given).in_frame("2.25.2")
    assert len(here.contours_mm) == 1
    assert there.is_unread
    assert "another frame of reference" in there.left_out[0]


def test_empty_regions_and_wrong_colours_stop_nothing() -> None:
    wrong = drawn(2, contour())
    wrong.ROIDisplayColor = [1, 2]
    found = read(structure_set(drawn(1), wrong, rois=(1, 2, 3)))
    assert [len(s.contours_mm) for s in found.structures] == [0, 1, 0]
    assert all(s.left_out == () for s in found.structures)


@pytest.mark.filterwarnings("ignore:.*exceeds the size of 64 kByte")
def test_a_contour_over_64_kb_in_explicit_form() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    points = np.column_stack([30 * np.cos(angle), 30 * np.sin(angle), 0 * angle])
    large = structure_set(drawn(1, contour(points=points.tolist())))
    found = read(large, ExplicitVRLittleEndian).structures[0]
    np.testing.assert_allclose(found.contours_mm[0], points, atol=0.0051)
