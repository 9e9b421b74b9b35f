"""A store that somebody else made: what must not be learnt from is refused by name before a network sees it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr

from dosenet.pairs import Pairs
from dosenet.pairs_card import details_of_pairs
from dosenet.sound_store import require_sound
from dosenet.unsound import UnsoundStoreError


@pytest.fixture
def store(toy_store: Path, tmp_path: Path) -> Path:
    """A copy: p1 and p2 are for training, p3 for validation, p4 for testing."""
    return Path(shutil.copytree(toy_store, tmp_path / "toy.zarr"))


def group(store: Path, path: str) -> zarr.Group:
    found = zarr.open_group(str(store), mode="a")[path]
    assert isinstance(found, zarr.Group)
    return found


def attributes(path: str, **values: object) -> Callable[[Path], None]:
    return lambda store: group(store, path).attrs.update(values)  # type: ignore[arg-type]


def stated(**values: str) -> Callable[[Path], None]:
    """All fields but one say the first value of each, that one the second."""

    def change(store: Path) -> None:
        for patient in ("p1", "p2", "p3", "p4"):
            for name in ("f00", "f01"):
                one = (patient, name) == ("p3", "f01")
                group(store, f"{patient}/{name}").attrs.update({k: v.split("|")[one] for k, v in values.items()})

    return change


def array(path: str, name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def replaced(store: Path) -> None:
        parent = group(store, path)
        values = change(np.asarray(parent[name][:]))  # type: ignore[index]
        del parent[name]
        parent.create_array(name, data=values)

    return replaced


def with_value(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values = np.array(values)
        values.flat[7] = value
        return values

    return change


def one_image_twice(store: Path) -> None:
    hu = group(store, "p2")["ct"][:]  # type: ignore[index]
    array("p4", "ct", lambda _: np.asarray(hu))(store)


def one_digest(store: Path) -> None:
    """The same image on two lattices: its digest says so, its voxels do not."""
    for patient in ("p1", "p3"):
        group(store, patient).attrs["image_sha256"] = "ab" * 32


def one_patient_in_two_splits(store: Path) -> None:
    for patient in ("p2", "p4"):
        group(store, patient).attrs["patient_hash"] = "0123456789abcdef"


def missing(store: Path) -> None:
    del group(store, "p2/f01")["fine"]


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "wrong spacing": (attributes("p2", spacing_mm=[2.5, 2.5, 2.5]), "patient p2: expected a CT at 1.25 mm, found"),
    "coarse grid that does not tile": (
        array("p2/f00", "coarse", lambda v: v[:, :, :-1]),
        r"patient p2 f00: expected a coarse dose \(6, 16, 20\) that the CT tiles, found \(6, 16, 19\)",
    ),
    "fine grid beside the CT": (
        array("p2/f00", "fine", lambda v: v[:, :-4]),
        r"patient p2 f00: expected a fine dose within the CT .* found \(24, 60, 80\)",
    ),
    "planes beyond the CT": (attributes("p2/f00", z_start=4), "patient p2 f00: expected a fine dose within the CT"),
    "shifted": (
        attributes("p1/f01", coarse_origin_mm=[-50.0, -40.0, 10.0]),
        r"patient p1 f01: expected coarse_origin_mm \[-48.125, -38.125, 11.875\]",
    ),
    "CT that is cut": (array("p3", "ct", lambda v: v[:-1]), "patient p3: expected a CT in whole HU, every size"),
    "CT of fractions": (array("p3", "ct", lambda v: v.astype("f4")), "patient p3: expected a CT in whole HU"),
    "body of another lattice": (array("p1", "body", lambda v: v[:-4]), "patient p1: expected the body on the lattice"),
    "fine dose that is no count": (
        array("p1/f00", "fine", lambda v: v.astype("f4")),
        "patient p1 f00: expected .* counts .uint16., found float32 and float32",
    ),
    "no fine dose": (missing, "patient p2 f01: expected the array 'fine', found none"),
    "unknown split": (attributes("p2", split="training"), "split must be one of"),
    "dose to water and to medium": (
        stated(dose_to="medium|water"),
        r"one medium of the dose in a store, found medium \(patient p1 f00\), water \(patient p3 f01\)",
    ),
    "medium of some": (stated(dose_to="medium|"), r"found medium \(patient p1 f00\), not stated \(patient p3 f01\)"),
    "two algorithms": (
        stated(coarse_algorithm="AAA|PBC", coarse_version="15.6|15.6"),
        r"one coarse algorithm in a store, found AAA 15.6 \(patient p1 f00\), PBC 15.6 \(patient p3 f01\)",
    ),
    "two versions": (
        stated(fine_algorithm="AXB|AXB", fine_version="15.6|16.1"),
        "one fine algorithm in a store, found AXB 15.6 .*, AXB 16.1",
    ),
    "one image twice": (one_image_twice, "every image once, found that of p2 again as p4"),
    "one image twice, resampled": (
        one_digest,
        "every image once, found that of p1 again as p3",
    ),
    "one patient in two splits": (
        one_patient_in_two_splits,
        "all images of a patient in one split, found p2 in train and p4 in test",
    ),
    "NaN": (
        array("p2/f00", "coarse", with_value(np.nan)),
        "patient p2 f00: expected finite coarse doses, found NaN or infinity",
    ),
    "negative": (array("p2/f00", "coarse", with_value(-0.5)), "patient p2 f00: expected coarse doses from 0 Gy on"),
    "no dose": (array("p2/f00", "coarse", np.zeros_like), "patient p2 f00: expected coarse doses from 0 Gy on"),
    "NaN a count": (attributes("p2/f00", gy_per_count=float("nan")), "patient p2 f00: expected doses above 0 Gy"),
    "cGy": (attributes("p2/f00", gy_per_count=0.01), "patient p2 f00: expected a fine dose of 0.05 to 5 times"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_before_training(store: Path, fault: str) -> None:
    change, message = FAULTS[fault]
    change(store)
    with pytest.raises(ValueError, match=message):
        Pairs.load(store, "train")
    if fault != "cGy":  # which only who reads the fine doses can see
        with pytest.raises(ValueError, match=message):
            details_of_pairs(store, {})


def test_doses_of_another_split_are_read_with_it(store: Path) -> None:
    array("p3/f00", "coarse", with_value(np.inf))(store)
    Pairs.load(store, "train")
    with pytest.raises(UnsoundStoreError, match="patient p3 f00"):
        Pairs.load(store, "validation")
    with pytest.raises(UnsoundStoreError, match="patient p3 f00"):
        require_sound(store)


def test_a_sound_store_is_taken(store: Path) -> None:
    require_sound(store)
    stated(dose_to="medium|medium", coarse_algorithm="AAA|AAA")(store)
    require_sound(store)
