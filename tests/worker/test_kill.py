"""A worker that is killed at any instant loses no job, does none twice and leaves nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.worker import client
from tests.worker import campaign
from tests.worker.conftest import Workshop

pytestmark = pytest.mark.slow

KILLS = 100
MOST_WRITES = 100


@pytest.fixture
def toys(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_MOST_ATTEMPTS", "100000")
    monkeypatch.setattr(client, "MODULE", "tests.worker.toy_worker")


@pytest.mark.slow
def test_killed_at_random_instants_of_ten_jobs(toys: None, tmp_path: Path) -> None:
    found = campaign.run(tmp_path, KILLS)
    assert found.kills >= KILLS
    assert (found.lost, found.done_twice, found.changed_after_done) == (0, 0, 0)
    assert (found.unlike_unbroken, found.failed_with_result) == (0, 0)
    # The kills did fall into the work: tasks were started again, more often than there were jobs.
    assert found.during["in a task"] >= KILLS / 10
    assert found.started > found.runs * (campaign.JOBS - 1)


def test_killed_before_every_single_write(
    workshop: Workshop, toys: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every change of the jobs folder in the life of one job, each in its turn the last the worker did not make."""
    workshop.launch = client.Launch(workshop.launch.python, workshop.launch.search_path, 0.0)
    contents = []
    for number in range(1, MOST_WRITES):
        job = workshop.new(parts=2)
        (job.case / "case.json").write_text("{}")
        before = len(workshop.journal())
        monkeypatch.setenv("TOY_CRASH_BEFORE", str(number))
        crashed = client.start(workshop.home, workshop.launch).wait() != 0
        monkeypatch.delenv("TOY_CRASH_BEFORE")
        was_done = job.result.exists()
        if crashed:
            assert client.start(workshop.home, workshop.launch).wait() == 0
        events = workshop.journal()[before:]
        assert not any(event["had_result"] for event in events)
        assert sum(event["event"] == "start" for event in events) in ({1} if was_done else {1, 2})
        assert job.ended() is not None
        contents.append(campaign.contents(job))
        assert not list(job.path.glob(".partial-*"))
        if not crashed:
            break
    assert len(contents) > 10, "the writes of a whole life were passed through"
    assert all(content == contents[0] for content in contents)
