from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from esapi_bridge.eclipse import bridge, hashes
from esapi_bridge.worker import client
from esapi_bridge.worker.home import WorkerHome
from tests.patience import LONGEST_S
from tests.worker.conftest import KILL, ROOT, Workshop, state

__all__ = ["state"]  # fixture

FUNCTIONS = ("verify", "new_job", "submit", "status", "cancel", "result", "discard")


class Eclipse:
    """The bridge with one settings file, its JSON read."""

    def __init__(self, settings: Path) -> None:
        self.settings = settings

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: str) -> dict[str, Any]:
            answer = getattr(bridge, name)(str(self.settings), *arguments)
            assert isinstance(answer, str)
            found = json.loads(answer)
            assert isinstance(found, dict)
            return found

        return call

    def export(self) -> str:
        """Make a job and put a case into it, as the compiled side does."""
        made = self.new_job()
        case = Path(made["folder"]) / "case"
        case.mkdir()
        (case / "case.json").write_text("{}")
        return str(made["id"])


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "installed" / "esapi-bridge.json"
    path.parent.mkdir()
    values = {
        "schema": 1, "python_executable": sys.executable, "site_packages": [str(ROOT)], "packages": [],
        "jobs": str(tmp_path / "jobs"), "model": "ddn-lite", "idle_timeout_s": 60, "course": "DDN_RESEARCH",
    }  # fmt: skip
    path.write_text(json.dumps(values))
    return path


@pytest.fixture
def eclipse(settings: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Eclipse]:
    monkeypatch.setattr(client, "MODULE", "tests.worker.toy_worker")
    yield Eclipse(settings)
    Workshop(tmp_path).kill()


def finish(eclipse: Eclipse, job: str, workshop: Workshop) -> dict[str, Any]:
    found: dict[str, Any] = workshop.until(
        lambda: (s := eclipse.status(job))["state"] not in {"queued", "running"} and s
    )
    return found


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_from_export_to_result(eclipse: Eclipse, workshop: Workshop, tmp_path: Path) -> None:
    job = eclipse.export()
    assert set(eclipse.submit(job, "hash", '{"parts": 2}')) == {
        "state",
        "step",
        "done",
        "total",
        "message",
        "exit_code",
        "checks",
    }
    assert finish(eclipse, job, workshop)["state"] == "done"
    found = eclipse.result(job)
    assert found["folder"] == str(tmp_path / "jobs" / job / "result")
    assert (found["doses"], found["report"]) == ([], None)
    (tmp_path / "jobs" / job / "result" / "part_1.npy").write_bytes(b"other")
    assert eclipse.result(job) == {
        "error": "part_1.npy must be as written, its SHA-256 differs; run the job again", "exit_code": 3,
        "checks": [],
    }  # fmt: skip


def test_the_site_of_the_installation_goes_with_every_job(eclipse: Eclipse, settings: Path, tmp_path: Path) -> None:
    values = json.loads(settings.read_text())
    for site, stated in ((None, {}), ("/clinic/site.yaml", {"site": "/clinic/site.yaml"})):
        settings.write_text(json.dumps(values | {"site": site}))
        job = eclipse.export()
        eclipse.submit(job, "hash", '{"parts": 1}')
        assert json.loads((tmp_path / "jobs" / job / "job.json").read_text())["options"] == {"parts": 1, **stated}
    settings.write_text(json.dumps(values | {"site": 7}))
    assert "must hold python_executable, site_packages, jobs, site" in eclipse.new_job()["error"]


def test_the_end_of_a_job_is_known_without_a_worker(
    eclipse: Eclipse, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = eclipse.export()
    eclipse.submit(job, "fail", '{"how": "refused"}')
    assert finish(eclipse, job, workshop)["exit_code"] == 3
    workshop.kill()
    with monkeypatch.context() as alone:
        alone.setattr(client, "ask", None)
        status = eclipse.status(job)
        assert status["message"] == "refused by 1 check: toy"
        assert status["checks"] == [{"check": "toy", "expected": "a duck", "found": "a goose"}]
        assert eclipse.cancel(job)["state"] == "failed"
        assert eclipse.result(job)["error"] == "expected a job that is done, found one that is failed"


def test_a_dead_worker_is_started_again_by_the_next_question(eclipse: Eclipse, workshop: Workshop) -> None:
    job = eclipse.export()
    eclipse.submit(job, "wait", "{}")
    workshop.until(lambda: eclipse.status(job)["step"] == "waiting")
    first = workshop.pid()
    os.kill(first, KILL)
    state = workshop.until(lambda: (s := eclipse.status(job))["step"] == "waiting" and s)
    assert state["message"] == "attempt 2: the worker had ended"
    assert workshop.pid() != first
    (Path(workshop.home.jobs) / job / "go").touch()
    assert finish(eclipse, job, workshop)["state"] == "done"


def test_a_job_on_disk_is_done_though_its_submission_was_cut_short(
    eclipse: Eclipse, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = eclipse.export()
    with monkeypatch.context() as cut:
        cut.setattr(client, "ask", None)
        assert "unexpected TypeError" in eclipse.submit(job, "hash", "{}")["error"]
    assert finish(eclipse, job, workshop)["state"] == "done"


def test_cancel(eclipse: Eclipse, workshop: Workshop) -> None:
    job = eclipse.export()
    eclipse.submit(job, "wait", "{}")
    assert eclipse.cancel(job)["state"] == "cancelled"
    assert eclipse.status(job)["exit_code"] == 4


def test_discard_removes_an_export_that_failed_and_no_job(eclipse: Eclipse, workshop: Workshop) -> None:
    job = eclipse.export()
    assert eclipse.discard(job) == {"discarded": True}
    assert eclipse.discard(job) == {"discarded": False}
    assert "expected a submitted job" in eclipse.status(job)["error"]
    job = eclipse.export()
    eclipse.submit(job, "hash", "{}")
    assert eclipse.discard(job) == {"discarded": False}
    assert finish(eclipse, job, workshop)["state"] == "done"


def test_verify_finds_a_changed_byte(eclipse: Eclipse, settings: Path) -> None:
    folder = settings.parent
    (folder / "Python.Runtime.dll").write_bytes(b"runtime")
    loaded = hashes.list_text([settings, folder / "Python.Runtime.dll"], folder)
    (folder / hashes.LOADED_LIST).write_text(loaded)
    (folder / hashes.SCRIPTS_LIST).write_text(hashes.list_text([folder / hashes.LOADED_LIST], folder))
    assert eclipse.verify() == {"ok": True, "message": "every file is as installed"}
    (folder / "Python.Runtime.dll").write_bytes(b"Runtime")
    answer = eclipse.verify()
    assert not answer["ok"]
    assert "Python.Runtime.dll" in answer["message"]


def test_a_jobs_folder_that_cannot_be_made_is_said_without_its_path(eclipse: Eclipse, settings: Path) -> None:
    values = json.loads(settings.read_text())
    settings.write_text(json.dumps(values | {"jobs": str(settings / "jobs")}))
    answer = eclipse.new_job()
    assert answer["error"].startswith("a file of the job cannot be used: ")
    assert str(settings.parent) not in answer["error"]
    assert answer["exit_code"] == 1


WRONG = ["", "..", "nonsense", "20260101T000000000000-00000000", "\0"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_raised(name: str, eclipse: Eclipse, settings: Path, tmp_path: Path) -> None:
    function = getattr(bridge, name)
    count = len(inspect.signature(function).parameters) - 1
    for path in ("", str(tmp_path), str(tmp_path / "none.json"), "\0"):
        answer = json.loads(function(path, *["x"] * count))
        assert answer["exit_code"] == 1
        assert str(tmp_path) not in answer["error"]
    for text in ("", "[]", "{}", '{"schema": 1}', '{"schema": 1, "python_executable": "p", "jobs": 3}'):
        (tmp_path / "bad.json").write_text(text)
        assert json.loads(function(str(tmp_path / "bad.json"), *["x"] * count))["exit_code"] == 1
    for wrong in WRONG if count else []:
        answer = json.loads(function(str(settings), *[wrong] * count))
        assert answer.get("exit_code") == 1 or answer == {"discarded": False}


@pytest.mark.parametrize("options", ["", "[]", "3", "{", '"a"'])
def test_options_that_are_no_object_are_refused_before_the_job_exists(eclipse: Eclipse, options: str) -> None:
    job = eclipse.export()
    assert eclipse.submit(job, "hash", options)["error"] == "expected a JSON object, found something else"
    assert eclipse.discard(job) == {"discarded": True}


HOSTED = """
import json, sys
sys.executable = "/opt/Eclipse.exe"  # as in a process that hosts Python
sys.path.append(sys.argv[2])
from pathlib import Path
from esapi_bridge.eclipse import bridge
from esapi_bridge.worker import client
client.MODULE = "tests.worker.toy_worker"
settings = sys.argv[1]
made = json.loads(bridge.new_job(settings))
case = Path(made["folder"]) / "case"
case.mkdir()
(case / "case.json").write_text("{}")
bridge.verify(settings)
state = json.loads(bridge.submit(settings, made["id"], "hash", "{}"))
while state.get("state") in {"queued", "running"}:
    state = json.loads(bridge.status(settings, made["id"]))
assert state["state"] == "done", state
assert json.loads(bridge.result(settings, made["id"]))["doses"] == []
print(json.dumps({"id": made["id"], "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_a_hosted_python_loads_the_standard_library_only(
    eclipse: Eclipse, settings: Path, workshop: Workshop, tmp_path: Path
) -> None:
    """Without site-packages, as under pythonnet: what is not there cannot be loaded, and nothing else was."""
    python = Path(sys._base_executable)  # type: ignore[attr-defined]
    run = subprocess.run(
        [python, "-S", "-P", "-c", HOSTED, settings, ROOT],
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST_S,
    )
    found = json.loads(run.stdout)
    foreign = set(found["modules"]) - set(sys.stdlib_module_names) - {"esapi_bridge", "__mp_main__"}
    assert not {m for m in foreign if not m.startswith("_")}
    assert {"numpy", "torch", "pydantic", "typer", "SimpleITK"}.isdisjoint(found["modules"])
    # The worker ends with the process that had started it.
    workshop.until(lambda: not (WorkerHome(tmp_path / "jobs").folder / "contact.json").exists())
    assert (tmp_path / "jobs" / found["id"] / "result").is_dir()


def test_without_a_jobs_folder_in_the_settings_the_users_own_is_taken(
    eclipse: Eclipse, settings: Path, state: Path
) -> None:
    values = json.loads(settings.read_text())
    settings.write_text(json.dumps(values | {"jobs": None}))
    made = eclipse.new_job()
    assert Path(made["folder"]).parent == state / "jobs"
    shutil.rmtree(made["folder"])
    assert WorkerHome(state / "jobs").folder.parent == state
