"""The worker with tasks that need no network: the same server, another table.

Started as ``python -m tests.worker.toy_worker``. Every start of a task is noted in the jobs folder's ``journal``,
together with whether the job had a result by then.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from esapi_bridge.errors import BridgeError, FailedCheck, RefusedError
from esapi_bridge.progress import Progress
from esapi_bridge.worker.__main__ import main

JOURNAL = "journal"
PAUSE_S = 0.002


def note(case: Path, event: str) -> None:
    """Append a line; the system keeps appended lines whole."""
    job = case.parent
    line = {"event": event, "id": job.name, "had_result": (job / "result").exists(), "pid": os.getpid()}
    handle = os.open(job.parent / JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, (json.dumps(line) + "\n").encode())
    os.close(handle)


def hash_case(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Write files that follow from the case alone, part by part."""
    note(case, "start")
    digest = hashlib.sha256((case / "case.json").read_bytes()).digest()
    parts = int(options.get("parts", 3))
    for part in range(parts):
        progress(f"part {part}", part, parts)
        for _ in range(int(options.get("rounds", 1))):
            digest = hashlib.sha256(digest).digest()
        (out / f"part_{part}.npy").write_bytes(digest * 500)
    (out / "result.json").write_text(json.dumps({"schema": 1, "doses": [], "digest": digest.hex()}))
    (out / "run.json").write_text(json.dumps({"started": time.time(), "pid": os.getpid()}))
    note(case, "end")


def wait(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Tell progress until the job folder holds a file ``go``."""
    note(case, "start")
    told = 0
    while not (case.parent / "go").exists():
        told += 1
        progress("waiting", told, 0)
        time.sleep(PAUSE_S)
    hash_case(case, out, options, progress)


def deaf(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Wait for ``go`` without telling anything, so that it cannot be stopped."""
    note(case, "start")
    while not (case.parent / "go").exists():
        time.sleep(PAUSE_S)


def fail(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Fail after something was written."""
    (out / "part_0.npy").write_bytes(b"half")
    errors = {
        "bridge": BridgeError("expected a toy, found none"),
        "refused": RefusedError("refused by 1 check: toy", [FailedCheck("toy", "a duck", "a goose")]),
        "disk": OSError(28, "No space left on device", "/home/somebody/Doe^Canary"),
    }
    raise errors.get(str(options["how"]), ValueError("/home/somebody/Doe^Canary"))


def crash(case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
    """Take the whole process down."""
    note(case, "start")
    os._exit(9)


def crash_before_write(number: int, jobs: Path) -> None:
    """Kill this process just before its n-th change of something under the jobs folder."""
    left = [number]
    changing = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        is_write = event == "open" and bool(int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR))
        if (is_write or event in changing) and str(arguments[0]).startswith(str(jobs)):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    sys.addaudithook(hook)


TASKS = {"hash": hash_case, "wait": wait, "deaf": deaf, "fail": fail, "crash": crash}

if __name__ == "__main__":
    if "TOY_CRASH_BEFORE" in os.environ:
        crash_before_write(int(os.environ["TOY_CRASH_BEFORE"]), Path(sys.argv[2]))
    main(tasks=TASKS, most_attempts=int(os.environ.get("TOY_MOST_ATTEMPTS", "10")))
