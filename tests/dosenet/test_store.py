from pathlib import Path

import numpy as np
import pytest
import zarr

from dosenet.store import Opening, PairWriter, fingerprint, read_patients

COARSE = np.linspace(0, 2, 2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
FINE = np.linspace(0, 2.2, 5 * 12 * 16, dtype=np.float32).reshape(5, 12, 16)
CT = np.arange(8 * 12 * 16, dtype=np.int16).reshape(8, 12, 16)


def add(writer: PairWriter, patient: str = "p", field: str = "f", **changes: object) -> bool:
    writer.add_patient(patient, CT, (1.0, 2.0, 3.0), split="train", site="toy")
    given: dict[str, object] = {
        "coarse_gy": COARSE,
        "fine_gy": FINE,
        "z_start": 2,
        "coarse_at_fine_gy": FINE / 2,
    } | changes
    return writer.add_field(patient, field, attributes={"gantry_deg": 30.0}, **given)  # type: ignore[arg-type]


def test_cts_and_phantoms_are_told_apart(tmp_path: Path) -> None:
    writer = PairWriter(tmp_path / "a.zarr")
    for name, site, told in (("a", "ct", {}), ("b", "pelvis", {}), ("c", "pelvis", {"anatomy": "ct"})):
        writer.add_patient(name, CT, (0, 0, 0), split="test", site=site, attributes=told)
    assert [patient.anatomy for patient in read_patients(tmp_path / "a.zarr")] == ["ct", "phantom", "ct"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    assert add(PairWriter(tmp_path / "a.zarr"))
    (patient,) = read_patients(tmp_path / "a.zarr", "train")
    (pair,) = patient.fields()
    assert (patient.name, patient.site, patient.origin_mm) == ("p", "toy", (1.0, 2.0, 3.0))
    np.testing.assert_array_equal(patient.ct_hu(), CT)
    np.testing.assert_array_equal(pair.coarse_gy(), COARSE)
    np.testing.assert_allclose(pair.fine_gy(), FINE, atol=2.2 / 65000)
    pencil = pair.coarse_at_fine_gy()
    assert pencil is not None
    np.testing.assert_allclose(pencil, FINE / 2, atol=2.2 / 65000)
    assert pair.attributes["gantry_deg"] == 30.0
    # the tiling rule: fine origin = coarse origin - 1.875 mm; cropped fine planes start 2 planes higher
    assert pair.attributes["coarse_origin_mm"] == [2.875, 3.875, 4.875]
    assert pair.attributes["fine_origin_mm"] == [1.0, 2.0, 5.5]


def test_body_and_opening_are_read_back_and_may_be_absent(tmp_path: Path) -> None:
    writer = PairWriter(tmp_path / "a.zarr")
    writer.add_patient("p", CT, (0, 0, 0), split="train", site="toy", body=CT % 3 == 0)
    shown = Opening(np.array([[0.25, 1.0], [0.5, 0.0]]), -7.5, -10.0, 2.5)
    add(writer, "p", "f", opening=shown)
    add(writer, "q", "f")
    with_both, without = read_patients(tmp_path / "a.zarr")
    np.testing.assert_array_equal(with_both.body(), CT % 3 == 0)
    found = next(with_both.fields()).opening()
    assert found is not None
    np.testing.assert_array_equal(found.values, shown.values)
    assert (found.x_mm, found.y_mm, found.spacing_mm) == (-7.5, -10.0, 2.5)
    assert (without.body(), next(without.fields()).opening()) == (None, None)
    assert next(without.fields()).kind == "open", "as in stores that were made before there were kinds"
    with pytest.raises(ValueError, match="body"):
        writer.add_patient("r", CT, (0, 0, 0), split="train", site="toy", body=CT[:4] == 0)


def test_what_exists_is_skipped_and_what_was_interrupted_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    add(PairWriter(path))
    assert not add(PairWriter(path))
    before = fingerprint(path)
    group = zarr.open_group(str(path), mode="a")["p/f"]
    del group.attrs["complete"]
    assert not list(read_patients(path)[0].fields())
    assert add(PairWriter(path))
    assert fingerprint(path) == before


def test_the_fingerprint_tells_stores_apart(tmp_path: Path) -> None:
    add(PairWriter(tmp_path / "a.zarr"))
    add(PairWriter(tmp_path / "b.zarr"))
    add(PairWriter(tmp_path / "b.zarr"), field="g")
    assert fingerprint(tmp_path / "a.zarr") != fingerprint(tmp_path / "b.zarr")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coarse_gy": COARSE[:, :, :3]}, "size"),
        ({"z_start": 4}, "within the CT"),
        ({"fine_gy": np.full_like(FINE, np.nan)}, "finite"),
        ({"coarse_gy": np.zeros_like(COARSE)}, "positive"),
        ({"fine_gy": -FINE}, "negative"),
        ({"coarse_at_fine_gy": FINE[:2]}, "shape"),
    ],
)
def test_doses_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        add(PairWriter(tmp_path / "a.zarr"), **changes)  # type: ignore[arg-type]


def test_unknown_splits_sizes_and_schemas_are_refused(tmp_path: Path) -> None:
    writer = PairWriter(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match="split"):
        writer.add_patient("p", CT, (0, 0, 0), split="holdout", site="toy")
    with pytest.raises(ValueError, match="multiple of 4"):
        writer.add_patient("p", CT[:7], (0, 0, 0), split="train", site="toy")
    zarr.open_group(str(tmp_path / "a.zarr"), mode="a").attrs["schema"] = 99
    with pytest.raises(ValueError, match="schema"):
        PairWriter(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match="schema"):
        read_patients(tmp_path / "a.zarr")
