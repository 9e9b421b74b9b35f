"""What a card says of its training pairs, read off a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dosenet.pairs_card import details_of_pairs, missing
from dosenet.store import PairWriter, content_sha256
from tests.dosenet.test_depth_fall import FALL, ISOCENTRE, SHAPE, SOURCE, WATER, dose_in

DETAILS = {"name": "n", "inputs": {"ct": {"unit": "HU"}}, "validity": {"apertures": ["jaws"]}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fields of two energies through a box of water, one of which has a single field, and an arc."""
    path = tmp_path_factory.mktemp("pairs") / "pairs.zarr"
    writer = PairWriter(path)
    fine = tuple(4 * n for n in SHAPE)
    writer.add_patient("box", np.zeros(fine, np.int16), (-59.375, -124.375, -49.375), split="train", site="box")
    dose = dose_in(WATER + 1.0).values
    plane = np.ones((4, *fine[1:]), np.float32)
    still = {"source_mm": list(SOURCE), "isocentre_mm": list(ISOCENTRE)}
    for number, half_mm in enumerate((20.0, 30.0, 40.0)):
        dose = dose_in(WATER + 1.0, half_mm).values
        writer.add_field("box", f"f{number}", dose, plane, attributes={"kind": "open", "energy": "6X", **still})
    writer.add_field("box", "f4", dose, plane, attributes={"kind": "conformal", "energy": "15X", **still})
    writer.add_field("box", "f5", dose, plane, attributes={"kind": "arc", "energy": "6X"})
    return path


def test_kinds_energies_and_the_fall_of_each_come_from_the_store(store: Path) -> None:
    found = details_of_pairs(store, DETAILS)
    assert found["energies"] == ["15X", "6X"]
    assert found["validity"] == {"kinds": ["arc", "conformal", "open"], "apertures": ["jaws"]}
    assert found["inputs"]["ct"] == {"unit": "HU"}
    falls = found["inputs"]["coarse_dose"]["depth_fall"]
    assert set(falls) == {"6X"}
    assert falls["6X"]["at_10_cm"] == pytest.approx(FALL, rel=0.02)
    assert falls["6X"]["fields"] == 3


def test_what_the_details_state_stays(store: Path) -> None:
    stated = {**DETAILS, "energies": ["6X"], "validity": {"kinds": ["open"]}}
    found = details_of_pairs(store, stated)
    assert (found["energies"], found["validity"]["kinds"]) == (["6X"], ["open"])


def test_a_store_without_fields_is_refused(tmp_path: Path) -> None:
    PairWriter(tmp_path / "empty.zarr")
    with pytest.raises(ValueError, match="expected fields for training in the pair store, found none"):
        details_of_pairs(tmp_path / "empty.zarr", DETAILS)


CLINIC = {
    "machine": "TB1", "coarse_algorithm": "AAA", "coarse_version": "15.6.06", "fine_algorithm": "AcurosXB",
    "fine_version": "15.6.06", "dose_to": "medium", "origin": "random", "patient_position": "HFS",
    "coarse_grid_mm": [5.0, 5.0, 4.0], "fine_grid_mm": [1.25, 1.25, 2.0],
}  # fmt: skip


def clinic_store(path: Path, sites: tuple[str, ...] = ("thorax", "pelvis")) -> Path:
    """Two patients for training and one for testing, with a bone of 900 HU in the dose and metal beside it."""
    writer = PairWriter(path)
    fine = tuple(4 * n for n in SHAPE)
    dose = dose_in(WATER + 1.0).values
    plane = np.ones((4, *fine[1:]), np.float32)
    hottest = np.unravel_index(dose.argmax(), dose.shape)
    for number, site in enumerate((*sites, "head")):
        hu = np.zeros(fine, np.int16)
        hu[tuple(4 * int(n) + 1 for n in hottest)] = 800 + 100 * number
        hu[0, 0, 0] = 3000
        split = "test" if site == "head" else "train"
        writer.add_patient(f"p{number}", hu, (-59.375, -124.375, -49.375), split=split, site=site)
        for field, kind in enumerate(("open", "sliding window")):
            facts = {
                "kind": kind, "energy": "6X", "source_mm": list(SOURCE), "isocentre_mm": list(ISOCENTRE), **CLINIC,
                "gantry_deg": 10.0 + 100 * number + field, "collimator_deg": 0.0, "couch_deg": -5.0 * field,
                "techniques": ["DYNAMIC" if field else "STATIC"], "apertures": ["jaws", "leaves"][: 1 + field],
                "field_size_mm": [30.0 + 10 * number, 80.0 + field], "machine": "TB2" if field else "TB1",
                **({"leaf_width_mm": [5.0, 10.0]} if field else {}),
            }  # fmt: skip
            writer.add_field(f"p{number}", f"f{field}", dose, plane, attributes=facts)
    return path


def test_a_clinic_s_card_fills_itself(tmp_path: Path) -> None:
    store = clinic_store(tmp_path / "clinic.zarr")
    found = details_of_pairs(store, {"name": "own", "version": "1", "known_failures": ["metal"]})
    assert missing(found) == []
    assert (found["machines"], found["sites"]) == (["TB1", "TB2"], ["pelvis", "thorax"])
    assert found["input_algorithms"] == ["AAA 15.6.06"]
    assert found["target_algorithm"] == "AcurosXB 15.6.06, dose to medium"
    assert found["validity"] == {
        "kinds": ["open", "sliding window"],
        "accessories": [],
        "techniques": ["DYNAMIC", "STATIC"],
        "patient_positions": ["HFS"],
        "apertures": ["jaws", "leaves"],
        "leaf_width_mm": [5.0, 10.0],
        "field_size_mm": [30.0, 81.0],
        "ct_hu": [0, 900],
    }
    assert found["grids"] == {
        "input_mm": 5.0,
        "output_mm": 1.25,
        "calculated_mm": {"coarse": [[5.0, 5.0, 4.0]], "fine": [[1.25, 1.25, 2.0]]},
    }
    training = found["training"]
    assert training["patients"] == {"train": 2, "validation": 0, "test": 1}
    assert training["fields"] == {"train": 4, "validation": 0, "test": 2}
    assert (training["gantry_deg"], training["couch_deg"]) == ([10.0, 111.0], [-5.0, 0.0])
    assert training["origins"] == ["random"]
    assert found["inputs"]["coarse_dose"]["depth_fall"]["6X"]["fields"] == 4
    assert found["known_failures"] == ["metal"]


def test_what_a_card_states_goes_before_what_the_store_knows(tmp_path: Path) -> None:
    store = clinic_store(tmp_path / "clinic.zarr")
    stated = {"machines": [], "validity": {"ct_hu": [-1000, 3000]}, "training": {"data": "ten patients"}}
    found = details_of_pairs(store, stated)
    assert (found["machines"], found["validity"]["ct_hu"]) == ([], [-1000, 3000])
    assert found["training"]["data"] == "ten patients"
    assert found["training"]["fields"]["train"] == 4
    assert missing(found) == ["name", "version"]


def test_what_the_store_does_not_know_is_missing(tmp_path: Path, store: Path) -> None:
    nowhere = clinic_store(tmp_path / "nowhere.zarr", ("not stated",))
    assert missing(details_of_pairs(nowhere, {"name": "own", "version": "1"})) == ["sites"]
    phantoms = details_of_pairs(store, {"name": "own", "version": "1"})
    assert missing(phantoms) == ["machines", "input_algorithms", "target_algorithm"]
    assert set(phantoms["validity"]) == {"kinds"}, "no limits that only a clinic's fields state"


def test_the_data_s_digest_is_of_every_byte(tmp_path: Path) -> None:
    store = clinic_store(tmp_path / "clinic.zarr")
    digest = content_sha256(store)
    assert digest == details_of_pairs(store, {})["training"]["data_sha256"] == content_sha256(store)
    chunk = next(file for file in sorted(store.rglob("*")) if file.is_file() and "coarse/c" in file.as_posix())
    data = bytearray(chunk.read_bytes())
    data[-1] ^= 1
    chunk.write_bytes(data)
    assert content_sha256(store) != digest
