import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from dosenet.fitting.checkpoint import BEST, LAST, load_state, load_values, save_state
from dosenet.fitting.options import RunOptions
from dosenet.fitting.run_keeper import Pace, Score
from dosenet.network import build_network
from dosenet.pairs import Pairs
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.ship import ship
from dosenet.training import main, train, train_on
from dosenet.weights import save_model
from tests.dosenet.toy import CARD

PRESET = Preset(
    "toy",
    NetworkConfig(kind="ddn-lite", channels=16, blocks=2, head_kernel=3, coarse_offsets_mm=(-5, 0, 5)),
    TrainingConfig(crop_px=48, batch=4, learning_rate=3e-3, warmup_steps=5, ema_decay=0.9),
)


@pytest.fixture(scope="module")
def stores(toy_store: Path) -> tuple[Pairs, Pairs]:
    return Pairs.load(toy_store, "train"), Pairs.load(toy_store, "validation")


def run(stores: tuple[Pairs, Pairs], options: RunOptions) -> dict[str, torch.Tensor]:
    train_on(*stores, PRESET, options)
    return load_state(options.folder / LAST)[0]


def test_training_beats_linear_up_sampling_on_a_patient_not_seen(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    run(stores, RunOptions(tmp_path, steps=250))
    with (tmp_path / "metrics.csv").open() as handle:
        last = list(csv.DictReader(handle))[-1]
    assert float(last["ratio"]) > 3
    assert float(last["validation_linear_mse"]) / float(last["validation_mse"]) == pytest.approx(float(last["ratio"]))
    assert (tmp_path / BEST).exists()


def test_four_planes_at_once_are_learned_too(toy_store: Path, tmp_path: Path) -> None:
    network = replace(
        PRESET.network,
        fine_planes=4,
        shares=True,
        empty_below=1e-4,
        ct_offsets_mm=(-1.875, -0.625, 0.625, 1.875),
    )
    preset = replace(PRESET, network=network)
    training, validation = (Pairs.load(toy_store, split, fine_planes=4) for split in ("train", "validation"))
    train_on(training, validation, preset, RunOptions(tmp_path, steps=120))
    with (tmp_path / "metrics.csv").open() as handle:
        assert float(list(csv.DictReader(handle))[-1]["ratio"]) > 1.2  # bfloat16 rounds otherwise elsewhere


def test_the_command_trains_a_network_of_four_planes_in_bfloat16(toy_store: Path, tmp_path: Path) -> None:
    network = replace(PRESET.network, fine_planes=4, ct_offsets_mm=(-1.875, -0.625, 0.625, 1.875))
    written = tmp_path / "four.yaml"
    written.write_text(yaml.safe_dump(replace(PRESET, network=network).to_dict()), encoding="utf-8")
    out = tmp_path / "run"
    command = ["--data", str(toy_store), "--preset", str(written), "--out", str(out), "--steps", "80", "--bf16"]
    assert main(command) == 0
    with (out / "metrics.csv").open() as handle:
        assert float(list(csv.DictReader(handle))[-1]["ratio"]) > 1.2  # bfloat16 rounds otherwise elsewhere


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    whole = run(stores, RunOptions(tmp_path / "whole", steps=6))
    for _ in range(2):  # each session stops after one step
        run(stores, RunOptions(tmp_path / "parts", steps=6, session_minutes=0.0, resume=True))
    _, values = load_state(tmp_path / "parts" / LAST)
    assert values["step"] == 2
    parts = run(stores, RunOptions(tmp_path / "parts", steps=6, resume=True))
    assert parts.keys() == whole.keys()
    assert all(torch.equal(parts[name], whole[name]) for name in whole)


def test_seeds_repeat_and_differ(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    first, again, other = (
        run(stores, RunOptions(tmp_path / name, steps=2, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    name = "network/head.weight"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


def test_a_checkpoint_of_another_run_is_refused(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    run(stores, RunOptions(tmp_path, steps=1))
    with pytest.raises(ValueError, match="empty run folder"):
        run(stores, RunOptions(tmp_path, steps=1))
    with pytest.raises(ValueError, match="seed"):
        run(stores, RunOptions(tmp_path, steps=2, resume=True, seed=2))
    wider = replace(PRESET, network=replace(PRESET.network, channels=8))
    with pytest.raises(ValueError, match="network"):
        train_on(*stores, wider, RunOptions(tmp_path, steps=2, resume=True))


def test_a_run_of_an_earlier_version_goes_on(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    run(stores, RunOptions(tmp_path, steps=1))
    tensors, values = load_state(tmp_path / LAST)
    assert values["preset"]["network"].pop("energy") is False, "a setting that came later"
    save_state(tmp_path / LAST, tensors, values)
    run(stores, RunOptions(tmp_path, steps=2, resume=True))
    assert load_values(tmp_path / LAST)["step"] == 2


def test_a_run_can_begin_with_the_weights_of_a_model(
    toy_store: Path, stores: tuple[Pairs, Pairs], tmp_path: Path
) -> None:
    whole = run(stores, RunOptions(tmp_path / "first", steps=5))
    details = {"name": "toy", "version": "1", "energies": [], "machines": [], "input_algorithms": [], "sites": []}
    ship(tmp_path / "first", {**details, "target_algorithm": "none"}, tmp_path / "toy")
    name, step = "network/head.weight", 3e-3 / 5  # what Adam moves a weight in its first step of the warm-up

    def one_step(folder: str, preset: Preset = PRESET, start: Path | None = None) -> torch.Tensor:
        options = RunOptions(tmp_path / folder, steps=1, seed=2, device="cpu")
        train(toy_store, options, preset=preset, start=start)
        return load_state(options.folder / LAST)[0][name]

    begun, fresh = one_step("begun", start=tmp_path / "toy"), one_step("fresh")
    shipped = whole["average/head.weight"]
    assert (begun - shipped).abs().max() <= 1.01 * step
    assert (fresh - shipped).abs().max() > 100 * step
    other = replace(PRESET, network=replace(PRESET.network, channels=8))
    with pytest.raises(ValueError, match="start from"):
        one_step("other", other, start=tmp_path / "toy")


def test_a_run_that_is_told_the_energy_can_begin_with_a_model_that_is_not(toy_store: Path, tmp_path: Path) -> None:
    offsets = (-1.875, -0.625, 0.625, 1.875)
    network = replace(PRESET.network, fine_planes=4, ct_offsets_mm=offsets, beam=True)
    start = build_network(network)
    torch.nn.init.normal_(start.last.weight, std=0.01)
    save_model(start, replace(CARD, preset=replace(PRESET, network=network).to_dict()), tmp_path / "start")
    told = replace(PRESET, network=replace(network, energy=True))
    options = RunOptions(tmp_path / "run", steps=1, device="cpu")
    train(toy_store, options, preset=told, start=tmp_path / "start", most_rows=2)
    after = load_state(options.folder / LAST)[0]
    for name, before in start.state_dict().items():
        same = after[f"network/{name}"]
        if name == "head.weight":
            same = torch.cat([same[:, :9], same[:, 11:]], 1)  # three coarse planes, six channels of the source
        assert (same - before).abs().max() <= 1.01 * 3e-3 / 5  # one step of Adam


def test_a_run_takes_its_options_and_tells_how_far_it_is(toy_store: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    options = RunOptions(tmp_path, steps=3, batch=2, device="cpu")
    train(toy_store, options, preset=PRESET, crop_px=16, progress=lambda *step: told.append(step))
    kept = load_state(tmp_path / LAST)[1]["preset"]["training"]
    assert (kept["batch"], kept["crop_px"]) == (2, 16)
    read = [(f"reading {split}", k, of) for split, of in (("train", 4), ("validation", 2)) for k in range(1, of + 1)]
    assert told == [*read, ("training", 1, 3), ("training", 2, 3), ("training", 3, 3)]


def test_a_run_without_a_better_score_ends_when_patience_is_lost(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    scores = iter([3.0, 2.0, 2.5, 2.0, 2.0, 1.0])
    options = RunOptions(tmp_path, steps=50, patience=3, validation_minutes=0.0)
    train_on(stores[0], lambda _: Score(next(scores), {}), PRESET, options)
    assert load_state(tmp_path / LAST)[1]["step"] == 5, "the second was the best, three followed"
    assert load_state(tmp_path / BEST)[1]["step"] == 2


def test_validations_can_be_spread_evenly_over_a_run(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    ticks = iter(range(10_000))  # a second whenever it is asked
    for folder, options in (("steps", RunOptions(tmp_path / "steps", steps=9)),
                            ("time", RunOptions(tmp_path / "time", hours=0.02))):  # fmt: skip
        train_on(stores[0], lambda _: Score(1.0, {}), PRESET, options, pace=Pace(lambda: next(ticks), 3))
        with (tmp_path / folder / "metrics.csv").open() as handle:
            rows = list(csv.DictReader(handle))
        assert len(rows) == 3
        if folder == "steps":
            assert [row["step"] for row in rows] == ["3", "6", "9"]
        else:
            seconds = [float(row["elapsed_s"]) for row in rows]
            assert seconds == pytest.approx([24, 48, 72], abs=8)


def test_progress_says_how_good_the_network_is(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    told: list[str] = []
    options = RunOptions(tmp_path, steps=3, validation_minutes=0.0)
    train_on(*stores, PRESET, options, progress=lambda text, *_: told.append(text))
    assert told[0] == "training"
    assert re.fullmatch(r"training, loss \d\.\d\de-\d\d, \d+\.\d x less error than linear", told[-1])


def test_an_exception_of_the_progress_ends_the_run(stores: tuple[Pairs, Pairs], tmp_path: Path) -> None:
    def stop(step: str, done: int, total: int) -> None:
        raise InterruptedError(step, done, total)

    with pytest.raises(InterruptedError):
        train_on(*stores, PRESET, RunOptions(tmp_path, hours=1.0), progress=stop)
