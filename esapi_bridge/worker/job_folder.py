"""A job on disk: a folder that is there whole or not at all, and that ends in exactly one way.

``JOBS/<id>/`` holds ``case/`` and ``job.json``; it ends with ``result/``, ``failed.json`` or ``cancelled.json``, each
of which appears by a rename. Only the worker that holds the lock of the jobs folder ends a job.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import CANCELLED, BridgeError, FailedCheck, RefusedError, bounded
from esapi_bridge.folders.durable import PARTIAL, PRIVATE_FOLDER, rename, sync_folder, write_to_disk, write_whole_file
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.worker.state import JobState, State, failed_checks

SCHEMA = 1
ID = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")
"""UTC time of birth and a random number: sorting by id is sorting by time."""

NEW = ".new-"

MOST_BYTES = 2**20
"""Size of ``job.json`` and its like; theirs is a thousandth of it."""


@dataclass(frozen=True)
class Description:
    """What ``job.json`` holds: which task, with which options."""

    task: str
    options: dict[str, Any]


@dataclass(frozen=True)
class JobFolder:
    """One job.

    Parameters
    ----------
    path
        Its folder.
    """

    path: Path

    @property
    def id(self) -> str:
        """Id of the job."""
        return self.path.name

    @property
    def case(self) -> Path:
        """The case folder, only read."""
        return self.path / "case"

    @property
    def result(self) -> Path:
        """The result folder; it is there if and only if the job is done."""
        return self.path / "result"

    def ended(self) -> JobState | None:
        """How the job ended; None while it has not."""
        if self.result.is_dir():
            return JobState(State.DONE, exit_code=0)
        if (self.path / "cancelled.json").exists():
            return JobState(State.CANCELLED, message="cancelled", exit_code=CANCELLED)
        if (self.path / "failed.json").exists():
            failed = _read_json(self.path / "failed.json")
            message = bounded(str(failed.get("message") or "failed for a reason that cannot be read"))
            kind = RefusedError if failed.get("exit_code") == RefusedError.exit_code else BridgeError
            checks = failed_checks(failed.get("checks"))
            return JobState(State.FAILED, message=message, exit_code=kind.exit_code, checks=checks)
        return None

    def description(self) -> Description:
        """Read ``job.json``.

        Raises
        ------
        BridgeError
            If it is missing, or is not one this version knows.
        """
        values = _read_json(self.path / "job.json")
        task, options = values.get("task"), values.get("options")
        if values.get("schema") != SCHEMA or not isinstance(task, str) or not isinstance(options, dict):
            raise BridgeError(f"job.json must have schema {SCHEMA}, a task and options; submit the job again")
        return Description(task, options)

    def clean(self) -> None:
        """Remove what an attempt that was cut short has left."""
        for partial in self.path.glob(f"{PARTIAL}*"):
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            else:
                partial.unlink(missing_ok=True)

    def count_attempt(self) -> int:
        """Count an attempt and return its number, from 1."""
        before = _read_json(self.path / "attempts.json").get("attempts")
        attempts = 1 + (before if isinstance(before, int) and before > 0 else 0)
        self._put("attempts.json", {"schema": SCHEMA, "attempts": attempts})
        return attempts

    def make_partial(self) -> Path:
        """Make the empty folder that `publish` turns into the result."""
        partial = self.path / f"{PARTIAL}{secrets.token_hex(4)}"
        partial.mkdir(mode=PRIVATE_FOLDER)
        return partial

    def publish(self, partial: Path) -> None:
        """End the job as done: the finished folder becomes ``result/``.

        Raises
        ------
        OSError
            If there is a result already: a folder that holds something is never replaced by a rename.
        """
        rename(partial, self.result)

    def fail(self, message: str, exit_code: int, checks: Sequence[FailedCheck] = ()) -> None:
        """End the job as failed."""
        self._put(
            "failed.json",
            {
                "schema": SCHEMA,
                "exit_code": exit_code,
                "message": message,
                "checks": [asdict(check) for check in checks],
            },
        )

    def cancel(self) -> None:
        """End the job as cancelled."""
        self._put("cancelled.json", {"schema": SCHEMA})

    def _put(self, name: str, values: dict[str, Any]) -> None:
        write_whole_file(self.path / name, _json_bytes(values))


def new_job(jobs: Path) -> tuple[str, Path]:
    """Make an empty folder for a new job, which no worker sees yet; return the job's id and the folder."""
    jobs.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    job_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    folder = new_folder(jobs, job_id)
    folder.mkdir(mode=PRIVATE_FOLDER)
    return job_id, folder


def new_folder(jobs: Path, job_id: str) -> Path:
    """Name the folder of a job that is not submitted yet.

    Raises
    ------
    BridgeError
        If the id is not one that `new_job` gave.
    """
    return jobs / f"{NEW}{require_id(job_id)}"


def submit(jobs: Path, job_id: str, task: str, options: dict[str, Any]) -> JobFolder:
    """Turn the filled folder of a new job into a job: from then on it will be run, whatever happens.

    Raises
    ------
    BridgeError
        If there is no such new job, or it has no case.
    """
    folder = new_folder(jobs, job_id)
    job = JobFolder(jobs / job_id)
    if not folder.is_dir() and job.path.is_dir():
        return job  # submitted before
    if not (folder / "case" / "case.json").is_file():
        raise BridgeError("expected a case folder in the new job, found none; export the plan into it first")
    values = {
        "schema": SCHEMA,
        "intended_use": INTENDED_USE,
        "id": job_id,
        "task": task,
        "options": options,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_to_disk(folder / "job.json", _json_bytes(values))
    sync_folder(folder)
    rename(folder, job.path)
    return job


def find_job(jobs: Path, job_id: str) -> JobFolder:
    """Find a submitted job.

    Raises
    ------
    BridgeError
        If there is none.
    """
    job = JobFolder(jobs / require_id(job_id))
    if not _is_folder(job.path):
        raise BridgeError("expected a submitted job of this id, found none; submit it again")
    return job


def list_jobs(jobs: Path) -> Iterator[JobFolder]:
    """List all submitted jobs, oldest first; a file or a link of such a name is none."""
    entries = jobs.iterdir() if jobs.is_dir() else ()
    names = sorted(entry.name for entry in entries if ID.fullmatch(entry.name) and _is_folder(entry))
    return (JobFolder(jobs / name) for name in names)


def require_id(job_id: object) -> str:
    """Return the id if it is one; a path cannot be hidden in it.

    Raises
    ------
    BridgeError
        If it is not.
    """
    if not isinstance(job_id, str) or not ID.fullmatch(job_id):
        raise BridgeError("a job id looks like 20260131T120000000000-0123abcd, found something else")
    return job_id


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _json_bytes(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()


def _read_json(path: Path) -> dict[str, Any]:
    """Read an object; an empty one where there is none, whatever there is instead."""
    try:
        values = json.loads(read_plain(path, MOST_BYTES, path.name))
    except (RefusedError, OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
