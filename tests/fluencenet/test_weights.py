from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from dosenet.fitting.options import RunOptions
from fluencenet.evaluation import evaluate_case, evaluate_cases, frame, main, report
from fluencenet.prediction import predict
from fluencenet.samples import SampleFolder
from fluencenet.scene import LABELS, Lattice
from fluencenet.ship import main as ship
from fluencenet.store import FluenceStore
from fluencenet.training import train_on
from fluencenet.weights import Model, list_cards, load_model
from tests.fluencenet.toy import PRESET, toy_case

DETAILS = {
    "name": "toy",
    "version": "1",
    "energies": ["15X"],
    "machines": ["TrueBeam"],
    "sites": ["toy"],
    "technique": "IMRT",
    "fields": [3],
    "labels": list(LABELS),
    "mu_per_fluence": {"TrueBeam": {"15X": 125.0}},
}


@pytest.fixture(scope="module")
def weights(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for two steps and shipped."""
    root = tmp_path_factory.mktemp("weights")
    folder = SampleFolder(root / "samples", FluenceStore(toy_store), PRESET)
    folder.update()
    preset = replace(PRESET, simple_dose=folder.table())
    train_on(folder.load("train"), folder.load("validation"), preset, RunOptions(root / "run", steps=2))
    (root / "details.yaml").write_text(yaml.safe_dump(DETAILS))
    out = root / "models" / "toy"
    assert ship([str(root / "run"), "--card", str(root / "details.yaml"), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def model(weights: Path) -> Model:
    return load_model(weights)


def test_a_shipped_model_loads_with_its_card(weights: Path, model: Model):
    assert model.card.training["steps"] == 2
    assert model.card.training["validation_loss"] > 0
    assert model.simple_dose is not None
    assert not model.network.training
    assert [card.name for card in list_cards(weights.parent)] == ["toy"]
    with pytest.raises(ValueError, match="one of"):
        load_model("other", weights.parent)


def test_a_model_with_other_labels_is_refused(weights: Path, tmp_path: Path):
    values = yaml.safe_load((weights / "card.yaml").read_text())
    values["labels"][1], values["labels"][2] = values["labels"][2], values["labels"][1]
    (tmp_path / "card.yaml").write_text(yaml.safe_dump(values))
    (tmp_path / "model.safetensors").write_bytes((weights / "model.safetensors").read_bytes())
    with pytest.raises(ValueError, match="labels"):
        load_model(tmp_path)


def test_predicted_maps_are_near_the_clinical_ones_and_scale_with_the_prescription(model: Model):
    case = toy_case(seed=21)
    beams = [b.axes for b in case.beams]
    found = predict(model, case.scene, beams)
    assert len(found) == 3
    for image, beam in zip(found, case.beams, strict=True):
        assert image.values.dtype == np.float32
        assert image.values.min() >= 0
        assert image.values.sum() == pytest.approx(beam.fluence.values.sum(), rel=0.05)
    doubled = replace(case.scene, dose_gy=2 * case.scene.dose_gy, prescription_gy=2 * case.scene.prescription_gy)
    for image, other in zip(found, predict(model, doubled, beams), strict=True):
        np.testing.assert_allclose(other.values, 2 * image.values, atol=1e-4)


def test_prediction_goes_with_the_patient(model: Model):
    case = toy_case(seed=22)
    turn, shift = np.diag([-1.0, -1.0, 1.0]), np.array([100.0, -50.0, 30.0])
    lattice = case.scene.dose_lattice
    there = Lattice(lattice.spacing_mm, tuple(turn @ np.array(lattice.origin_mm) + shift), turn)
    moved = replace(case.scene, label_lattice=there, dose_lattice=there)
    beams = [b.axes for b in case.beams]
    turned = [
        replace(
            b,
            source_mm=turn @ b.source_mm + shift,
            isocentre_mm=turn @ b.isocentre_mm + shift,
            x_axis=turn @ b.x_axis,
            y_axis=turn @ b.y_axis,
        )
        for b in beams
    ]
    for image, other in zip(predict(model, case.scene, beams), predict(model, moved, turned), strict=True):
        assert (image.x_origin_mm, image.y_origin_mm) == pytest.approx((other.x_origin_mm, other.y_origin_mm))
        np.testing.assert_allclose(other.values, image.values, atol=0.02 * image.values.max())


def test_prediction_leaves_the_number_of_threads_alone(model: Model):
    case = toy_case(seed=23)
    torch.set_num_threads(2)
    predict(model, case.scene, [b.axes for b in case.beams])
    assert torch.get_num_threads() == 2


def test_an_exception_of_the_progress_ends_the_prediction_and_beams_are_needed(model: Model):
    case = toy_case(seed=23)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        predict(model, case.scene, [b.axes for b in case.beams], progress=stop)
    assert told == [(1, 3)]
    with pytest.raises(ValueError, match="beams"):
        predict(model, case.scene, [])


def test_a_perfect_prediction_has_perfect_figures(model: Model, monkeypatch: pytest.MonkeyPatch):
    case = toy_case(seed=24)
    monkeypatch.setattr("fluencenet.evaluation.predict", lambda *_, **__: [b.fluence for b in case.beams])
    result = evaluate_case(model, case)
    for figures in result.maps:
        assert (figures.mae, figures.ssim, figures.gamma) == pytest.approx((0.0, 1.0, 1.0))
        assert figures.energy_error == pytest.approx(0.0)


def test_figures_of_a_known_error(model: Model, monkeypatch: pytest.MonkeyPatch):
    case = toy_case(seed=24)
    more = [replace(b.fluence, values=np.float32(1.02) * b.fluence.values) for b in case.beams]
    monkeypatch.setattr("fluencenet.evaluation.predict", lambda *_, **__: more)
    result = evaluate_case(model, case)
    for figures, beam in zip(result.maps, case.beams, strict=True):
        assert figures.energy_error == pytest.approx(0.02, rel=1e-3)
        assert figures.mae == pytest.approx(0.02 * beam.fluence.values.sum() * 1.25 / 160**2, rel=1e-3)
        assert figures.gamma == 1.0  # within 3 % of the maximum everywhere
        assert frame(beam.fluence).rows == 160


def test_the_command_writes_figures(model: Model, weights: Path, toy_store: Path, tmp_path: Path):
    figures = report(evaluate_cases(model, FluenceStore(toy_store)))
    assert (figures["patients"], figures["maps"]) == (1, 3)
    assert 0.9 < figures["median_of_patients"]["ssim"] <= 1
    assert figures["worst_map"]["ssim"] <= figures["median_of_maps"]["ssim"]
    assert main(["--data", str(toy_store), "--weights", str(weights), "--json", str(tmp_path / "f.json")]) == 0
    written = yaml.safe_load((tmp_path / "f.json").read_text())
    assert written["intended_use"] == "Research use only, not for clinical use."
    assert written["median_of_maps"] == pytest.approx(figures["median_of_maps"])
    with pytest.raises(ValueError, match="holdout"):
        evaluate_cases(model, FluenceStore(toy_store), "holdout")


def test_half_precision_keeps_counters(weights: Path, tmp_path: Path, model: Model):
    from dosenet.model_folder import load_weights, save_weights
    from fluencenet.network import build_network
    from fluencenet.preset import NetworkConfig

    config = NetworkConfig("dual-frame", channels=4, levels=2, map_px=32)
    network = build_network(config)
    network.encoder[0][1].num_batches_tracked += 12345  # type: ignore[index]
    card = save_weights(network, model.card, tmp_path, half=True)
    other = build_network(config)
    load_weights(tmp_path, card, other)
    assert int(other.encoder[0][1].num_batches_tracked) == 12345  # type: ignore[index]
    torch.testing.assert_close(
        other.get_parameter("out.weight"), network.get_parameter("out.weight"), rtol=2**-8, atol=0
    )
