from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from dosenet.fitting.checkpoint import load_state
from fluencenet.wanted.network import WantedDose
from fluencenet.wanted.samples import SampleFolder
from fluencenet.wanted.training import batch_of, batches, validate, weighted_error
from tests.fluencenet.wanted.conftest import PRESET

pytestmark = pytest.mark.slow


def test_training_beats_open_fields_on_a_plan_not_seen(folder: SampleFolder, run: Path) -> None:
    readers = folder.readers("validation")
    start = validate(WantedDose(PRESET.network).eval(), readers, PRESET.training)
    network = WantedDose(PRESET.network)
    network.load_state_dict(load_state(run / "best.safetensors")[0])
    end = validate(network.eval(), readers, PRESET.training)
    assert end.value < 0.9 * start.value


def test_steps_are_the_same_after_a_resumed_start(folder: SampleFolder) -> None:
    readers = folder.readers("train")
    whole = list(islice(batches(readers, PRESET.training, 5, 0), 4))
    later = list(islice(batches(readers, PRESET.training, 5, 2), 2))
    for one, other in zip(whole[2:], later, strict=True):
        assert torch.equal(one.wide, other.wide)
        assert torch.equal(one.planes.numbers, other.planes.numbers)
    first = {float(batch.wide.sum()) for batch in islice(batches(readers, PRESET.training, 5, 0), 3)}
    assert len(first) == 3, "every plan once in an epoch"


def test_the_error_counts_the_target_and_organs_more(folder: SampleFolder) -> None:
    sample = folder.readers("train")[0]()
    numbers = torch.arange(20, 28)
    batch = batch_of(sample, numbers, PRESET.training)
    labels = sample.labels[numbers]
    target, body = (labels == 10).sum(), (labels > 0).sum()
    everywhere = weighted_error(batch.dose + 1.0, batch)
    assert float(everywhere) == 1.0
    in_target = weighted_error(batch.dose + (labels == 10).float(), batch)
    assert float(in_target) == float(4 * target / (body + 3 * target))
