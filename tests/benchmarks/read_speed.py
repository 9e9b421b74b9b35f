"""Speed of pulling a plan with a CT of 512x512x200 out of the mock Eclipse, against a plain write of the same bytes.

Run by hand: ``python tests/benchmarks/read_speed.py``; needs Mono. Prints one line a round, then the ratio
of the medians and the median of the ratios, and how long each stage of reading the CT takes alone. The load is printed
too: a busy machine is unfair to the export, which needs processors, and a busy disk flatters it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install import script_sources
from esapi_bridge.mock.eclipse import build_host
from tests.scripts.mono import FRAMEWORK, INSTALLATION
from tests.scripts.plans import COURSE, PATIENT, PLAN, cylinder, write_database

ROUNDS = 9


def large_database(folder: Path) -> Path:
    """Write a database with one plan on a CT of 210 MB, with a dose at 2.5 mm."""
    random = np.random.default_rng(1)
    ct_grid = Grid((512, 512, 200), (0.9, 0.9, 2.0), (-230.0, -230.0, -200.0))
    dose_grid = Grid((160, 110, 130), (2.5, 2.5, 2.5), (-200.0, -140.0, -160.0))
    hu = random.integers(-1000, 2000, ct_grid.shape).astype(np.float32)
    gy = 40 * random.random(dose_grid.shape, dtype=np.float32)
    case = replace(
        cylinder(),
        ct=Volume(hu, ct_grid, Unit.HU),
        plan_dose=Dose(Volume(gy, dose_grid, Unit.GY), DoseKind.PLAN),
        beam_doses={},
    )
    return write_database(folder, {PLAN: case})


def build(folder: Path) -> Path:
    """Compile the C# side beside the mock's assemblies."""
    assemblies = [build_host() / f"VMS.TPS.Common.Model.{name}.dll" for name in ("API", "Types")]
    for assembly in assemblies:
        (folder / assembly.name).write_bytes(assembly.read_bytes())
    stub = folder / "Installation.cs"
    stub.write_text(INSTALLATION)
    sources = [p for room in ("Files", "Run", "Reading") for p in (script_sources() / "Common" / room).glob("*.cs")]
    program = Path(__file__).parent / "ReadSpeed.cs"
    return compile_library([program, stub, *sources], folder / "ReadSpeed.exe", [*assemblies, *FRAMEWORK], target="exe")


def summarise(lines: list[str]) -> None:
    """Print what ``ReadSpeed.cs`` measured."""
    rounds = [[float(word) for word in line.split()[1:]] for line in lines if line.startswith("round")]
    for megabytes, export, plain in rounds:
        print(
            f"{megabytes:.1f} MB: export {megabytes / export:.0f} MB/s, plain write {megabytes / plain:.0f} MB/s, "
            f"ratio {plain / export:.2f}"
        )
    exports, plains = [row[1] for row in rounds], [row[2] for row in rounds]
    print(
        f"export median {1e3 * median(exports):.0f} ms, least {1e3 * min(exports):.0f} ms; "
        f"plain write median {1e3 * median(plains):.0f} ms, least {1e3 * min(plains):.0f} ms"
    )
    stages: dict[str, list[float]] = {}
    for _, seconds, name in (line.split(maxsplit=2) for line in lines if line.startswith("stage")):
        stages.setdefault(name, []).append(float(seconds))
    for name, times in stages.items():
        print(f"CT alone, {name}: median {1e3 * median(times):.0f} ms, least {1e3 * min(times):.0f} ms")
    print(f"load of {os.cpu_count()} processors: {os.getloadavg()[0]:.1f}")
    print(f"ratio of medians {median(plains) / median(exports):.2f}, of the least {min(plains) / min(exports):.2f}")
    print(f"median ratio {median(plain / export for _, export, plain in rounds):.2f}")


def main() -> None:
    """Build, run and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program, database = build(folder), large_database(folder / "db")
        command = ["mono", str(program), str(database), PATIENT, COURSE, PLAN, str(folder), str(ROUNDS)]
        summarise(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


if __name__ == "__main__":
    main()
