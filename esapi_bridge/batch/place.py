"""The folder of a batch: which plans are done, and how a result gets its place whole, whenever the program is killed.

::

    OUT/<plan>/            a result, with batch.json: what it was made of
    OUT/summary.*          all plans
    OUT/.batch/lock        held by the one batch that works here
    OUT/.batch/batch.json  the task
    OUT/.batch/fresh/<plan>-<identity>   results that are whole and have not got their place yet
    OUT/.batch/old/<plan>  what was in that place before
    OUT/.batch/ended/<plan>.json         why a plan was refused or failed
    OUT/.batch/steps/<plan>              how far a plan is

A result's identity is the digest of all that it was made of. It is in the name of the fresh folder, which appears whole
or not at all, so nothing else has to be remembered of work that is done.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from esapi_bridge import INTENDED_USE
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.batch.task import Task
from esapi_bridge.checks.commissioned import CHECK
from esapi_bridge.errors import BridgeError, FailedCheck
from esapi_bridge.folders.durable import PARTIAL, PRIVATE_FOLDER, rename, write_whole_file
from esapi_bridge.folders.lock import FileLock
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import SUMS_FILE, seal
from esapi_bridge.folders.unfinished import sweep
from esapi_bridge.tasks.result_folder import RESULT_FILE
from esapi_bridge.tasks.run import RUN_FILE

SCHEMA = 1
STATE_FOLDER, MARK_FILE = ".batch", "batch.json"
MOST_BYTES = 4 * 2**20


class BatchFolder:
    """The output folder of a batch, which this process alone works in; made by `open_batch`.

    Parameters
    ----------
    out
        The folder.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.state = out / STATE_FOLDER
        self.steps = self.state / "steps"

    def fresh(self, key: str, identity: str) -> Path:
        """Folder for the result of a plan that is being done."""
        return self.state / "fresh" / f"{key}-{identity}"

    def outcome(self, key: str, identity: str) -> Outcome | None:
        """How a plan of this identity ended before; None if it did not.

        A result that was whole when the last batch was killed is put in its place.
        """
        if self.fresh(key, identity).is_dir():
            self.publish(key, identity)
        if self.is_done(key, identity):
            return Outcome(End.DONE)
        ended = _read(self._ended(key))
        if ended.get("identity") != identity:
            return None
        try:
            checks = tuple(FailedCheck(**check) for check in ended["checks"])
            if any(check.check == CHECK for check in checks):  # the network may be approved by now
                return None
            return Outcome(End(ended["end"]), str(ended["reason"]), checks, seconds=float(ended["seconds"]))
        except (KeyError, TypeError, ValueError):
            return None

    def is_done(self, key: str, identity: str) -> bool:
        """Whether a result of this identity has its place, with every file that its record names."""
        folder = self.out / key
        if _read(folder / MARK_FILE).get("identity") != identity:
            return False
        outputs = _read(folder / RUN_FILE).get("outputs")
        return isinstance(outputs, list) and all((folder / output["name"]).is_file() for output in outputs)

    def publish(self, key: str, identity: str) -> None:
        """Give a fresh result its place; what was there before goes only when the new one is there.

        Raises
        ------
        BridgeError
            If the place is taken by something that no batch has made.
        OSError
            If the disk refuses.
        """
        fresh, place, old = self.fresh(key, identity), self.out / key, self._old(key)
        _remove_partial_files(fresh)
        write_whole_file(fresh / MARK_FILE, _as_json({"identity": identity}))
        if (fresh / RESULT_FILE).is_file():  # of a case folder: every byte of it is listed
            (fresh / SUMS_FILE).unlink(missing_ok=True)
            seal(fresh)
        if place.exists() or place.is_symlink():
            if not (place / MARK_FILE).is_file():
                raise BridgeError("the folder of a plan must be a batch's own, found another one: move it away")
            shutil.rmtree(old, ignore_errors=True)
            rename(place, old)
        rename(fresh, place)
        self._ended(key).unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)

    def remember(self, key: str, identity: str, outcome: Outcome) -> None:
        """Write down that a plan was refused or failed; a result of other inputs stays where it is."""
        said = {"end": outcome.end.value, "reason": outcome.reason, "seconds": outcome.seconds}
        checks = [asdict(check) for check in outcome.checks]
        write_whole_file(self._ended(key), _as_json({"identity": identity, **said, "checks": checks}))

    def clean(self) -> None:
        """Bring back what was about to be replaced, and remove what a batch that was killed has left."""
        for old in (self.state / "old").iterdir():
            if not (self.out / old.name).exists():
                rename(old, self.out / old.name)
            shutil.rmtree(old, ignore_errors=True)
        for step in self.steps.iterdir():
            step.unlink(missing_ok=True)
        for folder in (self.out, self.state, self.state / "ended"):
            _remove_partial_files(folder)
        sweep(self.state / "fresh")

    def forget(self, identities: set[str]) -> None:
        """Remove fresh results that nobody waits for any more: their inputs have changed since."""
        for fresh in (self.state / "fresh").iterdir():
            if fresh.name.rpartition("-")[2] not in identities:
                shutil.rmtree(fresh, ignore_errors=True)

    def _old(self, key: str) -> Path:
        return self.state / "old" / key

    def _ended(self, key: str) -> Path:
        return self.state / "ended" / f"{key}.json"


@contextmanager
def open_batch(out: Path, task: Task) -> Iterator[BatchFolder]:
    """Make or open the folder of a batch, for this process alone.

    Parameters
    ----------
    out
        The folder; must not exist, be empty, or be that of a batch of the same task.
    task
        What is done.

    Raises
    ------
    BridgeError
        If it is something else, or another batch works in it.
    OSError
        If the disk refuses.
    """
    place = BatchFolder(out)
    if out.is_dir():
        if any(out.iterdir()) and not place.state.is_dir():
            raise BridgeError(
                "the output folder must be new, empty or a batch's own, found another; choose another name"
            )
    elif out.exists():
        raise BridgeError("the output folder must be a folder, found a file; choose another name")
    for folder in (out, place.state, *(place.state / name for name in ("fresh", "old", "ended", "steps"))):
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    lock = FileLock(place.state / "lock")
    if not lock.acquire():
        raise BridgeError(
            "one batch at a time may work in an output folder, found another at work; wait for it or stop it"
        )
    try:
        known = _read(place.state / MARK_FILE).get("task")
        if known not in {None, task.value}:
            raise BridgeError(
                f"the output folder must be of a batch of {task.value}, found one of {known}; choose another"
            )
        if known is None:
            write_whole_file(place.state / MARK_FILE, _as_json({"task": task.value}))
        place.clean()
        yield place
    finally:
        lock.release()


def digest(*parts: str) -> str:
    """Digest of several texts, short enough for a file name and long enough to be unique."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _remove_partial_files(folder: Path) -> None:
    for file in folder.glob(f"{PARTIAL}*"):
        file.unlink(missing_ok=True)


def _as_json(content: dict[str, Any]) -> bytes:
    said = {"schema": SCHEMA, **content, "intended_use": INTENDED_USE}
    return (json.dumps(said, indent=1) + "\n").encode()


def _read(path: Path) -> dict[str, Any]:
    """Read a small JSON file; empty where there is none, or none of this version."""
    try:
        found = json.loads(read_plain(path, MOST_BYTES, path.name))
    except (OSError, ValueError, BridgeError):
        return {}
    return found if isinstance(found, dict) and found.get("schema") == SCHEMA else {}
