"""Beams of every technique: what machine and target ask of them, and the dose by the accurate engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from esapi_bridge.case import Beam, FluenceMap, Grid, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.arcs import PartWidth
from esapi_bridge.planning.engines import dose_in_body
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.imrt.delivery import on_grid
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.planning.physics import collapsed_cone, load_beam_model
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.arcs import conformal_arcs, vmat_beams
from esapi_bridge.planning.techniques.conformal import conformal_beams
from esapi_bridge.planning.techniques.modulated import goals_for, imrt_beams
from esapi_bridge.planning.techniques.segments import step_and_shoot
from tests.planning.techniques.conftest import ANGLES

Plans = Mapping[str, tuple[Beam, ...]]
TECHNIQUES = ("conformal", "sliding window", "segments", "conformal arc", "modulated arcs")
GRID = Grid((24, 24, 12), (5.0, 5.0, 5.0), (-57.5, -57.5, -27.5))


@pytest.mark.slow
@pytest.mark.parametrize("name", TECHNIQUES)
def test_leaves_and_jaws_keep_to_the_machine(plans: Plans, name: str) -> None:
    limits = MILLENNIUM_120
    for beam in plans[name]:
        points = beam.control_points
        leaves = np.array([point.leaves_mm for point in points])
        weights = np.array([point.meterset_weight for point in points])
        assert leaves.shape == (len(points), 2, len(limits.boundaries_mm) - 1)
        assert np.abs(leaves).max() <= limits.reach_mm
        assert (np.ptp(leaves, axis=2)).max() <= limits.span_mm
        assert (leaves[:, 1] >= leaves[:, 0]).all()
        assert (weights[0], weights[-1]) == (0.0, pytest.approx(1.0))
        assert (np.diff(weights) >= 0).all()
        assert len({point.jaws for point in points}) == 1
        if beam.technique is Technique.DYNAMIC and name == "sliding window":
            moved = np.abs(np.diff(leaves, axis=0)).max(axis=(1, 2))
            assert (moved <= limits.speed_mm_mu * np.diff(weights) * beam.meterset_mu * (1 + 1e-6)).all()


@pytest.mark.parametrize("name", TECHNIQUES)
def test_monitor_units_are_those_of_a_fraction(plans: Plans, name: str) -> None:
    """2 Gy need about 200 MU in open fields 6 cm deep, and at most a few times as many modulated."""
    total = sum(beam.meterset_mu for beam in plans[name])
    assert 150 < total < (300 if "conformal" in name else 1500)


@pytest.mark.slow
@pytest.mark.parametrize("name", TECHNIQUES)
def test_the_accurate_engine_finds_the_target_covered(plans: Plans, patient: Subject, name: str) -> None:
    model = load_beam_model("6X")
    doses = [
        dose_in_body(
            lambda ct, part, grid, position: collapsed_cone(ct, part, model, grid, position),
            patient.ct, patient.body, beam, GRID, PatientPosition.HFS, part_width=PartWidth(6.0),
        ).gy
        for beam in plans[name]
    ]  # fmt: skip
    dose = np.sum(doses, axis=0)
    target = dose[on_grid(patient.target, patient.ct.grid, GRID)]
    assert target.mean() == pytest.approx(2.0, rel=0.03)
    # An arc from one side of the patient: the near side of the target gets more, the far side less.
    assert np.quantile(target, 0.05) > (0.9 if name == "conformal arc" else 0.93) * target.mean()
    assert dose.max() < (1.15 if name == "conformal arc" else 1.12) * target.mean()


@pytest.mark.parametrize("name", ["conformal", "conformal arc"])
def test_leaves_stand_around_the_shadow(plans: Plans, patient: Subject, name: str) -> None:
    """Every target voxel is seen, with a margin of 5 mm along the leaves; 12 mm beyond the shadow nothing is."""
    points = patient.ct.grid.to_patient(np.argwhere(patient.target)[:, ::-1])
    for beam in plans[name]:
        for point in beam.control_points[::20]:
            frame = beam_frame(replace(beam, control_points=(point,)), PatientPosition.HFS)
            seen = (points - frame.source_mm) @ frame.axes.T
            x, y = (seen[:, :2] * (frame.sad_mm / seen[:, 2:])).T
            assert point.leaves_mm is not None
            assert beam.mlc_boundaries_mm is not None
            left, right = point.leaves_mm[:, np.searchsorted(beam.mlc_boundaries_mm, y) - 1]
            assert (left <= x - 5).all()
            assert (right >= x + 5).all()
            open_ = point.leaves_mm[1] > point.leaves_mm[0]
            assert point.leaves_mm[0, open_].min() > x.min() - 12
            assert point.leaves_mm[1, open_].max() < x.max() + 12
            assert np.flatnonzero(open_).size == np.ptp(np.flatnonzero(open_)) + 1


def test_segments_give_the_fluence_in_whole_levels(plans: Plans) -> None:
    """Counting when each pixel is open; between segments the beam is off."""
    for beam in plans["segments"]:
        points, fluence = beam.control_points, beam.fluence
        assert fluence is not None
        assert beam.mlc_boundaries_mm is not None
        x_mm, y_mm = fluence.centres_mm
        pair = np.searchsorted(beam.mlc_boundaries_mm, y_mm) - 1
        given = np.zeros(fluence.values.shape)
        for before, after in pairwise(points):
            share = after.meterset_weight - before.meterset_weight
            assert before.leaves_mm is not None
            assert after.leaves_mm is not None
            assert share == 0 or np.array_equal(before.leaves_mm, after.leaves_mm)
            left, right = before.leaves_mm[:, pair]
            given += share * ((x_mm > left[:, None]) & (x_mm < right[:, None]))
        wanted = np.array([fluence.values[pair == n].mean(axis=0) for n in pair])
        level = given.max() / round(given.max() * len(points) / 2)
        np.testing.assert_allclose(given / level, np.rint(given / level), atol=1e-6)
        factor = wanted.max() / given.max()
        assert np.abs(given * factor - wanted).max() <= 0.51 * level * factor


def test_a_wide_fluence_is_shot_from_several_carriage_positions() -> None:
    values = np.zeros((8, 80), np.float32)
    values[2:6] = 0.2 + np.abs(np.sin(np.linspace(0, 9, 80)))
    beam = replace(open_beam(1, (0.0, 0.0, 0.0), Jaws(-1, 1, -1, 1), 0.0), fluence=FluenceMap(values, -98.75, 8.75))
    made = step_and_shoot(beam, 100.0)
    assert max(np.ptp(p.leaves_mm, axis=1).max() for p in made.control_points if p.leaves_mm is not None) <= 140
    assert made.meterset_mu == pytest.approx(len(made.control_points) / 2 * 100 * values.max() / 5)


def test_the_second_arc_turns_back(plans: Plans) -> None:
    there, back = plans["modulated arcs"]
    assert [p.gantry_deg for p in there.control_points] == [p.gantry_deg for p in back.control_points[::-1]]
    assert there.control_points[0].gantry_deg == 60.0
    assert there.control_points[-1].gantry_deg == pytest.approx(300.0)
    assert (there.control_points[0].collimator_deg, back.control_points[0].collimator_deg) == (30.0, 330.0)


def test_couch_and_isocentre_of_each_field(patient: Subject) -> None:
    places = ((0.0, 0.0, -10.0), (0.0, 0.0, 10.0))
    first, second = conformal_beams(patient, gantry_deg=(0.0, 0.0), couch_deg=(0.0, 90.0), isocentres_mm=places)
    assert (first.isocentre_mm, second.isocentre_mm) == places
    assert second.control_points[0].couch_deg == 90.0
    assert first.name != second.name


def test_organs_are_what_lies_outside_the_target(patient: Subject) -> None:
    inner = patient.target & (np.arange(patient.target.shape[2]) > 30)
    masks = {"BODY": patient.body, "PTV": patient.target, "GTV": inner, "Cord": patient.masks["Rectum"]}
    assert {goal.structure for goal in goals_for(masks).objectives} == {"PTV", "Cord"}


def test_what_cannot_be_made_is_refused(patient: Subject) -> None:
    empty = replace(patient, target=np.zeros_like(patient.target), masks={})
    for make in (conformal_beams, imrt_beams, conformal_arcs, vmat_beams):
        with pytest.raises(BridgeError, match="at least one voxel"):
            make(empty)
    with pytest.raises(BridgeError, match="sliding window or segments"):
        imrt_beams(patient, delivery="magic")
    with pytest.raises(BridgeError, match="one value for all 3 fields"):
        conformal_beams(patient, gantry_deg=ANGLES, couch_deg=(0.0, 90.0))
    with pytest.raises(BridgeError, match="up to 360 degrees"):
        vmat_beams(patient, turn_deg=400.0)
