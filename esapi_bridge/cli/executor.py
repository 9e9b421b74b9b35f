"""The options that say where work of hours is done: in processes of this machine, or on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from esapi_bridge.executors.executor import Executor

Workers = Annotated[int, typer.Option(min=1, help="Processes of this machine.")]
"""How many processes."""

ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="Use the Dask cluster of the scheduler there, such as tcp://node1:8786."
    ),
]
"""Which cluster."""


def executor_for(workers: int, cluster: str | None, *, threads: int = 1) -> Executor:
    """Make the executor that the options name; `threads` as in `Processes`."""
    if cluster is None:
        from esapi_bridge.executors.processes import Processes

        return Processes(workers, threads)
    if workers > 1:
        raise typer.BadParameter("--workers is of this machine and --cluster of others: give one of the two")
    return cluster_at(cluster)


def cluster_at(address: str) -> Executor:
    """Make the executor of a cluster."""
    from esapi_bridge.executors.cluster import Cluster

    return Cluster(address)
