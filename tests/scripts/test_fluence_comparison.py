"""How FluenceNet compares what it set with what Eclipse holds."""

from __future__ import annotations

from pathlib import Path

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import script_sources
from tests.scripts.host import Host
from tests.scripts.mono import FRAMEWORK, needs_mono, run_program

pytestmark = needs_mono

LARGEST = {
    "same": "0",
    "padded": "0",
    "padded with something": "0.25",
    "cropped": "4",
    "one pixel": "0.5",
    "moved by a column": "6",  # 3 beside nothing, 6 beside nothing
    "moved by a row": "6",
    "moved by half a pixel": "NaN",
    "nowhere": "NaN",
}


def test_fluences_are_compared_by_position(host: Host, tmp_path: Path) -> None:
    types = tmp_path / "VMS.TPS.Common.Model.Types.dll"
    types.write_bytes((host.folder / types.name).read_bytes())
    shared = script_sources() / "FluenceNet" / "FluenceComparison.cs"
    sources = [Path(__file__).parent / "programs" / "Compare.cs", shared]
    program = compile_library(sources, tmp_path / "Compare.exe", [types, *FRAMEWORK], target="exe")
    said = dict(line.split(": ") for line in run_program(program).splitlines())
    assert said == LARGEST
