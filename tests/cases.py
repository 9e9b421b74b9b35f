"""Parts of the made-up cases of several tests: lattices, contours, open fields, doses, patients of a database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import (
    Beam,
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    FluenceMode,
    Grid,
    Jaws,
    Technique,
    Uids,
    Unit,
    Volume,
)
from esapi_bridge.case.folder import write_case
from esapi_bridge.planning.mlc import MILLENNIUM_120

UIDS = Uids("1.2.3", "1.2.4", "1.2.5", "1.2.6")
PATIENT_KEY = "0123456789abcdef"


def grid_around(spacing: tuple[float, float, float], half: tuple[float, float, float] = (190.0, 130.0, 80.0)) -> Grid:
    """A lattice whose middle is at the origin."""
    nx, ny, nz = (int(2 * h / s) for h, s in zip(half, spacing, strict=True))
    x, y, z = (-(n - 1) * s / 2 for n, s in zip((nx, ny, nz), spacing, strict=True))
    return Grid((nx, ny, nz), spacing, (x, y, z))


def points_of(grid: Grid) -> NDArray[np.float64]:
    """Voxel centres, LPS, ``(z, y, x, 3)``."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    points: NDArray[np.float64] = grid.to_patient(np.stack([i, j, k], axis=-1))
    return points


def ellipse(
    centre: tuple[float, float], radii: tuple[float, float], z_mm: NDArray[np.float64], taper_mm: float = 1e6
) -> tuple[NDArray[np.float64], ...]:
    """Stacked elliptical contours, shrinking towards both ends."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    contours = []
    for z in z_mm:
        shrink = np.sqrt(max(1 - (z / taper_mm) ** 2, 0.0))
        if shrink > 0.05:
            xy = np.stack([np.cos(angle) * radii[0], np.sin(angle) * radii[1]], axis=-1) * shrink + centre
            contours.append(np.column_stack([xy, np.full(angle.size, z)]))
    return tuple(contours)


def hounsfield(values: NDArray[np.floating], grid: Grid) -> Volume:
    """A CT."""
    return Volume(values.astype(np.float32), grid, Unit.HU)


def gray(values: NDArray[np.floating], grid: Grid) -> Volume:
    """Values of a dose."""
    return Volume(values.astype(np.float32), grid, Unit.GY)


def total(doses: Mapping[int, Dose]) -> Dose:
    """Sum of beam doses."""
    first = next(iter(doses.values()))
    gy = np.add.reduce([d.gy for d in doses.values()]).astype(np.float32)
    return Dose(replace(first.volume, values=gy), DoseKind.PLAN, algorithm=first.algorithm)


def open_beam(
    number: int,
    gantry_deg: float,
    half_mm: float | tuple[float, float],
    isocentre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    *,
    name: str | None = None,
    technique: Technique = Technique.STATIC,
    energy_mv: float = 10.0,
    meterset_mu: float = 100.0,
) -> Beam:
    """A field of a TrueBeam within symmetrical jaws, half widths along X and Y; 10 MV is without flattening filter."""
    x, y = half_mm if isinstance(half_mm, tuple) else (half_mm, half_mm)
    points = tuple(ControlPoint(weight, gantry_deg, 0.0, 0.0, Jaws(-x, x, -y, y)) for weight in (0.0, 1.0))
    mode = FluenceMode.FFF if energy_mv == 10.0 else FluenceMode.STANDARD
    return Beam(
        number, name or f"Field {number}", "TrueBeam", energy_mv, mode, technique, isocentre_mm, 1000.0, meterset_mu,
        points,
    )  # fmt: skip


def arc_beam(
    number: int,
    start_deg: float,
    turn_deg: float,
    half_mm: float,
    isocentre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    *,
    points: int = 15,
    energy_mv: float = 6.0,
    meterset_mu: float = 100.0,
) -> Beam:
    """An arc as VMAT has it: a gap that goes to and fro, other dose between control points, a turned collimator."""
    field = open_beam(number, start_deg, half_mm, isocentre_mm, energy_mv=energy_mv, meterset_mu=meterset_mu)
    share = np.linspace(0.0, 1.0, points)
    middle = 0.4 * half_mm * np.sin(2 * np.pi * share)
    pairs = len(MILLENNIUM_120.boundaries_mm) - 1
    return replace(
        field,
        name=f"Arc {number}",
        technique=Technique.ARC,
        mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm,
        control_points=tuple(
            ControlPoint(
                float(s * (1 + s) / 2),
                float((start_deg + s * turn_deg) % 360.0),
                30.0,
                0.0,
                field.control_points[0].jaws,
                np.repeat([[m - half_mm / 2], [m + half_mm / 2]], pairs, axis=1),
            )
            for s, m in zip(share, middle, strict=True)
        ),
    )


def write_patient(
    database: Path, patient: str, courses: Mapping[str, Mapping[str, Case]], last_name: str, first_name: str
) -> None:
    """Write a patient of the mock's database: plans by their ids, by course."""
    home = database / "patients" / patient
    home.mkdir(parents=True, exist_ok=True)
    record = {"schema": 1, "id": patient, "last_name": last_name, "first_name": first_name, "courses": []}
    written = 0
    for course, plans in courses.items():
        entries = []
        for plan, case in plans.items():
            write_case(case, home / "plans" / f"p{written}")
            entries.append({"id": plan, "folder": f"p{written}", "kind": "external"})
            written += 1
        record["courses"].append({"id": course, "plans": entries})  # type: ignore[attr-defined]
    (home / "patient.json").write_text(json.dumps(record))
