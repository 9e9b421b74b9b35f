"""Executors of both forms; the cluster is one for all tests: a scheduler and two workers, one of which states a GPU."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import Processes
from tests.executors.dask_cluster import dask_cluster


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the scheduler."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with dask_cluster(tmp_path_factory.mktemp("dask")) as started:
        started.add_worker()
        started.add_worker("--resources", "GPU=1")
        yield started.wait_for(2)


@pytest.fixture(params=["processes", "cluster"])
def executor(request: pytest.FixtureRequest) -> Executor:
    """Two processes, of this machine or of a cluster."""
    if request.param == "processes":
        return Processes(2)
    address: str = request.getfixturevalue("address")
    from esapi_bridge.executors.cluster import Cluster

    return Cluster(address)
