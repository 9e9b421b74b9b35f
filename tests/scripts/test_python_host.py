"""Python inside a host: nothing of the environment ends the host or runs in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from esapi_bridge.eclipse.install import script_sources
from esapi_bridge.eclipse.install_python import find_python, find_runtime_assembly
from esapi_bridge.errors import BridgeError
from tests.scripts.hostile import HOSTILE, WORST, HostProgram
from tests.scripts.mono import build_program, needs_mono, run_program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> HostProgram:
    try:
        find_runtime_assembly()
        find_python()
    except BridgeError as error:
        pytest.skip(str(error))
    return HostProgram(tmp_path_factory.mktemp("host"))


@needs_mono
@pytest.mark.parametrize("name", WORST)
def test_a_host_survives_and_runs_nothing_foreign(program: HostProgram, tmp_path: Path, name: str) -> None:
    hostile = next(hostile for hostile in HOSTILE if hostile.name == name)
    met = program.meet(hostile, tmp_path)
    assert (met.ended, met.foreign, met.outcome) == (False, "", hostile.expected), met.message
    assert str(tmp_path) not in met.message
    assert met.outcome == "works" or "'esapi-bridge scripts install' again" in met.message


def test_what_the_child_proves_is_what_the_host_needs() -> None:
    """All that the bridge imports of the standard library is imported by the prologue of child and host."""
    source = (script_sources() / "Common" / "Python" / "PythonProof.cs").read_text()
    text = re.search(r"Prologue = (.*?);\r?\n", source, re.DOTALL)
    assert text
    prologue = "".join(re.findall(r'"([^"]*)"', text.group(1)))
    loaded = "; import sys; before = set(sys.modules); sys.path.append(sys.argv[1]); import esapi_bridge.eclipse.bridge"
    told = "; print([m for m in set(sys.modules) - before if not m.startswith('esapi_bridge')])"
    run = subprocess.run(
        [find_python().interpreter, "-I", "-S", "-B", "-c", prologue + loaded + told, ROOT],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


def test_every_script_stays_on_the_stack() -> None:
    """An optimising JIT drops a method that ends with a call; Eclipse would not find the script."""
    scripts = list(script_sources().glob("*/Script.cs"))
    assert len(scripts) >= 6
    for script in scripts:
        assert re.search(
            r"\[MethodImpl\(MethodImplOptions\.NoInlining\)\]\r?\n +public void Execute\(ScriptContext",
            script.read_text(),
        ), script.parent.name


@needs_mono
def test_an_older_framework_is_said(tmp_path: Path) -> None:
    """Release keys of Microsoft's table: 4.7.1, 4.7.2 on two Windows, 4.8; an unknown one may still work."""
    shared = ("Python/NetFramework.cs", "Python/PythonLibrary.cs", "Run/Errors.cs")
    program = build_program(Path(__file__).parent / "programs" / "Framework.cs", shared, tmp_path)
    said = run_program(program, "461308", "461808", "461814", "528040", "none").splitlines()
    assert "must have .NET Framework 4.7.2 or later, it has an older one (release 461308)" in said[0]
    assert "every other server" in said[0]
    assert said[1:] == ["passes"] * 4
