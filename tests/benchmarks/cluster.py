"""What a second worker brings and a lost one costs: a batch in one process, on a Dask cluster of one and of two.

``python -m tests.benchmarks.cluster [PLANS]`` prints one table; all on this machine, one thread a process. Imports and
networks are loaded before a time is taken on the cluster. Doses are compared by all but identifiers and times.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pydicom
from distributed import Client

from esapi_bridge.executors.processes import THREAD_VARIABLES
from esapi_bridge.folders.user import STATE_VARIABLE
from tests.benchmarks.batch_plans import arguments, batch_command
from tests.benchmarks.many_plans import write_folders
from tests.executors.dask_cluster import DaskCluster, dask_cluster

DOSE = "RTDOSE_PLAN.dcm"
AT_WORK_S = 1.0
NEW = (
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "InstanceCreationDate",
    "InstanceCreationTime",
    "ContentDate",
    "ContentTime",
)
"""What no two objects may share."""


def doses(out: Path) -> dict[str, str]:
    """The doses of a batch by plan, without what no two objects share."""
    found = {}
    for file in sorted(out.glob(f"*/{DOSE}")):
        ds = pydicom.dcmread(file)
        for name in NEW:
            if name in ds:
                del ds[name]
        found[file.parent.name] = ds.to_json()
    return found


def run(root: Path, out: Path, *options: object, meanwhile: Callable[[Path], None] = lambda _: None) -> float:
    """Run a batch; return the time it took, s."""
    begin = time.perf_counter()
    process = batch_command(root, "-o", out, "--task", "dose", *options)
    meanwhile(out)
    if process.wait():
        raise SystemExit(f"the batch ended with {process.returncode}")
    return time.perf_counter() - begin


def kill_a_worker(address: str) -> Callable[[Path], None]:
    """Kill a worker that has been at work for a moment."""

    def kill(_: Path) -> None:
        with Client(address, set_as_default=False) as client:
            while not (busy := [worker for worker, keys in client.processing().items() if keys]):
                time.sleep(0.05)
            time.sleep(AT_WORK_S)
            (process,) = client.run(os.getpid, workers=busy[:1]).values()
        os.kill(process, signal.SIGKILL)

    return kill


def main() -> None:
    """Run all ways."""
    (plans,) = arguments(12)
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    with tempfile.TemporaryDirectory() as name, dask_cluster(Path(name)) as cluster:
        place = Path(name)
        os.environ[STATE_VARIABLE] = str(place / "state")
        root = place / "plans"
        write_folders(root, plans)
        seconds = {"one process": run(root, place / "0", "--jobs", 1)}
        for workers in (1, 2):
            address = with_workers(cluster, workers, root, place)
            seconds[f"cluster of {workers}"] = run(root, place / str(workers), "--cluster", address)
        killed = kill_a_worker(address)
        seconds["a worker killed"] = run(root, place / "3", "--cluster", address, meanwhile=killed)
        expected = doses(place / "0")
        print(f"{plans} plans{'':<18} {'s':>8} {'times as fast as a cluster of 1':>34} {'doses equal':>14}")
        for number, (how, found) in enumerate(seconds.items()):
            equal = sum(dose == expected[plan] for plan, dose in doses(place / str(number)).items())
            print(f"{how:<26} {found:8.1f} {seconds['cluster of 1'] / found:34.2f} {equal:8} of {plans}")


def with_workers(cluster: DaskCluster, count: int, root: Path, place: Path) -> str:
    """Add a worker and let all load what they need; return the scheduler's address."""
    cluster.add_worker()
    address = cluster.wait_for(count)
    warm = place / f"warm{count}"
    warm.mkdir()
    for plan in sorted(root.iterdir())[: 2 * count]:
        shutil.copytree(plan, warm / plan.name)
    run(warm, place / f"warm{count} out", "--cluster", address)
    return address


if __name__ == "__main__":
    main()
