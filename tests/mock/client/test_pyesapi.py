"""Varian's own Python client, unchanged: reads from the mock what numpy makes of a case; what it writes is kept."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Structure, Unit, Volume
from esapi_bridge.case.folder import read_case
from esapi_bridge.mock.esapi import build_mock
from tests.cases import write_patient
from tests.mock.esapi.patients import make_case, make_database

HERE = Path(__file__).parent

needs_client = [
    pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed: {how}")
    for name, how in (("pyesapi", "pip install --no-deps pyesapi==0.2.5"), ("pythonnet", "extra eclipse"))
]
pytestmark = [*needs_client, pytest.mark.skipif(os.name == "nt", reason="on Windows the client wants a real Eclipse")]

CT_GRID = Grid((16, 14, 8), (2.0, 2.0, 3.0), (-15.0, -12.0, -10.0))
DOSE_GRID = Grid((11, 9, 7), (2.5, 2.5, 2.5), (-12.8, -10.2, -7.7))
OUTER, HOLE, PLANES = ((3.6, 2.6), (12.4, 10.4)), ((6.6, 5.6), (9.4, 7.4)), (2, 3, 4, 5)
"""Corners, in indices of the CT, of a box with a hole, off all voxel centres, and the planes it is drawn on."""


def gray(points_mm: np.ndarray) -> np.ndarray:
    """Linear dose, Gy: trilinear interpolation is exact."""
    return 50.0 + points_mm @ (0.2, -0.1, 0.15)


def inside(indices: np.ndarray) -> np.ndarray:
    """Whether points, in indices of the CT, lie in the structure."""
    x, y, z = np.moveaxis(indices, -1, 0)

    def box(corners: tuple[tuple[float, float], ...]) -> np.ndarray:
        (x1, y1), (x2, y2) = corners
        return np.asarray((x > x1) & (x < x2) & (y > y1) & (y < y2))

    return np.asarray(box(OUTER) & ~box(HOLE) & (np.abs(z - 3.5) < 2))


def centres(grid: Grid) -> np.ndarray:
    """Voxel centres, mm, ``[x, y, z]`` as the client orders them."""
    return grid.to_patient(np.moveaxis(np.indices(grid.size), 0, -1))


def make() -> Case:
    case = make_case()
    beam = case.plan.beams[1]
    open_field = replace(
        beam,
        name="Field 1",
        number=1,
        control_points=tuple(replace(p, collimator_deg=0.0) for p in beam.control_points),
    )
    rings = [
        CT_GRID.to_patient([(x1, y1, k), (x2, y1, k), (x2, y2, k), (x1, y2, k)])
        for k in PLANES
        for (x1, y1), (x2, y2) in (OUTER, HOLE)
    ]
    hounsfield = np.random.default_rng(4).integers(-900, 1500, CT_GRID.size[::-1]).astype(np.float32)
    dose = Volume(gray(centres(DOSE_GRID)).transpose(2, 1, 0).astype(np.float32), DOSE_GRID, Unit.GY)
    return replace(
        case,
        ct=Volume(hounsfield, CT_GRID, Unit.HU),
        plan=replace(case.plan, beams=(open_field,), normalisation_percent=100.0),
        plan_dose=Dose(dose, DoseKind.PLAN),
        beam_doses={},
        structures=(Structure(1, "PTV", "PTV", (255, 0, 0), tuple(rings)),),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_database(tmp_path_factory.mktemp("client") / "db", dose_unit="Gy", scale=1e-6, patients=())
    write_patient(folder, "PY", {"C1": {"Plan A": make()}}, "Ahorn", "Alba")
    return folder


@pytest.fixture(scope="module")
def seen(dotnet: None, database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    folder = tmp_path_factory.mktemp("pyesapi")
    build_mock(folder)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "use_pyesapi.py"), str(folder), str(folder / "seen.npz")],
        env={**os.environ, "ESAPI_PATH": str(folder), "ESAPI_BRIDGE_DATABASE": str(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "seen.npz") as file:
        return dict(file)


@pytest.mark.slow
def test_patients_plans_beams_and_structures_are_found_by_their_ids(seen: dict[str, np.ndarray]) -> None:
    assert seen["patients"].tolist() == [["PY", "Ahorn", "Alba"]]
    assert seen["plan"].tolist() == ["Plan A", "C1", "Field 1", "1"]


def test_images_and_doses_come_as_arrays_with_positions(seen: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(
        seen["image"], make().ct.values.transpose(2, 1, 0) + 1000
    )  # raw: the client leaves it so
    np.testing.assert_allclose(seen["image_mm"], centres(CT_GRID), atol=1e-9)
    np.testing.assert_allclose(seen["dose_mm"], centres(DOSE_GRID), atol=1e-9)
    np.testing.assert_allclose(seen["dose"], gray(centres(DOSE_GRID)), atol=1e-5)


def test_a_dose_on_the_grid_of_the_image_is_interpolated_and_zero_outside(seen: dict[str, np.ndarray]) -> None:
    points = centres(CT_GRID)
    indices = (points - DOSE_GRID.origin_mm) / DOSE_GRID.spacing_mm
    there = np.all((indices >= 0) & (indices <= np.subtract(DOSE_GRID.size, 1)), axis=-1)
    assert 0 < there.mean() < 1
    np.testing.assert_allclose(seen["dose_on_image"], np.where(there, gray(points), 0), atol=1e-5)


def test_masks_are_those_of_the_contours(seen: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(seen["mask_on_image"], inside(np.moveaxis(np.indices(CT_GRID.size), 0, -1)))
    on_dose = inside((centres(DOSE_GRID) - CT_GRID.origin_mm) / CT_GRID.spacing_mm)
    assert 0 < on_dose.sum() < on_dose.size
    np.testing.assert_array_equal(seen["mask_on_dose"], on_dose)
    np.testing.assert_array_equal(seen["mask_like"], on_dose)


def test_partial_masks_count_samples(seen: dict[str, np.ndarray]) -> None:
    """The client samples each voxel of the rim at its eight corners."""
    offsets = (-0.5, 0.5)
    at = np.stack(np.meshgrid(offsets, offsets, offsets, indexing="ij"), axis=-1).reshape(-1, 3)
    rim = np.moveaxis(np.indices(CT_GRID.size), 0, -1)[:, :, 3]  # a plane within: its faces along z are inside too
    wanted = inside(rim[:, :, None] + at).mean(axis=-1)
    np.testing.assert_allclose(seen["mask_partial"][:, :, 3], wanted, atol=1e-12)
    assert ((wanted > 0) & (wanted < 1)).any()


def test_histograms_have_the_mean_of_a_linear_dose(seen: dict[str, np.ndarray]) -> None:
    outer, hole = (np.array(corners) for corners in (OUTER, HOLE))
    areas = np.array([np.prod(corners[1] - corners[0]) for corners in (outer, hole)])
    centroid = (areas[0] * outer.mean(axis=0) - areas[1] * hole.mean(axis=0)) / (areas[0] - areas[1])
    volume, mean, lowest, highest = seen["histogram"]
    assert volume == pytest.approx((areas[0] - areas[1]) * 4 * 2 * 2 * 3 / 1000, rel=0.01)
    assert mean == pytest.approx(float(gray(CT_GRID.to_patient((*centroid, 3.5)))), rel=0.002)
    dose, share = seen["curve"].T
    assert share[0] == pytest.approx(100)
    assert (np.diff(share) <= 1e-9).all()
    assert np.trapezoid(share, dose) / 100 + dose[0] == pytest.approx(mean, rel=0.002)
    assert lowest < mean < highest


def test_a_fluence_is_set_read_back_and_saved(seen: dict[str, np.ndarray], database: Path) -> None:
    np.testing.assert_array_equal(seen["fluence_pixels"], seen["fluence"])
    np.testing.assert_allclose(seen["fluence_origin"], [-13.75, 13.75])
    home = database / "patients" / "PY"
    (plan,) = json.loads((home / "patient.json").read_text())["courses"][0]["plans"]
    kept = read_case(home / "plans" / plan["folder"]).plan.beams[0].fluence
    assert kept is not None
    np.testing.assert_array_equal(kept.values, seen["fluence"])
