"""``python -m esapi_bridge.worker``: the worker as clients start it, without the packages of the command line."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from dosenet.threads import wait_passively
from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.worker.home import FAULT, WorkerHome
from esapi_bridge.worker.old_jobs import KEEP_DAYS
from esapi_bridge.worker.server import IDLE_TIMEOUT_S, MOST_ATTEMPTS, serve
from esapi_bridge.worker.tasks import Task, all_tasks

LOG_BYTES = 1_000_000

log = logging.getLogger("esapi_bridge.worker")


def main(
    arguments: Sequence[str] | None = None, tasks: Mapping[str, Task] | None = None, most_attempts: int = MOST_ATTEMPTS
) -> None:
    """Serve a jobs folder; ends at once if it has a worker already."""
    wait_passively()
    parser = argparse.ArgumentParser(prog="esapi_bridge.worker", description=INTENDED_USE)
    parser.add_argument("--jobs", type=Path, required=True)
    parser.add_argument("--idle-timeout", type=float, default=IDLE_TIMEOUT_S)
    parser.add_argument("--keep-days", type=float, default=KEEP_DAYS)
    parser.add_argument("--host", type=int)
    chosen = parser.parse_args(arguments)
    try:
        keep_log(WorkerHome(chosen.jobs))
        serve(
            chosen.jobs,
            all_tasks() if tasks is None else tasks,
            idle_timeout_s=chosen.idle_timeout,
            keep_days=chosen.keep_days,
            most_attempts=most_attempts,
            host=chosen.host,
        )
    except (BridgeError, OSError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        log.error("the worker could not go on: %s", reason)  # noqa: TRY400  a trace may hold a path
        sys.exit(f"{FAULT}{reason}")


def keep_log(home: WorkerHome) -> None:
    """Write the log of this package to the worker's folder. It names jobs by their random ids only."""
    home.make()
    handler = logging.handlers.RotatingFileHandler(home.log, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    logging.getLogger("pydicom").disabled = True  # it quotes what it reads, a patient's name perhaps
    # Python's own account of an error holds its message, which may hold a path or a name.
    sys.excepthook = lambda kind, *_: log.error("the worker failed: %s", kind.__name__)
    threading.excepthook = lambda given: log.error("a thread failed: %s", given.exc_type.__name__)


if __name__ == "__main__":
    main()
