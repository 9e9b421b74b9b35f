"""A Dask cluster: lost workers, GPUs, machines that differ, files not shared, what killed clients leave."""

from __future__ import annotations

import os
import sys
from collections import deque
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from esapi_bridge.errors import BridgeError, RefusedError
from tests.executors.work import killed_once, name_of_network, name_of_process, process_id, square

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
from distributed import Client, WorkerPlugin

from esapi_bridge.executors import cluster as dask
from esapi_bridge.executors.cluster import Cluster


@pytest.fixture
def cluster(address: str) -> Cluster:
    return Cluster(address)


def never(_: object) -> None:
    raise AssertionError("nothing may be computed")


@pytest.mark.slow
def test_what_a_killed_worker_had_is_done_by_another(cluster: Cluster, tmp_path: Path) -> None:
    marks = [tmp_path / "1", tmp_path / "2"]
    marks[1].touch()
    found = dict(cluster.completed(killed_once, deque(marks)))
    assert set(found) == set(marks)
    assert all(found.values())


def test_a_network_is_computed_with_on_the_gpu_workers(cluster: Cluster, tmp_path: Path) -> None:
    gpu = {process for _, process in cluster.completed(process_id, deque([None] * 4), network=name_of_network)}
    assert len(gpu) == 1
    anywhere = set()
    for _, process in cluster.completed(process_id, deque([tmp_path / "two", None])):
        (tmp_path / "two").touch()
        anywhere.add(process)
    assert gpu < anywhere


def test_another_version_is_refused_before_anything_is_computed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "__version__", "9.9")
    with pytest.raises(RefusedError, match=r"expected esapi-bridge 9\.9 at the scheduler, found 0\."):
        next(cluster.completed(never, deque([1])))


def test_another_network_is_refused_before_anything_is_computed(cluster: Cluster) -> None:
    with pytest.raises(RefusedError, match=rf"expected network toy {os.getpid()} at the worker tcp.*, found toy \d+"):
        next(cluster.completed(never, deque([1]), network=name_of_process))


def test_a_worker_that_comes_later_is_compared_too() -> None:
    sent = dask._Sent(square, {"esapi-bridge": "9.9"}, None)
    assert "expected esapi-bridge 9.9 at a worker, found" in str(sent.difference)
    assert dask._Sent(square, dask._facts(name_of_network), name_of_network).difference is None


class Ended(Exception):  # noqa: N818 - stands for the end of a process
    pass


@pytest.mark.parametrize("nanny", [None, "tcp://b"])
def test_a_stopped_worker_begins_nothing_and_ends_at_work(nanny: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)

    def stop_at_work(number: int) -> int:
        sent.stop()
        return number

    sent = dask._Sent(stop_at_work, dask._facts(), None)
    sent.setup(SimpleNamespace(nanny=nanny))
    error, result = sent.do(3)
    if nanny:
        assert isinstance(error, Ended), "its nanny starts another"
    else:
        assert (error, result) == (None, 3), "nobody would start another"
    sent.function = never
    assert sent.do(4) == (None, None)
    sent.stop()  # nothing is at work


def test_a_worker_of_several_threads_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_workers", lambda _: {"tcp://a": {"nthreads": 4, "resources": {}}})
    with pytest.raises(RefusedError, match="1 thread, found 4 at tcp://a"):
        next(cluster.completed(never, deque([1])))


def test_a_cluster_without_workers_is_an_error(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Client, "wait_for_workers", none)
    with pytest.raises(BridgeError, match="found none: start one with 'dask worker tcp"):
        next(cluster.completed(never, deque([1])))


def test_an_address_where_nobody_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "CONNECT_S", 0.3)
    with pytest.raises(BridgeError, match=r"must answer at tcp://127\.0\.0\.1:9, none did"):
        next(Cluster("tcp://127.0.0.1:9").completed(never, deque([1])))


def test_shared_folders_are_seen(cluster: Cluster, tmp_path: Path) -> None:
    cluster.require_shared(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir()), "the probe is gone"
    assert not cluster.sees(tmp_path / "not there")


@pytest.mark.skipif(sys.platform != "linux", reason="a file that every process sees otherwise")
def test_files_that_workers_see_otherwise_are_refused(cluster: Cluster) -> None:
    assert not cluster.sees(Path("/proc/self/stat"))
    with pytest.raises(RefusedError, match="under the same path, found one that does not"):
        cluster.require_shared(Path("/proc/self/stat"))


def test_what_a_killed_client_left_is_removed(cluster: Cluster) -> None:
    with Client(cluster.address, set_as_default=False) as client:
        client.register_plugin(WorkerPlugin(), "another")
        plugins = client.run_on_scheduler(names_of_plugins)
        client.register_plugin(WorkerPlugin(), "Client-dead-esapi-bridge-1")
        list(cluster.completed(square, deque([1])))
        assert client.run_on_scheduler(names_of_plugins) == plugins
        client.unregister_worker_plugin("another")


def names_of_plugins(dask_scheduler: object) -> list[str]:
    return list(dask_scheduler.worker_plugins)  # type: ignore[attr-defined]


def test_nobody_learns_of_items_from_the_keys(cluster: Cluster) -> None:
    """Logs and the dashboard show them."""
    keys = []
    with Client(cluster.address, set_as_default=False) as client:
        for _ in cluster.completed(partial(process_id), deque([None])):
            keys = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
    assert keys
    assert all("process_id" not in key for key in keys)
