"""The trade-off by the user, through the task: what is wished, what it does to the wanted dose, what is recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case.folder import write_case
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.fluence.job import run_fluence_job
from esapi_bridge.tasks.fluence.run import FluenceRun
from esapi_bridge.tasks.fluence.sparing import factors_of
from esapi_bridge.tasks.fluence.structure_names import read_table
from esapi_bridge.tasks.networks import Networks
from tests.tasks.fluence_case import make_case, make_model


@pytest.mark.slow
def test_the_record_says_what_was_spared_and_what_it_costs(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    case = make_case()
    write_case(case, tmp_path / "case")
    (tmp_path / "out").mkdir()
    options = {"model": str(model), "spare": {"rectum": 2.0}}
    record = run_fluence_job(tmp_path / "case", tmp_path / "out", options, networks=Networks())
    assert record.spared is not None
    (organ,) = record.spared.organs
    assert (organ.label, organ.factor) == ("Rectum", 2.0)
    before, after = organ.mean_gy
    assert after < 0.98 * before
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "shifted to spare Rectum" in page
    # Nothing of one dose stands under another: five figures of either, beside name and two volumes.
    table = next(part for part in page.split("<table") if "from first to last plane" in part).split("</table>")[0]
    assert table.count("<th ") + table.count("<th>") == 3 + 5 * 2
    assert {row.count("<td") for row in table.split("<tr")[2:]} == {3 + 5 * 2}

    # Measured again, from the plan that the task made.
    plan = FluenceRun(str(model), Networks()).calculate(case, read_table(None), spare_factors={"RECTUM": 2.0})
    assert plan.wanted_dose.gy[plan.masks["Rectum"]].mean() == pytest.approx(after, rel=1e-4)
    target = plan.wanted_dose.gy[plan.masks["PTV"]]
    d95 = 100 * np.quantile(target, 0.05) / plan.prescription.dose_gy
    assert d95 == pytest.approx(record.spared.ptv_d95_percent[1], rel=1e-4)
    assert [shown.name for shown in plan.beside] == ["Not spared"]


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"liver": 1.5}, "must be one of Avoidance, Bowel, .*, found liver"),
        ({"ptv": 1.5}, "must be one of"),
        ({"rectum": 0.9}, r"from 1 \(as it is\) to 5, found 0.9"),
        ({"rectum": 50.0}, "found 50"),
        ({"rectum": float("nan")}, "found nan"),
    ],
)
def test_wishes_that_make_no_sense_are_refused_before_anything_is_read(wishes: dict[str, float], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        factors_of(wishes)


def test_labels_are_known_in_any_case() -> None:
    assert factors_of({"rectum": 1.5, "FEMORALHEAD_L": 2}) == {"Rectum": 1.5, "FemoralHead_L": 2.0}
