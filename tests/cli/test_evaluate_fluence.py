"""``esapi-bridge evaluate fluence`` and ``data samples``, on one toy plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from fluencenet.store import FluenceStore
from tests.cli.conftest import Run
from tests.fluencenet.toy import toy_case
from tests.tasks.fluence_case import make_model


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a plan to train with and one to test with, and a small network."""
    folder = tmp_path_factory.mktemp("evaluate")
    for name, split in (("a", "train"), ("b", "test")):
        FluenceStore(folder / "toy.zarr").add(toy_case(name, split))
    make_model(folder / "model")
    return folder


def test_every_map_is_in_the_answer_and_the_worst_in_the_table(esapi: Run, toy: Path) -> None:
    words = ("evaluate", "fluence", toy / "toy.zarr", "--model", toy / "model", "--threads", 1)
    figures = esapi(*words, "--json").answer
    assert (figures["model"], figures["split"], figures["patients"]) == ("tiny", "test", 1)
    assert len(figures["cases"]["b"]) == figures["maps"] == 3
    lines = esapi(*words).out.splitlines()
    ssim = next(line.split() for line in lines if line.split()[0] == "ssim")
    assert float(ssim[1]) == pytest.approx(figures["median_of_patients"]["ssim"], rel=1e-3)
    assert float(ssim[4]) == pytest.approx(figures["worst_map"]["ssim"], rel=1e-3)
    assert lines[-1].startswith("1 patients, 3 maps")


def test_an_empty_split_fails_plainly(esapi: Run, toy: Path) -> None:
    found = esapi("evaluate", "fluence", toy / "toy.zarr", "--model", toy / "model", "--split", "validation")
    assert found.code == 1
    assert "found none" in found.err


def test_samples_are_made_once(esapi: Run, toy: Path, tmp_path: Path) -> None:
    preset = tmp_path / "tiny.yaml"
    preset.write_text(
        "name: tiny\n"
        "network: {kind: dual-frame-lite, channels: 4, levels: 2, blocks: 1, compressed: 4, map_px: 32}\n"
        "training: {batch: 2, shift_px: 2}\n"
    )
    words = ("data", "samples", toy / "toy.zarr", "-o", tmp_path / "samples", "--preset", preset)
    assert "of 2 plans made" in esapi(*words).out
    assert sorted(path.stem for path in (tmp_path / "samples").glob("*.safetensors")) == ["a", "b"]
    assert "of 0 plans made" in esapi(*words).out
