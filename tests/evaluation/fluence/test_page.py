"""The page of a fluence evaluation and the choice of the patients it shows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.figures import LossCurve, read_losses
from esapi_bridge.evaluation.fluence.page import EvaluationStory, to_show, write_evaluation_page
from tests.evaluation.fluence.evaluated import patient

PATIENTS = [
    patient("good", 0.2, error=1e-4),
    patient("usual", 0.3, error=5e-4),
    patient("poor", 0.1, error=2e-3),
    patient("cold", -2.0, error=6e-4),
]


@pytest.mark.slow
def test_the_page_holds_figures_table_and_says_on_what_it_was_measured(tmp_path: Path) -> None:
    losses = LossCurve(np.arange(1.0, 5), 1 / np.arange(1.0, 5), 1.1 / np.arange(1.0, 5))
    story = EvaluationStory(PATIENTS, (), "toy 1", "ab" * 32, "test", losses)
    text = write_evaluation_page(story, tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") == 4, "losses, maps, scatter, histograms"
    assert INTENDED_USE in text
    assert "patients are phantoms" in text
    assert re.search(r"PTV D95, %</td>.*-2</td><td>cold</td>", text), "largest difference with its patient"
    assert re.search(r"<td>Rectum Dmean &lt;= 11 Gy</td><td class=\"n\">4</td><td class=\"n\">4</td>", text)
    assert re.search(r"<td>monitor units per Gy, MU/Gy</td><td class=\"n\">1 ", text)
    assert not re.search(r"(src|href)=\"(?!data:)", text), "nothing from outside"


def test_best_worst_and_the_coldest_target_are_shown() -> None:
    assert [figures.name for _, figures in to_show(PATIENTS)] == ["cold", "good", "poor"]
    other = [*PATIENTS, patient("other", 0.1, error=7e-4)]
    assert [figures.name for _, figures in to_show(other)] == ["cold", "good", "poor"]
    colder = [*other, patient("colder", 3.0, error=9e-4)]
    assert [figures.name for _, figures in to_show(colder)][-1] == "colder"


def test_losses_are_read_from_the_log_of_a_run(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    log.write_text("step,elapsed_s,train_loss,validation_loss\n10,3600,0.5,0.6\n20,7200,0.3,0.4\n")
    losses = read_losses(log)
    assert list(losses.hours) == [1.0, 2.0]
    assert list(losses.validation) == [0.6, 0.4]
    log.write_text("step,loss\n1,2\n")
    with pytest.raises(BridgeError, match="validation_loss"):
        read_losses(log)
    with pytest.raises(BridgeError):
        read_losses(tmp_path / "none.csv")
