"""Evaluation of whole plans: equal maps give equal plans, twice the fluence twice the dose."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence import patient as evaluation
from esapi_bridge.evaluation.fluence.patient import dvh_difference, evaluate_case, on_pixels, restore
from esapi_bridge.planning.imrt.anatomy import prostate_patient
from esapi_bridge.planning.imrt.beams import Arrangement, arranged_beams
from esapi_bridge.planning.imrt.delivery import deliver, on_grid
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.tasks.fluence.scene import lattice_of
from esapi_bridge.training_data.fluence_case import label_volume
from esapi_bridge.training_data.fluence_plans import SPACING_MM
from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Scene

pytestmark = pytest.mark.slow

made_once = lru_cache(maxsize=2)(prostate_patient)


@pytest.fixture(autouse=True)
def _patients_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same patient is made again and again here, which takes longer than all the rest."""
    monkeypatch.setattr(evaluation, "prostate_patient", made_once)


@pytest.fixture(scope="module")
def case() -> FluenceCase:
    """A plan of one open field, which is the quickest to deliver."""
    patient = made_once(3, SPACING_MM, "HFS")
    (beam,) = arranged_beams(patient.masks["PTV"], patient.ct.grid, Arrangement(gantry_deg=(0.0,)))
    assert beam.fluence is not None
    factor = np.float32(100 / deliver(patient, [beam]).normalisation_percent)
    beam = replace(beam, fluence=replace(beam.fluence, values=beam.fluence.values * factor))
    delivered = deliver(patient, [beam])
    masks = {name: on_grid(mask, patient.ct.grid, delivered.dose.grid) for name, mask in patient.masks.items()}
    lattice = lattice_of(delivered.dose.grid)
    assert beam.fluence is not None
    image = FluenceImage(beam.fluence.values, beam.fluence.x_origin_mm, beam.fluence.y_origin_mm)
    isocentre = np.asarray(beam.isocentre_mm)
    axes = BeamAxes(isocentre - [0, 1000, 0], isocentre, np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
    facts = {
        "seed": 3, "energy": "15X", "patient_position": "HFS", "collimator_deg": 0.0, "gantry_deg": [0.0],
        "prescription_gy": 44.0, "fractions": 20, "mu_per_fluence": mu_per_fluence(load_beam_model("15X")),
    }  # fmt: skip
    scene = Scene(label_volume(masks), lattice, np.asarray(delivered.dose.gy / np.float32(20)), lattice, 2.2)
    return FluenceCase("one-field", "test", scene, (FluenceBeam(beam.name, axes, image),), facts)


def test_the_clinical_maps_give_the_clinical_plan(case: FluenceCase) -> None:
    figures, pair = evaluate_case(case, lambda known: [beam.fluence for beam in known.beams])
    np.testing.assert_allclose(pair.predicted.gy, pair.clinical.gy, atol=2e-3)
    assert figures.unnormalised_percent == pytest.approx(100, abs=0.5)
    assert figures.maps["G000"].mean_error_fractional_mu == 0
    assert figures.maps["G000"].sum_error_percent == 0
    assert max(figures.dvh_rss.values()) < 1e-4
    assert figures.predicted.ptv_d95_percent == pytest.approx(figures.clinical.ptv_d95_percent, abs=0.01)
    assert figures.predicted_mean_gy["PTV"] == pytest.approx(44, abs=1e-3)
    assert len(figures.goals) == 10
    assert all(goal.predicted_met == goal.clinical_met for goal in figures.goals)
    d95 = next(goal for goal in figures.goals if goal.text == "PTV D95% >= 96 %")
    assert d95.clinical == pytest.approx(figures.clinical.ptv_d95_percent)
    assert d95.clinical_met is False, "one open field is no plan"
    clinical, predicted = figures.clinical_complexity, figures.predicted_complexity
    assert clinical.modulation_complexity_score == pytest.approx(predicted.modulation_complexity_score)
    assert clinical.mu_per_gy == pytest.approx(predicted.mu_per_gy, rel=5e-3)


def test_twice_the_fluence_is_seen_before_normalisation_only(case: FluenceCase) -> None:
    figures, pair = evaluate_case(case, lambda known: [_scaled(known.beams[0].fluence, 2.0)])
    more = pair.predicted.gy - pair.clinical.gy
    assert more.max() < 5e-3 * 44
    assert np.abs(more[pair.clinical.gy > 0.5 * pair.clinical.gy.max()]).max() < 5e-3 * 44
    # The leaves cross the field in the time they took for half as much, so that less leaks where little is wanted.
    assert more.min() > -1e-2 * 44
    assert figures.unnormalised_percent == pytest.approx(200, rel=5e-3)
    assert figures.maps["G000"].sum_error_percent == pytest.approx(100, abs=1e-3)


def test_a_case_of_another_patient_is_refused(case: FluenceCase) -> None:
    with pytest.raises(BridgeError, match="contours"):
        restore(replace(case, attributes={**case.attributes, "seed": 4}))
    with pytest.raises(BridgeError, match="how it was made"):
        restore(replace(case, attributes={}))


def test_histograms_differ_by_the_levels_between_two_doses() -> None:
    """A structure at 10 Gy and one at 20 Gy differ wholly at the ten levels above 10 and up to 20 Gy."""
    ten, twenty = np.full(50, 10, np.float32), np.full(80, 20, np.float32)
    assert dvh_difference(ten, twenty, 100.0) == pytest.approx(10)
    assert dvh_difference(twenty, twenty[:7], 100.0) == 0


def test_maps_are_cut_and_padded_to_the_pixels_of_the_clinical_one() -> None:
    like = FluenceImage(np.zeros((3, 4), np.float32), -5.0, 5.0)
    larger = FluenceImage(np.arange(48, dtype=np.float32).reshape(6, 8), -10.0, 7.5)
    np.testing.assert_array_equal(on_pixels(larger, like).values, larger.values[1:4, 2:6])
    small = FluenceImage(np.ones((1, 2), np.float32), -2.5, 0.0)
    expected = np.zeros((3, 4))
    expected[2, 1:3] = 1
    np.testing.assert_array_equal(on_pixels(small, like).values, expected)
    assert not on_pixels(replace(small, x_origin_mm=200.0), like).values.any()
    with pytest.raises(BridgeError, match="pixels"):
        on_pixels(replace(small, x_origin_mm=-2.0), like)


def _scaled(image: FluenceImage, factor: float) -> FluenceImage:
    return replace(image, values=image.values * np.float32(factor))
