"""``evaluate-fluence``: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from esapi_bridge.evaluation.fluence import page as evaluation_page
from esapi_bridge.evaluation.fluence import run as evaluation_run
from esapi_bridge.evaluation.fluence.run import Network
from tests.evaluation.fluence.evaluated import patient


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["evaluate-fluence", *map(str, arguments)])
    printed = capsys.readouterr()
    return int(str(end.value.code)), printed.out, printed.err


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two patients measured before, none of them shown."""
    network = Network("toy 1", "ab" * 32, lambda _: [])
    monkeypatch.setattr(evaluation_run, "load_network", lambda _: network)
    monkeypatch.setattr(evaluation_run, "evaluate_plans", lambda *_: [patient("a", 0.1), patient("b", -0.3)])
    monkeypatch.setattr(evaluation_page, "to_show", lambda _: [])


@pytest.mark.usefixtures("measured")
def test_json_holds_every_patient_and_the_page_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, tmp_path, "-o", tmp_path / "out", "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["intended_use"] == INTENDED_USE
    assert [each["name"] for each in figures["each"]] == ["a", "b"]
    assert figures["plans"]["PTV D95"]["worst_patient"] == "b"
    assert "toy 1" in (tmp_path / "out" / "fluence-evaluation.html").read_text(encoding="utf-8")


def test_an_unknown_model_and_a_run_without_log_fail_plainly(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, tmp_path, "-o", tmp_path / "out", "--model", "nobody")
    assert code == 1
    assert "nobody" in err
    assert not (tmp_path / "out").exists()
