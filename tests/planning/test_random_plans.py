"""Random fields and plans: legal on the machine, around their targets, and made again from a seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from esapi_bridge.case import Beam, FieldKind, PatientPosition
from esapi_bridge.case.beam import turned_deg
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.field_kind import field_kind
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.planning.random_plans import random_fields
from esapi_bridge.planning.random_target import random_aim
from tests.planning.water import water_cylinder

SUBJECT = replace(water_cylinder(240.0), site="pelvis")
SINGLE = [kind for kind in FieldKind if kind is not FieldKind.PLAN]


def some(kind: FieldKind, count: int, energy: str = "6X") -> list[Beam]:
    return [beam for seed in range(count) for beam in random_fields(kind, SUBJECT, np.random.default_rng(seed), energy)]


def deliverable(beam: Beam) -> bool:
    """What a TrueBeam with 120 leaves can do, in its data sheet's numbers."""
    points = beam.control_points
    weights = [point.meterset_weight for point in points]
    jaws = [(j.x1_mm, j.x2_mm, j.y1_mm, j.y2_mm) for j in (point.jaws for point in points)]
    within = all(
        -200 <= x1 <= 20 and -20 <= x2 <= 200 and -200 <= y1 <= 100 and -100 <= y2 <= 200 for x1, x2, y1, y2 in jaws
    )
    legal = within and len(set(jaws)) == 1 and weights[0] == 0 and weights[-1] == pytest.approx(1)
    legal = legal and all(a <= b for a, b in pairwise(weights)) and beam.meterset_mu > 0
    if points[0].leaves_mm is None:
        return legal and beam.mlc_boundaries_mm is None
    leaves = np.array([point.leaves_mm for point in points])
    assert beam.mlc_boundaries_mm is not None
    reached = np.abs(leaves).max() <= 200 and (leaves[:, 0] <= leaves[:, 1]).all()
    return bool(legal and reached and np.ptp(leaves, axis=2).max() <= 140 + 1e-6)


@pytest.mark.parametrize("kind", SINGLE)
def test_fields_of_every_kind_are_what_they_are_called_and_can_be_delivered(kind: FieldKind) -> None:
    beams = some(kind, 6)
    assert {field_kind(beam) for beam in beams} == {kind}
    assert {beam.energy_label for beam in beams} == {"6X"}
    assert all(deliverable(beam) for beam in beams)
    assert len({beam.control_points[0].gantry_deg for beam in beams}) == 6
    if kind is FieldKind.ARC:
        turns = [abs(turned_deg(beam.control_points)) for beam in beams]
        assert all(40 <= turn <= 358 for turn in turns)
        assert any(beam.control_points[0].leaves_mm is not None for beam in beams)


def test_a_plan_is_two_to_nine_fields_of_one_kind_around_one_isocentre() -> None:
    kinds = set()
    for seed in range(12):
        beams = random_fields(FieldKind.PLAN, SUBJECT, np.random.default_rng(seed), "15X")
        assert 2 <= len(beams) <= 9
        assert [beam.number for beam in beams] == list(range(1, len(beams) + 1))
        assert len({beam.isocentre_mm for beam in beams}) == 1
        assert {beam.energy_label for beam in beams} == {"15X"}
        assert all(deliverable(beam) for beam in beams)
        (kind,) = {field_kind(beam) for beam in beams}
        kinds.add(kind)
    assert len(kinds) >= 4


def test_leaves_stand_around_the_shadow_of_the_target() -> None:
    boundaries = MILLENNIUM_120.boundaries_mm
    for seed in range(6):
        (beam,) = random_fields(FieldKind.CONFORMAL, SUBJECT, np.random.default_rng(seed), "6X")
        aim = random_aim(SUBJECT, np.random.default_rng(seed))
        assert beam.isocentre_mm == aim.isocentre_mm
        x, y = beam_frame(beam, PatientPosition.HFS).project(aim.points_mm).T
        left, right = np.asarray(beam.control_points[0].leaves_mm)[:, np.searchsorted(boundaries, y) - 1]
        assert (x - left).min() >= 2, "the target is seen whole, with a margin"
        assert (right - x).min() >= 2
        assert (x - left).min() <= 10.1, "and little else"
        assert (right - x).min() <= 10.1


def test_couch_and_gantry_keep_apart_and_no_beam_runs_along_the_patient() -> None:
    beams = some(FieldKind.CONFORMAL, 40)
    turned = [beam for beam in beams if beam.control_points[0].couch_deg]
    assert 0.15 < len(turned) / len(beams) < 0.6
    for beam in turned:
        point = beam.control_points[0]
        couch = (point.couch_deg + 180) % 360 - 180
        assert abs(couch) <= 90
        assert abs(couch) <= 20 or not 90 < point.gantry_deg < 270
        to_source = beam_frame(beam, PatientPosition.HFS).source_mm - np.array(beam.isocentre_mm)
        assert abs(to_source[2]) <= 0.78 * 1000


@pytest.mark.parametrize("kind", list(FieldKind))
def test_fields_depend_on_the_seed_alone(kind: FieldKind) -> None:
    def shapes(seed: int) -> list[object]:
        beams = random_fields(kind, SUBJECT, np.random.default_rng(seed), "10X-FFF")
        return [
            (
                p.gantry_deg,
                p.couch_deg,
                p.jaws,
                p.meterset_weight,
                None if p.leaves_mm is None else p.leaves_mm.tolist(),
            )
            for beam in beams
            for p in beam.control_points
        ]

    assert shapes(3) == shapes(3)
    assert shapes(3) != shapes(4)
