import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from dosenet.data import PairStore
from dosenet.fitting.checkpoint import BEST, LAST, load_state, save_state
from dosenet.fitting.learner import learning_rate
from dosenet.fitting.run_keeper import RunLimits
from dosenet.gamma import Criterion, image_pass_rate
from dosenet.loss import GAMMA_WEIGHT, loss_of
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.ship import ship
from dosenet.training import main, train
from dosenet.weights import Card

PRESET = Preset(
    "toy",
    NetworkConfig(kind="ddn-lite", channels=16, blocks=2, head_kernel=3, aaa_offsets_mm=(-5, 0, 5)),
    TrainingConfig(crop_px=48, batch=4, learning_rate=3e-3, warmup_steps=5, ema_decay=0.9),
)


@pytest.fixture(scope="module")
def stores(toy_store: Path) -> tuple[PairStore, PairStore]:
    return PairStore.load(toy_store, "train"), PairStore.load(toy_store, "validation")


def run(
    stores: tuple[PairStore, PairStore], folder: Path, limits: RunLimits, **more: object
) -> dict[str, torch.Tensor]:
    train(PRESET, *stores, folder, limits, **more)  # type: ignore[arg-type]
    return load_state(folder / LAST)[0]


def test_training_beats_linear_up_sampling_on_a_patient_not_seen(stores: tuple[PairStore, PairStore], tmp_path: Path):
    run(stores, tmp_path, RunLimits(steps=250))
    with (tmp_path / "metrics.csv").open() as handle:
        last = list(csv.DictReader(handle))[-1]
    assert float(last["ratio"]) > 3
    assert float(last["validation_linear_mse"]) / float(last["validation_mse"]) == pytest.approx(float(last["ratio"]))
    assert (tmp_path / BEST).exists()


def test_four_planes_at_once_are_learned_too(toy_store: Path, tmp_path: Path):
    network = replace(
        PRESET.network,
        fine_planes=4,
        shares=True,
        empty_below=1e-4,
        ct_offsets_mm=(-1.875, -0.625, 0.625, 1.875),
    )
    preset = replace(PRESET, network=network)
    training, validation = (PairStore.load(toy_store, split, fine_planes=4) for split in ("train", "validation"))
    train(preset, training, validation, tmp_path, RunLimits(steps=120))
    with (tmp_path / "metrics.csv").open() as handle:
        assert float(list(csv.DictReader(handle))[-1]["ratio"]) > 1.5


def test_the_command_trains_a_network_of_four_planes_in_bfloat16(toy_store: Path, tmp_path: Path):
    network = replace(PRESET.network, fine_planes=4, ct_offsets_mm=(-1.875, -0.625, 0.625, 1.875))
    written = tmp_path / "four.yaml"
    written.write_text(yaml.safe_dump(replace(PRESET, network=network).to_dict()), encoding="utf-8")
    out = tmp_path / "run"
    command = ["--data", str(toy_store), "--preset", str(written), "--out", str(out), "--steps", "80", "--bf16"]
    assert main(command) == 0
    with (out / "metrics.csv").open() as handle:
        assert float(list(csv.DictReader(handle))[-1]["ratio"]) > 1.5


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(stores: tuple[PairStore, PairStore], tmp_path: Path):
    whole = run(stores, tmp_path / "whole", RunLimits(steps=6))
    for _ in range(2):  # each session stops after one step
        run(stores, tmp_path / "parts", RunLimits(steps=6, session_minutes=0.0), resume=True)
    _, values = load_state(tmp_path / "parts" / LAST)
    assert values["step"] == 2
    parts = run(stores, tmp_path / "parts", RunLimits(steps=6), resume=True)
    assert parts.keys() == whole.keys()
    assert all(torch.equal(parts[name], whole[name]) for name in whole)


def test_seeds_repeat_and_differ(stores: tuple[PairStore, PairStore], tmp_path: Path):
    first, again, other = (
        run(stores, tmp_path / name, RunLimits(steps=2), seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    name = "network/head.weight"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


def test_a_checkpoint_of_another_run_is_refused(stores: tuple[PairStore, PairStore], tmp_path: Path):
    run(stores, tmp_path, RunLimits(steps=1))
    with pytest.raises(ValueError, match="empty run folder"):
        run(stores, tmp_path, RunLimits(steps=1))
    with pytest.raises(ValueError, match="seed"):
        run(stores, tmp_path, RunLimits(steps=2), resume=True, seed=2)
    wider = replace(PRESET, network=replace(PRESET.network, channels=8))
    with pytest.raises(ValueError, match="network"):
        train(wider, *stores, tmp_path, RunLimits(steps=2), resume=True)


def test_a_run_can_begin_with_the_weights_of_a_model(stores: tuple[PairStore, PairStore], tmp_path: Path):
    whole = run(stores, tmp_path / "first", RunLimits(steps=5))
    details = {"name": "toy", "version": "1", "energies": [], "machines": [], "input_algorithms": [], "sites": []}
    ship(tmp_path / "first", {**details, "target_algorithm": "none"}, tmp_path / "toy", kind=Card)
    name, step = "network/head.weight", 3e-3 / 5  # what Adam moves a weight in its first step of the warm-up
    begun = run(stores, tmp_path / "begun", RunLimits(steps=1), seed=2, start=tmp_path / "toy")
    fresh = run(stores, tmp_path / "fresh", RunLimits(steps=1), seed=2)
    shipped = whole["average/head.weight"]
    assert (begun[name] - shipped).abs().max() <= 1.01 * step
    assert (fresh[name] - shipped).abs().max() > 100 * step
    other = replace(PRESET, network=replace(PRESET.network, channels=8))
    with pytest.raises(ValueError, match="start from"):
        train(other, *stores, tmp_path / "other", RunLimits(steps=1), start=tmp_path / "toy")


def test_the_learning_rate_warms_up_and_follows_a_cosine():
    config = TrainingConfig(learning_rate=1e-3, final_learning_rate=1e-5, warmup_steps=10)
    assert learning_rate(config, 0, 0.0) == pytest.approx(1e-4)
    assert learning_rate(config, 100, 0.5) == pytest.approx((1e-3 + 1e-5) / 2)
    assert learning_rate(config, 100, 1.0) == pytest.approx(1e-5)
    paper = TrainingConfig(learning_rate=1e-4, final_learning_rate=1e-4, warmup_steps=0)
    assert {learning_rate(paper, k, k / 10) for k in range(11)} == {1e-4}


def test_losses_by_hand():
    predicted, target = torch.tensor([0.0, 0.3]), torch.tensor([0.1, 0.1])
    assert loss_of(predicted, target, "mse").item() == pytest.approx((0.01 + 0.04) / 2)
    mixed = 0.5 * 0.025 + 0.5 * 0.01 * (math.hypot(0.1, 1e-3) + math.hypot(0.2, 1e-3)) / 2
    assert loss_of(predicted, target, "charbonnier").item() == pytest.approx(mixed, rel=1e-5)
    # A plane of half the dose: the same absolute error counts twice in the part that is relative to the plane.
    planes = torch.tensor([[[[1.0, 0.0]], [[0.5, 0.0]]]])
    by_plane = 0.5 * 0.01**2 + 0.5 * 0.01 * (math.hypot(0.01, 1e-3) + math.hypot(0.02, 1e-3)) / 2
    assert loss_of(planes + 0.01, planes, "charbonnier-by-plane").item() == pytest.approx(by_plane, rel=1e-4)


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_the_gamma_loss_knows_where_gamma_fails(share: float):
    # A ramp of 0.5 % a mm, off by a little: gamma is difference over hypot(2 %, slope x 2 mm) (Low et al. 1998).
    ramp = torch.linspace(1.0 - 80 * 1.25 * 0.005, 1.0, 81).expand(1, 1, 40, 81).contiguous()
    off = share * math.hypot(0.02, 0.005 * 2)
    passed = image_pass_rate(ramp[0, 0].numpy(), (ramp - off)[0, 0].numpy(), Criterion(2, 2), 1.25)
    ends = 100 * 2 / 81  # from the first and last column half of the way to agreement leads out of the image
    assert passed >= 100 - ends if share < 1 else passed <= ends
    edge = off / 0.02  # the gradient is not known in the first and last column
    expected = (79 * math.log1p(share**4) + 2 * math.log1p(edge**4)) / 81
    added = loss_of(ramp - off, ramp, "gamma") - loss_of(ramp - off, ramp, "charbonnier-by-plane")
    assert added.item() == pytest.approx(GAMMA_WEIGHT * expected, rel=1e-3)


def test_the_gamma_loss_takes_planes_for_equal_and_points_of_low_dose_for_none():
    planes = torch.ones(1, 2, 40, 40)
    planes[0, 1] *= 0.3
    planes[0, :, :10] *= 0.05
    wrong = planes.clone()
    wrong[0, 0, :10] += 0.004
    wrong[0, 1, 20:] -= 0.009  # 3 % of that plane
    added = loss_of(wrong, planes, "gamma") - loss_of(wrong, planes, "charbonnier-by-plane")
    assert added.item() == pytest.approx(GAMMA_WEIGHT * math.log1p(1.5**4) * (20 / 30) / 2, rel=2e-2)


def test_a_state_survives_an_interrupted_write(tmp_path: Path):
    path = tmp_path / "s.safetensors"
    save_state(path, {"a": torch.ones(2)}, {"step": 1})
    path.with_suffix(".part").write_bytes(b"half")
    tensors, values = load_state(path)
    assert values == {"step": 1}
    assert torch.equal(tensors["a"], torch.ones(2))


def test_limits_need_exactly_one_horizon():
    with pytest.raises(ValueError, match="hours or steps"):
        RunLimits()
    with pytest.raises(ValueError, match="hours or steps"):
        RunLimits(hours=1, steps=1)
