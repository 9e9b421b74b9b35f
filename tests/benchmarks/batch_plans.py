"""Exported plans for the benchmarks of batches."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from esapi_bridge.case import Case, DoseKind, Grid, Structure
from esapi_bridge.case import Dose as CaseDose
from esapi_bridge.dicom import write_export
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.folders.sealed import SUMS_FILE
from tests.cases import ellipse, gray, hounsfield, open_beam, points_of, total
from tests.report.synthetic import make_case

ROOT = Path(__file__).parents[2]

ENDED = (0, 3)
"""Exit codes of a batch that has come to its end: done, or some plans refused."""


def arguments(*defaults: int) -> list[int]:
    """The numbers of the command line; those that are not given are the default ones."""
    given = [int(word) for word in sys.argv[1:]]
    return [*given, *defaults[len(given) :]]


def batch_command(*words: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``esapi-bridge batch`` in a session of its own, so that a kill ends its helpers too."""
    return command("batch", *words, **options)


def command(*words: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start a command, silent."""
    said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True, "cwd": ROOT}
    return subprocess.Popen([sys.executable, "-m", "esapi_bridge", *map(str, words)], **{**said, **options})


def seconds_of(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process, which must be done, but for plans that were refused; return the time it took, s."""
    begin = time.perf_counter()
    code = process.wait()
    if code not in ENDED:
        raise SystemExit(f"a command ended with {code}")
    return time.perf_counter() - begin


def large_case(beams: int = 9, slices: int = 300, pixels: int = 512, half_mm: float = 20.0) -> Case:
    """A water cylinder in a CT of clinical size, with small fields."""
    spacing = (1.0, 1.0, 2.0)
    half = [-(n - 1) * s / 2 for n, s in zip((pixels, pixels, slices), spacing, strict=True)]
    grid = Grid((pixels, pixels, slices), spacing, (half[0], half[1], half[2]))
    x = grid.origin_mm[0] + np.arange(pixels)
    inside = (x[None, :] / 170) ** 2 + (x[:, None] / 115) ** 2 < 1
    plane = np.where(inside, 0.0, -1000.0).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 12, (slices, 1, 1)).astype(np.float32)
    hu = np.repeat(plane[None], slices, axis=0) + noise
    gantries = tuple(360.0 * n / beams for n in range(beams))
    nx, ny, nz = (int(2 * reach_mm / 5) for reach_mm in (180, 125, 3 * half_mm))
    coarse = Grid((nx, ny, nz), (5.0,) * 3, (-(nx - 1) * 2.5, -(ny - 1) * 2.5, -(nz - 1) * 2.5))
    points = points_of(coarse)
    doses = {}
    for number, gantry in enumerate(gantries, 1):
        angle = np.deg2rad(gantry)
        across = points[..., 0] * np.cos(angle) + points[..., 1] * np.sin(angle)
        depth = 110 - (points[..., 0] * np.sin(angle) - points[..., 1] * np.cos(angle))
        edge = lambda v: 1 / (1 + np.exp((np.abs(v) - half_mm) / 3))
        body = (points[..., 0] / 170) ** 2 + (points[..., 1] / 115) ** 2 < 1
        gy = 0.3 * np.exp(-np.clip(depth, 0, None) / 210) * edge(across) * edge(points[..., 2]) * body
        doses[number] = CaseDose(gray(gy, coarse), DoseKind.BEAM, number, algorithm="pencil beam 1")
    z = (grid.origin_mm[2] + spacing[2] * np.arange(slices)).astype(np.float64)
    structures = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (170, 115), z)),
        Structure(2, "PTV", "PTV", (255, 40, 40), ellipse((0, 0), (half_mm, half_mm), z[abs(z) < half_mm])),
    )
    small = make_case(1)[0]
    plan = replace(small.plan, name="Large", beams=tuple(open_beam(n, g, half_mm) for n, g in enumerate(gantries, 1)))
    return replace(
        small, ct=hounsfield(hu, grid), plan=plan, plan_dose=total(doses), beam_doses=doses, structures=structures
    )


def large_plans(root: Path, count: int, case: Case) -> None:
    """Write copies of a plan, a folder each; the CT is on disk once, its names are links."""
    first = root / "plan000"
    write_export(case, first, patient_id="SECRET4711", patient_name="Doe^Canary")
    (first / SUMS_FILE).unlink()  # Eclipse writes none
    for number in range(1, count):
        folder = root / f"plan{number:03d}"
        folder.mkdir()
        plan_uid = f"{case.uids.plan}.{number}"
        for file in sorted(first.iterdir()):
            if file.name.startswith(("CT", "RS")):
                os.link(file, folder / file.name)
                continue
            ds = pydicom.dcmread(file)
            if "RTPlanLabel" in ds:
                ds.SOPInstanceUID, ds.RTPlanLabel = plan_uid, f"Large{number:03d}"
            else:
                ds.SOPInstanceUID = new_uid()
                ds.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = plan_uid
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.save_as(folder / f"{file.name[:2]}.{ds.SOPInstanceUID}.dcm")
