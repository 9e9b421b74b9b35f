from __future__ import annotations

import numpy as np
import pytest
import torch

from fluencenet.on_labels import on_labels
from fluencenet.wanted.samples import SampleFolder


def test_samples_are_made_once_and_read_back(folder: SampleFolder) -> None:
    assert folder.update() == 0
    assert [len(folder.readers(split)) for split in ("train", "validation", "test")] == [3, 1, 1]
    sample = folder.readers("train")[0]()
    case = folder.store.read("p0")
    size = case.scene.labels.shape
    kept = tuple(slice(n) for n in size)
    assert torch.equal(sample.labels[kept], torch.from_numpy(case.scene.labels))
    expected = on_labels(case.scene) / case.scene.prescription_gy
    np.testing.assert_allclose(sample.dose[kept].numpy(), expected, atol=1e-3)
    assert folder.fitted().table("15X") is not None
    with pytest.raises(ValueError, match="knows the energies 15X, found 6X"):
        folder.fitted().table("6X")


def test_a_mirrored_sample_is_the_sample_of_the_mirrored_plan(folder: SampleFolder) -> None:
    sample = folder.readers("train")[0]()
    mirrored = sample.mirrored()
    assert torch.equal(mirrored.dose, sample.dose.flip(-1))
    assert torch.equal(mirrored.mirrored().given.wide, sample.given.wide)
