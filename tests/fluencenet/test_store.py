import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr

from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene
from fluencenet.store import FluenceStore

TURNED = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def case(name: str = "p1", split: str = "train", seed: int = 0) -> FluenceCase:
    rng = np.random.default_rng(seed)
    scene = Scene(
        labels=rng.integers(0, 11, (3, 4, 5), dtype=np.uint8),
        label_lattice=Lattice((2.5, 2.5, 3.0), (-1.0, 2.0, 3.5), TURNED),
        dose_gy=rng.random((4, 5, 6), dtype=np.float32),
        dose_lattice=Lattice((2.0, 2.5, 3.0), (7.0, 8.0, 9.0)),
        prescription_gy=2.2,
    )
    axes = BeamAxes(np.array([0.0, -1000, 0]), np.zeros(3), np.array([1.0, 0, 0]), np.array([0.0, 0, 1]))
    beams = tuple(
        FluenceBeam(f"Field {k}", axes, FluenceImage(rng.random((6, 7 + k), dtype=np.float32), -10.0, 12.5 + k))
        for k in range(2)
    )
    return FluenceCase(name, split, scene, beams, {"seed": seed, "quality": {"hi": 0.1}})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = case()
    store = FluenceStore(tmp_path / "s.zarr")
    assert store.names() == []
    assert store.add(written)
    read = FluenceStore(tmp_path / "s.zarr").read("p1")
    assert (read.name, read.split, read.attributes) == ("p1", "train", {"seed": 0, "quality": {"hi": 0.1}})
    assert read.scene.prescription_gy == 2.2
    np.testing.assert_array_equal(read.scene.labels, written.scene.labels)
    np.testing.assert_array_equal(read.scene.dose_gy, written.scene.dose_gy)
    np.testing.assert_array_equal(read.scene.label_lattice.direction, TURNED)
    assert read.scene.dose_lattice.spacing_mm == (2.0, 2.5, 3.0)
    assert [b.name for b in read.beams] == ["Field 0", "Field 1"]
    for one, other in zip(read.beams, written.beams, strict=True):
        np.testing.assert_array_equal(one.fluence.values, other.fluence.values)
        np.testing.assert_array_equal(one.axes.source_mm, other.axes.source_mm)
        assert (one.fluence.x_origin_mm, one.fluence.y_origin_mm) == (-10.0, other.fluence.y_origin_mm)


def test_splits_are_listed_and_what_exists_is_skipped(tmp_path: Path) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    assert [store.add(case(n, s)) for n, s in (("b", "train"), ("a", "train"), ("c", "test"))] == [True] * 3
    assert not store.add(case("a", "train", seed=5))
    assert store.names() == ["a", "b", "c"]
    assert store.names("train") == ["a", "b"]
    assert store.names("validation") == []
    assert store.has("a")
    assert not store.has("d")
    assert not store.has("../s.zarr/a")


def test_an_interrupted_case_is_not_there_and_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(case("a"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # nothing tidies up after a kill
        with pytest.raises(KeyboardInterrupt):
            store.add(case("b"))
    assert any(entry.name.startswith(".b.") for entry in (tmp_path / "s.zarr").iterdir())
    assert store.names() == ["a"]
    assert store.add(case("b"))
    assert store.read("b").attributes["seed"] == 0


def test_a_case_that_another_process_was_first_with_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(case("b"))

    def other_first(part: Path, target: Path) -> None:
        shutil.copytree(part, target)
        os.rename(part, target)  # noqa: PTH104 - that of Path is replaced

    monkeypatch.setattr(Path, "rename", other_first)
    assert not store.add(case("a"))
    assert store.names() == ["a", "b"]
    assert store.read("a").attributes["seed"] == 0
    assert not [entry for entry in store.path.iterdir() if entry.name.startswith(".")]


def test_changed_arrays_are_refused(tmp_path: Path) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(case())
    zarr.open_group(str(tmp_path / "s.zarr" / "p1"), mode="a")["fluence_2"][0, 0] = 9.0  # type: ignore[index]
    with pytest.raises(ValueError, match="not those that were written"):
        store.read("p1")


def test_the_fingerprint_tells_data_apart(tmp_path: Path) -> None:
    one, same, other = (FluenceStore(tmp_path / name) for name in ("a", "b", "c"))
    for store, seed in ((one, 0), (same, 0), (other, 1)):
        store.add(case(seed=seed))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    before = one.fingerprint("train")
    one.add(case("p2", "test"))
    assert one.fingerprint("train") == before != one.fingerprint()


def test_what_cannot_be_stored_is_refused(tmp_path: Path) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    with pytest.raises(ValueError, match="case name"):
        store.add(case("../p"))
    with pytest.raises(ValueError, match="split"):
        store.add(case(split="holdout"))
    with pytest.raises(ValueError, match="beams"):
        store.add(replace(case(), beams=()))
    with pytest.raises(ValueError, match="found none"):
        store.read("nobody")
    zarr.open_group(str(tmp_path / "other.zarr"), mode="w").attrs["schema"] = 99
    with pytest.raises(ValueError, match="schema"):
        FluenceStore(tmp_path / "other.zarr")
