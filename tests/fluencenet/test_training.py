import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from dosenet.fitting.checkpoint import BEST, LAST, load_state
from dosenet.fitting.options import RunOptions
from fluencenet.preset import NetworkConfig, Preset, TrainingConfig
from fluencenet.samples import BeamSampler, SampleFolder, centred
from fluencenet.samples import main as make_samples
from fluencenet.store import FluenceStore
from fluencenet.training import FluenceModule, main, train, train_on, validate
from tests.fluencenet.toy import PRESCRIPTION_GY, PRESET, toy_case


@pytest.fixture(scope="module")
def folder(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> SampleFolder:
    made = SampleFolder(tmp_path_factory.mktemp("samples"), FluenceStore(toy_store), PRESET)
    assert made.update() == 6
    return made


def test_samples_hold_what_the_plan_holds(folder: SampleFolder):
    case = toy_case("p0", "train", 0)
    (plan, *_), names = folder.load("train"), folder.store.names("train")
    assert names[0] == "p0"
    sums = [float(b.fluence.values.sum()) / PRESCRIPTION_GY for b in case.beams]
    assert plan.target.sum((1, 2, 3)).tolist() == pytest.approx(sums, rel=1e-5)
    assert float(plan.dose.max()) == pytest.approx(case.scene.dose_gy.max() / PRESCRIPTION_GY, rel=0.05)
    assert plan.fractional_mu == pytest.approx(PRESCRIPTION_GY * 1.25)
    assert sorted(set(plan.labels.flatten().tolist())) == [0, 1, 10]
    assert centred(plan, 32).target.shape == (3, 1, 32, 32)


def test_a_growing_store_is_followed(toy_store: Path, tmp_path: Path):
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(toy_case("a", "train", 0))
    folder = SampleFolder(tmp_path / "samples", store, PRESET)
    assert folder.update() == 1
    table = folder.table()
    store.add(toy_case("b", "train", 1))
    assert (folder.update(), folder.update()) == (1, 0)
    assert len(folder.load("train")) == 2
    assert folder.table() == table
    with pytest.raises(ValueError, match="validation"):
        folder.load("validation")
    store.add(replace(toy_case("c", "train", 2), attributes={}))
    assert folder.update() == 0  # nothing says what its fluence means
    assert len(folder.load("train")) == 2
    other = replace(PRESET, training=replace(PRESET.training, shift_px=4))
    with pytest.raises(ValueError, match="another folder"):
        SampleFolder(tmp_path / "samples", store, other).load("train")


def test_batches_repeat_and_never_lose_fluence(folder: SampleFolder):
    plans = folder.load("train")
    sampler = BeamSampler(plans, PRESET, seed=3)
    assert len(sampler) == 12
    batches = [sampler.draw(step) for step in range(3)]
    again = BeamSampler(plans, PRESET, seed=3).draw(1)
    assert torch.equal(batches[1].target, again.target)
    assert torch.equal(batches[1].views.dose, again.views.dose)
    sums = sorted(float(s) for plan in plans for s in plan.target.sum((1, 2, 3)))
    # one epoch of 12 beams: every beam once, whole, wherever its window was shifted
    drawn = sorted(float(s) for batch in batches for s in batch.target.sum((1, 2, 3)))
    assert drawn == pytest.approx(sums, rel=1e-5)
    assert not torch.equal(BeamSampler(plans, PRESET, seed=4).draw(1).target, again.target)


def test_mirrored_samples_stay_in_register(folder: SampleFolder):
    plans = [replace(plan, estimate=plan.target) for plan in folder.load("train")]
    mirrored = replace(PRESET, training=replace(PRESET.training, mirror=True))
    sampler = BeamSampler(plans, mirrored, seed=0)
    seen = set()
    for step in range(12):
        batch = sampler.draw(step)
        assert torch.equal(batch.views.estimate, batch.target)
        shadow = (batch.views.labels == 10).any(1, keepdim=True)
        assert (batch.target[shadow] > 0).float().mean() > 0.9
        seen.add(round(float(batch.target[0, 0, :16].sum()), 3))
    assert len(seen) > 6


def test_training_beats_the_estimate_on_a_plan_not_seen(folder: SampleFolder, tmp_path: Path):
    training, validation = folder.load("train"), folder.load("validation")
    untrained = validate(FluenceModule(PRESET).network.eval(), validation, PRESET)
    train_on(training, validation, PRESET, RunOptions(tmp_path, steps=150))
    with (tmp_path / "metrics.csv").open() as handle:
        last = list(csv.DictReader(handle))[-1]
    assert float(last["validation_loss"]) < 0.93 * untrained.value
    assert float(last["validation_mae"]) < untrained.figures["validation_mae"]
    assert float(last["validation_ssim"]) > untrained.figures["validation_ssim"]
    assert (tmp_path / BEST).exists()


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(folder: SampleFolder, tmp_path: Path):
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


def test_the_commands_make_samples_and_a_run(folder: SampleFolder, toy_store: Path, tmp_path: Path):
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(PRESET.to_dict()))
    common = ["--data", str(toy_store), "--preset", str(tmp_path / "toy.yaml"), "--samples", str(folder.path)]
    assert make_samples(common) == 0
    assert main([*common, "--out", str(tmp_path / "run"), "--steps", "1", "--batch", "2", "--device", "cpu"]) == 0
    _, values = load_state(tmp_path / "run" / BEST)
    assert values["preset"]["simple_dose"] == folder.table().to_dict()  # type: ignore[union-attr]
    assert values["preset"]["training"]["batch"] == 2


def test_the_paper_s_recipe_learns_by_stairs_and_clips_each_kernel(folder: SampleFolder, tmp_path: Path):
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
