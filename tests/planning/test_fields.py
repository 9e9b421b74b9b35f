"""Fields against the recipe of Dong & Xing and against projective geometry."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Grid, Jaws, PatientPosition, Unit, Volume
from esapi_bridge.planning.fields import (
    ENERGIES,
    beams_around_target,
    enters_in_view,
    heights_mm,
    open_beam,
    random_field,
)
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.vocabulary import Energy
from tests.planning.water import RADIUS_MM, water_cylinder


def test_random_fields_follow_the_recipe() -> None:
    subject, rng = water_cylinder(), np.random.default_rng(3)
    beams = [random_field(subject.ct, subject.body, rng, n) for n in range(1, 301)]
    points = [beam.control_points[0] for beam in beams]
    sizes = np.array([[p.jaws.x2_mm - p.jaws.x1_mm, p.jaws.y2_mm - p.jaws.y1_mm] for p in points])
    assert sizes.min() >= 19.9
    assert sizes.max() <= 200.1
    assert sizes.min() < 40, "the range is used down to small fields"
    assert sizes.max() > 180, "and up to large ones"
    assert np.std([p.jaws.x1_mm + p.jaws.x2_mm for p in points]) > 10, "asymmetric"
    gantry = np.array([p.gantry_deg for p in points])
    assert np.all((gantry >= 0) & (gantry < 360))
    assert np.all(np.histogram(gantry, 4, (0, 360))[0] > 45), "from all around"
    assert {p.couch_deg for p in points} == {0.0}
    assert 0.3 < np.mean([p.collimator_deg == 0 for p in points]) < 0.7
    assert {(b.meterset_mu, b.energy_label, b.sad_mm) for b in beams} == {(100.0, "10X-FFF", 1000.0)}
    radius = np.array([np.hypot(*b.isocentre_mm[:2]) for b in beams])
    assert radius.max() < RADIUS_MM - 10, "isocentres lie inside"
    assert np.mean(radius < RADIUS_MM / 2) > 0.25, "deep ones are more frequent than their share of the area"


@pytest.mark.parametrize("energy", ["10X-FFF", "15X", "6X", "6X-FFF"])
def test_fields_have_the_energy_asked_for(energy: str) -> None:
    subject, rng = water_cylinder(), np.random.default_rng(3)
    beams = (
        open_beam(1, (0, 0, 0), Jaws(-20, 20, -20, 20), 0, energy=energy),
        random_field(subject.ct, subject.body, rng, 2, energy),
        *beams_around_target(subject.target, subject.ct.grid, 2, energy=energy),
    )
    assert {beam.energy_label for beam in beams} == {energy}


def test_every_energy_has_a_beam_model_and_can_be_asked_for() -> None:
    assert tuple(ENERGIES) == tuple(Energy)
    for energy in ENERGIES:
        assert load_beam_model(energy).pencil is not None


def test_an_energy_the_machine_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"15X.*18X"):
        open_beam(1, (0, 0, 0), Jaws(-20, 20, -20, 20), 0, energy="18X")


def test_random_fields_depend_on_the_seed_alone() -> None:
    subject = water_cylinder()
    one, two, other = (random_field(subject.ct, subject.body, np.random.default_rng(s), 1) for s in (5, 5, 6))
    assert one == two
    assert one != other


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.FFP])
def test_jaws_surround_the_target_with_the_margin(position: PatientPosition) -> None:
    subject = water_cylinder()
    beams = beams_around_target(subject.target, subject.ct.grid, 4, position, margin_mm=8)
    assert [b.control_points[0].gantry_deg for b in beams] == [0, 90, 180, 270]
    # A ball of radius r on the axis at distance D shows a disc of radius D r / sqrt(D^2 - r^2).
    radius = 1000 * 20 / np.sqrt(1000**2 - 20**2) + 8
    for beam in beams:
        jaws = beam.control_points[0].jaws
        for edge in (-jaws.x1_mm, jaws.x2_mm, -jaws.y1_mm, jaws.y2_mm):
            assert edge == pytest.approx(radius, abs=4)
        assert np.allclose(beam.isocentre_mm, 0, atol=2.1)


def test_an_empty_target_is_refused() -> None:
    subject = water_cylinder()
    with pytest.raises(ValueError, match="empty"):
        beams_around_target(np.zeros_like(subject.target), subject.ct.grid, 3)


@pytest.mark.parametrize(
    ("position", "low", "high"), [(PatientPosition.HFS, -30.0, 50.0), (PatientPosition.FFS, -50.0, 30.0)]
)
def test_heights_follow_the_y_jaws_with_divergence(position: PatientPosition, low: float, high: float) -> None:
    beam = open_beam(1, (0.0, 0.0, 100.0), Jaws(-20, 20, -30, 50), gantry_deg=30)
    found = heights_mm((beam,), position, depth_mm=200.0)
    assert found == pytest.approx((100 + 1.2 * low, 100 + 1.2 * high))


def test_no_random_field_enters_where_the_scan_cuts_the_body_off() -> None:
    """The body reaches the left side of the CT, and ends 4 cm before the others."""
    grid = Grid((50, 50, 40), (4.0, 4.0, 5.0), (-98.0, -98.0, -97.5))
    body = np.zeros(grid.shape, np.bool_)
    body[:, 10:40, 10:] = True
    air = Volume(np.where(body, 0.0, -1000.0).astype(np.float32), grid, Unit.HU)
    straight = {g: open_beam(1, (0.0, 0.0, 0.0), Jaws(-10, 10, -10, 10), g) for g in (0.0, 90.0, 180.0, 270.0)}
    assert {g: enters_in_view(beam, grid, body) for g, beam in straight.items()} == {
        0.0: True, 90.0: False, 180.0: True, 270.0: True,
    }  # fmt: skip
    rng = np.random.default_rng(4)
    fields = [random_field(air, body, rng, 1) for _ in range(40)]
    assert all(enters_in_view(field, grid, body) for field in fields)
    from_right = [180 < field.control_points[0].gantry_deg < 360 for field in fields]
    assert sum(from_right) > 20, "from the left the scan shows the body only at grazing angles"
