from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from esapi_bridge.worker import client
from tests.worker.conftest import ROOT, Workshop, state, workshop

__all__ = ["state", "workshop"]  # fixtures


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["worker", *map(str, arguments)])
    return int(end.value.code or 0)


def shown(capsys: pytest.CaptureFixture[str], workshop: Workshop, *arguments: str) -> dict[str, object]:
    assert run("--jobs", workshop.home.jobs, "--json", *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["intended_use"] == INTENDED_USE
    assert isinstance(found, dict)
    return found


def test_status_and_stop(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, workshop, "--status")["worker"] is None
    assert shown(capsys, workshop, "--stop")["stopped"] is False
    failing, waiting, queued = workshop.new("fail", how="refused"), workshop.new("wait"), workshop.new()
    workshop.until(lambda: workshop.status(waiting).step == "waiting")
    found = shown(capsys, workshop, "--status")
    assert found["worker"] == workshop.pid()
    assert found["jobs"] == [
        {"id": failing.id, "state": "failed", "message": "refused by 1 check: toy"},
        {"id": waiting.id, "state": "running", "message": ""},
        {"id": queued.id, "state": "queued", "message": ""},
    ]
    found = shown(capsys, workshop, "--stop")
    assert found["stopped"] is True
    assert [job["state"] for job in found["jobs"]] == ["failed", "queued", "queued"]  # type: ignore[attr-defined]
    assert run("--jobs", workshop.home.jobs, "--status") == 0
    assert "no worker runs" in capsys.readouterr().out


def test_it_serves_until_idle(workshop: Workshop) -> None:
    """The real command; an unknown task fails, so nothing heavy is loaded."""
    job = workshop.new("bake")
    command = [sys.executable, "-m", "esapi_bridge", "worker", "--jobs", str(workshop.home.jobs), "--idle-timeout", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr.rstrip().endswith(INTENDED_USE)
    assert (job.path / "failed.json").exists()


def test_a_second_worker_of_a_folder_is_exit_code_1(
    workshop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.pid()
    command = [sys.executable, "-m", "esapi_bridge", "worker", "--jobs", str(workshop.home.jobs)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert second.returncode == 1
    assert "must have one worker, found one that runs" in second.stderr


def test_status_excludes_stop(tmp_path: Path) -> None:
    assert run("--status", "--stop") == 2


def test_the_client_is_light() -> None:
    code = "import sys, esapi_bridge.worker.client; sys.exit(bool({'numpy', 'torch', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert client.MODULE == "esapi_bridge.worker"
