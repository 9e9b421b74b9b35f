"""What every test runs under."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from dosenet.threads import wait_passively
from esapi_bridge.executors.processes import THREAD_VARIABLES
from tests.compiled import Compiled

# Before numpy and torch, which read it, are imported; the programs that tests start inherit it. With one thread, tests
# can run side by side, and a calculation has the same bits in every process. Held to AVX2, torch does not choose
# bfloat16 (`dosenet.precision`): what tests find does not depend on the processor.
wait_passively()
os.environ.update({name: os.environ.get(name, "1") for name in THREAD_VARIABLES})
os.environ["ATEN_CPU_CAPABILITY"] = "avx2"
os.environ.setdefault("MPLBACKEND", "Agg")
# What the user of this machine decided on networks is nobody's here; tests that decide name a folder of their own.
os.environ["ESAPI_BRIDGE_SITE"] = str(Path(__file__).parent / "no such site")
# Hundreds of programs that tests start import the same modules: the first one keeps what it compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than cores: tests that wait for other programs leave a core to it."""
    return (os.cpu_count() or 1) + 1


SHARING = ("tests/scripts/", "tests/mock/esapi/")
"""Folders whose files share what takes seconds to make: installed scripts, what a program showed of every trap."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """For ``--dist loadfile``: tests of a file run in one process, and so do those of folders that share much."""
    return LoadFolderScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


class LoadFolderScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist states no types
    """Hands tests out by file, or by folder where that is in `SHARING`."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))


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
def for_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what all processes of the suite share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def host_cache(for_all: Path) -> Path:
    """Where `build_host` keeps what it compiled, one for all processes of the suite: it lets the first one win."""
    return for_all / "esapi-bridge" / "mock-eclipse"


@pytest.fixture(scope="session", autouse=True)
def compiled(for_all: Path) -> Iterator[None]:
    """The C# compiler is started once for the same sources and references."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("esapi_bridge.eclipse.compiler._run", Compiled(for_all / "compiled").run)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Reference data beside the checkout, where there is any."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no reference data beside the checkout")
    return SHARED_DATA
