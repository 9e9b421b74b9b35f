from __future__ import annotations

import json
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.dose import run as dose_run
from tests.tasks.conftest import case, export, make_model, model

__all__ = ["case", "export", "model"]  # fixtures


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["dose", *map(str, arguments)])
    return int(end.value.code or 0)


def test_json_goes_to_standard_output(
    export: Path, model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = run(export, "-o", out, "--model", model, "--no-report", "--json")
    found = capfd.readouterr()
    assert code == 0
    record = json.loads(found.out)
    assert record["task"] == "dose"
    assert record == json.loads((out / "run.json").read_text())
    assert found.err.rstrip().endswith(INTENDED_USE)


def test_refusal_is_exit_code_3_and_leaves_nothing(
    export: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = make_model(tmp_path / "other", machines=("Halcyon",))
    assert run(export, "-o", tmp_path / "out", "--model", other) == 3
    assert "machine: expected Halcyon, found TrueBeam" in capfd.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["other"]


def test_refusal_after_the_network_is_exit_code_3(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RefusedError("refused by 1 check: finite: found NaN")

    monkeypatch.setattr(dose_run, "transform", refuse)
    assert run(export, "-o", tmp_path / "out", "--model", model) == 3
    assert list(tmp_path.iterdir()) == []


def test_interrupt_is_exit_code_4_and_leaves_nothing(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dose_run, "transform", interrupt)
    assert run(export, "-o", tmp_path / "out", "--model", model) == 4
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_model_is_exit_code_1(export: Path, tmp_path: Path) -> None:
    assert run(export, "-o", tmp_path / "out", "--model", "no-such-model") == 1


def test_missing_output_is_exit_code_2(export: Path) -> None:
    assert run(export) == 2


def test_pdf_takes_a_page_and_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESAPI_BRIDGE_BROWSER", str(tmp_path / "none"))
    assert run(tmp_path / "no export", "-o", tmp_path / "out", "--pdf", "--no-report") == 2
    assert run(tmp_path / "no export", "-o", tmp_path / "out", "--pdf") == 3
