"""Asking the worker, and starting it where it does not run. Every message may be asked again without harm."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Client
from typing import Any

from esapi_bridge import __version__
from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.worker import protocol
from esapi_bridge.worker.home import WorkerHome
from esapi_bridge.worker.old_jobs import KEEP_DAYS
from esapi_bridge.worker.protocol import AnyConnection, Message

MODULE = "esapi_bridge.worker"
"""What a started Python runs."""

ANSWER_S = 10.0
START_S = 60.0
"""How long a start may take, s: a virus scanner may look at every file of Python first."""

MOST_FAILED_STARTS = 5
PAUSE_S = 0.05
PAUSE_AFTER_LOCKED_S = 0.25

_started: list[subprocess.Popen[bytes]] = []
"""Workers this process has started; kept so that an ended one does not stay behind as a zombie."""


class NoWorkerError(BridgeError):
    """No worker answers."""


class SilentWorkerError(BridgeError):
    """The worker is there and does not answer in time."""


@dataclass(frozen=True)
class Launch:
    """How to start a worker.

    Parameters
    ----------
    python
        The interpreter; inside Eclipse `sys.executable` is Eclipse.
    search_path
        Folders in which Python finds this package, besides its own.
    idle_timeout_s
        Time without jobs after which the worker ends, s.
    keep_days
        How long it keeps jobs that have ended, days.
    host
        Process that the worker and the jobs asked for end with; None: with none.
    """

    python: str
    search_path: tuple[str, ...]
    idle_timeout_s: float
    keep_days: float = KEEP_DAYS
    host: int | None = None


def ask(home: WorkerHome, message: Mapping[str, Any], launch: Launch | None = None) -> Message:
    """Ask the worker and return its answer.

    Parameters
    ----------
    home
        Where the worker is found.
    message
        The question.
    launch
        How to start a worker if none answers; None: do not.

    Raises
    ------
    NoWorkerError
        If none answers and none is to be started.
    SilentWorkerError
        If it does not answer in time.
    BridgeError
        If it answers with an error, cannot be started or has another version and work to do.
    """
    if launch is not None and launch.host is not None:
        message = {**message, "host": launch.host}
    deadline = time.monotonic() + START_S
    started: subprocess.Popen[bytes] | None = None
    failed = 0
    while True:
        try:
            return _ask_once(home, message, replace_other_version=launch is not None)
        except NoWorkerError:
            if launch is None:
                raise
        code = None if started is None else started.poll()
        failed += bool(code)
        if time.monotonic() > deadline or failed >= MOST_FAILED_STARTS:
            raise BridgeError(
                f"the worker could not be started: {home.start_fault()}".removesuffix(": ")
                + "; see start.log in its folder, and whether another user or machine has a worker for the same jobs "
                "folder"
            )
        if started is None or code is not None:
            if code == 0:  # another worker has the lock: one that starts, or one that ends
                time.sleep(PAUSE_AFTER_LOCKED_S)
            started = start(home, launch)
        time.sleep(PAUSE_S)


def start(home: WorkerHome, launch: Launch) -> subprocess.Popen[bytes]:
    """Start a worker that outlives this process and has no window.

    Raises
    ------
    BridgeError
        If there is no such interpreter.
    """
    home.make()
    # -P: the current folder is no place to import from.
    command = [launch.python, "-P"]
    if sys.pycache_prefix:  # the host keeps compiled files apart from the packages whose digests it has checked
        command += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    command += ["-m", MODULE, "--jobs", str(home.jobs)]
    command += ["--idle-timeout", str(launch.idle_timeout_s), "--keep-days", str(launch.keep_days)]
    command += [] if launch.host is None else ["--host", str(launch.host)]
    # The settings that a host has made for its own Python are not for this one.
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON")}
    environment["PYTHONPATH"] = os.pathsep.join(launch.search_path)
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        # A console without a window rather than none (DETACHED_PROCESS), or each process it starts would open one.
        options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    _started[:] = [process for process in _started if process.poll() is None]
    try:
        with home.start_log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  the interpreter named by the settings
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=home.folder,
                env=environment,
                **options,
            )
    except OSError as error:
        raise BridgeError(
            f"the worker could not be started: {os_reason(error)}; check python_executable in the settings"
        ) from error
    _started.append(process)
    return process


def _ask_once(home: WorkerHome, message: Mapping[str, Any], *, replace_other_version: bool) -> Message:
    contact = home.contact()
    if contact is None:
        raise NoWorkerError("no worker runs for this jobs folder")
    try:
        with Client(contact.address) as connection:
            protocol.prove_first(connection, contact.key, ANSWER_S)
            hello = _exchange(connection, {"type": "hello", "protocol": protocol.PROTOCOL, "version": __version__})
            found = (hello.get("protocol"), hello.get("version"))
            if replace_other_version and found != (protocol.PROTOCOL, __version__):
                _exchange(connection, {"type": "shutdown", "when": "idle"})
                raise NoWorkerError(f"a worker of version {found[1]} made room for one of version {__version__}")
            return _exchange(connection, message)
    except TimeoutError as error:
        raise SilentWorkerError(f"the worker has not answered for {ANSWER_S:g} s; it may be busy") from error
    except (OSError, EOFError, protocol.AuthenticationError) as error:
        raise NoWorkerError("the worker that ran for this jobs folder has ended") from error


def _exchange(connection: AnyConnection, message: Mapping[str, Any]) -> Message:
    protocol.send(connection, message)
    answer = protocol.receive(connection, ANSWER_S)
    if answer["type"] == "error":
        raise BridgeError(str(answer.get("message")))
    if answer["type"] == "closing" and message["type"] != "shutdown":
        raise NoWorkerError("the worker is closing")
    return answer
