"""What every test runs under."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

mpl.use("Agg")

SHARED_DATA = Path(__file__).parents[1].parent / "shared" / "data"


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
def shared_data() -> Path:
    """Reference data beside the checkout, where there is any."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no reference data beside the checkout")
    return SHARED_DATA
