"""The structures that `OptimisationStructures.cs` makes, against masks by numpy and scipy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Case, Grid, Structure, Unit, Volume
from esapi_bridge.case.folder import read_case
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import ellipse, write_patient
from tests.mock.esapi.conftest import run_dotnet
from tests.mock.esapi.patients import make_case

Mask = NDArray[np.bool_]

GRID = Grid((262, 90, 16), (1.0, 1.2, 3.0), (-130.5, -53.4, -22.5))
"""More than 256 columns, so that high resolution is finer."""

MADE = ["Ring_5-20", "Rectum-PTV", "PTV_crop", "Posterior"]
TIE_MM = 1e-6


def sample_case(fine: bool) -> Case:
    """A target that comes to the skin in front and to the rectum behind."""
    z = GRID.coordinates_mm(2)
    drawn = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (100, 45), z)),
        Structure(2, "PTV", "PTV", (255, 0, 0), ellipse((4, -19), (35, 25), z[4:12], 30.0), high_resolution=fine),
        Structure(3, "Rectum", "ORGAN", (120, 60, 0), ellipse((2, 18), (14, 15), z[2:14])),
    )
    case = make_case()
    values = np.zeros(GRID.shape, dtype=np.float32)
    return replace(case, ct=Volume(values, GRID, Unit.HU), structures=drawn, plan_dose=None, beam_doses={})


def expected(masks: dict[str, Mask], spacing_mm: tuple[float, float, float]) -> dict[str, Mask]:
    """What the names of the structures promise."""
    ptv, sampling = masks["PTV"], spacing_mm[::-1]
    away = ndimage.distance_transform_edt(~ptv, sampling=sampling)
    deep = ndimage.distance_transform_edt(np.pad(masks["BODY"], 1), sampling=sampling)[1:-1, 1:-1, 1:-1]
    rows = int(15 / spacing_mm[1] + TIE_MM)
    behind = np.any([np.roll(ptv, n, axis=1) for n in range(1, rows + 1)], axis=0)
    return {
        "Ring_5-20": (away <= 20 + TIE_MM) & (away > 5 + TIE_MM) & masks["BODY"],
        "Rectum-PTV": masks["Rectum"] & (away > 4 + TIE_MM),
        "PTV_crop": ptv & (deep > 3 + TIE_MM),
        "Posterior": behind & ~ptv,
    }


@pytest.fixture(scope="module")
def made(
    mock: MockAssemblies, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Case], dict[tuple[str, str], float]]:
    """The case that was saved of each patient, and the volumes that the mock stated, cc."""
    folder = tmp_path_factory.mktemp("optimisation-structures")
    database = folder / "db"
    database.mkdir()
    settings = {
        "schema": 1, "dose_unit": "Gy", "dose_scale_percent": 1e-4, "dose_intercept_percent": 0.0, "ct_offset": 1000,
        "models": {}, "intended_use": "Research use only, not for clinical use.",
    }  # fmt: skip
    (database / "database.json").write_text(json.dumps(settings))
    for name, fine in (("COARSE", False), ("FINE", True)):
        write_patient(database, name, {"C1": {"Plan": sample_case(fine)}}, "Ahorn", "Alba")
    here = Path(__file__).parent
    sources = [here / "OptimisationStructures.cs", here / "RunTwice.cs"]
    program = compile_library(sources, mock.api.parent / "Optimisation.exe", [mock.api, mock.types], target="exe")
    lines = [line.split("\t") for line in run_dotnet(program, database, "COARSE", "FINE").splitlines()]
    cases = {}
    for name in ("COARSE", "FINE"):
        (saved,) = (database / "patients" / name / "plans").glob("plan-*")
        cases[name] = read_case(saved)
    return cases, {(patient, structure): float(volume) for patient, structure, volume in lines}


@pytest.mark.slow
@pytest.mark.parametrize(("patient", "fine"), [("COARSE", False), ("FINE", True)])
def test_masks_and_volumes_are_those_of_scipy(
    made: tuple[dict[str, Case], dict[tuple[str, str], float]], patient: str, fine: bool
) -> None:
    cases, volumes = made
    case = cases[patient]
    assert [s.name for s in case.structures] == ["BODY", "PTV", "Rectum", *MADE]
    assert [s.high_resolution for s in case.structures] == [False, fine, False, *[fine] * 4]
    grid = GRID
    if fine:
        x, y, z = GRID.spacing_mm
        grid = Grid((524, 180, 16), (x / 2, y / 2, z), tuple(GRID.to_patient((-0.25, -0.25, 0)).tolist()))
    masks = {s.name: rasterise(s, grid, case.slice_mm) for s in case.structures}
    source = sample_case(fine).structures
    if fine:
        # Body and rectum were voxels of the CT before they were converted.
        wide = {s.name: rasterise(s, GRID, case.slice_mm) for s in source}
        originals = {
            name: masks["PTV"] if name == "PTV" else mask.repeat(2, axis=1).repeat(2, axis=2)
            for name, mask in wide.items()
        }
    else:
        originals = {s.name: masks[s.name] for s in source}
    for name, mask in expected(originals, grid.spacing_mm).items():
        assert mask.any()
        assert np.array_equal(masks[name], mask), name
        assert volumes[patient, name] == pytest.approx(mask.sum() * grid.voxel_volume_mm3 / 1000)
    for name, mask in {"BODY": masks["BODY"], "PTV": masks["PTV"]}.items():
        assert volumes[patient, name] == pytest.approx(mask.sum() * grid.voxel_volume_mm3 / 1000, rel=0.01)


def test_clinical_structures_are_as_they_were(made: tuple[dict[str, Case], dict[tuple[str, str], float]]) -> None:
    for patient, fine in (("COARSE", False), ("FINE", True)):
        for kept, source in zip(made[0][patient].structures, sample_case(fine).structures, strict=False):
            assert np.array_equal(np.concatenate(kept.contours_mm), np.concatenate(source.contours_mm))
