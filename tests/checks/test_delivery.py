"""Control points that are missing, out of order, or that turn what no network was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import Case, ControlPoint, FieldKind, Jaws, Technique
from esapi_bridge.checks.delivery import check_delivery
from esapi_bridge.checks.field import kind, moving_jaws
from esapi_bridge.checks.plan import dose_source
from esapi_bridge.dicom.read.rtplan import read_plan
from tests.checks.test_checks import CARD, with_beams
from tests.checks.test_statements import told
from tests.report.synthetic import make_case

JAWS = Jaws(-50.0, 50.0, -40.0, 40.0)


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1, across_factor=0.4)[0]


def point(weight: float, gantry: float = 0.0, collimator: float = 0.0, couch: float = 0.0) -> ControlPoint:
    return ControlPoint(weight, gantry, collimator, couch, JAWS, np.array([[-20.0, -20.0], [20.0, 20.0]]))


def moved(point: ControlPoint, by_mm: float) -> ControlPoint:
    assert point.leaves_mm is not None
    return replace(point, leaves_mm=point.leaves_mm + by_mm)


ARC = [moved(point(n / 10, gantry=(350.0 + 2 * n) % 360), float(n)) for n in range(11)]
"""Across zero."""


def judged(case: Case, points: Sequence[ControlPoint]) -> dict[str, tuple[str, str]]:
    edges = np.array([-40.0, 0.0, 40.0])
    changed = with_beams(case, control_points=tuple(points), mlc_boundaries_mm=edges)
    return {verdict.check: (verdict.outcome.value, verdict.found) for verdict in check_delivery(changed)}


@pytest.mark.parametrize(
    "points",
    [
        [point(1.0)],
        [point(0.0), point(1.0)],
        [point(0.0), point(0.0), point(0.5), point(0.5), point(1.0)],
        ARC,
        [point(0.0, gantry=10.0), point(0.5, gantry=0.0), point(1.0, gantry=200.0)],
    ],
)
def test_whole_control_points_pass(case: Case, points: list[ControlPoint]) -> None:
    found = judged(case, points)
    assert found["control_points"] == ("pass", "all")
    assert found["turning"] == ("pass", "no other")


@pytest.mark.parametrize(
    ("points", "found"),
    [
        (ARC[1:], "beam 1: a first control point at meterset weight 0.1"),
        ([ARC[0], ARC[2], ARC[1]], "beam 1: meterset weight 0.1 after 0.2 at control point 3"),
        ([point(0.0), point(0.0)], "beam 1: monitor units, but no control point with a meterset weight"),
        ([ARC[0], replace(ARC[1], leaves_mm=None)], "beam 1: leaves at 1 of 2 control points, none at number 2"),
        ([replace(ARC[0], leaves_mm=None), *ARC[1:]], "beam 1: leaves at 10 of 11 control points, none at number 1"),
        ([point(0.0, gantry=0.0), point(1.0, gantry=180.0)], "beam 1: half a turn of the gantry to control point 2"),
    ],
)
def test_missing_control_points_are_named(case: Case, points: list[ControlPoint], found: str) -> None:
    assert judged(case, points)["control_points"] == ("refuse", found)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([point(0.0), point(1.0, couch=90.0)], "couch that turns in beam 1"),
        ([point(0.0), point(1.0, gantry=20.0, couch=350.0)], "gantry and couch that turn in beam 1"),
        ([point(0.0), point(1.0, collimator=30.0)], "collimator that turns in beam 1"),
    ],
)
def test_nothing_but_the_gantry_may_turn(case: Case, points: list[ControlPoint], found: str) -> None:
    assert judged(case, points)["turning"] == ("refuse", found)


def test_an_arc_that_lacks_some_control_points_warns(case: Case) -> None:
    assert judged(case, ARC)["arc_steps"] == ("pass", "at most 2 degrees apart in beam 1")
    far = [replace(p, gantry_deg=(300.0 + 3 * n) % 360) for n, p in enumerate(ARC)]
    assert judged(case, [*far[:2], *far[9:]])["arc_steps"] == ("warn", "at most 24 degrees apart in beam 1")


def test_a_kind_is_refused_with_the_number_of_its_beam(case: Case) -> None:
    arc = with_beams(case, control_points=tuple(ARC), technique=Technique.ARC)
    card = told(CARD, "valid_for.kinds", (FieldKind.OPEN, FieldKind.SEGMENTS, FieldKind.PLAN))
    verdict = kind(arc, card)
    assert (verdict.outcome.value, verdict.found) == ("refuse", "beam 1: arc")
    assert verdict.expected == "fields of kind open or segments"
    assert kind(case, card).outcome.value == "pass"


@pytest.mark.parametrize(
    ("kinds", "outcome"), [((), "warn"), (("open",), "refuse"), (("open", "plan"), "pass"), (("plan",), "pass")]
)
def test_a_plan_dose_needs_plan_among_the_kinds(kinds: tuple[str, ...], outcome: str) -> None:
    card = told(CARD, "valid_for.kinds", tuple(FieldKind(one) for one in kinds))
    assert dose_source(card, per_beam=False).outcome.value == outcome


@pytest.mark.parametrize(
    ("apertures", "outcome"), [((), "pass"), (("jaws", "leaves"), "warn"), (("leaves", "moving jaws"), "pass")]
)
def test_jaws_that_follow_the_leaves_are_compared_with_the_card(
    case: Case, apertures: tuple[str, ...], outcome: str
) -> None:
    followed = [replace(p, jaws=Jaws(-50.0 + n, 50.0, -40.0, 40.0)) for n, p in enumerate(ARC)]
    tracking = with_beams(case, control_points=tuple(followed), technique=Technique.ARC)
    card = told(CARD, "valid_for.apertures", apertures)
    assert moving_jaws(tracking, card).outcome.value == outcome
    assert moving_jaws(case, card).outcome.value == "pass"


@pytest.mark.parametrize(
    ("name", "arc_steps"),
    [
        ("eclipse/eclipse161_RP_TG119_CS_TB_2A.dcm", "pass"),
        ("eclipse/eclipse161_RP_TG119_HN_TB_7F.dcm", "pass"),
        ("eclipse/aria136_RP_PARA2_2arc_6MV.dcm", "pass"),
        ("eclipse/aria136_RP_breast_FiF_6MV.dcm", "pass"),
        ("eclipse/aria156_RP_TBI4.dcm", "pass"),
        ("dicom_rt/eclipse_breast_imrt_RP.dcm", "pass"),
        # Slit fields of a machine test, further apart than any plan's.
        ("dicom_rt/varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02.dcm", "warn"),
    ],
)
def test_genuine_plans_are_whole(case: Case, shared_data: Path, name: str, arc_steps: str) -> None:
    """Arcs across zero and both ways round, couches that stand turned, fields split by the carriage's reach."""
    plan = read_plan(pydicom.dcmread(shared_data / name)).plan
    found = {verdict.check: verdict.outcome.value for verdict in check_delivery(replace(case, plan=plan))}
    assert found == {"control_points": "pass", "turning": "pass", "arc_steps": arc_steps}
