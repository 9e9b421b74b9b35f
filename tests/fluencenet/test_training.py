import csv
from pathlib import Path

import pytest
import torch
import yaml

from dosenet.fitting.checkpoint import BEST, LAST, load_state
from dosenet.fitting.options import RunOptions
from fluencenet.preset import NetworkConfig, Preset, TrainingConfig
from fluencenet.samples import SampleFolder
from fluencenet.samples import main as make_samples
from fluencenet.training import FluenceModule, main, train, train_on, validate
from tests.fluencenet.toy import PRESET


@pytest.mark.slow
def test_training_beats_the_estimate_on_a_plan_not_seen(folder: SampleFolder, tmp_path: Path) -> None:
    training, validation = folder.load("train"), folder.load("validation")
    untrained = validate(FluenceModule(PRESET).network.eval(), validation, PRESET)
    train_on(training, validation, PRESET, RunOptions(tmp_path, steps=150))
    with (tmp_path / "metrics.csv").open() as handle:
        last = list(csv.DictReader(handle))[-1]
    assert float(last["validation_loss"]) < 0.93 * untrained.value
    assert float(last["validation_mae"]) < untrained.figures["validation_mae"]
    assert float(last["validation_ssim"]) > untrained.figures["validation_ssim"]
    assert (tmp_path / BEST).exists()


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(folder: SampleFolder, tmp_path: Path) -> None:
    plans = folder.load("train")[:1]

    def run(name: str, session_minutes: float | None = None) -> dict[str, torch.Tensor]:
        options = RunOptions(tmp_path / name, steps=3, session_minutes=session_minutes, resume=True)
        train_on(plans, plans, PRESET, options)
        return load_state(tmp_path / name / LAST)[0]

    whole = run("whole")
    run("parts", session_minutes=0.0)
    assert load_state(tmp_path / "parts" / LAST)[1]["step"] == 1
    parts = run("parts")
    assert all(torch.equal(parts[name], whole[name]) for name in whole)


def test_the_commands_make_samples_and_a_run(folder: SampleFolder, toy_store: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(PRESET.to_dict()))
    common = ["--data", str(toy_store), "--preset", str(tmp_path / "toy.yaml"), "--samples", str(folder.path)]
    assert make_samples(common) == 0
    assert main([*common, "--out", str(tmp_path / "run"), "--steps", "1", "--batch", "2", "--device", "cpu"]) == 0
    _, values = load_state(tmp_path / "run" / BEST)
    assert values["preset"]["simple_dose"] == folder.table().to_dict()
    assert values["preset"]["training"]["batch"] == 2


def test_the_paper_s_recipe_learns_by_stairs_and_clips_each_kernel(folder: SampleFolder, tmp_path: Path) -> None:
    preset = Preset(
        "paper",
        NetworkConfig("dual-frame", channels=4, levels=2, map_px=32),
        TrainingConfig(batch=4, stepped=True, clip_kernel_norm=1e-4, shift_px=2),
    )
    module = FluenceModule(preset)
    rates = []
    for module.progress in (0.0, 0.09, 0.1, 0.55, 1.0):
        rates.append(module.planned_rate())
    assert rates == pytest.approx([1e-3, 1e-3, 0.8e-3, 1e-3 * 0.8**5, 1e-3 * 0.8**10])
    plans = folder.load("train")[:1]
    train_on(plans, plans, preset, RunOptions(tmp_path, steps=3))
    average = load_state(tmp_path / BEST)[0]
    # Averaged weights come with the statistics of the normalisation layers.
    assert float(average["encoder.0.1.running_mean"].abs().sum()) > 0


def test_a_run_takes_its_options_and_tells_how_far_it_is(folder: SampleFolder, toy_store: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    options = RunOptions(tmp_path, steps=2, batch=3, device="cpu")
    train(toy_store, options, preset=PRESET, samples=folder.path, progress=lambda *step: told.append(step))
    assert load_state(tmp_path / LAST)[1]["preset"]["training"]["batch"] == 3
    assert told == [*(("samples", k, 6) for k in range(7)), ("training", 1, 2), ("training", 2, 2)]
