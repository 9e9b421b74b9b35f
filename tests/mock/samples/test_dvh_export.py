"""The table that `DvhExport.cs` writes against points counted with numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.histogram_patients import counted_gy, make_histogram_database
from tests.mock.samples.conftest import run_sample


@pytest.fixture(scope="module")
def table(mock: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    folder: Path = tmp_path_factory.mktemp("dvh-export")
    database = make_histogram_database(folder / "db", "cGy")
    run_sample(mock, "DvhExport", database, "FFS", "Plan B", DVH_EXPORT_FOLDER=str(folder))
    lines = [line.split(";") for line in (folder / "dvh.csv").read_text().splitlines()[1:]]
    return {(item, structure): values for item, structure, *values in lines}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Target", "Bulb", "Ring"])
@pytest.mark.parametrize("item", ["Plan B", "Sum"])
def test_values_of_the_plan_and_the_sum(table: dict[tuple[str, str], list[str]], item: str, name: str) -> None:
    volume_cm3, d95_gy, d2_gy, mean_gy, v20_percent = map(float, table[item, name])
    gy = counted_gy("FFS", item, name)
    # A prism of 72 corners on planes 3 mm apart, each with all of its slice.
    planes, radii_mm = {"Target": (11, (18.0,)), "Bulb": (3, (4.5,)), "Ring": (13, (30.0, 21.0))}[name]
    areas_mm2 = [36 * np.sin(np.pi / 36) * radius**2 for radius in radii_mm]
    assert volume_cm3 == pytest.approx((areas_mm2[0] - sum(areas_mm2[1:])) * planes * 3 / 1000, rel=1e-3)
    assert d95_gy == pytest.approx(np.quantile(gy, 0.05), rel=0.01)
    assert d2_gy == pytest.approx(np.quantile(gy, 0.98), rel=0.01)
    assert mean_gy == pytest.approx(gy.mean(), rel=0.01)
    assert v20_percent == pytest.approx(100 * np.mean(gy >= 20), abs=0.6)


def test_a_structure_without_contours_is_left_blank(table: dict[tuple[str, str], list[str]]) -> None:
    assert table["Sum", "Empty"] == [""] * 5
