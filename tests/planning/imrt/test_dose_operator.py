"""The dose operator against its own transpose, and against the dose engine it stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from esapi_bridge.case import Beam, FluenceMap, Grid, Jaws, PatientPosition
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.mlc import IDEAL_LEAVES, MILLENNIUM_120
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.density import density_from_hu
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from tests.planning.water import water_cylinder

MODEL = load_beam_model("10X-FFF")
SUBJECT = water_cylinder()


def wavy_beam(gantry_deg: float, collimator_deg: float = 0.0) -> Beam:
    """A smooth fluence of 40 x 60 mm, its two rows under a leaf alike."""
    values = 0.4 + gaussian_filter(np.random.default_rng(4).standard_normal((8, 24)), 2.0)
    values = np.repeat(np.clip(values, 0.05, None), 2, axis=0)
    fluence = FluenceMap(values.astype(np.float32), -28.75, 18.75)
    beam = open_beam(1, (5.0, -3.0, 2.0), Jaws(-30, 30, -20, 20), gantry_deg, collimator_deg=collimator_deg)
    return replace(beam, fluence=fluence)


def operator(
    *beams: Beam, points_mm: NDArray[np.float64], position: PatientPosition = PatientPosition.HFS
) -> DoseOperator:
    return DoseOperator(
        beams, MODEL, density_from_hu(SUBJECT.ct.values), SUBJECT.ct.grid, points_mm, position, ray_spacing_mm=1.5
    )


def test_adjoint_is_the_transpose() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(-40, 40, (300, 3))
    a = operator(wavy_beam(20.0), wavy_beam(130.0, 30.0), points_mm=points)
    fluence, dose = rng.random(a.unknowns), rng.random(300)
    assert a.unknowns == 2 * 16 * 24
    assert a.forward(fluence) @ dose == pytest.approx(fluence @ a.adjoint(dose), rel=1e-5)


def test_pixels_that_do_not_count_stay_zero() -> None:
    beam = wavy_beam(0.0)
    assert beam.fluence is not None
    values = np.array(beam.fluence.values)
    values[:, :10] = 0.0
    a = operator(replace(beam, fluence=replace(beam.fluence, values=values)), points_mm=np.zeros((1, 3)))
    assert a.unknowns == 16 * 14
    (found,) = a.maps(np.ones(a.unknowns))
    np.testing.assert_array_equal(found > 0, values > 0)
    np.testing.assert_array_equal(a.unknowns_of([found]), np.ones(a.unknowns))


@pytest.mark.parametrize(
    ("gantry", "collimator", "position"), [(0.0, 0.0, PatientPosition.HFS), (70.0, 30.0, PatientPosition.FFP)]
)
def test_it_gives_the_dose_of_the_engine_behind_leaves(
    gantry: float, collimator: float, position: PatientPosition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine calculates on what sliding leaves let through; both know the same physics by other ways.

    The operator knows of no leaves, so these are ideal.
    """
    beam = wavy_beam(gantry, collimator)
    assert beam.fluence is not None
    limits = replace(MILLENNIUM_120, leakage_by_energy={"6X": IDEAL_LEAVES})
    monkeypatch.setattr("esapi_bridge.planning.physics.leaf_fluence.MILLENNIUM_120", limits)
    delivered = sliding_window(beam, mu_per_fluence(MODEL), limits=limits).beam
    grid = Grid((36, 36, 26), (2.5, 2.5, 2.5), (-43.75, -43.75, -31.25))
    expected = pencil_beam(SUBJECT.ct, delivered, MODEL, grid, position)
    axes = [grid.coordinates_mm(axis) for axis in (2, 1, 0)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    a = operator(beam, points_mm=points, position=position)
    found = a.forward(a.unknowns_of([np.asarray(beam.fluence.values)]))
    difference = np.abs(found - expected.gy.ravel()) / expected.gy.max()
    assert difference.max() < 0.03  # at the steps at the field's edges, where half a pixel is rounded off
    assert np.quantile(difference, 0.95) < 0.012
    assert np.abs(found.sum() / expected.gy.sum() - 1) < 0.005


def test_off_the_axis_photons_are_softer_as_in_the_engine() -> None:
    model, grid = load_beam_model("6X"), Grid((1, 1, 1), (2.0, 2.0, 2.0), (0.0, 30.0, 0.0))
    beam = open_beam(1, (-100.0, 0.0, 0.0), Jaws(80, 120, -20, 20), 0.0, energy="6X", meterset_mu=mu_per_fluence(model))
    beam = replace(beam, fluence=FluenceMap(np.ones((16, 16), np.float32), 81.25, 18.75))
    expected = pencil_beam(SUBJECT.ct, beam, model, grid).gy.item()
    a = DoseOperator([beam], model, density_from_hu(SUBJECT.ct.values), SUBJECT.ct.grid, np.array([[0.0, 30.0, 0.0]]))
    assert a.forward(np.ones(a.unknowns))[0] == pytest.approx(expected, rel=0.005)
