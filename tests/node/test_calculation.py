"""The process that calculates says what a check refused, and dies alone."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from esapi_bridge.batch.job import Job
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.dicom import ExportFiles
from esapi_bridge.node import calculation as calculation_module
from esapi_bridge.node.calculation import Calculation, _Worker
from esapi_bridge.node.choices import NodeTask


class Toy:
    """Stands in for the networks: says which process it runs in, and ends that when it is asked to."""

    def __init__(self, *_: object) -> None:
        pass

    def __call__(self, job: Job) -> Outcome:
        if job.uid == "end":
            os._exit(1)
        return Outcome(End.DONE, str(os.getpid()))


def asked(plan: str, out: Path = Path("out")) -> Job:
    return Job("plan", ExportFiles(()), plan, out)


@pytest.mark.slow
def test_one_process_does_plan_after_plan_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculation_module, "_Worker", Toy)
    with Calculation(NodeTask.DOSE) as calculation:
        first, second = calculation.run(asked("1")), calculation.run(asked("2"))
        lost = calculation.run(asked("end"))
        third = calculation.run(asked("3"))
    assert first.reason == second.reason != third.reason
    assert str(os.getpid()) not in {first.reason, third.reason}
    assert (lost.end, "ended by itself" in lost.reason) == (End.FAILED, True)
    assert not multiprocessing.active_children()


def test_what_the_task_refuses_is_the_outcome(tmp_path: Path) -> None:
    outcome = _Worker(NodeTask.DOSE, None)(asked("1.2.3", tmp_path / "out"))
    assert (outcome.end, "must hold a photon plan" in outcome.reason) == (End.REFUSED, True)
    assert not list(tmp_path.iterdir())
