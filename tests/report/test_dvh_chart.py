"""The curves that a page's chart reads are those of the histograms, to the last digit kept."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.report.curves import LINES
from esapi_bridge.report.dvh_chart import DASHES, dvh_chart
from esapi_bridge.report.dvh_table import dvh_table
from esapi_bridge.report.packed import packed, round_step
from tests.report.test_dvh import gradient, sphere


def test_every_point_is_the_share_of_the_volume_with_at_least_that_dose() -> None:
    sets = [DoseSet("Input", gradient()), DoseSet("DDN", gradient(axis=2, per_mm=0.12))]
    table = dvh_table(sets, [sphere(20, 2.5)], 2.5)
    data = json.loads(json.dumps(dvh_chart(sets, table), allow_nan=False))
    (structure,) = data["structures"]
    assert data["sets"] == ["Input", "DDN"]
    assert (structure["number"], structure["name"], structure["colour"]) == (1, "Sphere", [255, 0, 0])
    dose_gy = data["dose_step_gy"] * np.arange(data["points"])
    ((_, dvhs),) = table.rows
    for curve, dvh in zip(structure["curves"], dvhs, strict=True):
        whole = np.frombuffer(base64.b64decode(curve), "<u2")
        assert (whole[0], whole[-1]) == (10_000, 0), "from all of it to none of it"
        counted = [100 * np.count_nonzero(dvh.dose_gy >= dose) / dvh.dose_gy.size for dose in dose_gy]
        np.testing.assert_allclose(whole * data["volume_step_percent"], counted, atol=0.005 + 1e-9)


@pytest.mark.parametrize(
    ("value", "most", "step"), [(66.0, 1000, 0.1), (44.1, 1000, 0.05), (1.0, 1000, 0.001), (0, 9, 1)]
)
def test_steps_are_round(value: float, most: int, step: float) -> None:
    assert round_step(value, most) == step


def test_what_does_not_fit_is_not_cut() -> None:
    with pytest.raises(ValueError, match="whole numbers from 0 to 65535"):
        packed(np.array([700.0]), 0.01, "<u2")
    with pytest.raises(ValueError, match="whole numbers"):
        packed(np.array([np.nan]), 0.01, "<u2")


def test_there_is_a_dash_and_a_look_for_as_many_doses_as_a_page_may_show() -> None:
    """Wanted, delivered, predicted, not spared and the plan's own; each unlike the others."""
    assert len(set(DASHES)) == len(DASHES) == len(LINES) == 5
    assert len({(str(look["color"]), str(look["ls"])) for look in LINES}) == len(LINES)
