"""The table of beams, the picture of where they come from, and the lines that profiles follow."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, Grid, Jaws, PatientPosition, Plan, Technique
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.report.beams import beams_of, gantry_text
from esapi_bridge.report.comparison import profile_beam
from esapi_bridge.report.profile_lines import beam_lines, patient_lines
from tests.cases import arc_beam, hounsfield, open_beam

PAIRS = len(MILLENNIUM_120.boundaries_mm) - 1


def plan(*beams: Beam) -> Plan:
    return Plan("P", beams, PatientPosition.HFS)


def shaped(number: int, *halves_mm: float) -> Beam:
    """A standing field whose leaves are so far from the axis at each control point, within jaws of 10 x 10 cm2."""
    weights = np.linspace(0, 1, len(halves_mm))
    return replace(
        open_beam(number, 90.0, 50.0),
        technique=Technique.DYNAMIC,
        mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm,
        control_points=tuple(
            ControlPoint(w, 90.0, 0.0, 10.0, Jaws(-50, 50, -50, 50), np.repeat([[-h], [h]], PAIRS, axis=1))
            for w, h in zip(weights, halves_mm, strict=True)
        ),
    )


def test_the_table_tells_kinds_angles_openings_and_leaves() -> None:
    lines = beams_of(
        plan(
            open_beam(1, 350.5, (20.0, 35.0)),
            shaped(2, 30.0, 30.0),
            shaped(3, 30.0, 40.0),
            shaped(4, 60.0, 60.0),
            arc_beam(5, 179.0, -358.0, 40.0, points=179),
            replace(open_beam(6, 0.0, 20.0), is_setup=True),
        )
    ).lines
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert [line.kind for line in lines] == ["open", "conformal", "sliding window", "open", "arc"]
    assert [line.leaves for line in lines] == [
        "none", "60 pairs, at rest", "60 pairs, moving", "behind the jaws", "60 pairs, moving",
    ]  # fmt: skip
    assert [line.energy for line in lines] == ["10X-FFF"] * 4 + ["6X"]
    assert (lines[0].gantry, lines[0].opening, lines[0].couch) == ("350.5°", "4 × 7", "0°")
    assert (lines[1].couch, lines[4].collimator, lines[4].control_points) == ("10°", "30°", 179)
    assert lines[4].gantry == "179° to 181°, counter-clockwise, 358°"


@pytest.mark.parametrize(
    ("start", "turn", "text"),
    [
        (330.0, 56.0, "330° to 26°, clockwise, 56°"),
        (181.0, 358.0, "181° to 179°, clockwise, 358°"),
        (10.0, -20.0, "10° to 350°, counter-clockwise, 20°"),
    ],
)
def test_an_arc_says_from_where_to_where_and_which_way(start: float, turn: float, text: str) -> None:
    assert gantry_text(arc_beam(1, start, turn, 40.0, points=91)) == text


def points_of(path: str) -> np.ndarray:
    return np.array([float(n) for n in re.findall(r"-?[0-9.]+", path)]).reshape(-1, 2)


def test_arrows_point_from_where_the_source_stands() -> None:
    """0 degrees is above and 90 to the right, as one faces the gantry; SVG's Y runs down."""
    above, right = beams_of(plan(open_beam(1, 0.0, 20.0), open_beam(2, 90.0, 20.0), open_beam(3, 90.0, 30.0))).arrows
    assert (above.label, right.label) == ("1", "2, 3")
    for arrow, outward in ((above, (0, -1)), (right, (1, 0))):
        along = points_of(arrow.line) @ outward
        assert along[0] > along[1] > 0, "from the source inwards"
        assert (points_of(arrow.head)[0] @ outward) < along[1], "the head is farther in"


@pytest.mark.parametrize(("start", "turn"), [(330.0, 56.0), (181.0, 358.0), (118.0, -56.0), (179.0, -358.0)])
def test_an_arc_is_drawn_as_an_arc_in_its_sense(start: float, turn: float) -> None:
    (arrow,) = beams_of(plan(arc_beam(1, start, turn, 20.0, points=91))).arrows
    line, tip = points_of(arrow.line), points_of(arrow.head)[0]
    drawn = np.vstack([line, tip])
    assert np.hypot(*drawn.T) == pytest.approx(78.0, abs=0.2)
    angles = np.unwrap(np.arctan2(drawn[:, 0], -drawn[:, 1]))
    assert np.degrees(angles[0]) % 360.0 == pytest.approx(start, abs=0.2)
    assert np.degrees(angles[-1] - angles[0]) == pytest.approx(turn, abs=0.5)
    assert (np.diff(angles) * turn > 0).all()


def test_arcs_are_drawn_beside_each_other() -> None:
    arcs = [arc_beam(n, 181.0, 358.0, 20.0, points=91) for n in range(1, 7)]
    radii = [float(np.hypot(*points_of(arrow.line)[0])) for arrow in beams_of(plan(*arcs)).arrows]
    assert min(-np.diff(radii)) > 8.0
    assert min(radii) > 30.0


def test_profiles_are_those_of_a_standing_beam_or_of_no_beam() -> None:
    arc, small, large = arc_beam(1, 0.0, 90.0, 20.0, meterset_mu=500.0), open_beam(2, 0, 20.0), open_beam(3, 0, 20.0)
    large = replace(large, meterset_mu=200.0)
    chosen = profile_beam(plan(arc, small, large))
    assert chosen is large
    assert profile_beam(plan(arc)) is None


def test_lines_lie_where_they_say() -> None:
    """A slab of water between y = -40 and 60 mm, x = -30 and 50 mm."""
    grid = Grid((100, 100, 3), (2.0, 2.0, 2.0), (-99.0, -99.0, -2.0))
    y, x = np.meshgrid(-99 + 2.0 * np.arange(100), -99 + 2.0 * np.arange(100), indexing="ij")
    water = (y > -40) & (y < 60) & (x > -30) & (x < 50)
    ct = hounsfield(np.repeat(np.where(water, 0.0, -1000.0)[None], 3, axis=0), grid)
    deep, across = beam_lines(ct, open_beam(1, 0.0, 30.0), PatientPosition.HFS)
    assert deep.isocentre_at_mm == pytest.approx(40.0, abs=1.5), "depth of the isocentre"
    surface = deep.points_mm[np.abs(deep.at_mm).argmin()]
    assert surface == pytest.approx((0.0, -40.0, 0.0), abs=1.5)
    assert np.ptp(across.points_mm, axis=0) == pytest.approx((600.0, 0.0, 0.0))
    front_to_back, right_to_left = patient_lines(ct, (10.0, 20.0, 0.0), (1.0, 2.0, 0.0))
    assert front_to_back.shown_mm == pytest.approx((-45.0, 65.0), abs=1.5)
    assert right_to_left.shown_mm == pytest.approx((-35.0, 55.0), abs=1.5)
    assert (front_to_back.isocentre_at_mm, right_to_left.isocentre_at_mm) == (2.0, 1.0)
    assert front_to_back.points_mm[:, 1] == pytest.approx(front_to_back.at_mm)
    assert set(front_to_back.points_mm[:, 0]) == {10.0}
