"""Tangents of a breast, on a body of simple shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Grid, PatientPosition, Unit, Volume
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques.plan import PlanOptions, plan_fields
from esapi_bridge.planning.techniques.tangents import FLASH_MM, MARGIN_MM, tangents
from esapi_bridge.planning.vocabulary import PlanTechnique

GRID = Grid((101, 81, 31), (4.0, 4.0, 5.0), (-200.0, -160.0, -75.0))
Mask = NDArray[np.bool_]


def woman(side: int = 1) -> Subject:
    """A body with a breast as its target: an elliptic cylinder of water, lungs in it, with a ball on either side."""
    z, y, x = (GRID.coordinates_mm(axis) for axis in (2, 1, 0))
    z, y, x = z[:, None, None], y[None, :, None], x[None, None, :]
    trunk = np.broadcast_to((x / 155.0) ** 2 + (y / 105.0) ** 2 < 1, GRID.shape)
    chest = (x / 130.0) ** 2 + (y / 85.0) ** 2 < 1
    balls = [(x - s * 80.0) ** 2 + (y + 88.0) ** 2 + z**2 < 62.0**2 for s in (1, -1)]
    body = trunk | balls[0] | balls[1]
    inner = (x - side * 80.0) ** 2 + (y + 88.0) ** 2 + z**2 < 57.0**2
    ct = Volume(np.where(body, 0.0, -1000.0).astype(np.float32), GRID, Unit.HU)
    return Subject("breast", ct, body, inner & ~chest)


def seen(beam: Beam, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Head first supine, couch and collimator 0, worked out by hand: collimator X and Y of points, mm."""
    gantry = np.radians(beam.control_points[0].gantry_deg)
    to_source = np.array([np.sin(gantry), -np.cos(gantry), 0.0])
    across, up = np.array([np.cos(gantry), np.sin(gantry), 0.0]), np.array([0.0, 0.0, 1.0])
    relative = points_mm - beam.isocentre_mm
    shrink = 1000.0 / (1000.0 - relative @ to_source)
    return np.asarray(np.stack([relative @ across, relative @ up], axis=-1) * shrink[..., None])


def points(mask: Mask) -> NDArray[np.float64]:
    return np.asarray(GRID.to_patient(np.argwhere(mask)[:, ::-1]))


def test_two_opposed_fields_show_the_whole_breast_with_air_before_it_and_end_at_one_plane() -> None:
    subject = woman()
    target, body = subject.target, subject.body
    beams = tangents(subject)
    angles = [beam.control_points[0].gantry_deg for beam in beams]
    assert abs(angles[0] - angles[1]) == pytest.approx(180.0)
    assert 285 < max(angles) < 335, "from the patient's right front, as the medial tangent of a left breast"
    for beam in beams:
        jaws = beam.control_points[0].jaws
        x, y = seen(beam, points(target)).T
        assert 0.0 in (jaws.x1_mm, jaws.x2_mm), "no divergence at the chest wall"
        inward = 1.0 if jaws.x1_mm == 0.0 else -1.0
        width = max(abs(jaws.x1_mm), abs(jaws.x2_mm))
        assert (inward * x).min() == pytest.approx(MARGIN_MM, abs=1.0)
        assert y.min() - jaws.y1_mm == pytest.approx(MARGIN_MM, abs=2.0)
        assert jaws.y2_mm - y.max() == pytest.approx(MARGIN_MM, abs=2.0)
        skin = (inward * seen(beam, points(body & target.any(axis=(1, 2), keepdims=True)))[:, 0]).max()
        assert width - skin == pytest.approx(FLASH_MM, abs=4.0)


def test_the_other_breast_stays_outside_and_little_lung_within() -> None:
    other = woman(-1).target
    z, y, x = (GRID.coordinates_mm(axis) for axis in (2, 1, 0))
    lung = (
        np.broadcast_to(((x - 65) / 45.0) ** 2 + (y[:, None] / 75.0) ** 2 < 1, GRID.shape)
        & (np.abs(z) < 70)[:, None, None]
    )
    for beam in tangents(woman()):
        jaws = beam.control_points[0].jaws
        shares = []
        for mask in (other, lung):
            u, v = seen(beam, points(mask)).T
            shares.append(np.mean((u > jaws.x1_mm) & (u < jaws.x2_mm) & (v > jaws.y1_mm) & (v < jaws.y2_mm)))
        assert shares[0] < 0.1
        assert 0.0 < shares[1] < 0.25


def test_a_right_breast_has_the_mirror_image_of_a_left_one() -> None:
    angles = [sorted(b.control_points[0].gantry_deg for b in tangents(woman(side))) for side in (1, -1)]
    assert angles[1] == pytest.approx(sorted(360.0 - angle for angle in angles[0]), abs=2.0)


@pytest.mark.parametrize("position", [PatientPosition.HFP, PatientPosition.FFS])
def test_fields_lie_the_same_in_the_patient_however_she_lies(position: PatientPosition) -> None:
    supine = [beam.control_points[0] for beam in tangents(woman())]
    turned = [beam.control_points[0] for beam in tangents(woman(), patient_position=position)]
    expected = {
        PatientPosition.HFP: lambda gantry: (gantry + 180.0) % 360.0,  # the room turns about z
        PatientPosition.FFS: lambda gantry: 360.0 - gantry,  # and here about the vertical
    }[position]
    assert [point.gantry_deg for point in turned] == pytest.approx([expected(point.gantry_deg) for point in supine])


def test_a_turned_collimator_still_shows_the_target() -> None:
    subject = woman()
    target = subject.target
    first, second = tangents(subject, collimator_deg=10.0)
    assert (first.control_points[0].collimator_deg, second.control_points[0].collimator_deg) == (10.0, 350.0)
    for beam, turn in ((first, np.radians(10.0)), (second, np.radians(-10.0))):
        x, y = seen(beam, points(target)).T
        jaws = beam.control_points[0].jaws
        u, v = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
        assert jaws.x1_mm < u.min()
        assert u.max() < jaws.x2_mm
        assert jaws.y1_mm < v.min()
        assert v.max() < jaws.y2_mm


def test_open_fields_of_a_breast_are_tangents_unless_a_number_is_asked_for() -> None:
    subject = woman()
    found = plan_fields(subject, PlanOptions(energy="6X"))
    wanted = tangents(subject, energy="6X")
    assert [beam.control_points for beam in found.beams] == [beam.control_points for beam in wanted]
    assert len(plan_fields(subject, PlanOptions(beams=3)).beams) == 3
    with pytest.raises(RefusedError, match="couch at 0, found 10 degrees"):
        plan_fields(subject, PlanOptions(couch_deg=10.0))


def test_leaves_of_conformal_tangents_spare_lung_and_show_the_target() -> None:
    subject = woman()
    first, second = plan_fields(subject, PlanOptions(technique=PlanTechnique.CONFORMAL)).beams
    for beam, plain in zip((first, second), tangents(subject), strict=True):
        point = beam.control_points[0]
        assert point.leaves_mm is not None
        assert beam.mlc_boundaries_mm is not None
        x, y = seen(beam, points(subject.target)).T
        pair = np.searchsorted(beam.mlc_boundaries_mm, y) - 1
        assert np.all(point.leaves_mm[0][pair] < x)
        assert np.all(x < point.leaves_mm[1][pair])
        jaws = plain.control_points[0].jaws
        shown = (beam.mlc_boundaries_mm[:-1] < jaws.y2_mm) & (beam.mlc_boundaries_mm[1:] > jaws.y1_mm)
        width = (point.leaves_mm[1] - point.leaves_mm[0])[shown].sum() / (jaws.x2_mm - jaws.x1_mm) / shown.sum()
        assert 0.5 < width < 0.97
        assert beam.meterset_mu == first.meterset_mu


def test_an_empty_target_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        tangents(replace(woman(), target=np.zeros(GRID.shape, bool)))
