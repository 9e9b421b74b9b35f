"""Intervals of a network's plan dose: on the page and in the record where the card has them, nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dosenet.interval import DOSE_SHARES, PLACES, STEEP_PER_MM
from esapi_bridge.case import Case
from esapi_bridge.case.dose_region import dose_region
from esapi_bridge.models import find_model
from esapi_bridge.report.comparison import Interval
from esapi_bridge.report.dvh_chart import dvh_chart
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.tasks import run_dose
from esapi_bridge.tasks.dose.interval import HalfWidths
from tests.cases import total
from tests.report.synthetic import SLIM, make_case
from tests.tasks.conftest import make_model

pytestmark = pytest.mark.slow


def intervals(share: float) -> dict[str, object]:
    """Half-widths of one share of the maximum everywhere, twice that in lung."""
    rows = [[share] * (len(STEEP_PER_MM) + 1)] * (len(DOSE_SHARES) + 1)
    lung = [[2 * share] * len(row) for row in rows]
    return {
        "coverage": 0.9,
        "anatomies": 9,
        "confidence": 0.9,
        "dose_shares": DOSE_SHARES,
        "steep_per_mm": STEEP_PER_MM,
        "half_widths": {place: lung if place == "lung and air" else rows for place in PLACES},
    }


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("sure") / "tiny", intervals=intervals(0.03))


def test_half_widths_of_beams_add_up_within_the_body(model: Path) -> None:
    case, fine, _ = make_case(2, across_factor=SLIM)
    region = dose_region(case)
    sure = HalfWidths.of(find_model(model, "dose").card, case.ct, region)
    assert sure is not None
    assert region is not None
    for dose in fine.values():
        sure.add(dose)
    found = sure.of_plan
    assert found is not None
    expected = 0.03 * sum(dose.gy.max() for dose in fine.values())
    inside = region.on(fine[1].grid)
    values = found.half_width.values
    assert not values[~inside].any()
    np.testing.assert_allclose(np.unique(values[inside]), [expected, 2 * expected], rtol=1e-5)


def test_there_are_none_without_a_table_or_an_outline(model: Path, case: Case, tmp_path: Path) -> None:
    card = find_model(model, "dose").card
    assert HalfWidths.of(card, case.ct, None) is None
    region = dose_region(case)
    assert region is not None
    assert card.intervals is not None
    assert HalfWidths(card.intervals, case.ct, region).of_plan is None
    assert HalfWidths.of(find_model(make_model(tmp_path / "tiny"), "dose").card, case.ct, region) is None


def test_the_histograms_of_the_bounds_lie_on_either_side(case: Case) -> None:
    doses = total(make_case(2, across_factor=SLIM)[1])
    half = np.full(doses.grid.shape, 0.1 * doses.gy.max(), np.float32)
    bounds = Interval(0.9, type(doses.volume)(half, doses.grid, doses.volume.unit)).bounds(doses)
    sets = [type("Set", (), {"name": "DDN", "plan": doses})()]
    table = dvh_table(sets, case.structures, case.slice_mm, bounds)
    for structure, (dvh,) in table.rows:
        low, high = table.bands[structure.number]
        np.testing.assert_allclose(high.mean_gy - dvh.mean_gy, half[0, 0, 0], rtol=1e-4)
        assert low.mean_gy < dvh.mean_gy
        assert low.dose_gy[0] >= 0
    assert all(len(structure["band"]) == 2 for structure in dvh_chart(sets, table)["structures"])


def test_a_run_shows_and_records_them(export: Path, model: Path, tmp_path: Path) -> None:
    result = run_dose(export, tmp_path / "out", model=str(model))
    figures = json.loads((tmp_path / "out" / "run.json").read_text())["metrics"]["interval"]
    assert figures["coverage"] == 0.9
    maximum = result.record.metrics.maximum_gy["DDN"]
    assert 0.03 * maximum < figures["mean_half_width_gy"] < 4 * 0.03 * maximum
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Half-width of the interval of the network dose on CT in three planes" in page
    assert "Shaded: between the histograms of DDN dose" in page
