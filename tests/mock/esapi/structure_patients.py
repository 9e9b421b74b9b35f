"""Patients whose structures have holes, parts, shared edges and thin places, in all orientations of an image."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Approval, Case, Grid, Override, PatientPosition, Structure, Unit, Volume
from tests.cases import write_patient
from tests.mock.esapi.patients import DIRECTIONS, make_case

SIZE, SPACING = (40, 36, 12), (1.5, 2.0, 3.0)
BALL_RADIUS_MM = 12.0
BALL_CENTRE = (17.3, 15.6, 5.4)
"""Voxel indices."""

Ring = list[tuple[float, float]]


def square(low: float, high: float) -> Ring:
    """Corners at voxel indices along both axes."""
    return [(low, low), (high, low), (high, high), (low, high)]


def _circle(centre: tuple[float, float], radii: tuple[float, float]) -> Ring:
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return list(zip(centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle), strict=True))


def _structure(grid: Grid, number: int, name: str, planes: dict[int, list[Ring]], kind: str = "ORGAN") -> Structure:
    contours = [grid.to_patient([(i, j, k) for i, j in ring]) for k, rings in planes.items() for ring in rings]
    return Structure(number, name, kind, (1, 2, 3), tuple(contours))


def ball(grid: Grid, centre: tuple[float, float, float], radius_mm: float) -> dict[int, list[Ring]]:
    """Circles of a ball on the planes of a grid."""
    planes = {}
    for k in range(grid.size[2]):
        across = radius_mm**2 - ((k - centre[2]) * grid.spacing_mm[2]) ** 2
        if across > 0:
            radius = across**0.5
            planes[k] = [_circle(centre[:2], (radius / grid.spacing_mm[0], radius / grid.spacing_mm[1]))]
    return planes


def structures(grid: Grid) -> tuple[Structure, ...]:
    """What is to survive from contour to mask to contour."""
    thin = [(2.0, 30.6), (37.0, 31.4), (37.0, 31.9), (2.0, 31.3)]  # under a voxel wide
    donut = [_circle((18, 16), (13, 11)), _circle((17, 15), (6, 5))]
    return (
        _structure(grid, 1, "Body", {k: [square(0.6, 34.7)] for k in range(12)}, "EXTERNAL"),
        _structure(grid, 2, "Donut", dict.fromkeys(range(3, 8), donut)),
        _structure(grid, 3, "Parts", {k: [square(2.0, 9.3), square(9.8, 13.1)] for k in (1, 2, 3, 8, 9)}),
        # One ends on the voxel centres where the other begins.
        _structure(grid, 4, "Left", {k: [[(5, 5), (15, 5), (15, 20), (5, 20)]] for k in range(2, 6)}),
        _structure(grid, 5, "Right", {k: [[(15, 5), (24, 5), (24, 20), (15, 20)]] for k in range(2, 6)}),
        _structure(grid, 6, "Thin", {k: [thin] for k in range(4, 6)}),
        _structure(grid, 7, "Ball", ball(grid, BALL_CENTRE, BALL_RADIUS_MM), "PTV"),
        _structure(grid, 8, "Keyhole", {6: [[(3, 3), (20, 3), (20, 11), (14, 11), (14, 7), (9, 7), (9, 14), (14, 14),
                                              (14, 11), (20, 11), (20, 19), (3, 19)]]}),
        _structure(grid, 9, "Twice", {k: [square(4.2, 17.6), square(4.2, 17.6)] for k in (2, 3)}),
    )  # fmt: skip


def structure_case(position: PatientPosition = PatientPosition.HFS) -> Case:
    """A plan on these structures."""
    grid = Grid(SIZE, SPACING, (-30.0, 11.0, -20.0), DIRECTIONS[position])
    return _on(grid, make_case(position), structures(grid))


def large_case() -> Case:
    """On an image of more than 256 columns, where high resolution is finer."""
    grid = Grid((260, 30, 4), (0.9, 1.1, 2.5), (-100.0, -20.0, 5.0))
    shape = ball(grid, (130.2, 14.4, 1.3), 7.0)
    return _on(grid, make_case(), (_structure(grid, 1, "Ball", shape),))


def search_case() -> Case:
    """A patient with a cavity on a couch, without body outline, and a dose over part of the image."""
    case = structure_case()
    k, j, i = np.meshgrid(*(np.arange(n) for n in case.ct.grid.shape), indexing="ij")
    hounsfield = np.full(case.ct.grid.shape, -1000, dtype=np.float32)
    hounsfield[((i - 19) / 15) ** 2 + ((j - 13) / 10) ** 2 < 1] = 20
    hounsfield[((i - 15) / 4) ** 2 + ((j - 13) / 3) ** 2 < 1] = -800  # a hole on every plane: no cavity in 3-D
    hounsfield[(j > 27) & (j < 30) & (i < 30)] = 0
    hounsfield[(j == 33) & (i > 30) & (k < 2)] = -350
    dose = case.plan_dose
    assert dose is not None
    grid = Grid((8, 9, 7), (4.0, 3.5, 4.0), (-20.0, 18.0, -17.0))
    gy = np.random.default_rng(8).uniform(0, 60, grid.shape).astype(np.float32)
    return replace(
        case,
        ct=Volume(hounsfield, case.ct.grid, Unit.HU),
        structures=case.structures[1:],
        plan_dose=replace(dose, volume=Volume(gy, grid, Unit.GY)),
        beam_doses={},
    )


def _on(grid: Grid, case: Case, drawn: tuple[Structure, ...]) -> Case:
    hounsfield = np.zeros(grid.shape, dtype=np.float32)
    uids = replace(case.uids, structure_set="1.2.7")
    return replace(case, ct=Volume(hounsfield, grid, Unit.HU), structures=drawn, uids=uids)


def make_structure_database(folder: Path) -> Path:
    """One patient for each question."""
    folder.mkdir()
    settings = {
        "schema": 1, "dose_unit": "Gy", "dose_scale_percent": 1e-4, "dose_intercept_percent": 0.0, "ct_offset": 1000,
        "models": {}, "intended_use": "Research use only, not for clinical use.",
    }  # fmt: skip
    (folder / "database.json").write_text(json.dumps(settings))
    cases = {position: structure_case(PatientPosition(position)) for position in DIRECTIONS}
    for position, case in cases.items():
        write_patient(folder, position, {"C1": {"Plan": case}}, "Ahorn", "Alba")
    plain = cases["HFS"]
    approved = replace(plain, plan=replace(plain.plan, approval=Approval.APPROVED))
    write_patient(folder, "RULES", {"C1": {"Plan": plain}}, "Ahorn", "Alba")
    write_patient(folder, "APPROVED", {"C1": {"Plan": plain}, "C2": {"Other": approved}}, "Ahorn", "Alba")
    dense = replace(plain.structures[0], override=Override("REL_ELEC_DENSITY", 1.25), left_out=("open contours: 2",))
    several = replace(plain.plan, prescription_gy=None, fractions=None, target_doses_gy=(60.0, 66.0))
    noted = replace(plain, plan=several, structures=(dense, *plain.structures[1:]), plan_dose=None, beam_doses={})
    write_patient(folder, "NOTED", {"C1": {"Plan": noted}}, "Ahorn", "Alba")
    write_patient(folder, "LARGE", {"C1": {"Plan": large_case()}}, "Ahorn", "Alba")
    write_patient(folder, "SEARCH", {"C1": {"Plan": search_case()}}, "Ahorn", "Alba")
    write_patient(folder, "SETS", {"C1": {"Plan": plain}}, "Ahorn", "Alba")
    return folder
