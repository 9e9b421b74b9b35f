"""Evaluation continues where it stopped, and begins again where case or network changed."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence import run as evaluation_run
from esapi_bridge.evaluation.fluence.network import Network, NetworkChoice
from esapi_bridge.evaluation.fluence.run import FIGURES_FILE, Evaluation, evaluate_plans
from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene
from fluencenet.store import FluenceStore
from tests.evaluation.fluence.evaluated import patient

ZERO, ONE = np.zeros(3), np.eye(3)


def case(name: str, dose: float = 1.0, split: str = "test") -> FluenceCase:
    lattice = Lattice((2.5, 2.5, 2.5), (0.0, 0.0, 0.0))
    scene = Scene(np.ones((2, 2, 2), np.uint8), lattice, np.full((2, 2, 2), dose, np.float32), lattice, 2.2)
    axes = BeamAxes(ZERO - [0, 1000, 0], ZERO, ONE[0], ONE[2])
    return FluenceCase(
        name, split, scene, (FluenceBeam("G000", axes, FluenceImage(np.ones((3, 3), np.float32), 0, 0)),)
    )


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluation:
    store = FluenceStore(tmp_path / "plans.zarr")
    for name in ("a", "b"):
        store.add(case(name))
    pair = SimpleNamespace(predicted=SimpleNamespace(gy=np.ones((2, 2, 2), np.float32)), predicted_beams=())
    monkeypatch.setattr(evaluation_run, "evaluate_case", lambda known, predict: (predict(known), pair))
    return Evaluation(store.path, "test", NetworkChoice("toy"), tmp_path / "out")


class Counted:
    """A network that remembers what it was asked for; its answer goes straight into the figures."""

    def __init__(self, sha256: str = "0" * 64) -> None:
        self.sha256 = sha256
        self.asked: list[str] = []

    def __call__(self, choice: NetworkChoice) -> Network:
        assert choice == NetworkChoice("toy")
        return Network("toy 1", self.sha256, self.predict)  # type: ignore[arg-type]

    def predict(self, known: FluenceCase) -> object:
        self.asked.append(known.name)
        return patient(known.name, shift=len(self.asked))


def test_a_second_run_evaluates_nothing_and_finds_the_same_figures(job: Evaluation) -> None:
    network = Counted()
    told: list[tuple[str, int, int]] = []
    first = evaluate_plans(job, lambda *step: told.append(step), network)
    assert told == [("start", 0, 2), ("a", 1, 2), ("b", 2, 2)]
    assert evaluate_plans(job, None, network) == first
    assert network.asked == ["a", "b"]


def test_a_patient_is_evaluated_again_for_another_network_or_case_or_a_damaged_file(job: Evaluation) -> None:
    evaluate_plans(job, None, Counted())
    other = Counted("1" * 64)
    evaluate_plans(job, None, other)
    assert other.asked == ["a", "b"]
    (job.folder / "patients" / "b" / FIGURES_FILE).write_text("{}")
    evaluate_plans(job, None, other)
    assert other.asked == ["a", "b", "b"]
    changed = FluenceStore(job.store.with_name("other.zarr"))
    changed.add(case("a", dose=2.0))
    evaluate_plans(replace(job, store=changed.path), None, other)
    assert other.asked == ["a", "b", "b", "a"]


def test_figures_measured_in_another_way_are_not_used(job: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of versions that counted no goals say nothing of them."""
    network = Counted()
    with monkeypatch.context() as patch:
        patch.setattr(evaluation_run, "SCHEMA", 1)
        evaluate_plans(job, None, network)
    assert evaluation_run.SCHEMA > 1
    evaluate_plans(job, None, network)
    assert network.asked == ["a", "b", "a", "b"]


def test_nothing_half_written_is_left_or_used(job: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(evaluation_run, "seal", broken)
        with pytest.raises(BridgeError, match="No space left"):
            evaluate_plans(job, None, Counted())
    assert not list((job.folder / "patients").iterdir())
    assert len(evaluate_plans(job, None, Counted())) == 2


def test_only_so_many_patients_of_the_split_are_evaluated(job: Evaluation) -> None:
    network = Counted()
    assert [figures.name for figures in evaluate_plans(replace(job, most=1), None, network)] == ["a"]
    with pytest.raises(BridgeError, match="validation"):
        evaluate_plans(replace(job, split="validation"), None, network)
