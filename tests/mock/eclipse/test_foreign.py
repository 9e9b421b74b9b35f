"""Scripts that know nothing of this project: single files, windows, message boxes, exceptions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mock.eclipse.conftest import Site, compile_script
from tests.patience import LONGEST_S

SOURCE = Path(__file__).parent / "foreign" / "Foreign.cs"


@pytest.fixture(scope="module")
def script(programs: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(compile_script(SOURCE, programs.host, tmp_path_factory.mktemp("foreign")))


@pytest.mark.slow
def test_row_59_a_single_file_is_compiled_and_its_window_told(programs: Site) -> None:
    done = programs.eclipse("--run", str(SOURCE), "--plan", "ct1", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["outcome"]["window"]["title"] == "Foreign"
    assert [text[:9] for text in facts["outcome"]["window"]["texts"]] == ["Colour #F"]
    assert "planned for ct1" in done.stderr
    assert "message box 'Check': Beams: 2 [answered OK]" in done.stderr


@pytest.mark.slow
def test_a_script_runs_another(programs: Site, script: str) -> None:
    other = str(programs.scripts / "Look.esapi.dll")
    done = programs.eclipse("--run", script, "--plan", "ct1", OTHER=other)
    assert done.returncode == 0, done.stderr
    assert "looked at ct1 with 2 beams in Mock Eclipse" in done.stdout


@pytest.mark.parametrize(("way", "depth"), [("fail", 0), ("tasks", 1)])
def test_row_60_an_exception_shows_place_and_causes(programs: Site, script: str, way: str, depth: int) -> None:
    done = programs.eclipse("--run", script, "--plan", "ct1", "--json", FOREIGN=way)
    assert done.returncode == 1
    fault = json.loads(done.stdout)["outcome"]["exception"]
    for _ in range(depth):
        assert fault["type"] == "System.AggregateException"
        (fault,) = fault["caused_by"]
    assert (fault["type"], fault["message"]) == ("System.InvalidOperationException", "no such field")
    assert any("VMS.TPS.Script.Fail" in frame for frame in fault["stack"])
    assert fault["caused_by"][0]["type"] == "System.IO.FileNotFoundException"
    assert "System.InvalidOperationException: no such field" in done.stderr
    assert "MockEclipse" not in done.stderr
    assert "TargetInvocation" not in done.stderr


@pytest.mark.skipif(os.name == "nt" or shutil.which("xvfb-run") is None, reason="no virtual screen")
def test_a_message_box_of_forms_does_not_wait(programs: Site, script: str) -> None:
    screen = shutil.which("xvfb-run")
    assert screen is not None
    done = subprocess.run(
        [
            screen, "-a", sys.executable, "-m", "esapi_bridge", "mock", "eclipse", str(programs.database),
            "--scripts", str(programs.scripts), "--run", script, "--plan", "ct1",
        ],
        capture_output=True, text=True, check=False, timeout=LONGEST_S,
        env={**os.environ, "XDG_CACHE_HOME": str(programs.cache), "FOREIGN": "forms"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "window 'Form': Is it so? [answered Yes]\nYes\n" in done.stdout


def test_without_a_display_it_says_what_is_missing(programs: Site, script: str) -> None:
    if os.name == "nt":
        pytest.skip("Windows has a display")
    done = programs.eclipse("--run", script, "--plan", "ct1", FOREIGN="forms", DISPLAY="")
    assert done.returncode == 1
    assert "xvfb-run" in done.stderr
