"""Beams must come from where IEC 61217 says, in every patient orientation."""

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Jaws, PatientPosition, Technique
from esapi_bridge.case.beam_frame import beam_frame

# Where the source of a vertical beam (gantry 0, above the couch) stands, and where the gantry is, in patient terms.
ABOVE = {"HFS": "A", "FFS": "A", "HFP": "P", "FFP": "P", "HFDL": "R", "FFDL": "R", "HFDR": "L", "FFDR": "L"}
UNIT = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


def beam(gantry: float = 0.0, collimator: float = 0.0, couch: float = 0.0) -> Beam:
    point = ControlPoint(0.0, gantry, collimator, couch, Jaws(-50, 50, -50, 50))
    return Beam(1, "b", "m", 10.0, FluenceMode.FFF, Technique.STATIC, (10.0, 20.0, 30.0), 1000.0, 100.0, (point,))


def source_direction(frame_axes: np.ndarray) -> np.ndarray:
    return np.asarray(-frame_axes[2])


@pytest.mark.parametrize("position", PatientPosition)
def test_source_at_gantry_zero_is_above_the_couch(position: PatientPosition) -> None:
    frame = beam_frame(beam(), position)
    assert source_direction(frame.axes) == pytest.approx(UNIT[ABOVE[position]])
    assert frame.source_mm - frame.isocentre_mm == pytest.approx(1000.0 * np.array(UNIT[ABOVE[position]]))


@pytest.mark.parametrize("position", PatientPosition)
def test_head_points_to_the_gantry_in_head_first_positions(position: PatientPosition) -> None:
    towards_gantry = beam_frame(beam(), position).axes[1]  # collimator Y at collimator 0
    assert towards_gantry == pytest.approx(UNIT["S" if position.startswith("HF") else "I"])


@pytest.mark.parametrize(("gantry", "side"), [(0, "A"), (90, "L"), (180, "P"), (270, "R")])
def test_gantry_turns_clockwise_seen_from_the_couch_foot(gantry: float, side: str) -> None:
    assert source_direction(beam_frame(beam(gantry), PatientPosition.HFS).axes) == pytest.approx(UNIT[side], abs=1e-12)


@pytest.mark.parametrize(
    ("position", "gantry", "couch", "source"),
    [
        # Head first supine: from above is from the front; 90 degrees is from the patient's left.
        (PatientPosition.HFS, 0, 0, "A"),
        (PatientPosition.HFS, 90, 0, "L"),
        (PatientPosition.HFS, 180, 0, "P"),
        (PatientPosition.HFS, 270, 0, "R"),
        (PatientPosition.HFP, 0, 0, "P"),
        (PatientPosition.HFP, 90, 0, "R"),
        (PatientPosition.FFS, 0, 0, "A"),
        (PatientPosition.FFS, 90, 0, "R"),
        (PatientPosition.FFP, 0, 0, "P"),
        (PatientPosition.FFP, 90, 0, "L"),
        # On the right side, the left side is up.
        (PatientPosition.HFDR, 0, 0, "L"),
        (PatientPosition.HFDL, 0, 0, "R"),
        # Couch turned counter-clockwise seen from above by 90: the gantry's right side faces the feet.
        (PatientPosition.HFS, 90, 90, "I"),
        (PatientPosition.HFS, 90, 270, "S"),
        (PatientPosition.HFS, 0, 90, "A"),
    ],
)
def test_where_the_source_is(position: PatientPosition, gantry: float, couch: float, source: str) -> None:
    frame = beam_frame(beam(gantry, 25.0, couch), position)
    np.testing.assert_allclose(source_direction(frame.axes), UNIT[source], atol=1e-12)


@pytest.mark.parametrize("position", PatientPosition)
def test_gantry_x_lies_across_the_beam_whatever_the_collimator(position: PatientPosition) -> None:
    across = beam_frame(beam(37.0, 21.0, 13.0), position).gantry_x
    assert across == pytest.approx(beam_frame(beam(37.0, 0.0, 13.0), position).axes[0], abs=1e-12)


def test_collimator_turns_x_towards_y() -> None:
    axes = beam_frame(beam(collimator=90), PatientPosition.HFS).axes
    assert axes[0] == pytest.approx(UNIT["S"], abs=1e-12)
    assert axes[1] == pytest.approx(UNIT["R"], abs=1e-12)


def test_couch_turn_brings_a_lateral_beam_in_from_the_feet_or_head() -> None:
    """At couch 90 the patient's feet point to where gantry 90 stands (IEC 61217 table angle)."""
    along_room_x = source_direction(beam_frame(beam(gantry=90, couch=90), PatientPosition.HFS).axes)
    assert along_room_x == pytest.approx(UNIT["I"], abs=1e-12)


@pytest.mark.parametrize("position", PatientPosition)
def test_frame_is_right_handed_and_orthonormal(position: PatientPosition) -> None:
    axes = beam_frame(beam(37.0, 21.0, 13.0), position).axes
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    # X, Y and the direction to the source make a right-handed system (IEC 61217).
    assert np.linalg.det(np.stack([axes[0], axes[1], -axes[2]])) == pytest.approx(1.0)


def test_points_are_projected_along_rays_from_the_source() -> None:
    """HFS, gantry 0, isocentre (10, 20, 30): a point 100 mm nearer to the source, 9 mm left and 18 mm superior."""
    frame = beam_frame(beam(), PatientPosition.HFS)
    assert frame.project(np.array([19.0, -80.0, 48.0])) == pytest.approx([10.0, 20.0])
    assert frame.project(np.array([[10.0, 20.0, 30.0], [10.0, 500.0, 30.0]])) == pytest.approx(np.zeros((2, 2)))
