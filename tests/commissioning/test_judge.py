"""Limits and what they make of figures: nothing passes that was not measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from esapi_bridge.commissioning.compared import Measured
from esapi_bridge.commissioning.judge import judge
from esapi_bridge.commissioning.limits import DEFAULT_FILE, read_limits
from esapi_bridge.commissioning.quantities import LUNG, QUANTITIES
from esapi_bridge.errors import RefusedError
from esapi_bridge.models.commissioning_record import QuantityResult

GAMMA = "gamma_3_2_global_plan"


def row(number: int, **figures: float) -> Measured:
    return Measured(number, "", f"case {number}", "plan", "plan", figures)


def results(*rows: Measured) -> dict[str, QuantityResult]:
    return {result.quantity: result for result in judge(rows, read_limits(None)[0])}


def test_the_worst_is_judged_whichever_way_is_bad() -> None:
    found = results(row(1, **{GAMMA: 99.0, LUNG: 1.0}), row(2, **{GAMMA: 94.9, LUNG: 2.0}))
    assert (found[GAMMA].worst, found[GAMMA].where, found[GAMMA].outcome) == (94.9, "case 2", "not met")
    assert (found[LUNG].worst, found[LUNG].where, found[LUNG].outcome) == (2.0, "case 2", "met")
    assert (found[LUNG].mean, found[LUNG].measured) == (1.5, 2)


def test_a_limit_is_met_at_the_limit() -> None:
    found = results(row(1, **{GAMMA: 95.0, LUNG: 3.0}))
    assert found[GAMMA].outcome == found[LUNG].outcome == "met"


def test_every_quantity_has_a_result_and_what_was_not_measured_says_so() -> None:
    found = results(row(1, **{GAMMA: 99.0}))
    assert list(found) == list(QUANTITIES)
    others = {result.outcome for name, result in found.items() if name != GAMMA}
    assert others == {"not in these cases"}


def test_every_default_limit_names_its_source() -> None:
    limits, _ = read_limits(None)
    assert set(limits.limits) <= set(QUANTITIES)
    assert all(re.search(r"MPPG 5\.b|TG-218|Venselaar", limit.source) for limit in limits.limits.values())


def test_a_clinic_brings_its_own(tmp_path: Path) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text(yaml.safe_dump({"schema": 1, "name": "ours", "limits": {LUNG: {"limit": 1.5, "source": "us"}}}))
    with pytest.raises(RefusedError, match="source"):
        read_limits(file)
    file.write_text(file.read_text().replace("us", "our protocol 7"))
    limits, digest = read_limits(file)
    found = {r.quantity: r for r in judge([row(1, **{GAMMA: 10.0, LUNG: 2.0})], limits)}
    assert found[LUNG].outcome == "not met"
    assert found[GAMMA].outcome == "no limit"
    assert digest != read_limits(DEFAULT_FILE)[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "must be YAML"),
        ("1", "must be corrected"),
        ("{schema: 1, name: a, limits: {lungs: {limit: 3, source: ours}}}", "lungs is nothing that is measured"),
        ("{schema: 1, name: a, limits: {lung: {limit: .nan, source: ours}}}", "finite"),
        ("{schema: 1, name: a, limits: {lung: {limit: -1, source: ours}}}", "greater than"),
        ("{schema: 2, name: a, limits: {lung: {limit: 1, source: ours}}}", "schema"),
        ("{schema: 1, name: a, limits: {}}", "limits"),
    ],
)
def test_limits_that_are_none_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "l.yaml").write_text(text)
    with pytest.raises(RefusedError, match=told):
        read_limits(tmp_path / "l.yaml")
    with pytest.raises(RefusedError, match="a file of limits is needed"):
        read_limits(tmp_path / "none.yaml")
