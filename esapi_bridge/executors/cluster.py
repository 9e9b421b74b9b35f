"""Workers of a Dask cluster that runs already; the user names the address of its scheduler.

Dask pickles what it sends and runs what it is sent: whoever reaches a scheduler can run code on its workers. Security
(TLS) is what Dask's own configuration says.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import secrets
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, cast

from distributed import Client, Future, KilledWorker, WorkerPlugin, get_worker
from distributed.client import FutureCancelledError

from esapi_bridge import __version__
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.executors.executor import Digests, Item, LostProcessError, Result, answer

log = logging.getLogger(__name__)

GPU = "GPU"
"""Resource that workers with a GPU state: ``dask worker ... --resources GPU=1``."""

CONNECT_S = 10.0
"""How long a scheduler may take to answer, s."""

WORKER_S = 60.0
"""How long a worker may take to be there, s: a nanny starts another in a few seconds, later on a busy machine."""

LOOK_S = 2.0
"""How often it is looked whether workers came or went, s."""

NAME = "esapi-bridge"


@dataclass(frozen=True)
class Cluster:
    """An executor, see `Executor.completed`: the workers of a Dask cluster, each a process with one thread.

    An item whose worker is lost is done by another one, unless it has been the end of several
    (``distributed.scheduler.allowed-failures``): then it is lost. Where a caller stops, the workers that are busy with
    its items end, and their nannies start others. Workers that come later are used, too.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://host:8786``.
    """

    address: str

    def completed(
        self,
        function: Callable[[Any], Result],
        queue: deque[Item],
        *,
        pack: Callable[[Item], object] | None = None,
        network: Digests | None = None,
        lost: Callable[[Item], Result] | None = None,
    ) -> Generator[tuple[Item, Result], None, None]:
        """Apply a function to every item of a queue, see `Executor.completed`."""
        if not queue:
            return
        with self._connected() as client:
            _require_alike(client, network)
            gpu = network is not None and any(_has_gpu(worker) for worker in _workers(client).values())
            with _sent(client, _Sent(function, _facts(network), network)) as name:
                yield from _completed(client, name, queue, pack, gpu, lost)

    def sees(self, file: Path) -> bool:
        """Whether every worker reads from a file the same bytes as this process."""
        path = file.absolute()
        expected = _sha256(path)
        with self._connected() as client:
            found = client.run(_sha256, path)
        return expected is not None and set(found.values()) == {expected}

    def require_shared(self, *paths: Path) -> None:
        """Make sure that every worker sees files, and folders, which a file is written to for a moment.

        Raises
        ------
        RefusedError
            If one does not.
        BridgeError
            If a folder cannot be written.
        """
        for path in paths:
            with nullcontext(path) if path.is_file() else _probe(path) as file:
                if not self.sees(file):
                    raise RefusedError(
                        "every worker must see the files and folders of this command under the same path, found one "
                        "that does not: name folders that all machines of the cluster share"
                    )

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        try:
            client = Client(self.address, timeout=CONNECT_S, set_as_default=False, name=NAME)
        except (OSError, ValueError) as error:
            raise BridgeError(
                f"a Dask scheduler must answer at {self.address}, none did ({type(error).__name__}): start one with "
                "'dask scheduler', and look whether the address is right"
            ) from error
        try:
            try:
                client.wait_for_workers(1, timeout=WORKER_S)
            except TimeoutError as error:
                raise BridgeError(
                    f"the cluster must have a worker, found none: start one with 'dask worker {self.address} "
                    "--nthreads 1'"
                ) from error
            for address, worker in _workers(client).items():
                # Matplotlib, and the networks that a process keeps, are not for several threads at once.
                if worker["nthreads"] != 1:
                    raise RefusedError(
                        f"a worker must have 1 thread, found {worker['nthreads']} at {address}: start it with "
                        "--nthreads 1 and as many --nworkers as it has processors"
                    )
            yield client
        finally:
            client.close()


def _completed(
    client: Client,
    name: str,
    queue: deque[Item],
    pack: Callable[[Item], object] | None,
    gpu: bool,
    lost: Callable[[Item], Result] | None,
) -> Generator[tuple[Item, Result], None, None]:
    busy: dict[str, tuple[Future[Any], Item]] = {}
    done: SimpleQueue[str] = SimpleQueue()
    number, left = 0, True

    def hand_out() -> None:
        nonlocal number
        while queue and len(busy) < max(1, sum(_has_gpu(w) or not gpu for w in _workers(client).values())):
            item = queue.popleft()
            number += 1
            key = f"{name}-{number}"  # all that logs and the dashboard show of an item
            resources = {GPU: 1} if gpu else None
            future = client.submit(_do, name, pack(item) if pack else item, key=key, resources=resources)
            busy[key] = future, item
            future.add_done_callback(lambda done_future: done.put(str(done_future.key)))

    try:
        while queue or busy:
            hand_out()
            try:
                key = done.get(timeout=LOOK_S)
            except Empty:  # an interrupt is heard, and workers that came are used
                left = left and _tell_if_none(client)
                continue
            future, item = busy.pop(key)
            try:
                result = _receive(future)
            except LostProcessError:
                if lost is None:
                    raise
                result = lost(item)
            hand_out()  # so that no worker waits for the caller
            yield item, result
    finally:
        if busy:
            _end(client, name, [future for future, _ in busy.values()])


def _tell_if_none(client: Client) -> bool:
    found = bool(_workers(client))
    if not found:
        log.warning("no worker is left in the cluster; the work goes on when one comes")
    return found


def _receive(future: Future[Any]) -> Any:
    try:
        error, result = future.result()
    except KilledWorker as killed:
        raise LostProcessError from killed
    except FutureCancelledError as cancelled:
        raise BridgeError(
            f"the scheduler must stay until the work is done, found it gone ({cancelled.reason}): start the cluster "
            "again, and the command, which goes on where it was"
        ) from cancelled
    if error is not None:
        raise error
    return result


def _end(client: Client, name: str, futures: Sequence[Future[Any]]) -> None:
    """Drop work: what waits is cancelled, and the workers that are busy with it end; their nannies start others."""
    with suppress(OSError, TimeoutError):  # the cluster is gone
        client.cancel(futures, force=True)  # first: who ends at work would have it done by another worker
        client.run(_stop, name, on_error="ignore")


def _stop(name: str, dask_worker: Any) -> None:
    if (sent := dask_worker.plugins.get(name)) is not None:
        sent.stop()


class _Sent(WorkerPlugin):
    """What every worker keeps for a call of `completed`, those too that come later."""

    def __init__(self, function: Callable[[Any], object], facts: Mapping[str, str], network: Digests | None) -> None:
        self.function, self._facts, self._network = function, facts, network

    def setup(self, worker: Any) -> None:
        """Be there on a worker."""
        self._guarded, self._at_work, self._stopped, self._lock = worker.nanny is not None, False, False, Lock()

    def do(self, item: Any) -> tuple[Exception | None, object]:
        """Do an item, unless a difference or `stop` forbids it."""
        if self.difference:
            return self.difference, None
        with self._lock:
            if self._stopped:
                return None, None
            self._at_work = True
        try:
            return answer(self.function, item)
        finally:
            self._at_work = False

    def stop(self) -> None:
        """Begin no item any more, also none on its way here, and end the process if it is at work on one.

        A process without a nanny, which nobody would start again, finishes its item.
        """
        with self._lock:
            self._stopped = True
            if self._at_work and self._guarded:
                os._exit(1)

    @cached_property
    def difference(self) -> RefusedError | None:
        """Why this worker must not be used."""
        return _difference(self._facts, _facts(self._network))


def _do(name: str, item: Any) -> tuple[Exception | None, object]:
    """Do an item on a worker. An error is a result for Dask, whose log would show the item otherwise."""
    return cast("_Sent", get_worker().plugins[name]).do(item)


@contextmanager
def _sent(client: Client, sent: _Sent) -> Iterator[str]:
    """Send to every worker what a call needs, and remove it in the end; what killed clients have left goes, too."""
    for left in client.run_on_scheduler(_left_by_killed):
        with suppress(ValueError):  # another client was quicker
            client.unregister_worker_plugin(left)
    name = f"{client.id}-{NAME}-{uuid.uuid4().hex}"
    client.register_plugin(sent, name)
    try:
        yield name
    finally:
        with suppress(OSError, TimeoutError):
            client.unregister_worker_plugin(name)


def _left_by_killed(dask_scheduler: Any) -> list[str]:
    clients = tuple(f"{client}-{NAME}-" for client in dask_scheduler.clients)
    return [name for name in dask_scheduler.worker_plugins if f"-{NAME}-" in name and not name.startswith(clients)]


def _require_alike(client: Client, network: Digests | None) -> None:
    """Compare scheduler and workers with this process before anything is computed."""
    try:
        scheduler = client.run_on_scheduler(_facts)
    except ImportError as error:
        scheduler = error
    workers = client.run(partial(_facts, network), on_error="return")
    facts = _facts(network)
    for place, found, here in [
        ("the scheduler", scheduler, _facts()),
        *((f"the worker {address}", found, facts) for address, found in workers.items()),
    ]:
        if isinstance(found, ImportError):
            raise RefusedError(
                f"expected esapi-bridge {__version__} at {place}, found none or another one: install the same there"
            ) from found
        if isinstance(found, BaseException):
            raise found
        if (difference := _difference(here, found, place)) is not None:
            raise difference


def _facts(network: Digests | None = None) -> dict[str, str]:
    """State what must be the same wherever items are done."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"esapi-bridge": __version__, "Python": python, **(network() if network else {})}


def _difference(here: Mapping[str, str], there: Mapping[str, str], place: str = "a worker") -> RefusedError | None:
    for name, expected in here.items():
        if (found := there.get(name, "none")) != expected:
            return RefusedError(f"expected {name} {expected} at {place}, found {found}: install the same there")
    return None


def _workers(client: Client) -> dict[str, dict[str, Any]]:
    """State what the scheduler knows of each worker, by address, which `Client.scheduler_info` does not always."""
    scheduler: Any = client.scheduler
    found: dict[str, dict[str, Any]] = client.sync(scheduler.identity, n_workers=-1)["workers"]
    return found


def _has_gpu(worker: Mapping[str, Any]) -> bool:
    return bool(worker["resources"].get(GPU))


@contextmanager
def _probe(folder: Path) -> Iterator[Path]:
    token = secrets.token_hex(8)
    file = folder.absolute() / f".{NAME}-{token}.probe"
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(token, "ascii")
        except OSError as error:
            raise BridgeError(f"the folder could not be written: {os_reason(error)}; choose another place") from error
        yield file
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _sha256(file: Path) -> str | None:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
