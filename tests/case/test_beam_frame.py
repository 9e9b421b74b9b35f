"""Beams must come from where IEC 61217 says, in every patient orientation."""

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Jaws
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.position import SUPPORT_TO_PATIENT

# Where the source of a vertical beam (gantry 0, above the couch) stands, and where the gantry is, in patient terms.
ABOVE = {"HFS": "A", "FFS": "A", "HFP": "P", "FFP": "P", "HFDL": "R", "FFDL": "R", "HFDR": "L", "FFDR": "L"}
UNIT = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


def beam(gantry: float = 0.0, collimator: float = 0.0, couch: float = 0.0) -> Beam:
    point = ControlPoint(0.0, gantry, collimator, couch, Jaws(-50, 50, -50, 50))
    return Beam(1, "b", "m", 10.0, FluenceMode.FFF, "STATIC", (10.0, 20.0, 30.0), 1000.0, 100.0, (point,))


def source_direction(frame_axes: np.ndarray) -> np.ndarray:
    return np.asarray(-frame_axes[2])


@pytest.mark.parametrize("position", sorted(SUPPORT_TO_PATIENT))
def test_source_at_gantry_zero_is_above_the_couch(position: str) -> None:
    frame = beam_frame(beam(), position)
    assert source_direction(frame.axes) == pytest.approx(UNIT[ABOVE[position]])
    assert frame.source_mm - frame.isocentre_mm == pytest.approx(1000.0 * np.array(UNIT[ABOVE[position]]))


@pytest.mark.parametrize("position", sorted(SUPPORT_TO_PATIENT))
def test_head_points_to_the_gantry_in_head_first_positions(position: str) -> None:
    towards_gantry = beam_frame(beam(), position).axes[1]  # collimator Y at collimator 0
    assert towards_gantry == pytest.approx(UNIT["S" if position.startswith("HF") else "I"])


@pytest.mark.parametrize(("gantry", "side"), [(0, "A"), (90, "L"), (180, "P"), (270, "R")])
def test_gantry_turns_clockwise_seen_from_the_couch_foot(gantry: float, side: str) -> None:
    assert source_direction(beam_frame(beam(gantry), "HFS").axes) == pytest.approx(UNIT[side], abs=1e-12)


@pytest.mark.parametrize(
    ("position", "gantry", "couch", "source"),
    [
        # Head first supine: from above is from the front; 90 degrees is from the patient's left.
        ("HFS", 0, 0, "A"),
        ("HFS", 90, 0, "L"),
        ("HFS", 180, 0, "P"),
        ("HFS", 270, 0, "R"),
        ("HFP", 0, 0, "P"),
        ("HFP", 90, 0, "R"),
        ("FFS", 0, 0, "A"),
        ("FFS", 90, 0, "R"),
        ("FFP", 0, 0, "P"),
        ("FFP", 90, 0, "L"),
        # On the right side, the left side is up.
        ("HFDR", 0, 0, "L"),
        ("HFDL", 0, 0, "R"),
        # Couch turned counter-clockwise seen from above by 90: the gantry's right side faces the feet.
        ("HFS", 90, 90, "I"),
        ("HFS", 90, 270, "S"),
        ("HFS", 0, 90, "A"),
    ],
)
def test_where_the_source_is(position: str, gantry: float, couch: float, source: str) -> None:
    frame = beam_frame(beam(gantry, 25.0, couch), position)
    np.testing.assert_allclose(source_direction(frame.axes), UNIT[source], atol=1e-12)


@pytest.mark.parametrize("position", sorted(SUPPORT_TO_PATIENT))
def test_gantry_x_lies_across_the_beam_whatever_the_collimator(position: str) -> None:
    across = beam_frame(beam(37.0, 21.0, 13.0), position).gantry_x
    np.testing.assert_allclose(across, beam_frame(beam(37.0, 0.0, 13.0), position).axes[0], atol=1e-12)


def test_collimator_turns_x_towards_y() -> None:
    axes = beam_frame(beam(collimator=90), "HFS").axes
    assert axes[0] == pytest.approx(UNIT["S"], abs=1e-12)
    assert axes[1] == pytest.approx(UNIT["R"], abs=1e-12)


def test_couch_turn_brings_a_lateral_beam_in_from_the_feet_or_head() -> None:
    """At couch 90 the patient's feet point to where gantry 90 stands (IEC 61217 table angle)."""
    along_room_x = source_direction(beam_frame(beam(gantry=90, couch=90), "HFS").axes)
    assert along_room_x == pytest.approx(UNIT["I"], abs=1e-12)


@pytest.mark.parametrize("position", sorted(SUPPORT_TO_PATIENT))
def test_frame_is_right_handed_and_orthonormal(position: str) -> None:
    axes = beam_frame(beam(37.0, 21.0, 13.0), position).axes
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-12)
    # X, Y and the direction to the source make a right-handed system (IEC 61217).
    assert np.linalg.det(np.stack([axes[0], axes[1], -axes[2]])) == pytest.approx(1.0)


def test_points_are_projected_along_rays_from_the_source() -> None:
    """HFS, gantry 0, isocentre (10, 20, 30): a point 100 mm nearer to the source, 9 mm left and 18 mm superior."""
    frame = beam_frame(beam(), "HFS")
    assert frame.project(np.array([19.0, -80.0, 48.0])) == pytest.approx([10.0, 20.0])
    assert frame.project(np.array([[10.0, 20.0, 30.0], [10.0, 500.0, 30.0]])) == pytest.approx(np.zeros((2, 2)))


def test_unknown_position_is_refused() -> None:
    with pytest.raises(ValueError, match="SITTING"):
        beam_frame(beam(), "SITTING")
