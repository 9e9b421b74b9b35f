"""``esapi-bridge worker run|status|stop``."""

from __future__ import annotations

import subprocess
import sys

from esapi_bridge import INTENDED_USE
from esapi_bridge.worker import client
from tests.cli.conftest import Run
from tests.patience import LONGEST_S
from tests.worker.conftest import ROOT, Workshop, state, workshop

__all__ = ["state", "workshop"]  # fixtures


def test_status_and_stop(workshop: Workshop, esapi: Run) -> None:
    jobs = ("--jobs", workshop.home.jobs)
    assert esapi("worker", "status", *jobs, "--json").answer["worker"] is None
    assert esapi("worker", "stop", *jobs, "--json").answer["stopped"] is False
    failing, waiting, queued = workshop.new("fail", how="refused"), workshop.new("wait"), workshop.new()
    workshop.until(lambda: workshop.status(waiting).step == "waiting")
    found = esapi("worker", "status", *jobs, "--json").answer
    assert found["worker"] == workshop.pid()
    assert found["jobs"] == [
        {"id": failing.id, "state": "failed", "message": "refused by 1 check: toy"},
        {"id": waiting.id, "state": "running", "message": ""},
        {"id": queued.id, "state": "queued", "message": ""},
    ]
    assert f"process {workshop.pid()}" in esapi("worker", "status", *jobs).out
    found = esapi("worker", "stop", *jobs, "--json").answer
    assert found["stopped"] is True
    assert [job["state"] for job in found["jobs"]] == ["failed", "queued", "queued"]
    assert "no worker runs" in esapi("worker", "status", *jobs).out
    assert "no worker was running" in esapi("worker", "stop", *jobs).out


def test_it_serves_until_idle(workshop: Workshop) -> None:
    """The real command, in a process of its own; an unknown task fails, so nothing heavy is loaded."""
    job = workshop.new("bake")
    command = [sys.executable, "-m", "esapi_bridge", "worker", "run", "--jobs", str(workshop.home.jobs)]
    done = subprocess.run(
        [*command, "--idle-timeout", "0"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=LONGEST_S
    )
    assert done.stderr.rstrip().endswith(INTENDED_USE)
    assert (job.path / "failed.json").exists()


def test_a_second_worker_of_a_folder_is_exit_code_1(workshop: Workshop) -> None:
    workshop.pid()
    command = [sys.executable, "-m", "esapi_bridge", "worker", "run", "--jobs", str(workshop.home.jobs)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    assert second.returncode == 1
    assert "must have one worker, found one that runs" in second.stderr


def test_the_client_is_light() -> None:
    code = "import sys, esapi_bridge.worker.client; sys.exit(bool({'numpy', 'torch', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert client.MODULE == "esapi_bridge.worker"
