"""What a training is said to need, against what it has: planes in memory, weights, activations counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dosenet.config import preset_names, read_preset
from dosenet.fitting.options import RunOptions
from dosenet.network import build_network
from dosenet.pairs import Pairs, kept_bytes
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.rays import STORED_CHANNELS
from dosenet.store import read_patients
from dosenet.training import train
from dosenet.training_need import TrainingNeed, spoken_time, step_memory, training_need
from tests.dosenet.toy import make_store

SRCNN = Preset(
    "srcnn",
    NetworkConfig(kind="srcnn", channels=16, tail_channels=8, head_kernel=9),
    TrainingConfig(crop_px=64, batch=2),
)


@pytest.mark.parametrize(("fine_planes", "most"), [(1, None), (1, 3), (4, None), (4, 2)])
def test_kept_planes_are_counted_as_they_are_kept(toy_store: Path, fine_planes: int, most: int | None) -> None:
    pairs = Pairs.load(toy_store, "train", fine_planes=fine_planes, beam=fine_planes == 4, most_rows=most)
    tensors = [pairs.fine, pairs.coarse, *([] if pairs.beam is None else [pairs.beam])]
    channels = STORED_CHANNELS if fine_planes == 4 else 0
    found = [
        kept_bytes(pair, fine_planes, channels, most)
        for patient in read_patients(toy_store, "train")
        for pair in patient.fields()
    ]
    assert sum(size for size, _ in found) == sum(t.numel() * t.element_size() for t in tensors)
    assert sum(rows for _, rows in found) == len(pairs)


def test_what_a_step_keeps_is_counted_without_calculating_it() -> None:
    parameters, kept = step_memory(SRCNN)
    assert parameters == sum(weights.numel() for weights in build_network(SRCNN.network).parameters())
    # The input of each convolution, which for the later two is a rectifier's answer, in float32.
    by_hand = 4 * 2 * 64**2 * (2 + 16 + 8)
    assert by_hand < kept < 1.3 * by_hand


def test_twice_the_batch_keeps_twice_as_much() -> None:
    twice = replace(SRCNN, training=replace(SRCNN.training, batch=4))
    weights = 4 * step_memory(SRCNN)[0]
    assert step_memory(twice)[1] - weights == pytest.approx(2 * (step_memory(SRCNN)[1] - weights), rel=0.02)


def test_a_need_is_found_from_the_store(toy_store: Path, tmp_path: Path) -> None:
    need = training_need(toy_store, SRCNN, RunOptions(tmp_path, steps=3), "cpu", {"train": None, "validation": 2})
    assert (need.fields, need.batch) == (4, 2)
    assert need.step_s > 0
    cts = 3 * 24 * 64 * 80 * 3  # two patients to learn from and one to validate with, three bytes a voxel
    assert cts < need.pairs_bytes < 4 * cts
    only = make_store(tmp_path / "only.zarr", {"a": "train"}, fields=1)
    with pytest.raises(ValueError, match="found none"):
        training_need(only, SRCNN, RunOptions(tmp_path, steps=3), "cpu", {"train": None, "validation": 2})


def test_a_need_is_said_in_a_line() -> None:
    need = TrainingNeed(
        parameters=1_350_000, fields=150, rows=2400, batch=4, step_s=0.5, reading_s=120.0, validation_s=10.0,
        pairs_bytes=1.5e9, step_bytes=0.2e9, libraries_bytes=0.3e9,
    )  # fmt: skip
    hours, steps = RunOptions(Path("run"), hours=1.0), RunOptions(Path("run"), steps=1200)
    assert "62 min (2 min to read, 7200 steps of 0.5 s, each plane 12.0 times) and 2.0 GB" in need.expected(hours)
    assert need.seconds(steps) == 120 + 600 + 3 * 10, "a validation every five minutes, and in the end"
    short = replace(steps, session_minutes=5.0)
    assert need.seconds(short) == 120 + 300, "a session that ends before the run"
    assert "7 min (2 min to read, 600 steps" in need.expected(short)
    assert "600 steps" in need.expected(replace(hours, session_minutes=5.0))
    assert need.taken(steps, 700.0, 2.2e9) == "took 12 min (12 min expected) and 2.2 GB (2.0 expected)"
    assert need.taken(steps, 700.0, None) == "took 12 min (12 min expected)"
    assert [spoken_time(s) for s in (40, 720, 12_000)] == ["40 s", "12 min", "3 h 20 min"]


def test_a_resumed_run_says_what_is_left(toy_store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = RunOptions(tmp_path, steps=9, resume=True, session_minutes=0.0)
    train(toy_store, options, preset=SRCNN)
    with caplog.at_level("INFO", "dosenet.training"):
        train(toy_store, replace(options, session_minutes=None), preset=SRCNN)
    assert " 8 steps of" in caplog.text, "one of nine was made in the first session"


def test_every_preset_says_what_it_is_for() -> None:
    for name in preset_names("dosenet"):
        assert len(str(read_preset(name, "dosenet")["summary"])) > 30
