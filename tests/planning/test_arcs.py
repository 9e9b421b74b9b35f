"""Arcs: around a cylinder, and against static beams of the same monitor units."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from esapi_bridge.case import Beam, Dose, Grid, Jaws, PatientPosition, Technique
from esapi_bridge.planning.arcs import OF_TRAINING, PartWidth, arc_parts, of_plans
from esapi_bridge.planning.engines import dose_in_body
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.subject import Subject
from tests.planning.water import water_cylinder

MODEL = load_beam_model("10X-FFF")
FIELD = open_beam(1, (0.0, 0.0, 0.0), Jaws(-25, 25, -20, 20), 0.0)
GRID = Grid((31, 31, 3), (4.0, 4.0, 10.0), (-60.0, -60.0, -10.0))


def arc(*gantry_deg: float, mu: float = 120.0, weights: tuple[float, ...] | None = None) -> Beam:
    weights = weights or tuple(np.linspace(0.0, 1.0, len(gantry_deg)))
    points = tuple(
        replace(FIELD.control_points[0], gantry_deg=g, meterset_weight=w)
        for g, w in zip(gantry_deg, weights, strict=True)
    )
    return replace(FIELD, technique=Technique.ARC, control_points=points, meterset_mu=mu)


def dose_of(
    beam: Beam, part_width: PartWidth | None = OF_TRAINING, subject: Subject | None = None, grid: Grid = GRID
) -> Dose:
    subject = subject or water_cylinder()
    engine = partial(pencil_beam, ray_spacing_mm=5.0)
    return dose_in_body(
        lambda ct, part, grid, position: engine(ct, part, MODEL, grid, position),
        subject.ct, subject.body, beam, grid, PatientPosition.HFS, part_width=part_width,
    )  # fmt: skip


@pytest.mark.slow
def test_a_full_arc_around_a_cylinder_is_round() -> None:
    dose = dose_of(arc(180.0, 270.0, 0.0, 90.0, 180.0))
    angle = np.linspace(0.0, 2 * np.pi, 36, endpoint=False)
    for radius_mm in (10.0, 40.0):
        index = [np.ones(36), 15 + radius_mm / 4 * np.sin(angle), 15 + radius_mm / 4 * np.cos(angle)]
        ring = ndimage.map_coordinates(dose.gy, index, order=1)
        assert ring.std() < 0.01 * dose.gy.max()


def test_an_arc_is_the_sum_of_static_beams_of_its_monitor_units() -> None:
    """Twice the monitor units in the second half of the arc: dose lies between control points, not at them."""
    turning = dose_of(arc(350.0, 2.0, 14.0, mu=90.0, weights=(0.0, 1.0, 3.0)))
    standing = [
        replace(open_beam(1, (0.0, 0.0, 0.0), Jaws(-25, 25, -20, 20), g), meterset_mu=mu)
        for g, mu in ((353.0, 15.0), (359.0, 15.0), (5.0, 30.0), (11.0, 30.0))
    ]
    np.testing.assert_allclose(turning.gy, np.sum([dose_of(b).gy for b in standing], axis=0), rtol=1e-4, atol=1e-5)


def test_leaves_move_within_a_part() -> None:
    boundaries, leaves = np.array([-20.0, 0.0, 20.0]), np.array([[-10.0, -5.0], [5.0, 10.0]])
    beam = arc(0.0, 4.0, 8.0, 12.0, weights=(0.0, 1.0, 1.0, 2.0))
    points = tuple(replace(p, leaves_mm=leaves + n) for n, p in enumerate(beam.control_points))
    parts = arc_parts(replace(beam, control_points=points, mlc_boundaries_mm=boundaries), PartWidth(6.0))
    assert sum(part.meterset_mu for part in parts) == pytest.approx(beam.meterset_mu)
    assert [part.control_points[0].gantry_deg for part in parts] == [2.0, 10.0], "nothing is delivered from 4 to 8"
    last = parts[1].control_points[-1].leaves_mm
    assert last is not None
    np.testing.assert_allclose(last, leaves + 3)
    assert not any(part.is_arc for part in parts)


def test_parts_are_narrower_where_a_window_sweeps_and_no_narrower_where_a_closed_pair_travels() -> None:
    boundaries, gap = np.array([-20.0, 0.0, 20.0]), np.array([[-10.0, -5.0], [10.0, -5.0]])
    beam = arc(0.0, 2.0, 4.0, 6.0)
    travel = np.array([[0.0, 0.0], [8.0, 0.0], [10.0, 40.0], [14.0, 80.0]])  # of the open and of the closed pair
    points = tuple(replace(p, leaves_mm=gap + at) for p, at in zip(beam.control_points, travel, strict=True))
    parts = arc_parts(replace(beam, control_points=points, mlc_boundaries_mm=boundaries), PartWidth(2.0, 5.0))
    assert [part.control_points[0].gantry_deg for part in parts] == pytest.approx([0.5, 1.5, 3.0, 5.0])
    assert [part.meterset_mu for part in parts] == pytest.approx([20.0, 20.0, 40.0, 40.0])


@pytest.mark.slow
def test_a_short_arc_is_as_right_at_the_skin_as_a_whole_turn() -> None:
    """A narrow arc of 60 degrees into a cylinder of 48 cm: parts of two degrees would be 8 mm apart at its skin."""
    subject = water_cylinder(40.0, radius_mm=240.0)
    jaws = Jaws(-10, 10, -20, 20)
    beam = arc(240.0, 270.0, 300.0)
    beam = replace(beam, control_points=tuple(replace(point, jaws=jaws) for point in beam.control_points))
    grid = Grid((61, 73, 1), (4.0, 4.0, 4.0), (-236.0, -144.0, 0.0))
    dose, old, finest = (dose_of(beam, width, subject, grid).gy for width in (None, PartWidth(2.0), PartWidth(0.25)))
    off, off_by_two_degrees = (np.abs(found - finest).max() / finest.max() for found in (dose, old))
    assert off < 0.005
    assert off_by_two_degrees > 2 * off


def test_an_arc_whose_gantry_stands_or_turns_back_has_parts_too() -> None:
    there_and_back, standing = arc(0.0, 60.0, 0.0), arc(0.0, 0.0)
    assert of_plans(there_and_back) == of_plans(arc(0.0, 60.0, 120.0))
    assert sum(part.meterset_mu for part in arc_parts(standing)) == pytest.approx(standing.meterset_mu)
