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


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).parent / "programs" / "Window.cs"
    shared = [f"Files/{name}.cs" for name in ("Finite", "Json", "Moves")]
    shared += [*("Run/[!IS]*.cs", "Run/Identities.cs", "Run/ScriptRun.cs")]
    return build_program(source, shared, tmp_path_factory.mktemp("window"))


def run(*command: str | Path, home: Path, display: bool = True) -> list[str]:
    """Run a program as a user of their own; the lines it wrote."""
    left_out = ("ESAPI_BRIDGE_",) if display else ("ESAPI_BRIDGE_", "DISPLAY", "WAYLAND")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    environment |= {"HOME": str(home), "XDG_DATA_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_buttons_work_while_the_other_thread_is_busy(program: Path, tmp_path: Path) -> None:
    said = dict(line.split(": ") for line in run("xvfb-run", "-a", "mono", program, home=tmp_path) if ": " in line)
    asked = (
        "explained", "on top while it asks", "started", "below Eclipse's questions while it works", "progress",
        "question answered", "question left", "cancel asked", "table", "cancelled", "cancelled with something kept",
        "intended use", "no report", "closed",
        "failing at work ends the script", "failing at work shows no outcome",
        "failing while asking ends the script", "failing while asking shows no outcome",
    )  # fmt: skip
    assert said == dict.fromkeys(asked, "yes")


def test_without_a_desktop_nothing_is_done_and_eclipse_shows_why(program: Path, tmp_path: Path) -> None:
    said, *_ = (line for line in run("mono", program, "script", home=tmp_path, display=False) if line)
    why = "the script's window could not be opened, so that nobody could be asked; nothing was done"
    assert said.lower().startswith(f"eclipse shows: {why}")
    (log,) = (tmp_path / "esapi-bridge" / "logs").iterdir()
    assert f"RefusedException: {why}" in log.read_text()
