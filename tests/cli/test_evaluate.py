from __future__ import annotations

import json
from pathlib import Path

import pytest

from dosenet.network import build_network
from dosenet.weights import save_model
from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main
from tests.dosenet.toy import CARD, PRESET, make_store


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    make_store(folder / "toy.zarr", {"a": "test"}, fields=1)
    save_model(build_network(PRESET.network), CARD, folder / "model")
    return folder


def run(capsys: pytest.CaptureFixture[str], toy: Path, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(
            [
                "evaluate",
                str(toy / "toy.zarr"),
                "--model",
                str(toy / "model"),
                "--planes",
                "1",
                "--points",
                "0",
                *arguments,
            ]
        )
    return int(str(end.value.code)), capsys.readouterr().out


def test_an_untrained_network_gains_nothing(capsys: pytest.CaptureFixture[str], toy: Path) -> None:
    code, text = run(capsys, toy, "--json")
    figures = json.loads(text)
    assert code == 0
    assert figures["intended_use"] == INTENDED_USE
    assert figures["all"]["mse_ratio"] == pytest.approx(1.0, rel=1e-4)


def test_the_table_has_a_line_for_every_patient_and_one_for_all(capsys: pytest.CaptureFixture[str], toy: Path) -> None:
    code, text = run(capsys, toy)
    assert code == 0
    assert [line.split()[0] for line in text.splitlines() if "->" in line] == ["a", "all"]


def test_an_empty_split_fails_plainly(capsys: pytest.CaptureFixture[str], toy: Path) -> None:
    assert run(capsys, toy, "--split", "train")[0] == 1
