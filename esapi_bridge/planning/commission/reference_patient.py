"""Monte Carlo dose of one field on a real CT.

``python -m esapi_bridge.planning.commission.reference_patient CT OUT.npz``

A flat 3x3 cm field from a point source, from the patient's right through chest wall and lung into a tumour, on
2.5 mm voxels of density-scaled water. Runs in parts: it can be stopped and gone on with.
Needs the `mc` extra (pyRadMC); about half an hour of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Grid, Jaws, PatientPosition, Unit, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.density import density_from_hu
from esapi_bridge.planning.physics.raytrace import resample
from esapi_bridge.planning.subject import ct_subject

SPACING_MM = 2.5
FIELD_MM = 30.0
GANTRY_DEG = 270.0
ISOCENTRE_MM = (-77.0, -21.0, -25.0)
"""At the edge of the tumour of the CT ``ibsi_lung``, half of the field in lung."""

PART_HISTORIES = 30_000_000
STORED_SHARE = 0.05
"""Only voxels of at least this share of the maximum are stored, which is all that gamma looks at."""


def reference_beam() -> Beam:
    """Make the field; its jaws only set its position: both codes use a flat fluence with sharp edges."""
    half = FIELD_MM / 2
    return open_beam(1, ISOCENTRE_MM, Jaws(-half, half, -half, half), GANTRY_DEG)


def reference_ct(path: Path) -> Volume:
    """Read the CT on the 2.5 mm grid that both codes work on; outside the body is air."""
    subject = ct_subject(path)
    above_air = np.where(subject.body, subject.ct.values - np.float32(AIR_HU), np.float32(0.0))
    given = subject.ct.grid
    size = tuple(int(n * s / SPACING_MM) for n, s in zip(given.size, given.spacing_mm, strict=True))
    origin = tuple(o - s / 2 + SPACING_MM / 2 for o, s in zip(given.origin_mm, given.spacing_mm, strict=True))
    grid = Grid((size[0], size[1], size[2]), (SPACING_MM,) * 3, (origin[0], origin[1], origin[2]))
    # `resample` gives 0 beyond the CT, which then is air.
    return Volume(resample(above_air, given, grid) + np.float32(AIR_HU), grid, Unit.HU)


def run(ct: Volume, out: Path, parts: int) -> None:
    """Add parts until `parts` are there; each is a run of its own seed, so that their spread is the noise."""
    engine, source = _engine(ct), _source(ct.grid)
    total = np.zeros(ct.grid.shape)
    squares = np.zeros(ct.grid.shape)
    done = 0
    running = out.with_suffix(".parts.npz")
    if running.exists():
        with np.load(running, allow_pickle=False) as stored:
            total, squares, done = stored["total"], stored["squares"], int(stored["done"])
    while done < parts:
        result = engine.run(source, n_histories=PART_HISTORIES, n_batches=1, seed=1 + done)
        dose = np.asarray(result.dose).transpose(2, 1, 0)
        total, squares, done = total + dose, squares + dose**2, done + 1
        np.savez(running, total=total, squares=squares, done=done)
        mean = total / done
        sigma = np.sqrt(np.maximum(squares / done - mean**2, 0) / max(done - 1, 1))
        high = mean > 0.5 * mean.max()
        print(
            f"{done} of {parts}: noise {100 * float((sigma[high] / mean[high]).mean()):.2f} % of local dose", flush=True
        )
        np.savez_compressed(out, **_packed(mean, float((sigma[high] / mean[high]).mean()), done))


def _packed(mean: NDArray[np.float64], noise: float, parts: int) -> dict[str, Any]:
    """Keep the voxels that carry dose, in steps of 1/20 000 of the maximum."""
    share = mean / mean.max()
    inside = np.argwhere(share >= STORED_SHARE)
    low, high = inside.min(axis=0), inside.max(axis=0) + 1
    box = share[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    counts = np.where(box >= STORED_SHARE, np.rint(box * 20_000), 0).astype(np.uint16)
    return {"counts": counts, "start": low, "noise": noise, "histories": parts * PART_HISTORIES}


def _engine(ct: Volume) -> Any:
    from pyradmc import AnalyticCrossSections, VoxelGrid, WarpEngine

    density = density_from_hu(ct.values).transpose(2, 1, 0).astype(float)
    grid = VoxelGrid(
        shape=density.shape, spacing=(SPACING_MM / 10,) * 3, origin=(0.0, 0.0, 0.0), density=density,
        material=np.zeros(density.shape, dtype=np.int32),
    )  # fmt: skip
    sections = AnalyticCrossSections(geometry_densities=grid.max_density_by_material())
    return WarpEngine(grid=grid, cross_sections=sections, device="cpu")


def _source(grid: Grid) -> Any:
    from pyradmc.geometry.source import SpectralBeamSource

    from esapi_bridge.planning.commission.reference_monte_carlo import number_spectrum

    frame = beam_frame(reference_beam(), PatientPosition.HFS)
    corner = np.asarray(grid.origin_mm) - SPACING_MM / 2
    focus, centre = (frame.source_mm - corner) / 10, (frame.isocentre_mm - corner) / 10
    u, v = (tuple(float(c) for c in axis) for axis in frame.axes[:2])
    spectrum = number_spectrum(load_beam_model("10X-FFF").spectrum)
    return SpectralBeamSource(
        spectrum, tuple(map(float, focus)), tuple(map(float, centre)), FIELD_MM / 10, FIELD_MM / 10, u, v
    )


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(description="Monte Carlo dose of one field on a real CT.")
    parser.add_argument("ct", type=Path, help="the CT ibsi_lung, in any form that `ct_input` reads")
    parser.add_argument("out", type=Path, help="file to write, .npz")
    parser.add_argument("--parts", type=int, default=10, help=f"parts of {PART_HISTORIES:,} histories (default 10)")
    given = parser.parse_args()
    run(reference_ct(given.ct), given.out, given.parts)


if __name__ == "__main__":
    main()
