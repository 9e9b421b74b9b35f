from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose, DoseKind, Grid, Unit, Volume
from esapi_bridge.cli.app import main

GRID = Grid((10, 9, 8), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))


@pytest.fixture(autouse=True)
def two_flat_doses(monkeypatch: pytest.MonkeyPatch) -> None:
    """File `a` is 2 Gy everywhere, file `b` 2.5 % more."""

    def read(path: Path) -> Dose:
        gy = {"a": 2.0, "b": 2.05}[path.name]
        return Dose(Volume(np.full(GRID.shape, gy, np.float32), GRID, Unit.GY), DoseKind.PLAN)

    monkeypatch.setattr("esapi_bridge.dicom.read_rtdose", read, raising=False)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["compare", *arguments])
    captured = capsys.readouterr()
    return int(str(end.value.code)), captured.out, captured.err


def test_json(capsys) -> None:
    code, out, _ = run(capsys, "a", "b", "--gamma", "3%/2mm", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["gamma_pass_percent"] == 100.0
    assert found["criterion"] == "3 %/2 mm, global (max), 10 % cut-off, 720 voxels"
    assert found["mean_difference_percent"] == pytest.approx(2.5, abs=1e-4)
    assert found["intended_use"] == INTENDED_USE


def test_text_spells_the_criterion_out(capsys) -> None:
    code, out, err = run(capsys, "a", "b", "--gamma", "2/2", "--cutoff", "20", "--local")
    assert code == 0
    assert "0.00 % of voxels pass: 2 %/2 mm, local, 20 % cut-off, 720 voxels" in out
    assert "+0.0500 Gy (+2.50 % of max A)" in out
    assert err.splitlines()[-1] == INTENDED_USE


def test_quiet_prints_nothing_but_the_intended_use(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["-q", "compare", "a", "a"])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", INTENDED_USE + "\n")


def test_a_criterion_that_is_none_fails(capsys) -> None:
    code, _, err = run(capsys, "a", "b", "--gamma", "tight")
    assert code == 1
    assert "2%/2mm" in err
