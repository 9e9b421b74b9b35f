"""Histograms of plans and sums: rows 45 to 47, against points counted with numpy and against the reports' own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from esapi_bridge.report.dvh import make_dvhs
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet
from tests.mock.esapi.histogram_patients import (
    PLANES,
    SPACING,
    SUMMED,
    counted_gy,
    histogram_cases,
    make_histogram_database,
)

NAMES = [name for name in PLANES if PLANES[name]]
POSITIONS = ("HFS", "FFS")
Seen = dict[str, list[str]]

VALUES = (
    "shown_cm3", "volume_cm3", "min_gy", "max_gy", "mean_gy", "median_gy", "deviation_gy", "coverage", "sampled",
    "d95_gy", "d2_gy", "v20_cm3", "v20_of_curve_cm3", "first_cm3", "at_max_gy", "at_min_gy",
)  # fmt: skip


@pytest.fixture(scope="module")
def program(mock_assemblies_16: MockAssemblies) -> Path:
    references = [mock_assemblies_16.api, mock_assemblies_16.types]
    return compile_library(
        [SCENARIOS / "histograms" / "Histograms.cs"],
        mock_assemblies_16.api.parent / "Histograms.exe",
        references,
        target="exe",
    )


@pytest.fixture(scope="module")
def seen(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What the program printed, by name."""
    home = tmp_path_factory.mktemp("histograms")
    gray, centigray = make_histogram_database(home / "gray"), make_histogram_database(home / "centigray", "cGy")
    return {
        name: values
        for name, *values in (line.split("\t") for line in run_dotnet(program, gray, centigray).splitlines())
    }


def values(seen: Seen, position: str, item: str, name: str) -> dict[str, float]:
    return dict(zip(VALUES, map(float, seen[f"{position} {item} {name}"]), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_row_45_histograms_are_those_of_points_counted_inside(seen: Seen, position: str, name: str) -> None:
    found = values(seen, position, "Plan A", name)
    gy = counted_gy(position, "Plan A", name)
    assert found["mean_gy"] == pytest.approx(gy.mean(), rel=0.01)
    assert found["median_gy"] == pytest.approx(np.median(gy), rel=0.01)
    assert found["deviation_gy"] == pytest.approx(gy.std(), rel=0.02)
    assert found["d95_gy"] == pytest.approx(np.quantile(gy, 0.05), rel=0.01)
    assert found["d2_gy"] == pytest.approx(np.quantile(gy, 0.98), rel=0.01)
    assert found["max_gy"] == pytest.approx(gy.max(), abs=0.3)
    assert found["min_gy"] == pytest.approx(gy.min(), abs=0.3)
    assert found["at_max_gy"] != found["at_min_gy"]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_row_45_histograms_are_those_of_the_reports(seen: Seen, position: str, name: str) -> None:
    case = histogram_cases(PatientPosition(position))["Plan A"]
    assert case.plan_dose is not None
    structure = next(s for s in case.structures if s.name == name)
    # The same points head first; feet first the reports begin their lattice at the other side.
    alike = 1e-3 if position == "HFS" else 6e-3
    (dvh,) = make_dvhs([case.plan_dose], structure, SPACING[2])
    found = values(seen, position, "Plan A", name)
    assert found["shown_cm3"] == found["volume_cm3"] == found["first_cm3"] == pytest.approx(dvh.volume_cm3, rel=1e-6)
    assert found["mean_gy"] == pytest.approx(dvh.mean_gy, rel=alike)
    assert found["d95_gy"] == pytest.approx(dvh.dose_at_gy(95), rel=2 * alike)
    assert found["d2_gy"] == pytest.approx(dvh.dose_at_gy(2), rel=2 * alike)
    assert found["max_gy"] == pytest.approx(float(dvh.dose_gy[-1]), abs=50 * alike)
    assert found["coverage"] == pytest.approx(1 - dvh.outside, abs=0.01)
    assert found["sampled"] == pytest.approx(found["coverage"], abs=0.01)
    percent = float(dvh.volume_at_percent(np.array([20.0]))[0])
    for key in ("v20_cm3", "v20_of_curve_cm3"):
        assert found[key] == pytest.approx(percent / 100 * dvh.volume_cm3, abs=alike * dvh.volume_cm3)


def test_row_45_a_structure_without_contours_has_no_histogram(seen: Seen) -> None:
    assert seen["HFS Plan A Empty"] == ["none"]


def test_row_45_part_outside_the_dose_is_not_covered(seen: Seen) -> None:
    assert 0.3 < values(seen, "HFS", "Plan A", "Edge")["coverage"] < 0.7


def test_row_45_units_are_as_asked(seen: Seen) -> None:
    # 60 Gy are 100 % and the dose was normalised before it was stored.
    mean, first, step = map(float, seen["relative"])
    assert mean == pytest.approx(values(seen, "HFS", "Plan A", "Target")["mean_gy"] / 0.6, rel=1e-6)
    assert (first, step) == (100, 0.5)
    assert seen["relative units"] == ["% %"]
    assert seen["centigray unit"] == ["cGy cGy"]
    assert float(seen["centigray"][0]) == pytest.approx(100 * values(seen, "HFS", "Sum", "Target")["mean_gy"], rel=1e-4)


def test_row_46_dose_and_volume_at_the_ends(seen: Seen) -> None:
    target = values(seen, "HFS", "Plan A", "Target")
    assert float(seen["whole"][0]) == pytest.approx(target["min_gy"])
    assert float(seen["most"][0]) == pytest.approx(target["max_gy"])
    assert float(seen["round trip"][0]) == pytest.approx(37, abs=1e-3)
    assert seen["beyond"] == seen["negative"] == seen["empty dose"] == ["True"]
    assert seen["empty volume"] == seen["undefined dose"] == ["NaN"]
    assert seen["other unit"][0].startswith("ArgumentException expected a dose in % or Gy, found cGy")
    assert seen["no structure"][0].startswith("ArgumentNullException")
    assert seen["bin"][0].startswith("ArgumentException")


@pytest.mark.parametrize("item", SUMMED)
@pytest.mark.parametrize("name", ["Target", "Bulb", "Ring"])
def test_row_47_a_sum_has_the_sum_of_the_doses(seen: Seen, item: str, name: str) -> None:
    found = values(seen, "FFS", item, name)
    gy = counted_gy("FFS", item, name)
    assert found["mean_gy"] == pytest.approx(gy.mean(), rel=0.01)
    assert found["d2_gy"] == pytest.approx(np.quantile(gy, 0.98), rel=0.01)
    assert found["max_gy"] == pytest.approx(gy.max(), abs=0.3)


def test_row_47_only_absolute_doses_of_a_sum(seen: Seen) -> None:
    assert seen["sum relative"][0].startswith("ArgumentException")
    assert seen["sum presentation"][0].startswith("ArgumentException")


def test_row_47_a_sum_is_made_follows_its_plans_and_is_saved(seen: Seen) -> None:
    assert seen["made"] == ["Sum1 2 3"]
    assert seen["taken id"][0].startswith("ArgumentException")
    assert seen["twice"][0].startswith("ArgumentException")
    assert seen["plan of sum"][0].startswith("RefusedException")
    before, first, after = map(float, seen["follows"])
    assert first < before
    assert after - first == pytest.approx(2 * (before - first), rel=1e-3)  # normalised to 49 instead of 98 %
    assert seen["part"] == ["Plan B Subtraction 0.25"]
    edited, read = map(float, seen["saved"])
    assert edited < first
    assert read == pytest.approx(edited, abs=1e-3)
    assert seen["in scope"] == ["3"]
    assert seen["removed"] == ["2 RefusedException"]
    assert seen["last"][0].startswith("RefusedException")
    assert seen["undosed"] == ["True"]


def test_row_47_a_sum_of_a_plan_that_is_not_there_is_refused(program: Path, tmp_path: Path) -> None:
    database = make_histogram_database(tmp_path / "db")
    file = database / "patients" / "HFS" / "patient.json"
    file.write_text(file.read_text().replace('"plan": "Plan B"', '"plan": "Plan C"'))
    with pytest.raises(AssertionError, match="plans of a plan sum must be among the patient's"):
        run_dotnet(program, database, database)
