"""A clinic's fields, calculated twice, as training data: what is stored of them, what is refused, how a store grows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from dosenet.energy import Energy
from dosenet.pairs import Pairs
from dosenet.store import read_patients
from esapi_bridge.case import Case, DoseMedium, FieldKind, Grid
from esapi_bridge.case.pair_folder import find_images
from esapi_bridge.case.paired_field import PairedField
from esapi_bridge.training_data.collected_cases import split_of
from esapi_bridge.training_data.collected_pairs import CollectedPair, collect_dose_pairs
from tests.cases import PATIENT_KEY
from tests.collected import write_field, write_image
from tests.training_data.paired import (
    COARSE_GRID,
    FINE_GRID,
    ISOCENTRE_MM,
    field_beam,
    water_case,
    water_field,
    with_dose,
)

NAME = "dose-0123456789abcdef"


@dataclass(frozen=True)
class Made:
    """An image in memory."""

    name: str
    image: Case
    fields: dict[str, PairedField] = field(default_factory=dict)

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(self.fields)

    def case(self) -> Case:
        return self.image

    def field(self, name: str) -> PairedField:
        return self.fields[name]


def made(*fields: PairedField, case: Case | None = None, name: str = NAME) -> Made:
    return Made(name, case or water_case(), {one.name: one for one in fields})


def states(done: tuple[CollectedPair, ...]) -> list[tuple[str, str]]:
    return [(pair.field, pair.state) for pair in done]


def test_fields_are_stored_with_what_is_known_of_them(tmp_path: Path) -> None:
    images = [made(water_field(), water_field("random-0001", field_beam(2, 200.0, 15.0)))]
    done = collect_dose_pairs(images, tmp_path / "pairs.zarr", site="pelvis")
    assert [(p.state, p.split, p.site, p.energy) for p in done] == [
        ("added", split_of(PATIENT_KEY), "pelvis", "6X"),
        ("added", split_of(PATIENT_KEY), "pelvis", "15X"),
    ]
    (patient,) = read_patients(tmp_path / "pairs.zarr")
    assert (patient.name, patient.site, patient.anatomy, patient.has_body) == (NAME, "pelvis", "ct", True)
    assert patient.group.attrs["source"] == "clinic"
    first, second = patient.fields()
    facts = first.attributes
    assert (first.kind, first.energy, second.energy) == (FieldKind.OPEN, Energy(6.0), Energy(15.0))
    assert {name: facts[name] for name in ("machine", "origin", "techniques", "apertures", "patient_position")} == {
        "machine": "TrueBeam", "origin": "random", "techniques": ["STATIC"], "apertures": ["jaws"],
        "patient_position": "HFS",
    }  # fmt: skip
    assert (facts["coarse_algorithm"], facts["coarse_version"]) == ("AAA", "15.6.06")
    assert (facts["fine_algorithm"], facts["fine_version"], facts["dose_to"]) == ("AcurosXB", "15.6.06", "medium")
    assert (facts["coarse_grid_mm"], facts["fine_grid_mm"]) == ([5.0] * 3, [1.25] * 3)
    assert (facts["field_size_mm"], facts["isocentre_mm"]) == ([30.0, 40.0], list(ISOCENTRE_MM))
    # Head first, supine, gantry 30: the source stands up and to the patient's left, 1 m away.
    away = np.array([np.sin(np.pi / 6), -np.cos(np.pi / 6), 0.0])
    np.testing.assert_allclose(facts["source_mm"], np.array(ISOCENTRE_MM) + 1000 * away, atol=1e-9)
    assert len(Pairs.load(tmp_path / "pairs.zarr", split_of(PATIENT_KEY), fine_planes=4, beam=True)) > 0


def test_a_field_s_dose_is_found_at_its_place(tmp_path: Path) -> None:
    field_ = water_field()
    collect_dose_pairs([made(field_)], tmp_path / "pairs.zarr")
    (patient,) = read_patients(tmp_path / "pairs.zarr")
    (pair,) = patient.fields()
    for name, gy, given, spacing in (
        ("coarse_origin_mm", pair.coarse_gy(), field_.coarse.dose, 5.0),
        ("fine_origin_mm", pair.fine_gy(), field_.fine.dose, 1.25),
    ):
        k, j, i = np.unravel_index(gy.argmax(), gy.shape)
        hottest = np.array(pair.attributes[name]) + spacing * np.array([i, j, k])
        index = np.rint(given.grid.to_index(hottest)).astype(int)
        assert given.gy[tuple(index[::-1])] == pytest.approx(gy.max(), rel=2e-5)
        assert given.gy.max() == pytest.approx(gy.max(), rel=2e-5)


def test_a_store_grows_by_what_is_new(tmp_path: Path) -> None:
    case = water_case()
    image = write_image(tmp_path / "collected", NAME, case, [water_field()])

    def collect() -> list[tuple[str, str]]:
        return states(collect_dose_pairs(find_images(tmp_path / "collected"), tmp_path / "pairs.zarr"))

    assert collect() == [("random-0000", "added")]
    write_field(image, case, water_field("random-0001", field_beam(2, 120.0)))
    (image / "fields" / ".random-0002").mkdir()
    assert collect() == [("random-0000", "there"), ("random-0001", "added")]
    assert collect() == [("random-0000", "there"), ("random-0001", "there")]
    assert [f.name for p in read_patients(tmp_path / "pairs.zarr") for f in p.fields()] == [
        "random-0000",
        "random-0001",
    ]


def test_new_patients_go_where_they_are_told(tmp_path: Path) -> None:
    store = tmp_path / "pairs.zarr"
    collect_dose_pairs([made(water_field())], store, split="validation")
    other = made(water_field(), case=water_case("f" * 16, 40.0), name="dose-ffffffffffffffff")
    more = made(water_field("random-0001", field_beam(2, 90.0)))
    second_image = made(water_field(), case=water_case(hu=30.0), name="dose-eeeeeeeeeeeeeeee")
    done = collect_dose_pairs([more, other, second_image], store, split="test")
    assert [pair.split for pair in done] == ["validation", "test", "validation"], "who is there stays where he is"
    hashes = {patient.name: str(patient.group.attrs["patient_hash"]) for patient in read_patients(store)}
    assert hashes[NAME] == hashes["dose-eeeeeeeeeeeeeeee"] != hashes["dose-ffffffffffffffff"]
    assert PATIENT_KEY not in hashes.values()


def test_a_field_on_another_lattice_joins_the_image_s(tmp_path: Path) -> None:
    x, y, z = COARSE_GRID.origin_mm
    shifted = Grid(COARSE_GRID.size, COARSE_GRID.spacing_mm, (x + 2.0, y, z))
    images = [made(water_field(), water_field("random-0001", field_beam(2, 0.0), coarse_grid=shifted))]
    done = collect_dose_pairs(images, tmp_path / "pairs.zarr")
    assert [(p.state, p.interpolated) for p in done] == [("added", False), ("added", True)]
    (patient,) = read_patients(tmp_path / "pairs.zarr")
    assert [f.attributes["coarse_interpolated"] for f in patient.fields()] == [False, True]


def test_a_field_that_cannot_be_learnt_from_is_refused_and_the_rest_is_taken(tmp_path: Path) -> None:
    coarse = water_field("random-0001", coarse_grid=FINE_GRID)
    done = collect_dose_pairs([made(coarse, water_field("random-0002"))], tmp_path / "pairs.zarr")
    assert states(done) == [("random-0001", "refused"), ("random-0002", "added")]
    assert "coarse_grid: expected a coarse dose at 5 mm, found 1.25 x 1.25 x 1.25 mm" in done[0].reason
    only = made(coarse, case=water_case(hu=40.0), name="dose-ffffffffffffffff")
    assert states(collect_dose_pairs([only], tmp_path / "pairs.zarr")) == [("random-0001", "refused")]
    assert [patient.name for patient in read_patients(tmp_path / "pairs.zarr")] == [NAME], "no CT without a field"


def test_one_store_has_one_pair_of_algorithms_and_one_medium(tmp_path: Path) -> None:
    one = water_field()
    others = {
        "PBC 15.6.06 and AcurosXB": replace(one, coarse=replace(one.coarse, algorithm="PBC")),
        "AAA 15.6.06 and AcurosXB 16.1": replace(one, fine=replace(one.fine, version="16.1")),
        "AcurosXB 15.6.06, dose to water": with_dose(one, "fine", replace(one.fine.dose, medium=DoseMedium.WATER)),
        "dose to what is not stated": with_dose(one, "fine", replace(one.fine.dose, medium=None)),
    }
    named = [replace(other, name=f"random-{n:04d}") for n, other in enumerate(others.values(), 1)]
    first, *rest = collect_dose_pairs([made(one, *named)], tmp_path / "pairs.zarr")
    assert first.state == "added"
    for pair, found in zip(rest, others, strict=True):
        assert pair.state == "refused"
        assert "expected AAA 15.6.06 and AcurosXB 15.6.06, dose to medium, found" in pair.reason
        assert found in pair.reason


def test_one_image_under_two_names_is_refused(tmp_path: Path) -> None:
    images = [made(water_field()), made(water_field(), name="dose-ffffffffffffffff")]
    first, second = collect_dose_pairs(images, tmp_path / "pairs.zarr")
    assert (first.state, second.state, second.field) == ("added", "refused", "")
    assert f"this one is in the store already, as {NAME}" in second.reason
    # In another call, too, and with another key of the patient.
    again = made(water_field(), case=water_case("f" * 16), name="dose-eeeeeeeeeeeeeeee")
    (third,) = collect_dose_pairs([again], tmp_path / "pairs.zarr")
    assert "must have one name" in third.reason


def test_another_image_by_the_same_name_is_refused(tmp_path: Path) -> None:
    collect_dose_pairs([made(water_field())], tmp_path / "pairs.zarr")
    (done,) = collect_dose_pairs([made(water_field("b"), case=water_case(hu=40.0))], tmp_path / "pairs.zarr")
    assert "holds another image by this name" in done.reason


def test_contours_of_another_ct_are_refused(tmp_path: Path) -> None:
    case = water_case()
    body = case.structures[0]
    moved = replace(body, contours_mm=tuple(np.add(c, (30.0, 0.0, 0.0)) for c in body.contours_mm))
    (done,) = collect_dose_pairs([made(water_field(), case=replace(case, structures=(moved,)))], tmp_path / "p.zarr")
    assert "body_on_ct" in done.reason


@pytest.mark.parametrize("file", ["field.json", "fine.npy"])
def test_a_changed_byte_is_refused_and_the_rest_is_taken(tmp_path: Path, file: str) -> None:
    fields = [water_field(), water_field("random-0001", field_beam(2, 120.0))]
    image = write_image(tmp_path / "collected", NAME, water_case(), fields)
    path = image / "fields" / "random-0000" / file
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    done = collect_dose_pairs(find_images(tmp_path / "collected"), tmp_path / "pairs.zarr")
    assert states(done) == [("random-0000", "refused"), ("random-0001", "added")]
    assert f"{file} must be as written" in done[0].reason


def test_an_image_without_fields_or_with_a_damaged_case_is_refused(tmp_path: Path) -> None:
    empty = write_image(tmp_path / "a", NAME, water_case(), [])
    damaged = write_image(tmp_path / "b", NAME, water_case(), [water_field()])
    (damaged / "case" / "ct.npy").unlink()
    for folder, message in ((empty, "expected fields that were calculated twice"), (damaged, "missing")):
        (done,) = collect_dose_pairs(find_images(folder), tmp_path / "pairs.zarr")
        assert (done.state, done.field) == ("refused", "")
        assert message in done.reason
