from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from esapi_bridge.eclipse import compiler
from esapi_bridge.eclipse.compiler import Compiler, compile_library, find_compiler
from esapi_bridge.errors import BridgeError

needs_compiler = pytest.mark.skipif(os.name != "nt" and shutil.which("mcs") is None, reason="no C# compiler here")

HELLO = 'class P { static void Main() { System.Console.Write("%s"); } }'


@needs_compiler
def test_program_with_symbol_and_umlaut_runs(tmp_path: Path) -> None:
    source = tmp_path / "Hello.cs"
    source.write_text("#if LOUD\n" + HELLO % "GRÜSSE" + "\n#else\n" + HELLO % "Grüße" + "\n#endif\n", encoding="utf-8")
    runtime = [] if os.name == "nt" else ["mono"]
    if runtime and shutil.which("mono") is None:
        pytest.skip("Mono's runtime is not installed")
    for symbols, expected in (((), "Grüße"), (("LOUD",), "GRÜSSE")):
        program = compile_library([source], tmp_path / "out" / "Hello.exe", symbols=symbols, target="exe")
        done = subprocess.run([*runtime, str(program)], capture_output=True, check=True)
        assert done.stdout.decode("utf-8") == expected
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["Hello.exe"]


@needs_compiler
def test_broken_source_leaves_the_old_output_and_names_no_folder(tmp_path: Path) -> None:
    source = tmp_path / "Library.cs"
    source.write_text("public class A { }")
    output = compile_library([source], tmp_path / "Library.dll")
    before = output.read_bytes()
    source.write_text("public class A { int x = unknown; }")
    with pytest.raises(BridgeError, match=r"Library\.cs\(1,.*unknown") as caught:
        compile_library([source], output)
    assert str(tmp_path) not in str(caught.value)
    assert output.read_bytes() == before


@needs_compiler
def test_sources_are_held_to_c_sharp_5(tmp_path: Path) -> None:
    source = tmp_path / "Modern.cs"
    source.write_text('public class A { public string B => $"{1}"; }')
    with pytest.raises(BridgeError):
        compile_library([source], tmp_path / "Modern.dll")


def test_no_compiler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("WINDIR", str(tmp_path))
    with pytest.raises(BridgeError, match="expected a C# compiler"):
        find_compiler()


def test_windows_uses_the_compiler_of_the_framework(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    framework = tmp_path / "Microsoft.NET" / "Framework64" / "v4.0.30319"
    framework.mkdir(parents=True)
    (framework / "csc.exe").touch()
    monkeypatch.setenv("WINDIR", str(tmp_path))
    monkeypatch.setattr(compiler, "_is_windows", lambda: True)
    assert find_compiler() == Compiler(framework / "csc.exe", "csc")
