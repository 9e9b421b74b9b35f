"""Compiling and running small C# programs, and skipping clearly where Mono is missing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import script_sources

FRAMEWORK = ("System.Core.dll", "System.Drawing.dll", "System.Windows.Forms.dll", "System.Web.Extensions.dll")

needs_mono = pytest.mark.skipif(
    shutil.which("mcs") is None or shutil.which("mono") is None,
    reason="Mono is missing: the scripts for Eclipse are not tested (Debian: mono-mcs mono-devel)",
)

INSTALLATION = """
namespace EsapiBridge.Scripts
{
    public static class Installation { public const string Folder = "."; public const string ListSha256 = ""; }
}
"""


def build_program(program: Path, shared: Sequence[str], out: Path, others: Sequence[Path] = ()) -> Path:
    """Compile a test program with shared sources of the scripts, named as ``Files/Npy.cs``, and with other sources."""
    stub = out / "Installation.cs"
    stub.write_text(INSTALLATION)
    sources = [path for name in shared for path in (script_sources() / "Common").glob(name)]
    return compile_library([program, stub, *sources, *others], out / f"{program.stem}.exe", FRAMEWORK, target="exe")


def run_program(program: Path, *arguments: str | Path) -> str:
    """Run a test program; its standard output."""
    done = subprocess.run(["mono", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
