"""Accepts this user's connections, answers messages and runs the jobs."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Listener
from pathlib import Path

from esapi_bridge import __version__
from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.lock import FileLock
from esapi_bridge.folders.unfinished import sweep
from esapi_bridge.worker import protocol
from esapi_bridge.worker.desk import ClosingError, Desk
from esapi_bridge.worker.home import WorkerHome
from esapi_bridge.worker.hosts import Hosts
from esapi_bridge.worker.old_jobs import KEEP_DAYS, remove_old_jobs
from esapi_bridge.worker.protocol import AnyConnection, Message
from esapi_bridge.worker.runner import run_jobs
from esapi_bridge.worker.tasks import Task

HANDSHAKE_S = 10.0
IDLE_TIMEOUT_S = 900.0
MOST_ATTEMPTS = 10
WAITING_CONNECTIONS = 32
STOP_PATIENCE_S = 2.0
"""How long a task that is stopped may take to notice before the process ends without it, s."""

PAUSE_S = 0.05
HOSTS_S = 0.5
"""How often the worker looks whether its hosts are there, s."""

LOCK_FILE = ".worker.lock"

log = logging.getLogger(__name__)


def serve(
    jobs: Path,
    tasks: Mapping[str, Task],
    *,
    idle_timeout_s: float = IDLE_TIMEOUT_S,
    keep_days: float = KEEP_DAYS,
    most_attempts: int = MOST_ATTEMPTS,
    host: int | None = None,
) -> bool:
    """Run the worker of a jobs folder until it has been idle for long or is told to end.

    Parameters
    ----------
    jobs
        The jobs folder; made if need be.
    tasks
        Task by name.
    idle_timeout_s, most_attempts
        See `run_jobs`.
    keep_days
        See `remove_old_jobs`.
    host
        Process that started this worker, which ends when that and every other that has asked it since have ended.

    Returns
    -------
    bool
        False if the jobs folder has a worker already.

    Raises
    ------
    BridgeError
        If the jobs folder cannot be written.
    """
    os.umask(0o077)  # what a job writes, in whichever library, is this user's alone
    home = WorkerHome(jobs)
    try:
        home.make()
        # The first keeps a second worker from this one's address, should the jobs folder be replaced while it runs.
        locks = [FileLock(home.folder / LOCK_FILE), FileLock(home.jobs / LOCK_FILE)]
        if not all(lock.acquire() for lock in locks):
            for lock in locks:
                lock.release()
            return False
    except OSError as error:
        raise BridgeError(
            f"the jobs folder cannot be used: {os_reason(error)}; make it writable or name another one"
        ) from error
    sweep(home.jobs)
    removed = remove_old_jobs(home.jobs, keep_days)
    desk = Desk(home.jobs, locks[1].is_there, Hosts(host))
    found = desk.recover()
    contact = home.new_contact()
    connections = _Connections(desk, contact.key)
    with Listener(contact.address, backlog=WAITING_CONNECTIONS) as listener:
        threading.Thread(target=connections.listen, args=(listener,), daemon=True).start()
        home.publish(contact)
        threading.Thread(target=_watch_hosts, args=(desk,), daemon=True).start()
        log.info("worker %s started, process %d: %d jobs to do, %d removed", __version__, os.getpid(), found, removed)
        try:
            run_jobs(desk, tasks, idle_timeout_s=idle_timeout_s, most_attempts=most_attempts)
        finally:  # an interrupt from the keyboard also ends it
            desk.close(only_if_idle=False)
            home.withdraw()
        connections.finish()
    home.leave(contact)
    log.info("worker ended")
    for lock in locks:
        lock.release()
    return True


class _Connections:
    """Accepts connections and answers messages; each client has a thread, so that none waits for another."""

    def __init__(self, desk: Desk, key: bytes) -> None:
        self._desk, self._key = desk, key
        self._shutdown_asked, self._shutdown_answered = threading.Event(), threading.Event()

    def listen(self, listener: Listener) -> None:
        """Take connections until the desk is closed."""
        while True:
            try:
                connection = listener.accept()
            except OSError:  # a client that left at once, or the listener was closed
                if self._desk.is_closed:
                    return
                time.sleep(PAUSE_S)  # too many open files, perhaps: that passes
                continue
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def finish(self) -> None:
        """Let the client that asked for the shutdown receive its answer before the process ends."""
        if self._shutdown_asked.is_set():
            self._shutdown_answered.wait(1.0)

    def _attend(self, connection: AnyConnection) -> None:
        """Answer one client until it leaves."""
        with connection:
            try:
                protocol.prove_second(connection, self._key, HANDSHAKE_S)
                greeted = False
                while True:
                    answer = self._reply(connection, greeted=greeted)
                    protocol.send(connection, answer)
                    greeted = greeted or answer["type"] == "hello"
                    if self._shutdown_asked.is_set():
                        self._shutdown_answered.set()
            except (OSError, EOFError, protocol.AuthenticationError) as error:
                log.debug("a client left: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001  a fault in one answer is that client's alone
                log.error("a client was dropped: %s", type(error).__name__)  # noqa: TRY400  no names in the log

    def _reply(self, connection: AnyConnection, *, greeted: bool) -> Message:
        try:
            message = protocol.receive(connection)
        except BridgeError as error:
            return _error(str(error))
        try:
            return self._answer(message) if greeted else _hello(message)
        except ClosingError:
            return {"type": "closing"}
        except BridgeError as error:
            return _error(str(error))
        except OSError as error:
            return _error(f"a file of the job cannot be used: {os_reason(error)}; see to the disk")

    def _answer(self, message: Message) -> Message:
        kind, desk = message["type"], self._desk
        if kind in {"submit", "status", "cancel"}:
            desk.note_host(message.get("id"), message.get("host"))
        if kind in {"submit", "status"}:
            return {"type": "state", **desk.follow(message.get("id")).to_dict()}
        if kind == "cancel":
            return {"type": "state", **desk.cancel(message.get("id")).to_dict()}
        if kind == "overview":
            running, queued = desk.overview()
            return {
                "type": "overview",
                "running": running,
                "queued": queued,
                "pid": os.getpid(),
                "version": __version__,
            }
        if kind == "shutdown":
            self._shutdown_asked.set()
            if not desk.close(only_if_idle=message.get("when") == "idle"):
                self._shutdown_asked.clear()
                raise BridgeError("the worker has jobs to do; wait for them or cancel them")
            _end_soon()
            return {"type": "closing"}
        raise BridgeError("expected submit, status, cancel, overview or shutdown, found something else")


def _error(message: str) -> Message:
    return {"type": "error", "message": message, "exit_code": BridgeError.exit_code}


def _hello(message: Message) -> Message:
    """State the versions; a client compares them before it asks for anything."""
    if message["type"] != "hello":
        raise BridgeError("the first message must be hello")
    return {"type": "hello", "protocol": protocol.PROTOCOL, "version": __version__, "pid": os.getpid()}


def _watch_hosts(desk: Desk) -> None:
    """End jobs with the processes they are for, and the worker with the last of them."""
    while not desk.is_closed:
        if desk.leave_ended_hosts():
            log.info("the last host has ended")
            _end_soon()
        time.sleep(HOSTS_S)


def _end_soon() -> None:
    """End the process even if a task does not notice: its job is run again by the next worker."""
    timer = threading.Timer(STOP_PATIENCE_S, os._exit, (0,))
    timer.daemon = True
    timer.start()
