"""What a card says of its training pairs, read off a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dosenet.pairs_card import details_of_pairs
from dosenet.store import PairWriter
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
