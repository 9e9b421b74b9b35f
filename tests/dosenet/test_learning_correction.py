"""Learning the local correction: mirror images, a law that it can find, and the network it becomes part of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dosenet.learning_correction import MIRRORS, Drawn, Mirror, fit, learn_correction, mirrored, share_left
from dosenet.local_correction import LocalCorrection
from dosenet.network import build_network
from dosenet.preset import NetworkConfig, Preset
from dosenet.surroundings import Surroundings
from dosenet.surroundings_layout import BOXED, INPUTS
from dosenet.weights import load_model, save_model
from tests.dosenet.toy import CARD, PRESET


@pytest.mark.parametrize("mirror", MIRRORS, ids=lambda mirror: "".join("01"[flag] for flag in mirror))
def test_mirrored_surroundings_are_those_of_a_mirrored_patient(mirror: Mirror) -> None:
    rng = np.random.default_rng(5)
    share, density = rng.random((2, 9, 11, 13), dtype=np.float32)
    source, voxel = np.array([2.0, -40.0, 7.0]), np.array([4, 6, 5])  # (x, y, z) and (z, y, x)
    around = Surroundings(share, density, tuple(source.tolist())).of(
        np.array([np.ravel_multi_index(voxel, share.shape)])
    )
    *turned, exchanged = mirror
    for axis, turn in enumerate(turned):
        if turn:
            share, density = np.flip(share, axis), np.flip(density, axis)
            last = share.shape[axis] - 1
            voxel[axis], source[2 - axis] = last - voxel[axis], last - source[2 - axis]
    if exchanged:
        share, density = share.transpose(0, 2, 1), density.transpose(0, 2, 1)
        voxel, source = voxel[[0, 2, 1]], source[[1, 0, 2]]
    there = Surroundings(np.ascontiguousarray(share), np.ascontiguousarray(density), tuple(source.tolist()))
    expected = there.of(np.array([np.ravel_multi_index(voxel, share.shape)]))
    energy = np.ones((1, 2), np.float32)
    found = mirrored(torch.from_numpy(np.hstack([around, energy])), mirror)
    np.testing.assert_allclose(found, np.hstack([expected, energy]), atol=1e-4)


def test_a_fit_finds_what_depends_on_the_neighbours() -> None:
    """The mean difference to the six neighbours is left: of new voxels hardly anything stays."""
    rng = np.random.default_rng(0)
    around = rng.normal(size=(6000, INPUTS + 2)).astype(np.float16)
    neighbours = BOXED + 62 + np.array([-25, 25, -5, 5, -1, 1])
    left = 0.01 * around[:, neighbours].astype(np.float32).mean(1)
    kinds = np.ones(6000, np.uint8)
    seen, new = (Drawn.of_field(around[part], left[part], kinds[part]) for part in (slice(5000), slice(5000, None)))
    torch.manual_seed(0)
    correction = LocalCorrection(32, dropout=0.0)
    assert share_left(correction.eval(), new) == {"skin": 1.0}
    fit(correction, seen, 300)
    assert share_left(correction, new)["skin"] < 0.1
    assert not correction.training


def test_fields_count_alike_whatever_their_errors_but_not_where_these_hardly_matter() -> None:
    around, kinds = np.zeros((400, 1), np.float16), np.ones(400, np.uint8)
    left = np.random.default_rng(1).normal(size=400).astype(np.float32)
    large, small, tiny = (Drawn.of_field(around, scale * left, kinds) for scale in (0.1, 0.01, 0.001))
    every = Drawn.joined([large, small, tiny])
    counted = (every.counts * every.left**2).reshape(3, 400).sum(1)
    assert counted[1] == pytest.approx(counted[0], rel=1e-4)
    assert counted[2] < 0.1 * counted[0]


def test_a_network_learns_to_correct_itself(toy_store: Path, tmp_path: Path) -> None:
    before = save_model(build_network(PRESET.network), CARD, tmp_path / "toy")
    told: list[tuple[str, int, int]] = []
    card = learn_correction(
        toy_store, tmp_path / "toy", tmp_path / "new", "2", steps=60, channels=8, voxels=400,
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert told[3] == ("p2 f01", 4, 4)
    assert told[-1] == ("steps", 60, 60)
    said = card.training["correction"]
    assert said["fields"] == 4
    assert said["voxels"] > 1000
    assert said["left_of_squared_error"]["train"]["steep"] < 0.8
    assert (card.version, card.preset["network"]["correction"], before.version) == ("2", 8, "1")
    new, old = load_model(tmp_path / "new").network, load_model(tmp_path / "toy").network
    assert new.config.correction == 8
    assert all(torch.equal(new.state_dict()[name], values) for name, values in old.state_dict().items())
    again = learn_correction(toy_store, tmp_path / "new", tmp_path / "again", "3", steps=60, channels=8, voxels=400)
    assert again.sha256 == card.sha256, "a correction is learned anew, from the same voxels"


def test_what_cannot_learn_one_is_refused(toy_store: Path, tmp_path: Path) -> None:
    preset = Preset("srcnn", NetworkConfig(kind="srcnn", channels=4, tail_channels=4))
    save_model(build_network(preset.network), replace(CARD, preset=preset.to_dict()), tmp_path / "other")
    with pytest.raises(ValueError, match="kind ddn-lite, found"):
        learn_correction(toy_store, tmp_path / "other", tmp_path / "new", "2")
    assert not (tmp_path / "new").exists()
