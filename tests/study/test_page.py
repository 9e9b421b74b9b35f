"""The page and its numbers, from made-up outcomes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import boxplot_stats

from esapi_bridge import INTENDED_USE
from esapi_bridge.report import style
from esapi_bridge.study.fold import FOUND, RUNS
from esapi_bridge.study.outcome import Slice, read_outcome, write_outcome
from esapi_bridge.study.page import NUMBERS_FILE, write_page
from esapi_bridge.study.summary import Box, by_patients, compared, curves
from tests.study.outcomes import SITES, outcome, study


def test_a_box_is_that_of_numpy_and_matplotlib() -> None:
    values = np.random.default_rng(4).lognormal(size=41)
    box, drawn = Box.of(values.tolist()), boxplot_stats(values)[0]
    assert (box.quartile_1, box.median, box.quartile_3) == tuple(np.quantile(values, [0.25, 0.5, 0.75]))
    assert (box.whisker_low, box.whisker_high) == (drawn["whislo"], drawn["whishi"])
    assert box.mean == pytest.approx(values.mean())
    assert box.count == 41
    assert box.whisker_high < values.max(), "there is an outlier"


def test_networks_are_compared_on_patients_they_have_not_seen() -> None:
    errors = {"first": 1e-4, "second": 5e-4}
    asked = study(counts=(2,))
    outcomes = [outcome(run, errors[run.network] * (1 if len(run.training) > 2 else 4)) for run in asked.runs(SITES)]
    first, second = compared(asked, outcomes)
    assert first.figures["mse"]["network"] == pytest.approx(2e-4), "means of 1e-4 and 3e-4"
    assert first.figures["mse_ratio"] == pytest.approx(5)
    assert sorted(first.ratios) == pytest.approx([10 / 3] * 5 + [10] * 5)
    assert second.patients["c"]["fields"] == 2
    assert curves(first)["left_out"].shape == (5, 2)
    fewer = by_patients(asked, outcomes)
    assert {n: one.figures["mse"]["network"] for n, one in fewer.items()} == pytest.approx({2: 8e-4, 4: 2e-4})


def test_an_outcome_comes_back_as_it_was(tmp_path: Path) -> None:
    run = study().runs(SITES)[0]
    shown = Slice("a", "f0", *(np.full((3, 4), k, np.float32) for k in range(4)))
    write_outcome(tmp_path / "found", outcome(run), [shown])
    assert read_outcome(tmp_path / "found", run) == outcome(run)
    assert read_outcome(tmp_path / "none", run) is None


def test_the_page_has_the_papers_figures_and_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "DPI", 20)  # what they look like is not looked at
    asked = study(("first",), counts=(2,))
    outcomes = [outcome(run, 1e-4) for run in asked.runs(SITES)]
    rng = np.random.default_rng(1)
    for one in outcomes:
        linear, network, reference = (rng.random((12, 16)).astype(np.float32) for _ in range(3))
        ct = np.zeros((12, 16), np.float32)
        write_outcome(
            tmp_path / RUNS / one.run.name / FOUND,
            one,
            [Slice(one.run.left_out[0], "f0", ct, linear, network, reference)],
        )
    text = write_page(asked, outcomes, tmp_path).read_text("utf-8")
    assert text.count("data:image/png;base64,") == 5, "figures 4 to 8"
    for figure in range(4, 9):
        assert f"(paper: figure {figure})" in text
    assert INTENDED_USE in text
    assert "Real CTs" in text
    assert "Phantoms" in text
    assert re.search(r"<td>e</td><td>pelvis</td><td>first</td>.*1.00e-03 → 2.00e-04.*5.0 \(3.3\)", text)
    assert not re.search(r"(src|href)=\"(?!data:)", text), "nothing from outside"
    numbers = json.loads((tmp_path / NUMBERS_FILE).read_text("utf-8"))
    assert numbers["intended_use"] == INTENDED_USE
    assert [one["all"]["mse_ratio"] for one in numbers["networks"]] == pytest.approx([5])
    assert numbers["networks"][0]["boxes"]["mse"]["network"]["median"] == pytest.approx(2e-4)
    assert set(numbers["by_patients"]) == {"2", "4"}
