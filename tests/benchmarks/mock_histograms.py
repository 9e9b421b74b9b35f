"""Histograms of the mock ESAPI against points counted with numpy: ``python -m tests.benchmarks.mock_histograms``.

A pelvis with a CT of 300 x 192 x 112 voxels and a dose at 2.5 mm. Needs Mono; numpy's side takes a minute. Columns hold
what the mock says and in brackets what was counted; the last one is the worst difference to the histogram of the
project's own reports.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Case, Dose, DoseKind, Grid, PatientPosition, Structure, Uids, Unit, Volume
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import build_mock
from esapi_bridge.planning.subject import phantom_subject
from esapi_bridge.report.dvh import make_dvhs
from tests.cases import write_patient
from tests.mock.esapi.conftest import run_dotnet
from tests.mock.esapi.patients import make_case

SIZE = (300, 192, 124)
POINTS = 1_500_000
COLUMNS = ("volume cm3", "mean", "D95", "D2", "max", "min")


def pelvis() -> Case:
    """A phantom's pelvis within its middle, and a dose of steep edges on its prostate."""
    subject = phantom_subject("pelvis", 1)
    whole = subject.ct
    first = [max(0, (n - m) // 2) for n, m in zip(whole.grid.size, SIZE, strict=True)]
    size = tuple(min(n, m) for n, m in zip(whole.grid.size, SIZE, strict=True))
    part = tuple(slice(f, f + n) for f, n in zip(first[::-1], size[::-1], strict=True))
    x, y, z = whole.grid.to_patient(np.asarray(first, dtype=float)).tolist()
    grid = Grid((size[0], size[1], size[2]), whole.grid.spacing_mm, (x, y, z), whole.grid.direction)
    inside = [s for s in subject.structures if all(_within(c, grid) for c in s.contours_mm)]
    target = np.concatenate(next(s for s in inside if s.name.startswith(("PTV", "Prostate"))).contours_mm).mean(axis=0)
    base = make_case(PatientPosition.HFS)
    return replace(
        base, ct=Volume(whole.values[part], grid, Unit.HU), structures=tuple(inside), plan_dose=_dose(grid, target),
        beam_doses={}, uids=Uids("1.2.3", "1.2.4", "1.2.5.9", "1.2.6"),
    )  # fmt: skip


def _within(contour_mm: NDArray[np.float64], grid: Grid) -> bool:
    index = grid.to_index(contour_mm)
    return bool(((index >= 0) & (index <= np.asarray(grid.size) - 1)).all())


def _dose(ct: Grid, target_mm: NDArray[np.float64]) -> Dose:
    corner = ct.to_patient(np.zeros(3)) + 0.7
    extent = (np.asarray(ct.size) - 1) * ct.spacing_mm
    nx, ny, nz = (int(e / 2.5) for e in extent)
    grid = Grid((nx, ny, nz), (2.5, 2.5, 2.5), (float(corner[0]), float(corner[1]), float(corner[2])), ct.direction)
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    away = (grid.to_patient(np.stack([i, j, k], axis=-1)) - target_mm) / (38.0, 30.0, 34.0)
    distance = np.linalg.norm(away, axis=-1)
    peak = 55 / (1 + np.exp((distance - 1) / 0.09))
    lateral = 23 * np.exp(-((away[..., 1] / 1.1) ** 2) - (away[..., 2] / 1.1) ** 4)
    return Dose(Volume((peak + lateral + 0.4).astype(np.float32), grid, Unit.GY), DoseKind.PLAN)


def counted(structure: Structure, dose: Dose, slice_mm: float) -> NDArray[np.float64]:
    """Doses of points of equal volume: even-odd, half-way to planes beside, none beyond the outer planes."""
    planes: dict[float, list[NDArray[np.float64]]] = {}
    for contour in structure.contours_mm:
        planes.setdefault(round(float(contour[0, 2]), 2), []).append(contour[:, :2])
    heights = sorted(planes)
    corners = np.concatenate([c for rings in planes.values() for c in rings])
    low, high = corners.min(axis=0), corners.max(axis=0)
    step = float(max(0.35, (np.prod(high - low) * (heights[-1] - heights[0] + slice_mm) / POINTS) ** (1 / 3)))
    upward = max(1, round(slice_mm / step / 2)) * 2
    x, y = np.meshgrid(*(np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)))
    flat = np.column_stack([x.ravel(), y.ravel()])
    found = []
    for height in heights:
        near = [other - height for other in heights if 0 < abs(other - height) < 2.01 * slice_mm]
        above = min((n for n in near if n > 0), default=0.0 if near else slice_mm) / 2
        below = min((-n for n in near if n < 0), default=0.0 if near else slice_mm) / 2
        outlines = [Outline(np.vstack([ring, ring[:1]]), closed=True) for ring in planes[height]]
        inside = flat[np.logical_xor.reduce([outline.contains_points(flat) for outline in outlines])]
        pitch = slice_mm / upward
        for z in np.arange(height - below + pitch / 2, height + above, pitch):
            index = dose.grid.to_index(np.column_stack([inside, np.full(len(inside), z)]))
            index = index[((index >= -0.5) & (index <= np.asarray(dose.grid.size) - 0.5)).all(axis=1)]
            found.append(ndimage.map_coordinates(dose.gy, index[:, ::-1].T, order=1, mode="nearest"))
    return np.concatenate(found)


def volume_cm3(structure: Structure, slice_mm: float) -> float:
    """Volume by the shoelace formula, a slice a plane; rings wholly within another are holes."""
    total = 0.0
    for contour in structure.contours_mm:
        x, y = contour[:, 0], contour[:, 1]
        area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
        around = sum(
            other is not contour
            and abs(other[0, 2] - contour[0, 2]) < 0.01
            and bool(Outline(other[:, :2]).contains_point(contour[:, :2].mean(axis=0)))
            and float(np.ptp(other[:, 0])) > float(np.ptp(contour[:, 0]))
            for other in structure.contours_mm
        )
        total += area * (-1 if around % 2 else 1)
    return total * slice_mm / 1000


def main() -> None:
    """Print the table."""
    case = pelvis()
    assert case.plan_dose is not None
    slice_mm = case.ct.grid.spacing_mm[2]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        settings = {"schema": 1, "dose_unit": "Gy", "dose_scale_percent": 1e-4, "ct_offset": 1000}
        (home / "database.json").write_text(json.dumps(settings))
        write_patient(home, "P", {"C1": {"Plan": case}}, "Ahorn", "Alba")
        mock = build_mock(home / "bin")
        source = Path(__file__).with_name("MockHistograms.cs")
        program = compile_library([source], home / "bin" / "MockHistograms.exe", [mock.api, mock.types], target="exe")
        said = {line[0]: [float(v) for v in line[1:]] for line in _lines(run_dotnet(program, home, "P", "Plan"))}
    seconds = said.pop("seconds")[0]
    print(f"{'structure':18}" + "".join(f"{column:>19}" for column in COLUMNS) + f"{'reports, worst':>22}")
    worst = dict.fromkeys(COLUMNS, 0.0)
    for structure in case.structures:
        if structure.name not in said:
            continue
        mock_values = said[structure.name]
        gy = counted(structure, case.plan_dose, slice_mm)
        own = [volume_cm3(structure, slice_mm), gy.mean(), *np.quantile(gy, [0.05, 0.98]), gy.max(), gy.min()]
        (dvh,) = make_dvhs([case.plan_dose], structure, slice_mm)
        reports = [dvh.volume_cm3, dvh.mean_gy, dvh.dose_at_gy(95), dvh.dose_at_gy(2), dvh.dose_gy[-1], dvh.dose_gy[0]]
        for column, one, other in zip(COLUMNS, mock_values, own, strict=True):
            off = abs(one - other) if column in {"max", "min"} else 100 * abs(one / other - 1)
            worst[column] = max(worst[column], float(off))
        cells = "".join(f"{one:9.3f} ({other:7.3f})" for one, other in zip(mock_values, own, strict=True))
        to_reports = max(100 * abs(one / other - 1) for one, other in zip(mock_values[:4], reports[:4], strict=True))
        print(f"{structure.name:18}{cells}{to_reports:8.3f} % {abs(mock_values[4] - reports[4]):6.3f} Gy")
    print(f"{'worst':18}" + "".join(f"{v:>16.3f} {'Gy' if c in {'max', 'min'} else '%':2}" for c, v in worst.items()))
    print(f"{len(said)} structures in {seconds:.2f} s: CT of {case.ct.grid.size}, dose of {case.plan_dose.grid.size}")


def _lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


if __name__ == "__main__":
    main()
