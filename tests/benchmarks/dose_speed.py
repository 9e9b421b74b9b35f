"""The dose network beside the collapsed cone it stands for: one beam, one grid, processor-seconds and memory.

``make bench``, or ``python -m tests.benchmarks.dose_speed [--busy] [--coarse 75 48 31] [--repeats 3]``. An open field
of 10x10 cm2 on a body of water of elliptical section; the grid has so many voxels of 5 mm, and of 1.25 mm four times as
many along each axis. Every row is a process of its own, so that its peak memory is its own. What is timed: the engine
at 1.25 mm, and `predict` from coarse dose, CT and body to fine dose; not imports, compilation and loading of weights.
``--busy`` keeps one more process spinning. In a quiet machine with 300x192x124 fine voxels: some three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from dosenet.threads import wait_passively

COARSE = (75, 48, 31)
"""Coarse voxels along x, y and z."""

ROWS = [("collapsed cone", "float32"), ("network", "float32"), ("network", "bfloat16")]
SPIN = "while True: pass"


def main() -> None:
    """Start the rows one after the other, or do the work of one."""
    parser = argparse.ArgumentParser(description="Processor-seconds of the dose network and of the collapsed cone.")
    parser.add_argument("--coarse", type=int, nargs=3, default=COARSE, help="coarse voxels along x, y, z")
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many is printed")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--busy", action="store_true", help="with a process beside it that spins")
    parser.add_argument("--row", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.row:
        name, precision = given.row
        print(json.dumps(measured(name, precision, tuple(given.coarse), given.threads[0], given.repeats)))
        return
    neighbour = subprocess.Popen([sys.executable, "-c", SPIN]) if given.busy else None
    try:
        print(
            f"{'x'.join(str(4 * n) for n in given.coarse)} voxels, {'beside a spinning process' if given.busy else ''}"
        )
        for threads in given.threads:
            _table(given, threads)
    finally:
        if neighbour is not None:
            neighbour.kill()
            neighbour.wait()


def _table(given: argparse.Namespace, threads: int) -> None:
    cone: dict[str, float] = {}
    for name, precision in ROWS:
        command = [sys.executable, "-m", "tests.benchmarks.dose_speed", "--row", name, precision]
        command += ["--threads", str(threads), "--repeats", str(given.repeats), "--coarse", *map(str, given.coarse)]
        variables = {"OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | variables)
        row = json.loads(done.stdout.splitlines()[-1])
        cone = cone or row
        ratio = "  ".join(f"{what} {cone[what] / row[what]:4.1f} times less" for what in ("processor", "wall"))
        print(
            f"{threads} thread(s)  {name + ', ' + precision:<26} processor {row['processor']:7.2f} s  wall "
            f"{row['wall']:7.2f} s  peak memory {row['peak_mb']:5.0f} MB (before: {row['before_mb']:.0f})"
            + ("" if row is cone else f"  {ratio}"),
            flush=True,
        )


def measured(name: str, precision: str, size: tuple[int, int, int], threads: int, repeats: int) -> dict[str, float]:
    """Time one row, in this process; s and MB."""
    wait_passively()
    action = prepared(name, precision, size)
    import torch

    torch.set_num_threads(threads)
    action()  # compiles, loads
    before = _peak_mb()
    times = []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        action()
        times.append((time.process_time() - processor, time.perf_counter() - wall))
    processor, wall = (min(column) for column in zip(*times, strict=True))
    return {"processor": processor, "wall": wall, "before_mb": before, "peak_mb": _peak_mb()}


def prepared(name: str, precision: str, size: tuple[int, int, int]) -> Callable[[], object]:
    """Make a beam on water, and return what is to be timed."""
    from dosenet import CoarseDose, CtGrid, Energy, load_model, predict
    from dosenet.prediction import BodyMask, body_lattice
    from esapi_bridge.case import Grid, Jaws, PatientPosition, Unit, Volume
    from esapi_bridge.case.beam_frame import beam_frame
    from esapi_bridge.planning.engines import physics_engines
    from esapi_bridge.planning.fields import open_beam

    def grid_of(spacing_mm: float, ratio: float) -> Grid:
        counts = tuple(round(n * ratio) for n in size)
        origin = tuple(-(n - 1) / 2 * spacing_mm for n in counts)
        return Grid((counts[0], counts[1], counts[2]), (spacing_mm,) * 3, (origin[0], origin[1], origin[2]))

    def ellipse(grid: Grid) -> np.ndarray:
        x, y = (grid.origin_mm[a] + grid.spacing_mm[a] * np.arange(grid.size[a]) for a in (0, 1))
        half_x, half_y = (0.45 * 5 * n for n in size[:2])
        return np.broadcast_to((x / half_x) ** 2 + ((y / half_y) ** 2)[:, None] < 1, grid.shape)

    ct_grid, coarse_grid, fine_grid = grid_of(2.5, 2), grid_of(5.0, 1), grid_of(1.25, 4)
    ct = Volume(np.where(ellipse(ct_grid), 0.0, -1000.0).astype(np.float32), ct_grid, Unit.HU)
    beam = open_beam(1, (0.0, 0.0, 0.0), Jaws(-50.0, 50.0, -50.0, 50.0), gantry_deg=40.0)
    engines = physics_engines()
    if name == "collapsed cone":
        return lambda: engines.fine(ct, beam, fine_grid, PatientPosition.HFS)
    dose = engines.coarse(ct, beam, coarse_grid, PatientPosition.HFS)
    model = load_model("ddn-lite")
    coarse = CoarseDose(dose.gy, coarse_grid.spacing_mm, coarse_grid.origin_mm)
    body = BodyMask(np.ascontiguousarray(ellipse(fine_grid)), body_lattice(coarse.lattice))
    x, y, z = beam_frame(beam, PatientPosition.HFS).source_mm.tolist()

    def network() -> object:
        image = CtGrid(ct.values, ct_grid.spacing_mm, ct_grid.origin_mm)  # as of a plan's first beam
        return predict(model, coarse, image, (x, y, z), energy=Energy(10.0, fff=True), body=body, precision=precision)

    return network


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
