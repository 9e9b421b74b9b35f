from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from fluencenet.evaluation import evaluate_case, evaluate_cases, frame, main, report
from fluencenet.store import FluenceStore
from fluencenet.weights import Model
from tests.fluencenet.toy import toy_case


@pytest.mark.slow
def test_a_perfect_prediction_has_perfect_figures(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    case = toy_case(seed=24)
    monkeypatch.setattr("fluencenet.evaluation.predict", lambda *_, **__: [b.fluence for b in case.beams])
    result = evaluate_case(model, case)
    for figures in result.maps:
        assert (figures.mae, figures.ssim, figures.gamma) == pytest.approx((0.0, 1.0, 1.0))
        assert figures.energy_error == pytest.approx(0.0)


def test_figures_of_a_known_error(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    case = toy_case(seed=24)
    more = [replace(b.fluence, values=np.float32(1.02) * b.fluence.values) for b in case.beams]
    monkeypatch.setattr("fluencenet.evaluation.predict", lambda *_, **__: more)
    result = evaluate_case(model, case)
    for figures, beam in zip(result.maps, case.beams, strict=True):
        assert figures.energy_error == pytest.approx(0.02, rel=1e-3)
        assert figures.mae == pytest.approx(0.02 * beam.fluence.values.sum() * 1.25 / 160**2, rel=1e-3)
        assert figures.gamma == 1.0  # within 3 % of the maximum everywhere
        assert frame(beam.fluence).rows == 160


def test_the_command_writes_figures(model: Model, weights: Path, toy_store: Path, tmp_path: Path) -> None:
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
