"""Timings of this machine: ``make bench``. Prints one line a figure; each is the best of its repeats."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, Grid, Jaws, PatientPosition, Plan, Uids, Unit, Volume


def best_s(action: Callable[[], object], repeats: int = 3) -> float:
    """Shortest wall time of an action, s."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def show(what: str, seconds: float, remark: str = "") -> None:
    """Print one figure."""
    print(f"{what:<58} {seconds:8.3f} s  {remark}", flush=True)


def command_line() -> None:
    """Time to the first line of help, the interpreter's own start included."""
    command = [sys.executable, "-m", "esapi_bridge", "--help"]
    show("esapi-bridge --help", best_s(lambda: subprocess.run(command, capture_output=True, check=True)))


def case_folder() -> None:
    """Write a case of 100 MB to disk and read it back with all digests."""
    grid = Grid((512, 512, 100), (1.0, 1.0, 2.0), (0.0, 0.0, 0.0))
    ct = Volume(np.random.default_rng(1).normal(0, 300, grid.shape).astype(np.float32), grid, Unit.HU)
    case = Case(ct, Plan("bench", (), PatientPosition.HFS), None, {}, (), Uids("1.2.3", "1.2.4"), "bench")
    from esapi_bridge.case.folder import read_case, write_case

    with tempfile.TemporaryDirectory() as folder:
        names = iter(range(100))
        show("case folder, 105 MB, write", best_s(lambda: write_case(case, Path(folder) / str(next(names)))))
        show("case folder, 105 MB, read and verify", best_s(lambda: read_case(Path(folder) / "0")))


def dose_engines() -> None:
    """One open 10x10 cm2 field on a water slab of 160x160x250 mm."""
    from esapi_bridge.planning.engines import physics_engines
    from esapi_bridge.planning.fields import open_beam

    beam = open_beam(1, (0.0, 0.0, 0.0), Jaws(-50.0, 50.0, -50.0, 50.0), gantry_deg=0.0)
    ct_grid = Grid((132, 102, 82), (2.5, 2.5, 2.5), (-163.75, -126.25, -101.25))
    ct = Volume(np.zeros(ct_grid.shape, np.float32), ct_grid, Unit.HU)
    engines = physics_engines()
    for name, engine, spacing_mm in (("pencil beam", engines.coarse, 5.0), ("collapsed cone", engines.fine, 1.25)):
        size = (round(160 / spacing_mm), round(250 / spacing_mm), round(160 / spacing_mm))
        origin = (-80 + spacing_mm / 2, -125 + spacing_mm / 2, -80 + spacing_mm / 2)
        grid = Grid(size, (spacing_mm,) * 3, origin)
        engine(ct, beam, grid, PatientPosition.HFS)  # compiles
        seconds = best_s(lambda engine=engine, grid=grid: engine(ct, beam, grid, "HFS"))  # type: ignore[misc]
        show(f"{name}, 10x10 field, 160x160x250 mm at {spacing_mm} mm", seconds)


def networks() -> None:
    """Every installed dose network on 16 slices of 64x64 coarse voxels, in batches of 1 and of 16."""
    import torch

    from dosenet import CoarseDose, CtGrid, load_model, predict
    from esapi_bridge.models import list_models

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dose = np.ones((4, 56, 56), dtype=np.float32)
    coarse = CoarseDose(dose, (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    ct = CtGrid(np.zeros((16, 224, 224), np.float32), (1.25, 1.25, 1.25), (-1.875, -1.875, -1.875))
    for installed in list_models("dose"):
        model = load_model(installed.folder)
        model.network.to(device)
        for batch in (1, 16):
            seconds = best_s(lambda model=model, batch=batch: predict(model, coarse, ct, batch=batch))  # type: ignore[misc]
            show(f"{installed.card.name}, per slice, batch {batch}, {device.type}", seconds / 16)


def gamma() -> None:
    """Gamma 2 %/2 mm of two doses of 200x256x256 voxels of 1.25 mm, and of a smaller pair against pymedphys."""
    import pymedphys

    from dosenet.gamma import Criterion, Distribution, gamma_index

    def box(shape: tuple[int, int, int], shift_mm: float, scale: float) -> NDArray[np.float32]:
        """A field with soft edges that falls off along y, and ripples."""
        z, y, x = (1.25 * (np.arange(n) - (n - 1) / 2) - shift_mm for n in shape)
        half = [0.45 * 1.25 * n for n in shape]
        soft = [1 / (1 + np.exp((np.abs(p) - h) / 3)) for p, h in zip((z, y, x), half, strict=True)]
        dose = soft[0][:, None, None] * (soft[1] * np.exp(-0.004 * y))[:, None] * soft[2]
        ripple = 1 + 0.02 * np.sin(y / 9)[:, None] * np.cos(x / 7)
        return np.asarray(scale * dose * ripple, np.float32)

    def compare(shape: tuple[int, int, int]) -> None:
        one, other = (Distribution.spaced(box(shape, *how), 1.25) for how in ((0.0, 1.0), (0.9, 1.012)))
        gamma_index(reference=one, evaluated=other, criterion=Criterion(2, 2))

    compare((8, 8, 8))  # compiles
    for shape in ((200, 256, 256), (40, 64, 64)):
        before = time.process_time()
        seconds = best_s(lambda shape=shape: compare(shape))  # type: ignore[misc]
        each = (time.process_time() - before) / 3
        show(f"gamma 2 %/2 mm, {'x'.join(map(str, shape))} voxels", seconds, f"{each:.3f} s of all processors")
    axes = tuple(1.25 * np.arange(n) for n in shape)
    a, b = (box(shape, *how).astype(np.float64) for how in ((0.0, 1.0), (0.9, 1.012)))
    theirs = best_s(
        lambda: pymedphys.gamma(axes, a, axes, b, 2, 2, lower_percent_dose_cutoff=10, max_gamma=1.1), repeats=2
    )
    show("the same by pymedphys", theirs, f"{theirs / seconds:.0f} times as long")


def main() -> None:
    """Run everything."""
    processor = platform.processor() or platform.machine()
    print(f"{processor}, {os.cpu_count()} logical processors, Python {platform.python_version()}")
    for part in (command_line, case_folder, gamma, dose_engines, networks):
        part()
    print(INTENDED_USE)


if __name__ == "__main__":
    main()
