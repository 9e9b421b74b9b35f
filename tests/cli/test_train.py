from __future__ import annotations

import csv
from pathlib import Path

import pytest

from esapi_bridge.cli.app import main
from tests.dosenet.toy import make_store

PRESET = """
name: tiny
network: {kind: ddn-lite, channels: 8, blocks: 1, head_kernel: 3}
training: {crop_px: 32, batch: 2}
"""


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["train", *(str(a) for a in arguments)])
    return int(str(end.value.code))


def test_a_run_stops_and_goes_on(tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    preset = tmp_path / "tiny.yaml"
    preset.write_text(PRESET)
    common = (store, "-o", tmp_path / "run", "--preset", preset, "--steps", 3, "--device", "cpu")
    assert run(*common, "--session-minutes", 0) == 0
    assert run(*common, "--resume") == 0
    with (tmp_path / "run" / "metrics.csv").open() as handle:
        assert [row["step"] for row in csv.DictReader(handle)] == ["1", "3"]


def test_what_cannot_be_trained_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train"}, fields=1)
    assert run(store, "-o", tmp_path / "run") == 2
    assert run(store, "-o", tmp_path / "run", "--steps", 1, "--device", "cpu") == 1
    assert "found none" in capsys.readouterr().err


def test_a_run_cannot_begin_with_a_model_of_another_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    preset = tmp_path / "tiny.yaml"
    preset.write_text(PRESET)
    options = ("--preset", preset, "--steps", 1, "--device", "cpu", "--start", "ddn-lite")
    assert run(store, "-o", tmp_path / "run", *options) == 1
    assert "start from" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
