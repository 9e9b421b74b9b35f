"""Fluence text files, seen by a reader written from the description of the format alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import esapi_bridge
from esapi_bridge.case import Beam, ControlPoint, FluenceMap, FluenceMode, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.dicom.optimal_fluence import read_optimal_fluence, write_optimal_fluence
from esapi_bridge.errors import BridgeError, RefusedError


def fluence(rows: int = 30, columns: int = 44, seed: int = 1) -> FluenceMap:
    values = np.random.default_rng(seed).gamma(1.0, 0.7, (rows, columns)).astype(np.float32)
    return FluenceMap(values, x_origin_mm=-48.75, y_origin_mm=33.125)


def l_shape() -> FluenceMap:
    """A long stroke along +Y at X = -20 mm, its foot at Y = -40 mm towards +X, nothing symmetric."""
    values = np.zeros((40, 30), dtype=np.float32)
    values[4:36, 6] = 1.0  # rows 4 to 35: Y = 40 to -37.5
    values[36, 6:20] = 2.0  # the foot
    return FluenceMap(values, x_origin_mm=-35.0, y_origin_mm=50.0)


def independent_reader(path: Path) -> dict[str, Any]:
    """Fixed line numbers and tabs, as the programs do that read such files."""
    lines = path.read_bytes().decode("ascii").split("\r\n")
    assert lines[0].startswith("# ")
    assert lines[1] == "optimalfluence"
    header: dict[str, float] = {}
    for line, key in zip(lines[2:8], ("sizex", "sizey", "spacingx", "spacingy", "originx", "originy"), strict=True):
        found, text = line.split("\t")
        assert found == key
        header[key] = float(text)
    assert lines[8] == "values"
    rows = int(header["sizey"])
    body = lines[9 : 9 + rows]
    assert lines[9 + rows :] == [""]
    assert all(line.endswith("\t") and "," not in line and "e" not in line for line in body)
    grid = [[float(text) for text in line[:-1].split("\t")] for line in body]
    assert all(len(row) == int(header["sizex"]) for row in grid)
    return {"beam": lines[0].split()[-3], "values": grid, **header}


@pytest.mark.parametrize(("rows", "columns"), [(30, 44), (45, 17), (2, 1024), (1024, 2), (2, 2)])
def test_another_reader_finds_the_same(tmp_path: Path, rows: int, columns: int) -> None:
    wanted = fluence(rows, columns)
    path = write_optimal_fluence(wanted, tmp_path / "1.optimal_fluence", "Field_1")
    found = independent_reader(path)
    assert (found["sizex"], found["sizey"]) == (columns, rows)
    assert (found["spacingx"], found["spacingy"]) == (2.5, 2.5)
    assert (found["originx"], found["originy"]) == (-48.75, 33.125)
    assert np.abs(np.array(found["values"]) - wanted.values).max() < 1e-6
    assert found["beam"] == "Field_1"


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-7, 1.17e-38, 12.345678, 1 / 3])
def test_any_size_of_value_is_written_without_exponent(tmp_path: Path, value: float) -> None:
    wanted = FluenceMap(np.full((2, 3), value, dtype=np.float32), -2.5, 1.25)
    found = independent_reader(write_optimal_fluence(wanted, tmp_path / "a.optimal_fluence", "a"))
    assert np.abs(np.array(found["values"]) - value).max() < 1e-6
    assert "-0." not in (tmp_path / "a.optimal_fluence").read_text().split("values")[1]


def test_it_says_research_use_only(tmp_path: Path) -> None:
    path = write_optimal_fluence(fluence(), tmp_path / "a.optimal_fluence", "Feld Süd\n1")
    first = path.read_bytes().split(b"\r\n")[0]
    assert esapi_bridge.INTENDED_USE.encode() in first
    assert first.endswith(b"Feld S?d 1 - Fluence")


def test_round_trip(tmp_path: Path) -> None:
    wanted = fluence()
    found = read_optimal_fluence(write_optimal_fluence(wanted, tmp_path / "a.optimal_fluence", "a"))
    assert np.abs(found.values - wanted.values).max() < 1e-6
    assert replace(found, values=wanted.values) == wanted


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_loosely_written_files_are_read(tmp_path: Path, ending: str) -> None:
    lines = ["optimalfluence", "SizeX      3", "SizeY      2", "SpacingX   2.5", "SpacingY   2.5"]
    lines += ["OriginX  -2.5", "OriginY  1.25", "Values", "0 0.5 1", "2\t3\t4\t"]
    path = tmp_path / "loose.optimal_fluence"
    path.write_bytes((ending.join(lines) + ending).encode())
    found = read_optimal_fluence(path)
    assert found.values.tolist() == [[0, 0.5, 1], [2, 3, 4]]
    assert (found.x_origin_mm, found.y_origin_mm) == (-2.5, 1.25)


WRONG = {
    "NaN": (lambda v: np.where(v == v.max(), np.nan, v), "NaN"),
    "infinite": (lambda v: np.where(v == v.max(), np.inf, v), "infinite"),
    "negative": (lambda v: np.where(v == v.max(), -0.25, v), "-0.25"),
    "one row": (lambda v: v[:1], "2 to 1024"),
    "one column": (lambda v: v[:, :1], "2 to 1024"),
    "too wide": (lambda v: np.zeros((2, 1025), np.float32), "1025"),
    "three axes": (lambda v: v[None], "2 to 1024"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_eclipse_would_not_take_is_not_written(tmp_path: Path, name: str) -> None:
    change, message = WRONG[name]
    wrong = replace(fluence(), values=change(fluence().values))
    with pytest.raises(RefusedError, match=message):
        write_optimal_fluence(wrong, tmp_path / "a.optimal_fluence", "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [{"spacing_mm": 5.0}, {"x_origin_mm": np.nan}, {"y_origin_mm": np.inf}])
def test_other_pixels_and_unknown_places_are_not_written(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        write_optimal_fluence(replace(fluence(), **change), tmp_path / "a.optimal_fluence", "a")
    assert not list(tmp_path.iterdir())


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    path = write_optimal_fluence(fluence(), tmp_path / "a.optimal_fluence", "a")
    before = path.read_bytes()
    with pytest.raises(BridgeError, match="must not exist"):
        write_optimal_fluence(fluence(seed=2), path, "a")
    assert path.read_bytes() == before


DAMAGE = {
    "no values line": (b"values", b"waarden"),
    "other kind of file": (b"optimalfluence", b"dose"),
    "row missing": (b"sizey\t30", b"sizey\t31"),
    "column missing": (b"sizex\t44", b"sizex\t45"),
    "part of a pixel": (b"sizex\t44", b"sizex\t44.5"),
    "endless": (b"sizex\t44", b"sizex\tnan"),
    "huge": (b"sizex\t44", b"sizex\t4400000000"),
    "key twice": (b"sizex\t44", b"sizex\t44\r\nsizex\t44"),
    "oblong pixels": (b"spacingx\t2.5", b"spacingx\t2"),
    "words": (b"values\r\n0.", b"values\r\nzero"),
    "comma": (b"values\r\n0.", b"values\r\n0,"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    path = write_optimal_fluence(fluence(), tmp_path / "a.optimal_fluence", "a")
    data = path.read_bytes()
    damaged = data.replace(*DAMAGE[name], 1)
    assert damaged != data
    path.write_bytes(damaged)
    with pytest.raises(BridgeError):
        read_optimal_fluence(path)


def test_coarse_pixels_are_refused(tmp_path: Path) -> None:
    path = write_optimal_fluence(fluence(), tmp_path / "a.optimal_fluence", "a")
    path.write_bytes(
        path.read_bytes().replace(b"spacingx\t2.5", b"spacingx\t5").replace(b"spacingy\t2.5", b"spacingy\t5")
    )
    with pytest.raises(RefusedError, match=r"2\.5 mm"):
        read_optimal_fluence(path)


def test_an_l_at_collimator_90_lands_where_iec_61217_says(tmp_path: Path) -> None:
    """HFS, gantry 0: +X of the gantry system is patient left, +Y superior. Collimator 90 turns the device counter-
    clockwise seen from the source, so its +X points superior and its +Y to the patient's right.
    """
    found = independent_reader(write_optimal_fluence(l_shape(), tmp_path / "l.optimal_fluence", "L"))
    values = np.array(found["values"])
    rows, columns = np.nonzero(values)
    x_mm = found["originx"] + 2.5 * columns
    y_mm = found["originy"] - 2.5 * rows
    isocentre = np.array([7.0, -11.0, 300.0])
    point = ControlPoint(0.0, 0.0, 90.0, 0.0, Jaws(-50, 50, -60, 60))
    beam = Beam(1, "L", "m", 15.0, FluenceMode.STANDARD, Technique.STATIC, tuple(isocentre), 1000.0, 1.0, (point,))
    axes = beam_frame(beam, PatientPosition.HFS).axes
    offset = np.outer(x_mm, axes[0]) + np.outer(y_mm, axes[1])
    stroke = values[rows, columns] == 1.0
    foot = values[rows, columns] == 2.0
    # Stroke: X_b = -20 mm, so 20 mm inferior of the isocentre; Y_b 40 to -37.5 mm, so from 40 mm right to 37.5 mm left.
    assert offset[stroke, 2] == pytest.approx(-20.0)
    assert (offset[stroke, 0].min(), offset[stroke, 0].max()) == pytest.approx((-40.0, 37.5))
    # Foot: Y_b = -40 mm, so 40 mm to the left; X_b -20 to 12.5 mm, so from 20 mm inferior to 12.5 mm superior.
    assert offset[foot, 0] == pytest.approx(40.0)
    assert (offset[foot, 2].min(), offset[foot, 2].max()) == pytest.approx((-20.0, 12.5))
    # All of it in the plane of the isocentre, which is level for a vertical beam.
    assert np.abs(offset[:, 1]).max() < 1e-9
