"""A worker and its jobs end with the processes they are for: real processes, killed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator

import pytest

from esapi_bridge.worker import client
from esapi_bridge.worker.hosts import Hosts
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.state import State
from tests.patience import LONGEST_S
from tests.worker.conftest import Workshop

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="no process can be held by a handle there")


class Session:
    """A process that stands for an Eclipse."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)

    def ask(self, workshop: Workshop, kind: str, job: JobFolder) -> dict[str, object]:
        launch = dataclasses.replace(workshop.launch, host=self.process.pid)
        return client.ask(workshop.home, {"type": kind, "id": job.id}, launch)

    def end(self) -> None:
        self.process.kill()  # and nobody waits for it: it stays as a zombie


@pytest.fixture
def sessions() -> Iterator[tuple[Session, Session]]:
    made = Session(), Session()
    yield made
    for session in made:
        session.process.kill()
        session.process.communicate()


def ending(job: JobFolder) -> State | None:
    ended = job.ended()
    return ended.state if ended else None


@pytest.mark.parametrize("task", ["wait", "deaf"])
def test_the_last_host_takes_worker_and_jobs_with_it(
    workshop: Workshop, sessions: tuple[Session, Session], task: str
) -> None:
    running, queued = workshop.new(task), workshop.new()
    for job in (running, queued):
        sessions[0].ask(workshop, "submit", job)
    workshop.until(lambda: sessions[0].ask(workshop, "status", running)["state"] == "running" and workshop.journal())
    worker = client._started[-1]
    sessions[0].end()
    assert worker.wait(timeout=LONGEST_S) == 0
    assert [ending(job) for job in (running, queued)] == [State.CANCELLED, State.CANCELLED]


def test_a_shared_worker_goes_on_for_the_other_host(workshop: Workshop, sessions: tuple[Session, Session]) -> None:
    first, second = workshop.new("wait"), workshop.new("wait")
    sessions[0].ask(workshop, "submit", first)
    worker = client._started[-1]
    sessions[1].ask(workshop, "submit", second)
    sessions[0].end()
    workshop.until(lambda: sessions[1].ask(workshop, "status", second)["step"] == "waiting")
    assert (ending(first), ending(second), worker.poll()) == (State.CANCELLED, None, None)
    sessions[1].end()
    assert worker.wait(timeout=LONGEST_S) == 0
    assert ending(second) is State.CANCELLED


def test_a_worker_that_a_person_started_stays(workshop: Workshop, sessions: tuple[Session, Session]) -> None:
    pid, job = workshop.pid(), workshop.new("wait")
    sessions[0].ask(workshop, "submit", job)
    sessions[0].end()
    workshop.until(lambda: ending(job) is State.CANCELLED)
    own = workshop.new()
    assert workshop.finish(own)[0].state is State.DONE
    assert workshop.pid() == pid


def test_the_number_of_an_ended_host_given_again_is_another_host(sessions: tuple[Session, Session]) -> None:
    session = sessions[0]
    hosts = Hosts(session.process.pid)
    first = hosts.note(session.process.pid)
    assert hosts.note(session.process.pid) is first
    session.end()
    session.process.communicate()
    assert hosts.take_ended() == [first]
    assert hosts.are_gone
    assert Hosts(session.process.pid).are_gone, "a host that has ended before its worker could look"
    assert not Hosts().are_gone
