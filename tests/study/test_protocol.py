"""Folds and runs of a study, and that it goes on as it was started."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dosenet.slices import COARSE_MM, FINE_MM
from dosenet.store import PairWriter
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.study.ask import Asked, asked_study
from esapi_bridge.study.protocol import STUDY_FILE, Limit, settled
from tests.dosenet.toy import COARSE_SHAPE, FINE_SHAPE, box_dose, make_store
from tests.study.outcomes import SITES, study

LATTICES = ((COARSE_SHAPE, COARSE_MM), (FINE_SHAPE, FINE_MM))


def test_leaving_one_out_takes_each_patient_once_and_never_learns_from_it() -> None:
    runs = study().runs(SITES)
    assert Counter((run.network, *run.left_out) for run in runs) == Counter(
        (network, name) for network in ("first", "second") for name in SITES
    )
    assert all(set(run.left_out) | set(run.training) == set(SITES) for run in runs)
    assert not any(set(run.left_out) & set(run.training) for run in runs)
    assert len({run.name for run in runs}) == len(runs)


def test_parts_hold_every_patient_once_and_sites_are_dealt_out() -> None:
    folds = study(parts=2).folds(SITES)
    assert sorted(name for fold in folds for name in fold) == sorted(SITES)
    assert [{SITES[name] for name in fold} >= {"head", "thorax"} for fold in folds] == [True, True]


def test_every_limit_is_a_training_of_its_own() -> None:
    both = study(limits=(Limit(minutes=2), Limit(steps=7)))
    assert Counter(run.limit.label for run in both.runs(SITES)) == {"2 processor minutes": 10, "7 steps": 10}


def test_larger_numbers_of_patients_have_those_of_smaller_ones() -> None:
    few = [run for run in study(counts=(1, 3, 9)).runs(SITES) if len(run.training) < 4]
    assert {run.network for run in few} == {"first"}
    assert Counter(len(run.training) for run in few) == {1: 5, 3: 5}, "there are not nine"
    for fold in range(5):
        one, three = (set(run.training) for run in few if run.fold == fold)
        assert one < three
        assert not three & set(next(run for run in few if run.fold == fold).left_out)


def test_a_study_goes_on_as_it_was_started(tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "test"}, fields=1)
    asked = Asked(networks=("srcnn",), steps=5)
    started = settled(asked_study(asked, store), store, tmp_path / "out")
    assert started.fields == {"a": ("f00",), "b": ("f00",)}
    coarse, fine = (box_dose(shape, step, np.zeros(3), 12.0, 5.0) for shape, step in LATTICES)
    PairWriter(store).add_field("a", "g", coarse, fine)  # the store grows meanwhile
    assert settled(asked_study(asked, store), store, tmp_path / "out") == started
    # A study of a version whose networks could not be told the energy yet.
    file = tmp_path / "out" / STUDY_FILE
    earlier = json.loads(file.read_text(encoding="utf-8"))
    del earlier["presets"]["srcnn"]["network"]["energy"]
    file.write_text(json.dumps(earlier), encoding="utf-8")
    assert settled(asked_study(asked, store), store, tmp_path / "out") == started
    with pytest.raises(RefusedError, match="limits"):
        settled(asked_study(Asked(networks=("srcnn",), steps=6), store), store, tmp_path / "out")
    other = make_store(tmp_path / "other.zarr", {"a": "train", "b": "test"}, fields=1, seed=2)
    with pytest.raises(RefusedError, match="changed or gone"):
        settled(asked_study(asked, other), other, tmp_path / "out")


def test_what_cannot_be_studied_is_said_plainly(tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "test"}, fields=1)
    with pytest.raises(BridgeError, match="none called z"):
        asked_study(Asked(networks=("srcnn",), steps=5, patients=("a", "z")), store)
    with pytest.raises(BridgeError, match="names of their own"):
        asked_study(Asked(networks=("srcnn", "srcnn"), steps=5), store)
    one = asked_study(Asked(networks=("srcnn",), steps=5, patients=("a",)), store)
    with pytest.raises(BridgeError, match="two patients"):
        settled(one, store, tmp_path / "out")
    many = asked_study(Asked(networks=("srcnn",), steps=5, folds=3), store)
    with pytest.raises(BridgeError, match="as many folds"):
        settled(many, store, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    with pytest.raises(BridgeError, match="empty or hold this study"):
        settled(asked_study(Asked(networks=("srcnn",), steps=5), store), store, tmp_path / "full")
