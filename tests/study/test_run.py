"""Runs of a study: what they read, and that none is done twice or lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from dosenet import training
from dosenet.evaluation import EvaluationConfig, evaluate_field
from dosenet.fitting.options import RunOptions
from dosenet.network import build_network
from dosenet.preset import Preset
from dosenet.store import FieldPair, PatientPairs
from dosenet.stored_field import StoredPatients
from dosenet.weights import Card, load_model, save_model
from esapi_bridge.errors import CANCELLED, BridgeError, RefusedError
from esapi_bridge.folders.lock import FileLock
from esapi_bridge.study import fold
from esapi_bridge.study.ask import Asked, asked_study
from esapi_bridge.study.fold import MODEL, RUNS, TRAINING, Snapshots
from esapi_bridge.study.outcome import Outcome
from esapi_bridge.study.protocol import Study, settled
from esapi_bridge.study.run import carry_out
from tests.dosenet.toy import make_store

pytestmark = pytest.mark.slow

TINY: dict[str, Any] = {
    "name": "tiny",
    "network": {"kind": "ddn-lite", "channels": 4, "blocks": 1, "head_kernel": 3},
    "training": {"crop_px": 16, "batch": 1, "ema_decay": 0.5},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("study") / "toy.zarr", {"a": "train", "b": "test"}, fields=1)


@pytest.fixture
def study(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(fold, "POINTS", 2)
    monkeypatch.setattr(fold, "CURVE_CROP_PX", 16)
    preset = tmp_path / "tiny.yaml"
    preset.write_text(yaml.safe_dump(TINY))
    return settled(asked_study(Asked(networks=(str(preset),), steps=4), store), store, tmp_path / "out")


def found(outcomes: list[Outcome]) -> list[Any]:
    """What must be the same whenever and in how many parts it was found."""
    return [
        (o.run, o.steps, [(f.name, f.mse, f.gamma_2d) for f in o.fields], [(p.step, p.left_out_mse) for p in o.curve])
        for o in outcomes
    ]


def changed(monkeypatch: pytest.MonkeyPatch, around: Callable[..., Path]) -> None:
    """Call a function with the training in place of the training."""
    train = training.train_on
    monkeypatch.setattr(fold, "train_on", lambda *given, **more: around(train, *given, **more))


def test_the_left_out_patient_is_not_read_while_others_are_learned_from(
    store: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    seen: list[set[str]] = []
    for kind, name, who in (
        (PatientPairs, "ct_hu", "name"), (PatientPairs, "body", "name"), (FieldPair, "coarse_gy", "patient"),
        (FieldPair, "fine_counts", "patient"),
    ):  # fmt: skip
        usual = getattr(kind, name)

        def noted(self: Any, usual: Callable[[Any], Any] = usual, who: str = who) -> Any:
            read.append(getattr(self, who))
            return usual(self)

        monkeypatch.setattr(kind, name, noted)

    def trained(train: Callable[..., Path], *given: Any, **more: Any) -> Path:
        best = train(*given, **more)
        seen.append(set(read))
        read.clear()
        return best

    changed(monkeypatch, trained)
    outcomes = carry_out(study, store, tmp_path / "out", threads=1)
    assert [o.run.left_out for o in outcomes] == [("a",), ("b",)]
    # Before and during the second training the first run's patient "a" is measured on, then only "a" is read again.
    assert seen[0] == {"b"}
    assert [{f.patient for f in o.fields} for o in outcomes] == [{"a"}, {"b"}]
    assert "b" in read, "measured on after the second training"


def test_a_stopped_run_goes_on_and_finds_the_same_and_a_finished_one_is_not_repeated(
    store: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[Path] = []

    def cut(
        train: Callable[..., Path], training: Any, validation: Any, preset: Any, options: RunOptions, **more: Any
    ) -> Path:
        sessions.append(options.folder)
        part = options if len(sessions) > 2 else replace(options, session_minutes=0.0)  # ends after a step
        return train(training, validation, preset, part, **more)

    with monkeypatch.context() as patched:
        changed(patched, cut)
        for _ in range(2):
            with pytest.raises(SystemExit) as end:
                carry_out(study, store, tmp_path / "out", threads=1)
            assert end.value.code == CANCELLED
        parts = carry_out(study, store, tmp_path / "out", threads=1)
    assert len(sessions) == 4, "three of the first run, one of the second"
    folder = tmp_path / "out" / RUNS / parts[0].run.name
    assert not (folder / TRAINING).exists()
    assert load_model(folder / MODEL).card.training["left_out"] == ["a"]

    def never(*given: Any, **more: Any) -> Path:
        raise AssertionError(given, more)

    monkeypatch.setattr(fold, "train_on", never)
    again = carry_out(study, store, tmp_path / "out", threads=1)
    assert again == parts
    monkeypatch.undo()
    monkeypatch.setattr(fold, "POINTS", 2)
    monkeypatch.setattr(fold, "CURVE_CROP_PX", 16)
    whole = carry_out(settled(study, store, tmp_path / "whole"), store, tmp_path / "whole", threads=1)
    assert [row[:3] for row in found(whole)] == [row[:3] for row in found(parts)]
    assert found(whole)[1] == found(parts)[1]


def test_a_network_that_starts_from_a_model_begins_with_its_answers(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step is large enough to leave what the model gives."""
    monkeypatch.setattr(fold, "POINTS", 1)
    monkeypatch.setattr(fold, "CURVE_CROP_PX", 16)
    recipe: dict[str, Any] = {
        **TINY,
        "training": {**TINY["training"], "learning_rate": 1e-12, "final_learning_rate": 1e-13},
    }
    preset = Preset.from_dict(recipe)
    torch.manual_seed(3)
    network = build_network(preset.network)
    for weights in network.parameters():
        torch.nn.init.normal_(weights, std=0.05)
    card = Card("mine", "2", preset.to_dict(), "", ("6X",), (), (), "", ())
    save_model(network, card, tmp_path / "mine")
    asked = asked_study(Asked(networks=(), starts=(str(tmp_path / "mine"),), steps=2, crop_px=16, batch=1), store)
    fixed = settled(asked, store, tmp_path / "out")
    outcomes = carry_out(fixed, store, tmp_path / "out", threads=1)
    assert {o.run.network for o in outcomes} == {"mine-2-continued"}
    expected = {
        name: evaluate_field(
            load_model(tmp_path / "mine"),
            (one := StoredPatients(store).read(name)),
            one.field("f00"),
            EvaluationConfig(),
        ).mse["network"]
        for name in ("a", "b")
    }
    assert {f.patient: f.mse["network"] for o in outcomes for f in o.fields} == pytest.approx(expected, rel=1e-3)
    save_model(network, card, tmp_path / "mine", half=True)
    with pytest.raises(RefusedError, match="the weights that the study was begun with"):
        carry_out(settled(fixed, store, tmp_path / "again"), store, tmp_path / "again", threads=1)


def test_a_network_that_starts_from_a_model_leaves_its_correction_behind(store: Path, tmp_path: Path) -> None:
    preset = Preset.from_dict({**TINY, "network": {**TINY["network"], "correction": 8}})
    save_model(
        build_network(preset.network), Card("mine", "2", preset.to_dict(), "", ("6X",), (), (), "", ()), tmp_path
    )
    study = asked_study(Asked(networks=(), starts=(str(tmp_path),), steps=2), store)
    assert study.presets["mine-2-continued"]["network"] == {**preset.to_dict()["network"], "correction": 0}


def test_two_processes_do_not_work_on_one_study(store: Path, study: Study, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "out" / "lock")
    assert lock.acquire()
    with pytest.raises(BridgeError, match="one process at a time"):
        carry_out(study, store, tmp_path / "out")
    lock.release()


def test_of_a_run_that_was_set_back_only_what_came_last_counts(tmp_path: Path) -> None:
    rows = [(5, 1.0, 0), (10, 2.0, 1), (15, 3.0, 2), (9, 1.9, 3), (14, 2.9, 4)]
    lines = ["step,elapsed_s,snapshot", *(f"{step},{seconds},{number}" for step, seconds, number in rows)]
    (tmp_path / "metrics.csv").write_text("\n".join(lines))
    kept = [(step, seconds, int(file.stem)) for step, seconds, file in Snapshots(tmp_path).read()]
    assert kept == [(5, 1.0, 0), (9, 1.9, 3), (14, 2.9, 4)]
