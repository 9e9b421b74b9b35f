"""Patients with two smooth doses, and structures that histograms find hard: small, with holes, gaps, parts, cut off."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Case, Dose, DoseKind, Grid, PatientPosition, Structure, Uids, Unit, Volume
from tests.cases import write_patient
from tests.mock.esapi.patients import DIRECTIONS, make_case

Ring = NDArray[np.float64]
Planes = dict[int, tuple[Ring, ...]]

SIZE, SPACING = (48, 40, 24), (3.0, 3.0, 3.0)
"""Voxels and mm of the CT."""


def _ring(centre: tuple[float, float], radius_mm: float) -> Ring:
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return np.asarray(centre) + np.column_stack([np.cos(angle), np.sin(angle)]) * radius_mm / SPACING[0]


def _cylinder(planes: Iterable[int], centre: tuple[float, float], *radii_mm: float) -> Planes:
    return {k: tuple(_ring(centre, radius) for radius in radii_mm) for k in planes}


PLANES: dict[str, Planes] = {
    "Target": _cylinder(range(6, 17), (24, 20), 18.0),
    "Bulb": _cylinder(range(12, 15), (30.3, 20.6), 4.5),
    "Ring": _cylinder(range(5, 18), (22, 19), 30.0, 21.0),
    "Gap": _cylinder([4, 5, 6, 8, 9, 15, 16], (17, 24), 9.0),
    "Lone": _cylinder([11], (26, 17), 6.0),
    "Edge": _cylinder(range(8, 13), (8, 20), 12.0),
    "Empty": {},
}
"""Contours in voxel indices of the CT, by plane; "Edge" lies half outside the doses."""

SUMMED = {
    "Sum": (("Plan A", 1.0, False), ("Plan B", 0.5, False)),
    "Difference": (("Plan A", 1.0, False), ("Plan B", 1.0, True)),
}


def histogram_cases(position: PatientPosition) -> dict[str, Case]:
    """Two plans on one CT, their doses on grids of their own."""
    ct_grid = Grid(SIZE, SPACING, (-70.0, -60.0, 30.0), DIRECTIONS[position])
    structures = tuple(
        Structure(number, name, "ORGAN", (9, 8, 7), tuple(
            ct_grid.to_patient(np.column_stack([ring, np.full(len(ring), k)]))
            for k, rings in planes.items() for ring in rings
        ))
        for number, (name, planes) in enumerate(PLANES.items(), 1)
    )  # fmt: skip
    base = make_case(position)
    ct = Volume(np.zeros(SIZE[::-1], dtype=np.float32), ct_grid, Unit.HU)
    doses = {
        "Plan A": _dose(ct_grid, (8.1, 3.2, 1.4), (40, 42, 27), 2.5, (24.5, 20.5, 11.0), 60.0, 22.0),
        "Plan B": _dose(ct_grid, (9.0, 4.0, 2.0), (42, 36, 22), 2.7, (29.0, 17.0, 13.0), 20.0, 15.0),
    }
    return {
        name: replace(
            base, ct=ct, structures=structures, plan_dose=dose, beam_doses={},
            uids=Uids("1.2.3", f"1.2.4.{name[-1]}", "1.2.5.7", "1.2.6"), plan=replace(base.plan, name=name),
        )
        for name, dose in doses.items()
    }  # fmt: skip


def _dose(
    ct: Grid, first: tuple[float, float, float], size: tuple[int, int, int], step_mm: float,
    peak: tuple[float, float, float], highest_gy: float, width_mm: float,
) -> Dose:  # fmt: skip
    x, y, z = ct.to_patient(np.asarray(first)).tolist()
    grid = Grid(size, (step_mm, step_mm, step_mm), (x, y, z), ct.direction)
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    away_mm = np.linalg.norm(grid.to_patient(np.stack([i, j, k], axis=-1)) - ct.to_patient(np.asarray(peak)), axis=-1)
    gy = highest_gy * np.exp(-((away_mm / width_mm) ** 2) / 2) + 0.5
    return Dose(Volume(gy.astype(np.float32), grid, Unit.GY), DoseKind.PLAN)


def make_histogram_database(folder: Path, dose_unit: str = "Gy") -> Path:
    """Write patients HFS and FFS with both plans and their sums."""
    folder.mkdir()
    settings = {"schema": 1, "dose_unit": dose_unit, "dose_scale_percent": 1e-4, "ct_offset": 1000}
    (folder / "database.json").write_text(json.dumps(settings))
    for position in (PatientPosition.HFS, PatientPosition.FFS):
        write_patient(folder, position.value, {"C1": histogram_cases(position), "C2": {}}, "Ahorn", "Alba")
        file = folder / "patients" / position.value / "patient.json"
        record = json.loads(file.read_text())
        record["courses"][0]["plan_sums"] = [
            {"id": name, "plans": [
                {"course": "C1", "plan": plan, "weight": weight, "subtracted": subtracted}
                for plan, weight, subtracted in parts
            ]}
            for name, parts in SUMMED.items()
        ]  # fmt: skip
        file.write_text(json.dumps(record))
    return folder


def samples_mm(case: Case, name: str, step_mm: float = 0.5) -> NDArray[np.float64]:
    """Points of equal volume inside a structure, LPS: even-odd, half-way to planes beside, none beyond outer planes."""
    found: list[NDArray[np.float64]] = []
    planes = PLANES[name]
    for k in planes:
        beside = [other for other in planes if 0 < abs(other - k) <= 2]
        above = min((other - k for other in beside if other > k), default=0) / 2
        below = min((k - other for other in beside if other < k), default=0) / 2
        if not beside:
            above = below = 0.5
        outlines = [Outline(np.vstack([ring, ring[:1]]), closed=True) for ring in planes[k]]
        corners = np.concatenate(planes[k])
        low, high = corners.min(axis=0), corners.max(axis=0)
        counts = np.ceil((high - low) * SPACING[0] / step_mm).astype(int)
        i, j = np.meshgrid(*(low[a] + (np.arange(n) + 0.5) * step_mm / SPACING[0] for a, n in enumerate(counts)))
        flat = np.column_stack([i.ravel(), j.ravel()])
        inside = flat[np.logical_xor.reduce([outline.contains_points(flat) for outline in outlines])]
        heights = np.arange(k - below + step_mm / 12, k + above, step_mm / 6)  # 12 steps a slice
        found.extend(np.column_stack([inside, np.full(len(inside), height)]) for height in heights)
    return np.asarray(case.ct.grid.to_patient(np.concatenate(found)))


def dose_at_gy(dose: Dose, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dose at points within the grid's outer faces, Gy."""
    index = dose.grid.to_index(points_mm)
    index = index[((index >= -0.5) & (index <= np.asarray(dose.grid.size) - 0.5)).all(axis=1)]
    return np.asarray(ndimage.map_coordinates(dose.gy, index[:, ::-1].T, order=1, mode="nearest"), dtype=np.float64)


def counted_gy(position: str, item: str, name: str) -> NDArray[np.float64]:
    """Dose at points inside a structure; of a sum, at those within the doses of both plans."""
    cases = histogram_cases(PatientPosition(position))
    points = samples_mm(cases["Plan A"], name)
    parts = SUMMED.get(item, ((item, 1.0, False),))
    doses = []
    for plan, weight, subtracted in parts:
        dose = cases[plan].plan_dose
        assert dose is not None
        doses.append((-weight if subtracted else weight) * dose_at_gy(dose, points))
    return np.asarray(np.sum(doses, axis=0))
