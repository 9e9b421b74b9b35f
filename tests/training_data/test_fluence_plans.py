"""The data set: which plans are made, replaced and continued."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.executors.processes import Processes
from esapi_bridge.training_data import fluence_plans as dataset
from esapi_bridge.training_data.fluence_plans import PlanJob, PlanOutcome, PlansMade, make_plans, turned_arrangement
from fluencenet.store import FluenceStore
from tests.fluencenet.toy import toy_case

WANTED = {"train": 2, "validation": 1, "test": 1}
CASE = toy_case(beams=1)
"""What is stored: these tests are about names and numbers of plans, not about plans."""


def stored(job: PlanJob, missed: tuple[str, ...] = ()) -> PlanOutcome:
    if not missed:
        case = CASE.__class__(job.name, job.split, CASE.scene, CASE.beams, {"seed": job.seed, "turned": job.turned})
        FluenceStore(job.store).add(case)
    return PlanOutcome(missed, 1.0)


def test_all_that_was_asked_for_is_made_and_nothing_twice(tmp_path: Path) -> None:
    store = tmp_path / "s.zarr"
    assert make_plans(store, WANTED, 1, maker=stored) == PlansMade(4, 0, ())
    names = {split: FluenceStore(store).names(split) for split in WANTED}
    assert {split: len(found) for split, found in names.items()} == WANTED
    seeds = [FluenceStore(store).read(name).attributes["seed"] for found in names.values() for name in found]
    assert len(set(seeds)) == 4

    def never(job: PlanJob) -> PlanOutcome:
        raise AssertionError(f"{job.name} was there")

    assert make_plans(store, WANTED, 1, maker=never) == PlansMade(0, 4, ())


def test_a_plan_that_misses_the_limits_is_replaced_for_good(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = tmp_path / "s.zarr"
    tried: list[str] = []

    def maker(job: PlanJob) -> PlanOutcome:
        tried.append(job.name)
        return stored(job, ("homogeneity 0.2 outside 0 to 0.1",) if job.seed == 30001 else ())

    with caplog.at_level(logging.WARNING):
        assert make_plans(store, WANTED, 1, maker=maker) == PlansMade(4, 0, ("prostate-030001",))
    assert "prostate-030001 is not kept: homogeneity" in caplog.text
    assert FluenceStore(store).names("train") == [f"prostate-{n:06d}" for n in (30000, 30002)]
    (line,) = (tmp_path / "s.zarr.skipped.jsonl").read_text().splitlines()
    assert json.loads(line)["name"] == "prostate-030001"
    tried.clear()
    make_plans(store, {**WANTED, "train": 3}, 1, maker=maker)
    assert tried == ["prostate-030003"]


@pytest.mark.slow
def test_two_processes_make_the_plans_of_one_and_tell_how_far_they_are(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    made = make_plans(
        tmp_path / "two.zarr", WANTED, 1, executor=Processes(2), maker=stored, progress=lambda *step: told.append(step)
    )
    assert made == PlansMade(4, 0, ())
    assert [step[1:] for step in told] == [(n, 4) for n in range(1, 5)]
    make_plans(tmp_path / "one.zarr", WANTED, 1, maker=stored)
    assert FluenceStore(tmp_path / "two.zarr").names() == FluenceStore(tmp_path / "one.zarr").names()


def test_energies_come_in_turn_in_every_split(tmp_path: Path) -> None:
    jobs: list[PlanJob] = []

    def maker(job: PlanJob) -> PlanOutcome:
        jobs.append(job)
        return stored(job)

    make_plans(tmp_path / "s.zarr", {"train": 3, "test": 2}, 1, energies=("15X", "6X"), maker=maker)
    found = {
        split: [job.energy for job in sorted(jobs, key=lambda j: j.name) if job.split == split] for split in WANTED
    }
    assert found == {"train": ["15X", "6X", "15X"], "validation": [], "test": ["15X", "6X"]}


def test_too_many_failures_stop_it(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="may miss the limits, found 4"):
        make_plans(tmp_path / "s.zarr", WANTED, 1, maker=lambda job: stored(job, ("nothing fits",)))


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "s.zarr"
    done: list[str] = []

    def dies(job: PlanJob) -> PlanOutcome:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(job.name)
        return stored(job)

    with pytest.raises(KeyboardInterrupt):
        make_plans(store, WANTED, 1, maker=dies)
    later: list[str] = []

    def goes_on(job: PlanJob) -> PlanOutcome:
        later.append(job.name)
        return stored(job)

    make_plans(store, WANTED, 1, maker=goes_on)
    assert not set(done) & set(later)
    assert len(done) + len(later) == 4


def test_some_training_plans_are_turned(tmp_path: Path) -> None:
    store = tmp_path / "s.zarr"
    make_plans(store, {"train": 5, "test": 2}, 1, turned=0.4, maker=stored)
    for split, expected in (("train", 2), ("test", 0)):
        found = [FluenceStore(store).read(name).attributes["turned"] for name in FluenceStore(store).names(split)]
        assert found.count(True) == expected
    drawn = [turned_arrangement(seed) for seed in range(40)]
    assert len({a.patient_position for a in drawn}) > 4
    assert drawn[0] == turned_arrangement(0)


def test_a_patient_that_cannot_be_planned_is_an_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_target(*_: object) -> None:
        raise ValueError("no PTV")

    monkeypatch.setattr("esapi_bridge.planning.imrt.anatomy.prostate_patient", no_target)
    found = dataset.make_plan(PlanJob(tmp_path / "s.zarr", "a", "train", 1, turned=False, energy="6X"))
    assert found.missed == ("ValueError: no PTV",)
    assert not (tmp_path / "s.zarr").exists()
