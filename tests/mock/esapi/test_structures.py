"""Structures edited by script: rows 48 to 51. Masks are those of `rasterise`, margins those of scipy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Case, Grid, Override, PatientPosition
from esapi_bridge.case.folder import read_case
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import points_of
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet
from tests.mock.esapi.patients import DIRECTIONS
from tests.mock.esapi.structure_patients import (
    BALL_CENTRE,
    BALL_RADIUS_MM,
    SPACING,
    large_case,
    make_structure_database,
    search_case,
    structure_case,
    structures,
)

Mask = NDArray[np.bool_]

TIE_MM = 1e-6
"""Distances that equal a margin are within it."""


@dataclass(frozen=True)
class Edited:
    """What the program saw, and the cases it saved."""

    said: dict[str, str]
    database: Path

    def case(self, patient: str, plan: str = "Plan") -> Case:
        home = self.database / "patients" / patient
        record = json.loads((home / "patient.json").read_text())
        folders = {p["id"]: p["folder"] for course in record["courses"] for p in course["plans"]}
        return read_case(home / "plans" / folders[plan])

    def mask(self, patient: str, name: str) -> Mask:
        return self._mask(self.case(patient), name)

    def first_mask(self, patient: str, name: str) -> Mask:
        """Of what was saved first."""
        saved = (self.database / "patients" / patient / "plans").glob("plan-*")
        return self._mask(read_case(min(saved, key=lambda folder: folder.stat().st_mtime_ns)), name)

    @staticmethod
    def _mask(case: Case, name: str) -> Mask:
        (structure,) = (s for s in case.structures if s.name == name)
        return rasterise(structure, case.ct.grid, case.slice_mm)


@pytest.fixture(scope="session")
def edited(mock_assemblies: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> Edited:
    database = make_structure_database(tmp_path_factory.mktemp("structures") / "db")
    references = mock_assemblies.references
    source = SCENARIOS / "structures" / "Structures.cs"
    program = compile_library([source], mock_assemblies.api.parent / "Structures.exe", references, target="exe")
    lines = run_dotnet(program, database).splitlines()
    return Edited(dict(line.split("\t") for line in lines), database)


def original(position: str) -> dict[str, Mask]:
    """Masks of the contours as they were drawn."""
    case = structure_case(PatientPosition(position))
    return {s.name: rasterise(s, case.ct.grid, case.slice_mm) for s in case.structures}


def grown(mask: Mask, margin_mm: float) -> Mask:
    distances = ndimage.distance_transform_edt(~mask, sampling=SPACING[::-1])
    return np.asarray(distances <= margin_mm + TIE_MM)


def shrunk(mask: Mask, margin_mm: float) -> Mask:
    inside = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=SPACING[::-1])[1:-1, 1:-1, 1:-1]
    return np.asarray(inside > margin_mm + TIE_MM)


def element(towards_low: tuple[float, ...], towards_high: tuple[float, ...]) -> Mask:
    """Offsets ``(z, y, x)`` within margins given as ``(x, y, z)``, by brute force; centre in the middle."""
    offsets = np.meshgrid(*(np.arange(-6, 7) for _ in range(3)), indexing="ij")
    total = np.zeros(offsets[0].shape)
    for axis, offset in zip((2, 1, 0), offsets, strict=True):
        margin = np.where(offset < 0, towards_low[axis], towards_high[axis])
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(offset) * SPACING[axis] / margin
        total += np.where(offset == 0, 0.0, share) ** 2
    return np.asarray(total <= 1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("position", list(DIRECTIONS))
@pytest.mark.parametrize("name", [s.name for s in structures(structure_case().ct.grid)])
def test_row_49_contour_to_mask_to_contour_to_mask_is_the_same_to_the_voxel(
    edited: Edited, position: str, name: str
) -> None:
    mask = original(position)[name]
    assert mask.any()
    assert np.array_equal(edited.mask(position, name), mask)  # untouched
    assert np.array_equal(edited.mask(position, f"c {name}"), mask)
    voxel_cc = np.prod(SPACING) / 1000
    volumes = {who: float(edited.said[f"{position} volume {who}"]) for who in (name, f"c {name}")}
    assert volumes[f"c {name}"] == pytest.approx(mask.sum() * voxel_cc)
    assert volumes[name] == pytest.approx(mask.sum() * voxel_cc, rel=0.5)


OPERATIONS: dict[str, Callable[[dict[str, Mask]], Mask]] = {
    "and": lambda m: m["Donut"] & m["Ball"],
    "or": lambda m: m["Donut"] | m["Parts"],
    "sub": lambda m: m["Donut"] & ~m["Ball"],
    "xor": lambda m: m["Donut"] ^ m["Ball"],
    "not": lambda m: ~m["Parts"],
    "wide": lambda m: grown(m["Ball"], 7),
    "narrow": lambda m: shrunk(m["Ball"], 4.5),
    "donut wide": lambda m: grown(m["Donut"], 3),
    "donut narrow": lambda m: shrunk(m["Donut"], 1.5),
    "to the edge": lambda m: grown(m["Parts"], 50),
    "nothing": lambda m: np.zeros_like(m["Ball"]),
    "asymmetric": lambda m: ndimage.binary_dilation(m["Ball"], element((1, 4, 9), (6, 0, 3))),
    "inner": lambda m: ndimage.binary_erosion(m["Ball"], element((5, 0, 3.5), (1, 6, 0))),
}


@pytest.mark.parametrize("position", list(DIRECTIONS))
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_operations_are_those_of_numpy_and_scipy(edited: Edited, position: str, name: str) -> None:
    expected = OPERATIONS[name](original(position))
    assert np.array_equal(edited.mask(position, name), expected)


@pytest.mark.parametrize(("name", "margin_mm"), [("wide", 7.0), ("narrow", -4.5)])
def test_margins_of_a_ball_are_balls_to_half_a_voxel(edited: Edited, name: str, margin_mm: float) -> None:
    grid = structure_case().ct.grid
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    offsets = [(at - centre) * mm for at, centre, mm in zip((i, j, k), BALL_CENTRE, SPACING, strict=True)]
    distance = np.sqrt(sum(offset**2 for offset in offsets))
    radius, voxel = BALL_RADIUS_MM + margin_mm, float(np.linalg.norm(SPACING))
    mask = edited.mask("HFS", name)
    assert mask[distance <= radius - voxel / 2].all()
    assert not mask[distance > radius + voxel / 2].any()


@pytest.mark.parametrize("position", list(DIRECTIONS))
def test_row_49_contours_add_up_and_are_subtracted(edited: Edited, position: str) -> None:
    mask = edited.mask(position, "drawn")
    expected = np.zeros_like(mask)
    expected[4, 4:21, 4:21] = True  # 3.2 to 20.6
    expected[4, 19:25, 19:25] = True
    expected[4, 9:13, 9:13] = False
    expected[0, :6, :6] = True
    assert np.array_equal(mask, expected)


@pytest.mark.parametrize("position", list(DIRECTIONS))
def test_parts_are_those_of_scipy(edited: Edited, position: str) -> None:
    case = edited.case(position)
    masks = [rasterise(s, case.ct.grid, case.slice_mm) for s in case.structures]
    expected = [ndimage.label(mask)[1] for mask in masks]
    assert max(expected) > 3
    assert list(map(int, edited.said[f"{position} parts"].split())) == expected


@pytest.mark.parametrize("position", list(DIRECTIONS))
def test_profiles_along_rows_and_columns_give_the_mask(edited: Edited, position: str) -> None:
    mask = original(position)["Donut"][2:5]
    assert edited.said[f"{position} profiles"] == "".join("01"[int(inside)] for inside in mask.flat)


@pytest.mark.parametrize("position", list(DIRECTIONS))
def test_meshes_are_closed_around_the_voxels(edited: Edited, position: str) -> None:
    case = edited.case(position)
    assert edited.said[f"{position} mesh nothing"] == "none"
    for structure in case.structures:
        mask = rasterise(structure, case.ct.grid, case.slice_mm)
        if not mask.any():
            continue
        volume_cc, open_edges, *box = map(float, edited.said[f"{position} mesh {structure.name}"].split())
        assert volume_cc == pytest.approx(mask.sum() * case.ct.grid.voxel_volume_mm3 / 1000), structure.name
        assert open_edges == 0
        places = np.argwhere(mask)[:, ::-1]
        corners = case.ct.grid.to_patient(np.stack([places.min(axis=0) - 0.5, places.max(axis=0) + 0.5]))
        low = corners.min(axis=0)
        assert box == pytest.approx([*low, *(corners.max(axis=0) - low)])


@pytest.mark.parametrize(("name", "level_gy"), [("gray", 30.0), ("per cent", 30.0)])
def test_dose_levels_become_structures(edited: Edited, name: str, level_gy: float) -> None:
    case = search_case()  # the prescription is 60 Gy
    assert case.plan_dose is not None
    grid, lattice = case.plan_dose.grid, case.ct.grid
    at = grid.to_index(points_of(lattice).reshape(-1, 3)).T[::-1]
    gy = ndimage.map_coordinates(case.plan_dose.gy.astype(float), at, order=1, cval=-1.0).reshape(lattice.shape)
    clear = np.abs(gy - level_gy) > 1e-4
    mask = edited.mask("SEARCH", name)
    assert np.array_equal(mask[clear], (gy >= level_gy)[clear])
    assert edited.said["no unit"].startswith("ArgumentException: ")
    assert edited.said["points"] == "0"


def test_row_51_an_assigned_number_is_kept_and_drops_doses(edited: Edited) -> None:
    said = edited.said
    assert said["can assign"] == "True"
    assert said["assigned"] == "True 120.5"
    assert said["dose after number"] == "False"
    assert said["reset"] == "True False"
    case = edited.case("SEARCH")
    assert case.plan_dose is None
    numbers = {s.name: s.override.value for s in case.structures if s.override is not None}
    assert numbers == {"Ball": 120.5}


def test_body_is_searched_in_the_ct(edited: Edited) -> None:
    said = edited.said
    assert said["threshold"] == "-350"
    assert said["body"] == "BODY EXTERNAL"
    assert said["the same"] == "True"
    assert said["no parts"].startswith("ArgumentException: ")
    labels, _ = ndimage.label(search_case().ct.values >= -350)
    order = np.argsort(-np.bincount(labels.flat)[1:]) + 1
    two = np.isin(labels, order[:2])
    assert np.array_equal(edited.mask("SEARCH", "two parts"), two)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in labels == order[0]])
    assert filled.sum() > (labels == order[0]).sum()
    assert np.array_equal(edited.first_mask("SEARCH", "BODY"), filled)


@pytest.mark.parametrize("what", ["add", "remove", "draw", "segment", "id"])
def test_row_1_edits_need_begun_modifications(edited: Edited, what: str) -> None:
    assert "BeginModifications" in edited.said[f"reading {what}"]


def test_row_48_rules_of_structures(edited: Edited) -> None:
    said = edited.said
    assert said["can add"] == said["can remove"] == said["approved read"] == said["snapshot"] == "True"
    for refused in ("long", "taken", "type", "second body", "margin", "negative", "two points", "rename"):
        assert said[refused].startswith("ArgumentException: "), refused
    assert said["plane"].startswith("ArgumentOutOfRangeException: ")
    assert said["null"].startswith("ArgumentNullException: ")
    assert said["new"] == "True CTV 10"
    assert "removed" in said["removed"]
    assert said["not found"] == said["remove body"] == "False"


def test_row_48_structures_of_approved_plans_are_locked(edited: Edited) -> None:
    said = edited.said
    assert said["approved can edit"].startswith("False the structure set cannot be changed")
    assert (said["approval"], said["approved approval"]) == ("UnApproved", "Approved")
    assert said["approved can add"] == said["approved can remove"] == "False"
    for what in ("add", "remove", "draw", "segment"):
        assert "approved plan" in said[f"approved {what}"], what


def test_row_50_high_resolution_halves_the_voxels_of_large_images(edited: Edited) -> None:
    said = edited.said
    assert said["can convert"] == "True"
    assert said["converted"] == "True False"
    assert said["twice"].startswith("InvalidOperationException: ")
    assert "ConvertToHighResolution" in said["mixed set"]
    assert "ConvertToHighResolution" in said["mixed and"]
    assert said["fine kept"] == "True True"
    case = edited.case("LARGE")
    assert [s.high_resolution for s in case.structures] == [True, True]
    coarse = large_case().ct.grid
    x, y, z = coarse.spacing_mm
    half = Grid((520, 60, 4), (x / 2, y / 2, z), tuple(coarse.to_patient((-0.25, -0.25, 0)).tolist()))
    ball, fine = (rasterise(s, half, case.slice_mm) for s in case.structures)
    distances = ndimage.distance_transform_edt(~ball, sampling=half.spacing_mm[::-1])
    assert np.array_equal(fine, distances <= 1.5 + TIE_MM)
    assert not np.array_equal(fine, np.repeat(np.repeat(fine[:, ::2, ::2], 2, axis=1), 2, axis=2))


def test_row_51_doses_stay_unless_the_body_changes(edited: Edited) -> None:
    assert edited.said["dose after organ"] == "True"
    assert edited.said["dose after body"] == "False"


def test_structure_set_copies_are_kept_once_a_plan_uses_them(edited: Edited) -> None:
    said = edited.said
    assert said["own"] == "True"
    assert said["unused"].startswith("NotSupportedException: not in the mock: saving a structure set")
    assert said["sets"] == "SS_1, Own id"
    assert said["different"] == "2"


def test_what_no_member_shows_is_kept(edited: Edited) -> None:
    case = edited.case("NOTED")
    assert case.structures[-1].name == "any"
    assert case.structures[0].override == Override("REL_ELEC_DENSITY", 1.25)
    assert case.structures[0].left_out == ("open contours: 2",)
    assert case.plan.target_doses_gy == (60.0, 66.0)


def test_no_case_folder_is_changed(edited: Edited) -> None:
    plans = edited.database / "patients" / "HFS" / "plans"
    assert len(list(plans.iterdir())) == 2
    assert len(read_case(plans / "p0").structures) == len(structures(structure_case().ct.grid))
