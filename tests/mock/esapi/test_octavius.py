"""The mock, given the numbers of a plan of a real Eclipse 18, answers as that one did.

The values are those that ESAPI returned (Suomen-sadehoito/ESAPI_EQD2Viewer, MIT): three planes of the dose and nine
voxels of a fourth, every fourth pixel and row of a CT plane, contours of the same three planes. Of the four histograms
only what does not need the other 233 planes can be compared: their form, and that they bracket the doses of the planes
that there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Structure, Unit, Volume
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import write_patient
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet
from tests.mock.esapi.patients import make_case

PLANES = (59, 118, 177)
STRUCTURES = ("BODY", "PTV", "Rectum", "Bladder")
BIN_GY = 0.01
"""Width with which the histograms were asked for; the files keep each second to fifth point, and the last."""

POINT_MM = 1e-4
"""Positions as the files give them."""


@dataclass(frozen=True)
class Octavius:
    """What the real one said."""

    folder: Path

    def read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        return content

    def grid(self, name: str, step: int = 1) -> Grid:
        said = self.read(name)
        size = (said["xSize"] // step, said["ySize"] // step, said["zSize"])
        return Grid(size, (said["xRes"] * step, said["yRes"] * step, said["zRes"]), tuple(said["origin"]))

    def counts(self, plane: int) -> NDArray[np.int64]:
        """Raw voxels ``[y, x]``."""
        said = self.read(f"dose_slice_{plane:03}")
        return np.asarray(said["rawValues"]).reshape(said["height"], said["width"])

    @property
    def points(self) -> list[dict[str, Any]]:
        points: list[dict[str, Any]] = self.read("reference_dose_points")["points"]
        return points

    def case(self) -> Case:
        grid = self.grid("dose_geometry")
        gy = np.zeros(grid.shape, dtype=np.float32)
        gy_per_count = self.read("dose_scaling")["rawScale"] * self.read("dose_scaling")["unitToGy"]
        for plane in PLANES:
            gy[plane] = self.counts(plane) * gy_per_count
        for point in self.points:
            gy[point["doseVoxelZ"], point["doseVoxelY"], point["doseVoxelX"]] = point["doseGy"]
        ct = self.read("ct_subsample")
        ct_grid = self.grid("image_geometry", ct["subsampleStep"])
        hounsfield = np.full(ct_grid.shape, -2048, dtype=np.float32)
        hounsfield[ct["originalSliceIndex"]] = np.reshape(ct["values"], ct_grid.shape[1:]) - ct["detectedHuOffset"]
        base, plan = make_case(), self.read("metadata")
        return replace(
            base,
            ct=Volume(hounsfield, ct_grid, Unit.HU),
            plan=replace(
                base.plan, name="EQD2", beams=(), prescription_gy=plan["totalDoseGy"],
                fractions=plan["numberOfFractions"], normalisation_percent=plan["planNormalization"],
            ),
            plan_dose=Dose(Volume(gy, grid, Unit.GY), DoseKind.PLAN),
            beam_doses={},
            structures=tuple(self.structure(number, name) for number, name in enumerate(STRUCTURES, 1)),
        )  # fmt: skip

    def structure(self, number: int, name: str) -> Structure:
        said = self.read(f"structure_{name}")
        contours = [np.array(c["points"]) for plane in said["slices"] for c in plane["contours"]]
        return Structure(number, name, said["dicomType"], tuple(said["color"]), tuple(contours))


@pytest.fixture(scope="module")
def octavius(shared_data: Path) -> Octavius:
    folder = shared_data / "eclipse" / "esapi_octavius"
    if not folder.is_dir():
        pytest.skip("no values of a real ESAPI among the reference data")
    return Octavius(folder)


@pytest.fixture(scope="module")
def asked(octavius: Octavius) -> list[str]:
    planes = [f"dose {k}" for k in PLANES] + [f"image {octavius.read('ct_subsample')['originalSliceIndex']}"]
    voxels = [f"voxel {p['doseVoxelX']} {p['doseVoxelY']} {p['doseVoxelZ']}" for p in octavius.points]
    contours = [f"contour {n} {s['sliceIndex']}" for n in STRUCTURES for s in octavius.read(f"structure_{n}")["slices"]]
    return [*planes, *voxels, *contours, *(f"histogram {name} {BIN_GY}" for name in STRUCTURES)]


@pytest.fixture(scope="module")
def said(
    octavius: Octavius, asked: list[str], mock_assemblies: MockAssemblies, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[NDArray[np.float64]]]:
    """What the mock says, by name, in the order it was asked."""
    folder = tmp_path_factory.mktemp("octavius")
    database = folder / "db"
    database.mkdir()
    settings = {"schema": 1, "dose_unit": "Gy", "dose_scale_percent": 1e-4, "ct_offset": 32768, "models": {}}
    (database / "database.json").write_text(json.dumps(settings))
    write_patient(database, "OCT", {"C1": {"EQD2": octavius.case()}}, "Ahorn", "Alba")
    (folder / "questions").write_text("\n".join(asked))
    references = [mock_assemblies.api, mock_assemblies.types]
    source = SCENARIOS / "octavius" / "Octavius.cs"
    program = compile_library([source], mock_assemblies.api.parent / "Octavius.exe", references, target="exe")
    answers: dict[str, list[NDArray[np.float64]]] = {}
    for line in run_dotnet(program, database, folder / "questions").splitlines():
        name, *numbers = line.split(" ")
        answers.setdefault(name, []).append(np.array(numbers, dtype=np.float64))
    return answers


Said = dict[str, list[NDArray[np.float64]]]


def test_counts_mean_the_same_per_cent_and_gray(octavius: Octavius, said: Said) -> None:
    scaling = octavius.read("dose_scaling")
    assert said["relative_unit"][0] == 3  # Percent
    assert said["relative"][0] == pytest.approx([scaling["rawOffset"], scaling["calibrationDoseValue"]], abs=1e-12)
    assert scaling["calibrationRawValue"] == 10000
    assert said["absolute_unit"][0] == 1  # Gy
    assert said["absolute"][0] == pytest.approx([0, 10000 * scaling["rawScale"] * scaling["unitToGy"]], abs=1e-12)


def test_prescription(octavius: Octavius, said: Said) -> None:
    plan = octavius.read("metadata")
    keys = ("totalDoseGy", "numberOfFractions", "dosePerFractionGy", "planNormalization")
    assert said["prescription"][0] == pytest.approx([plan[key] for key in keys])


def test_dose_grid(octavius: Octavius, said: Said) -> None:
    grid = octavius.grid("dose_geometry")
    assert said["dose_grid"][0] == pytest.approx([*grid.size, *grid.spacing_mm, *grid.origin_mm], abs=POINT_MM)


@pytest.mark.parametrize("index", range(3))
def test_dose_planes_are_the_raw_voxels(octavius: Octavius, said: Said, index: int) -> None:
    counts = octavius.counts(PLANES[index])
    assert np.array_equal(said["dose"][index].reshape(counts.shape[::-1]), counts.T)
    shown = counts.max() * octavius.read("dose_scaling")["rawScale"] * octavius.read("dose_scaling")["unitToGy"]
    assert shown == pytest.approx(octavius.read(f"dose_slice_{PLANES[index]:03}")["maxDoseGy"], abs=1e-4)


def test_doses_at_nine_points_whose_places_are_those_of_the_ct(octavius: Octavius, said: Said) -> None:
    ct, dose = octavius.grid("image_geometry"), octavius.grid("dose_geometry")
    assert len(said["voxel"]) == 9
    for (*place, gy), point in zip(said["voxel"], octavius.points, strict=True):
        assert gy == pytest.approx(point["doseGy"], abs=1e-5)
        pixel = ct.to_patient((point["ctPixelX"], point["ctPixelY"], point["ctSlice"]))
        assert np.abs(pixel - place).max() <= max(dose.spacing_mm) / 2 + POINT_MM  # the voxel nearest to the pixel


def test_raw_pixels_and_their_hounsfield_units(octavius: Octavius, said: Said) -> None:
    ct = octavius.read("ct_subsample")
    raw = np.reshape(ct["values"], (ct["height"], ct["width"]))
    assert np.array_equal(said["image"][0].reshape(raw.shape[::-1]), raw.T)
    assert raw.min() >= 0
    assert said["image_shown"][0].tolist() == [-32768, -2048, 0, 2340]


def test_contours_lie_on_the_planes_of_the_image(octavius: Octavius, asked: list[str], said: Said) -> None:
    questions = [line.split(" ") for line in asked if line.startswith("contour")]
    assert len(questions) == len(said["contour"]) == 9
    for (_, name, plane), points in zip(questions, said["contour"], strict=True):
        (drawn,) = (s for s in octavius.read(f"structure_{name}")["slices"] if s["sliceIndex"] == int(plane))
        expected = np.concatenate([np.array(c["points"]) for c in drawn["contours"]])
        assert points.reshape(-1, 3) == pytest.approx(expected, abs=POINT_MM)


def inside_gy(octavius: Octavius, name: str) -> Iterator[NDArray[np.float64]]:
    """Doses of the voxels whose centre is inside, on each of the planes that have contours."""
    grid = octavius.grid("dose_geometry")
    for plane, drawn in zip(PLANES, octavius.read("structure_BODY")["slices"], strict=True):
        number = drawn["sliceIndex"]
        rings = [s["contours"] for s in octavius.read(f"structure_{name}")["slices"] if s["sliceIndex"] == number]
        if rings:
            contours = tuple(np.array(ring["points"]) for ring in rings[0])
            structure = Structure(1, name, "ORGAN", (0, 0, 0), contours)
            yield octavius.counts(plane)[rasterise(structure, grid, 2.0)[plane]] * 5e-5


def in_form(curve: NDArray[np.float64], points: float, maximum_gy: float) -> bool:
    """A point a bin from no dose to the first at or beyond the maximum; the whole volume at first, none at last."""
    bins = np.ceil(maximum_gy / BIN_GY)
    ends = [*curve[0], *curve[-1]]
    return points == bins + 1 and ends == pytest.approx([0, 100, bins * BIN_GY, 0], abs=1e-9)


@pytest.mark.parametrize("index", range(4))
def test_histograms_of_the_mock_have_the_form_of_the_real_ones(octavius: Octavius, said: Said, index: int) -> None:
    lowest, mean, highest, points, *ends, second = said["histogram"][index]
    assert in_form(np.reshape(ends, (2, 2)), points, highest)
    assert second == pytest.approx(BIN_GY)
    assert lowest <= mean <= highest <= octavius.read(f"dvh_{STRUCTURES[index]}")["dmaxGy"]


@pytest.mark.parametrize("name", STRUCTURES)
def test_form_of_the_real_histograms(octavius: Octavius, name: str) -> None:
    real = octavius.read(f"dvh_{name}")
    curve = np.array(real["curve"])
    assert in_form(curve, real["curvePointCount"], real["dmaxGy"])
    assert np.all(np.diff(curve[:, 1]) <= 0)
    # The mean is the area below the curve, here from each fifth point or so of it.
    area = np.trapezoid(curve[:, 1], curve[:, 0]) / 100
    assert area == pytest.approx(real["dmeanGy"], abs=0.05)


@pytest.mark.parametrize("name", STRUCTURES)
def test_doses_of_the_planes_are_within_what_the_histograms_say(octavius: Octavius, name: str) -> None:
    real = octavius.read(f"dvh_{name}")
    doses = list(inside_gy(octavius, name))
    assert len(doses) == (3 if name == "BODY" else 2)
    for gy in doses:
        assert gy.size > 50
        assert real["dminGy"] <= gy.min()
        assert gy.max() <= real["dmaxGy"]
