from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fluencenet.on_labels import on_labels
from fluencenet.scene import LABELS
from fluencenet.wanted.anatomy import AnatomyRange, anatomy
from fluencenet.wanted.card import WantedDoseModel, load_model
from fluencenet.wanted.evaluation import evaluate
from fluencenet.wanted.plan_input import Contours
from fluencenet.wanted.prediction import predict_dose
from fluencenet.wanted.samples import SampleFolder
from fluencenet.wanted.ship import ship

pytestmark = pytest.mark.slow

DETAILS = {
    "name": "toy", "version": "1", "energies": ["15X"], "machines": ["TrueBeam"], "sites": ["toy"], "fields": [3],
    "gantry_deg": [0.0, 72.0, 200.0], "labels": list(LABELS), "wanted_dose": {"spacing_mm": 2.5},
}  # fmt: skip


@pytest.fixture(scope="module")
def weights(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "toy"
    ship(run, DETAILS, path)
    return path


@pytest.fixture(scope="module")
def model(weights: Path) -> WantedDoseModel:
    return load_model(weights)


def test_the_dose_lies_on_the_labels_in_gy_and_within_the_body(model: WantedDoseModel, folder: SampleFolder) -> None:
    case = folder.store.read("p4")
    seen: list[tuple[int, int]] = []
    scene = predict_dose(
        model, Contours.of(case.scene), [b.axes for b in case.beams], 2.0, energy="15X",
        progress=lambda done, count: seen.append((done, count)),
    )  # fmt: skip
    assert scene.dose_lattice is scene.label_lattice
    assert scene.dose_gy.shape == case.scene.labels.shape
    assert scene.dose_gy[scene.labels == 0].max() == 0
    assert seen[-1] == (scene.labels.shape[0],) * 2
    twice = predict_dose(model, Contours.of(case.scene), [b.axes for b in case.beams], 4.0, energy="15X")
    np.testing.assert_allclose(twice.dose_gy, 2 * scene.dose_gy, rtol=1e-6)


def test_it_is_nearer_to_the_plan_than_the_mean_plan_is_to_zero(model: WantedDoseModel, folder: SampleFolder) -> None:
    case = folder.store.read("p4")
    found = predict_dose(
        model, Contours.of(case.scene), [b.axes for b in case.beams], case.scene.prescription_gy, energy="15X"
    )
    plan, body = on_labels(case.scene), case.scene.labels > 0
    assert np.abs(found.dose_gy - plan)[body].mean() < 0.4 * np.abs(plan)[body].mean()


def test_what_cannot_be_predicted_is_refused(model: WantedDoseModel, folder: SampleFolder) -> None:
    case = folder.store.read("p4")
    beams = [b.axes for b in case.beams]
    with pytest.raises(ValueError, match="expected beams"):
        predict_dose(model, Contours.of(case.scene), [], 2.0, energy="15X")
    with pytest.raises(ValueError, match="knows the energies 15X, found 10X"):
        predict_dose(model, Contours.of(case.scene), beams, 2.0, energy="10X")


def test_the_evaluation_sets_it_beside_both_baselines(weights: Path, folder: SampleFolder) -> None:
    figures = evaluate(folder.store.path, weights)
    assert figures["patients"] == 1
    assert set(figures["ways"]) == {"network", "mean plan", "nearest patient"}
    assert all(ways["dose_score_gy"] > 0 for ways in figures["ways"].values())
    assert figures["intended_use"] == "Research use only, not for clinical use."


def test_a_shipped_card_says_what_the_anatomies_of_its_plans_were_like(weights: Path, folder: SampleFolder) -> None:
    trained = AnatomyRange(load_model(weights).card.anatomy)
    names = folder.store.names("train")
    patients = [anatomy(Contours.of(folder.store.read(name).scene)) for name in names]
    volume = [patient["PTV volume, cm3"] for patient in patients]
    assert trained.quantiles["PTV volume, cm3"][0] == pytest.approx(min(volume), abs=1e-3)
    assert trained.quantiles["PTV volume, cm3"][-1] == pytest.approx(max(volume), abs=1e-3)
    assert not any(trained.beyond(patient) for patient in patients)
