"""A process of its own for the tasks, which keeps its networks loaded and dies alone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dosenet.threads import wait_passively
from esapi_bridge.errors import BridgeError, os_reason, where_in_own_code
from esapi_bridge.node.choices import NodeTask

if TYPE_CHECKING:
    from esapi_bridge.tasks import Networks

PATIENCE_S = 10.0
"""How long the process may tidy up when it is told to end, s."""


@dataclass(frozen=True)
class Request:
    """One plan to be calculated.

    Parameters
    ----------
    task
        Which network.
    files, out
        The plan's objects; result folder to make.
    plan
        SOP Instance UID of the plan.
    model
        Name of the network; None for the task's own.
    """

    task: NodeTask
    files: tuple[Path, ...]
    out: Path
    plan: str
    model: str | None = None


class TaskProcess:
    """Runs one request at a time in another process, which is started when it is needed; a context manager."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._end: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, request: Request) -> None:
        """Calculate a plan and wait for it.

        Raises
        ------
        RefusedError
            If a check refuses.
        BridgeError
            If it cannot be done, or the process ends by itself; the next request starts another one.
        """
        if self._process is None:
            context = get_context("spawn")
            self._end, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            wait_passively()
            self._process.start()
            theirs.close()
        try:
            self._end.send(request)
            error = self._end.recv()
        except (EOFError, OSError) as ended:
            self._stop()
            raise BridgeError(
                "the process that calculates must live until the plan is done, found one that ended by itself: "
                "perhaps memory ran out"
            ) from ended
        if error is not None:
            raise error

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join(PATIENCE_S)
            self._process.kill()
            self._process.join()
            self._process = None


def result_file(task: NodeTask) -> str:
    """Name of the object in a result folder that is sent back; imported late, as it brings torch."""
    from esapi_bridge.tasks.dose.export import PLAN_FILE as DOSE_FILE
    from esapi_bridge.tasks.fluence.export import PLAN_FILE as FLUENCE_FILE

    return DOSE_FILE if task is NodeTask.DOSE else FLUENCE_FILE


def _serve(end: Any) -> None:
    """Answer requests until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node decides what an interrupt means
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half-written is removed
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from esapi_bridge.tasks import Networks

    networks = Networks()
    while True:
        try:
            request = end.recv()
        except EOFError:
            return
        end.send(_error_of(request, networks))


def _end_with_parent() -> None:
    """End at once when the node is killed: the next one does the plan again."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _error_of(request: Request, networks: Networks) -> BridgeError | None:
    try:
        _run(request, networks)
    except BridgeError as error:
        return error
    except OSError as error:
        return BridgeError(f"the plan could not be calculated: {os_reason(error)}; see to the disk")
    except Exception as error:  # noqa: BLE001  whatever a task does, the node goes on to the next plan
        return BridgeError(f"unexpected {where_in_own_code(error)}")
    return None


def _run(request: Request, networks: Networks) -> None:
    from esapi_bridge.dicom.read.scan import ExportFiles
    from esapi_bridge.tasks import run_dose, run_fluence

    chosen: dict[str, Any] = {} if request.model is None else {"model": request.model}
    run = run_dose if request.task is NodeTask.DOSE else run_fluence
    run(ExportFiles(request.files), request.out, plan=request.plan, networks=networks, **chosen)
