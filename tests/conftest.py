"""What every test runs under."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from dosenet.threads import wait_passively
from esapi_bridge.executors.processes import THREAD_VARIABLES

# Before numpy and torch, which read it, are imported; the programs that tests start inherit it. With one thread, tests
# can run side by side, and a calculation has the same bits in every process.
wait_passively()
os.environ.update({name: os.environ.get(name, "1") for name in THREAD_VARIABLES})
os.environ.setdefault("MPLBACKEND", "Agg")

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than cores: tests that wait for other programs leave a core to it."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left alone with a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in this project may reach for the network; the loop-back interface is this machine."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        host = str(address[0]) if isinstance(address, tuple) else "localhost"  # other families never leave the machine
        if not host.startswith(("127.", "localhost", "::1")):
            raise AssertionError("a test tried to use the network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def host_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `build_host` keeps what it compiled, one for all processes of the suite: it lets the first one win."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "esapi-bridge" / "mock-eclipse"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Reference data beside the checkout, where there is any."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no reference data beside the checkout")
    return SHARED_DATA
