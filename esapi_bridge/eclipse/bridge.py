"""What the scripts call from inside Eclipse: strings in, JSON out, standard library only.

The process is Eclipse's, the interpreter is hosted in it, and the caller is compiled C# on a background thread. So
nothing here loads numpy or torch, nothing needs `sys.executable`, and nothing is raised: an error is an answer with
``error``, a sentence for people, ``exit_code``, 1 failed or 3 refused, and ``checks``, those that refused.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ParamSpec

from esapi_bridge.eclipse.hashes import check_installation
from esapi_bridge.eclipse.settings import Settings, read_settings
from esapi_bridge.errors import BridgeError, os_reason, where_in_own_code
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import check_sealed
from esapi_bridge.worker import client, job_folder
from esapi_bridge.worker.home import WorkerHome
from esapi_bridge.worker.job_folder import JobFolder
from esapi_bridge.worker.state import JobState, State

MOST_NAMES = 5

Answer = dict[str, Any]
P = ParamSpec("P")


def _answers(function: Callable[P, Answer]) -> Callable[P, str]:
    """Turn what a function returns or raises into JSON."""

    @functools.wraps(function)
    def answering(*arguments: P.args, **named: P.kwargs) -> str:
        try:
            answer = function(*arguments, **named)
        except BridgeError as error:
            answer = {"error": str(error), "exit_code": error.exit_code, "checks": [asdict(c) for c in error.checks]}
        except OSError as error:
            answer = {
                "error": f"a file of the job cannot be used: {os_reason(error)}; see to the disk",
                "exit_code": BridgeError.exit_code,
            }
        except Exception as error:  # noqa: BLE001  nothing may reach the host; the message may hold a path
            answer = {"error": f"unexpected {where_in_own_code(error)}", "exit_code": BridgeError.exit_code}
        return json.dumps(answer)

    return answering


@_answers
def verify(settings_path: str) -> Answer:
    """Compare the installation with its lists of digests: ``{"ok", "message"}``.

    To be called before anything of a patient is read.
    """
    read_settings(settings_path)
    names = check_installation(Path(settings_path))
    if not names:
        return {"ok": True, "message": "every file is as installed"}
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    found = ", ".join(names[:MOST_NAMES]) + more
    return {"ok": False, "message": f"the installation must be as installed, changed: {found}; install it again"}


@_answers
def new_job(settings_path: str) -> Answer:
    """Make an empty folder for a new job: ``{"id", "folder"}``. The case folder goes to ``folder/case``."""
    jobs = _home(read_settings(settings_path)).jobs
    job_id, folder = job_folder.new_job(jobs)
    return {"id": job_id, "folder": str(folder)}


@_answers
def submit(settings_path: str, job_id: str, task: str, options_json: str) -> Answer:
    """Submit a filled job, and start the worker if it does not run: as `status`.

    From here on the job will be done; a second call with the same id changes nothing.
    """
    settings = read_settings(settings_path)
    options = _object(options_json)
    if settings.site is not None:  # with the job, as a worker that runs already may have been started at another site
        options["site"] = settings.site
    job = job_folder.submit(_home(settings).jobs, job_id, task, options)
    return _ask(settings, "submit", job).to_dict()


@_answers
def status(settings_path: str, job_id: str) -> Answer:
    """Say how far a job is: ``{"state", "step", "done", "total", "message", "exit_code", "checks"}``.

    A worker that has died is started again, and does the job again from its beginning.
    """
    settings = read_settings(settings_path)
    job = job_folder.find_job(_home(settings).jobs, job_id)
    ended = job.ended()
    if ended:
        return ended.to_dict()
    try:
        return _ask(settings, "status", job).to_dict()
    except client.SilentWorkerError as error:
        return JobState(State.RUNNING, message=str(error)).to_dict()


@_answers
def cancel(settings_path: str, job_id: str) -> Answer:
    """End a job as cancelled, unless it has ended: as `status`."""
    settings = read_settings(settings_path)
    job = job_folder.find_job(_home(settings).jobs, job_id)
    return (job.ended() or _ask(settings, "cancel", job)).to_dict()


@_answers
def result(settings_path: str, job_id: str) -> Answer:
    """Give the result of a job that is done, every byte of it compared: ``{"folder", "report", "doses"}``."""
    job = job_folder.find_job(_home(read_settings(settings_path)).jobs, job_id)
    ended = job.ended()
    if ended is None or ended.state is not State.DONE:
        raise BridgeError(f"expected a job that is done, found one that is {ended.state if ended else 'not'}")
    names = check_sealed(job.result)
    description = _object(read_plain(job.result / "result.json", job_folder.MOST_BYTES, "result.json"))
    report = str(job.result / "report.html") if "report.html" in names else None
    return {"folder": str(job.result), "report": report, **description}


@_answers
def discard(settings_path: str, job_id: str) -> Answer:
    """Remove a new job that is not submitted, after an export that failed: ``{"discarded"}``."""
    folder = job_folder.new_folder(_home(read_settings(settings_path)).jobs, job_id)
    found = folder.is_dir()
    if found:
        shutil.rmtree(folder)
    return {"discarded": found}


def _home(settings: Settings) -> WorkerHome:
    return WorkerHome(settings.jobs)


def _ask(settings: Settings, kind: str, job: JobFolder) -> JobState:
    try:
        answer = client.ask(_home(settings), {"type": kind, "id": job.id}, settings.launch)
    except BridgeError:
        # What is on disk counts: the worker may have ended the job and then itself, before it could answer.
        if ended := job.ended():
            return ended
        raise
    return JobState.from_dict(answer)


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BridgeError("expected a JSON object, found something else") from error
    if not isinstance(values, dict):
        raise BridgeError("expected a JSON object, found something else")
    return values
