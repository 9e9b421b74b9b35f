"""``esapi-bridge train dose|fluence``: every option of a run is handed on, and a run stops and goes on."""

from __future__ import annotations

import csv
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dosenet.fitting.options import RunOptions
from esapi_bridge.folders.lock import only_process
from tests.cli.conftest import Run
from tests.dosenet.toy import make_store

PRESET = """
name: tiny
network: {kind: ddn-lite, channels: 8, blocks: 1, head_kernel: 3}
training: {crop_px: 32, batch: 2}
"""

EVERY_OPTION = (
    *("--steps", 7, "--session-minutes", 2, "--validation-minutes", 3, "--checkpoint-minutes", 4),
    *("--resume", "--seed", 5, "--device", "cuda", "--batch", 6, "--threads", 1, "--compile", "--no-bf16"),
    *("--patience", 8),
)
CHOSEN = RunOptions(
    Path(), None, 7, 2.0, 3.0, 4.0, resume=True, seed=5, device="cuda", batch=6, threads=1, compile_network=True,
    bf16=False, patience=8,
)  # fmt: skip


@pytest.mark.parametrize(
    ("network", "own", "handed_on"),
    [
        (
            "dose",
            ("--start", "ddn-lite", "--crop", 48, "--planes", 9),
            {"preset": "p", "start": "ddn-lite", "crop_px": 48, "most_rows": 9},
        ),
        ("fluence", ("--samples", "kept"), {"preset": "p", "samples": Path("kept")}),
    ],
)
def test_every_option_is_handed_on(
    esapi: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    network: str,
    own: tuple[object, ...],
    handed_on: dict[str, object],
) -> None:
    asked: list[object] = []

    def train(data: Path, options: RunOptions, *, progress: object, **own: object) -> Path:
        assert callable(progress)
        asked.extend((data, options, own))
        return Path("best.safetensors")

    monkeypatch.setattr(f"{network.replace('dose', 'dosenet').replace('fluence', 'fluencenet')}.training.train", train)
    run = tmp_path / "run"
    found = esapi("train", network, tmp_path, "-o", run, "--preset", "p", *EVERY_OPTION, *own)
    assert found.code == 0, found.err
    assert asked == [tmp_path, replace(CHOSEN, folder=run), handed_on]
    assert found.out == "best weights  best.safetensors\n"
    assert all(getattr(CHOSEN, f.name) != f.default for f in fields(RunOptions) if f.name != "hours")


@pytest.mark.parametrize("network", ["dose", "fluence"])
@pytest.mark.parametrize(
    "options", [(), ("--hours", 1, "--steps", 1), ("--steps", 0), ("--steps", 1, "--device", "tpu")]
)
def test_wrong_usage(esapi: Run, tmp_path: Path, network: str, options: tuple[object, ...]) -> None:
    assert esapi("train", network, tmp_path, "-o", tmp_path / "run", *options).code == 2
    assert not (tmp_path / "run").exists()


def test_a_run_stops_and_goes_on(esapi: Run, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    preset = tmp_path / "tiny.yaml"
    preset.write_text(PRESET)
    words = ("train", "dose", store, "-o", tmp_path / "run", "--preset", preset, "--steps", 3, "--device", "cpu")
    first = esapi(*words, "--session-minutes", 0)
    assert first.code == 0
    assert "INFO dosenet.fitting: step 1 " in first.err, "what a run of hours says is shown without -v"
    assert "INFO" not in esapi("-q", *words, "--resume").err
    with (tmp_path / "run" / "metrics.csv").open() as handle:
        assert [row["step"] for row in csv.DictReader(handle)] == ["1", "3"]


def test_one_process_at_a_time_works_on_a_run(esapi: Run, tmp_path: Path) -> None:
    with only_process(tmp_path / "run", "a training run"):
        found = esapi("train", "dose", tmp_path, "-o", tmp_path / "run", "--steps", 1)
    assert found.code == 1
    assert "one process at a time works on a training run, found another one" in found.err


def test_a_damaged_checkpoint_is_said_plainly(esapi: Run, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    preset, run = tmp_path / "tiny.yaml", tmp_path / "run"
    preset.write_text(PRESET)
    words = ("train", "dose", store, "-o", run, "--preset", preset, "--steps", 1, "--device", "cpu")
    assert esapi(*words).code == 0
    file = run / "last.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    found = esapi(*words, "--resume")
    assert found.code == 1
    assert "found a damaged or another file" in found.err


def test_presets_are_listed_without_a_store(esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dosenet.preset_list.step_memory", lambda _: (2_500_000, 1e9))
    found = esapi("train", "dose", "--list-presets")
    assert found.code == 0, found.err
    presets = {"ddn", "ddn-crops", "ddn-lite", "ddn-paper", "srcnn"}
    assert presets <= set(found.out.split())
    assert found.out.count("2.50 M") == len(presets), "a row for each"


def test_what_cannot_be_trained_is_said_plainly(esapi: Run, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train"}, fields=1)
    found = esapi("train", "dose", store, "-o", tmp_path / "run", "--steps", 1, "--device", "cpu")
    assert found.code == 1
    assert "found none" in found.err


def test_a_run_cannot_begin_with_a_model_of_another_network(esapi: Run, tmp_path: Path) -> None:
    store = make_store(tmp_path / "toy.zarr", {"a": "train", "b": "validation"}, fields=1)
    preset = tmp_path / "tiny.yaml"
    preset.write_text(PRESET)
    options = ("--preset", preset, "--steps", 1, "--device", "cpu", "--start", "ddn-lite")
    found = esapi("train", "dose", store, "-o", tmp_path / "run", *options)
    assert found.code == 1
    assert "start from" in found.err
    assert not (tmp_path / "run").exists()
