from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from esapi_bridge.eclipse import compiler
from esapi_bridge.eclipse.compiler import Compiler, compile_library, find_compiler
from esapi_bridge.errors import BridgeError, RefusedError

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


@needs_compiler
def test_an_assembly_for_64_bits_says_so(tmp_path: Path) -> None:
    """Machine of the PE header and PE32+ (ECMA-335 II.25.2): what a process of 32 bits refuses to load."""
    source = tmp_path / "Library.cs"
    source.write_text("public class A { }")
    for platform, expected in (("anycpu", (0x14C, 0x10B)), ("x64", (0x8664, 0x20B))):
        data = compile_library([source], tmp_path / "Library.dll", platform=platform).read_bytes()  # type: ignore[arg-type]
        start = int.from_bytes(data[0x3C:0x40], "little")
        found = (
            int.from_bytes(data[start + 4 : start + 6], "little"),
            int.from_bytes(data[start + 24 : start + 26], "little"),
        )
        assert found == expected


@pytest.mark.parametrize("code", [5, 1260])
def test_a_compiler_that_a_policy_blocks_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int) -> None:
    def blocked(*_: object, **__: object) -> None:
        error = OSError(22, "secret", str(tmp_path))
        error.winerror = code  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(compiler, "find_compiler", lambda: Compiler(tmp_path / "csc.exe", "csc"))
    monkeypatch.setattr(subprocess, "run", blocked)
    with pytest.raises(
        RefusedError, match=rf"csc must be allowed to start, it was blocked by a policy .*error {code}"
    ) as caught:
        compile_library([], tmp_path / "out.dll")
    assert str(tmp_path) not in str(caught.value)


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
