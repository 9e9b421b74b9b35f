"""The process that calculates says what a check refused, and dies alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.node.choices import NodeTask
from esapi_bridge.node.task_process import Request, TaskProcess


def test_refusals_come_back_and_a_process_that_is_killed_is_said(tmp_path: Path) -> None:
    request = Request(NodeTask.DOSE, (), tmp_path / "out", "1.2.3")
    with TaskProcess() as process:
        with pytest.raises(RefusedError, match="must hold a photon plan"):
            process.run(request)
        assert process._process is not None
        os.kill(process._process.pid or 0, signal.SIGKILL)
        with pytest.raises(BridgeError, match="ended by itself"):
            process.run(request)
    assert not list(tmp_path.iterdir())
