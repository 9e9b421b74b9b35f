"""Kill the worker at random instants of a run of ten jobs, again and again, and see what became of the jobs.

``python -m tests.worker.campaign [KILLS]`` prints the figures.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from esapi_bridge.folders.sealed import check_sealed
from esapi_bridge.folders.user import STATE_VARIABLE
from esapi_bridge.worker import client, job_folder
from esapi_bridge.worker.home import WorkerHome
from esapi_bridge.worker.job_folder import JobFolder
from tests.worker import toy_worker

JOBS = 10
FAILING = 7
"""The job that fails, and must leave no result however often it is interrupted."""

ROUNDS = 20_000
"""Work of a part of a job; it takes long enough for most kills to fall into a task."""

NOT_COMPARED = {"run.json", "SHA256SUMS"}
"""The files that hold times, and the digests of those files."""

LAST_PART_OF_A_RUN = 0.7
"""Kills fall into this part of the time that an unbroken run takes."""

ADAPTATION = 1.05
"""How much later (earlier) the next kill may fall after one before the first task (after the last): machines are busy
at times, and the kills are to fall into the work."""


@dataclass
class Figures:
    """What a campaign found."""

    runs: int = 0
    kills: int = 0
    lost: int = 0
    done_twice: int = 0
    changed_after_done: int = 0
    unlike_unbroken: int = 0
    failed_with_result: int = 0
    started: int = 0
    during: Counter[str] = field(default_factory=Counter)
    wall_s: float = 0.0


def submit_all(jobs: Path) -> list[JobFolder]:
    """Put ten jobs on disk; the n-th has the same case in every run."""
    made = []
    for number in range(JOBS):
        job_id, folder = job_folder.new_job(jobs)
        (folder / "case").mkdir()
        (folder / "case" / "case.json").write_text(json.dumps({"number": number}))
        task = ("fail", {"how": "refused"}) if number == FAILING else ("hash", {"parts": 4, "rounds": ROUNDS})
        made.append(job_folder.submit(jobs, job_id, *task))
    return made


def contents(job: JobFolder) -> dict[str, str]:
    """Digest of every file of a result that must be equal from run to run; `check_sealed` has seen all of them."""
    names = set(check_sealed(job.result)) - NOT_COMPARED
    return {name: hashlib.sha256((job.result / name).read_bytes()).hexdigest() for name in sorted(names)}


def stamps(job: JobFolder) -> dict[str, tuple[int, int, int]]:
    """Identity and time of every file of a result: a second publication would change them."""
    files = [job.result, *job.result.iterdir()]
    return {f.name: (f.stat().st_ino, f.stat().st_mtime_ns, f.stat().st_ctime_ns) for f in files}


def run(folder: Path, kills: int, seed: int = 1) -> Figures:
    """Kill the worker `kills` times in as many runs of ten jobs as that takes."""
    random_instant = random.Random(seed)
    launch = client.Launch(sys.executable, (str(Path(__file__).parents[2]),), 0.0)
    unbroken = WorkerHome(folder / "unbroken")
    unbroken.make()
    wanted_jobs = submit_all(unbroken.jobs)
    begin = time.perf_counter()
    assert client.start(unbroken, launch).wait() == 0  # an idle time of zero: it ends when all is done
    window_s = LAST_PART_OF_A_RUN * (time.perf_counter() - begin)
    wanted = {n: contents(job) for n, job in enumerate(wanted_jobs) if n != FAILING}

    figures = Figures()
    while figures.kills < kills:
        figures.runs += 1
        home = WorkerHome(folder / f"run-{figures.runs}")
        home.make()
        jobs = submit_all(home.jobs)
        published: dict[str, dict[str, tuple[int, int, int]]] = {}
        while not all(job.ended() for job in jobs):
            worker = client.start(home, launch)
            if figures.kills < kills:
                # The instant is the subject, so this sleep synchronises nothing.
                time.sleep(random_instant.uniform(0.0, window_s))
                worker.kill()
            figures.kills += worker.wait() != 0
            where = _where(home, jobs)
            figures.during[where] += 1
            window_s *= {"before a task": ADAPTATION, "after the last job": 1 / ADAPTATION}.get(where, 1.0)
            for job in jobs:
                if job.result.exists():
                    now = stamps(job)
                    figures.changed_after_done += published.setdefault(job.id, now) != now
        _judge(figures, home, jobs, wanted)
    figures.wall_s = time.perf_counter() - begin
    return figures


def _where(home: WorkerHome, jobs: list[JobFolder]) -> str:
    """Say roughly where the process was when it ended."""
    events = _journal(home)
    if all(job.ended() for job in jobs):
        return "after the last job"
    if not events or events[-1]["pid"] != client._started[-1].pid:
        return "before a task"
    return "in a task" if events[-1]["event"] == "start" else "between tasks"


def _journal(home: WorkerHome) -> list[dict[str, object]]:
    path = home.jobs / toy_worker.JOURNAL
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _judge(figures: Figures, home: WorkerHome, jobs: list[JobFolder], wanted: dict[int, dict[str, str]]) -> None:
    events = _journal(home)
    figures.started += sum(event["event"] == "start" for event in events)
    figures.done_twice += sum(bool(event["had_result"]) for event in events)
    for number, job in enumerate(jobs):
        ends = [name for name in ("result", "failed.json", "cancelled.json") if (job.path / name).exists()]
        leftovers = list(job.path.glob(".partial-*"))
        figures.lost += len(ends) != 1 or bool(leftovers)
        if number == FAILING:
            figures.failed_with_result += ends != ["failed.json"]
        else:
            figures.unlike_unbroken += contents(job) != wanted[number]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="eb-") as place:
        os.environ |= {STATE_VARIABLE: f"{place}/state", "TOY_MOST_ATTEMPTS": "100000"}
        client.MODULE = "tests.worker.toy_worker"
        print(run(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 100))  # noqa: T201
