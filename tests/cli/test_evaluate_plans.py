"""``esapi-bridge evaluate plans``: what it prints and writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.evaluation.fluence import network as evaluation_network
from esapi_bridge.evaluation.fluence import page as evaluation_page
from esapi_bridge.evaluation.fluence import run as evaluation_run
from esapi_bridge.evaluation.fluence.network import Network
from tests.cli.conftest import Run
from tests.evaluation.fluence.evaluated import patient

pytestmark = pytest.mark.slow


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two patients measured before, none of them shown."""
    network = Network("toy 1", "ab" * 32, lambda _: [])
    monkeypatch.setattr(evaluation_network, "load_network", lambda *_: network)
    monkeypatch.setattr(evaluation_run, "evaluate_plans", lambda *_, **__: [patient("a", 0.1), patient("b", -0.3)])
    monkeypatch.setattr(evaluation_page, "to_show", lambda _: [])


@pytest.mark.usefixtures("measured")
def test_json_holds_every_patient_and_the_page_is_written(esapi: Run, tmp_path: Path) -> None:
    figures = esapi("evaluate", "plans", tmp_path, "-o", tmp_path / "out", "--json").answer
    assert [each["name"] for each in figures["each"]] == ["a", "b"]
    assert figures["plans"]["PTV D95"]["worst_patient"] == "b"
    assert figures["goals"]["all goals"] == {"plans": 4, "clinical": 2, "predicted": 2}
    assert figures["each"][0]["goals"][0]["text"] == "Rectum Dmean <= 11 Gy"
    assert "toy 1" in (tmp_path / "out" / "fluence-evaluation.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("measured")
def test_people_get_the_aims_and_the_page(esapi: Run, tmp_path: Path) -> None:
    lines = esapi("evaluate", "plans", tmp_path, "-o", tmp_path / "out").out.splitlines()
    assert lines[0].split() == ["aim", "found", "reached"]
    assert next(line for line in lines if line.startswith(" Rectum Dmean")).split()[-3:] == ["2", "2", "2"]
    assert any(line.split()[:2] == ["mean", "aperture"] for line in lines)
    assert lines[-1] == f"2 patients; page: {tmp_path / 'out' / 'fluence-evaluation.html'}"


def test_an_unknown_model_and_a_run_without_log_fail_plainly(esapi: Run, tmp_path: Path) -> None:
    found = esapi("evaluate", "plans", tmp_path, "-o", tmp_path / "out", "--model", "nobody")
    assert found.code == 1
    assert "nobody" in found.err
    assert not (tmp_path / "out").exists()
