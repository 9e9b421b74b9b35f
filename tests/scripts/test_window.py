"""The script's window answers on its own thread while Eclipse's thread works."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.mono import build_program, needs_mono

pytestmark = [
    needs_mono,
    pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="Xvfb is missing: no window can be opened"),
]


def test_buttons_work_while_the_other_thread_is_busy(tmp_path: Path) -> None:
    source = Path(__file__).parent / "programs" / "Window.cs"
    shared = (
        "Files/Json.cs",
        "Run/ChoiceDialog.cs",
        "Run/Errors.cs",
        "Run/Outcome.cs",
        "Run/Progress*.cs",
        "Run/RunOptions.cs",
        "Run/ScriptRun.cs",
    )
    program = build_program(source, shared, tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESAPI_BRIDGE_")}
    done = subprocess.run(
        ["xvfb-run", "-a", "mono", program], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ") for line in done.stdout.splitlines() if ": " in line)
    asked = (
        "explained", "started", "progress", "question answered", "question left", "cancel asked", "cancelled",
        "intended use", "no report", "closed",
    )  # fmt: skip
    assert said == dict.fromkeys(asked, "yes")
