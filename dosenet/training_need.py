"""What a training will need, told before it starts: steps or time, and memory.

Some steps are tried on two fields of the store. Memory is counted: kept planes and CTs as some fields of the store have
them, and of a step what torch keeps for the way back.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dosenet.fitting.options import RunOptions
from dosenet.fitting.split import Split
from dosenet.loss import loss_of
from dosenet.network import beam_channels, build_network
from dosenet.pairs import Pairs, kept_bytes
from dosenet.preset import Preset
from dosenet.rays import STORED_CHANNELS
from dosenet.sampling import PairSampler
from dosenet.store import PatientPairs, read_patients
from dosenet.validation import MOST_VALIDATED

COPIES = 4
"""Arrays of the size of the weights beside them: gradients, two moments of Adam, the average."""

KEPT_COPIES = 8
"""Those that the guard against divergence keeps: weights, average and moments of two moments in time."""

AROUND = 1.8
"""Memory of a step over what torch keeps for the way back; gradients and scratch of the convolutions are the rest.
Measured on a processor: 1.4 (ddn) to 2.5 (srcnn)."""

WHILE_READING = 1.1
"""Memory while planes are read over what is kept of them."""

LIBRARIES_BYTES = 0.45e9
"""Of torch, Lightning and what they load, where the system does not say."""

SAMPLED_FIELDS = 24
"""Fields whose planes are counted, spread evenly over a split."""

FORWARD_SHARE = 3.0
"""Time of a step over that of its forward pass, which is all that a validation does."""

TRIAL_FIELDS, TRIAL_ROWS, WARM_STEPS, TIMED_STEPS = 2, 16, 2, 5
"""What a trial reads, and its steps."""

TRIAL_S = 60.0
"""A trial ends after this time, with one timed step at least."""


@dataclass(frozen=True)
class TrainingNeed:
    """What a training needs.

    Parameters
    ----------
    parameters, fields, rows
        Weights of the network; fields to learn from, and their planes (or groups of four).
    batch
        Samples of a step.
    step_s, reading_s, validation_s
        Times of a step, of reading the store and of a validation, s.
    pairs_bytes, step_bytes, libraries_bytes
        Memory of the kept planes with their CTs, of network and steps, and of what is there before.
    """

    parameters: int
    fields: int
    rows: int
    batch: int
    step_s: float
    reading_s: float
    validation_s: float
    pairs_bytes: float
    step_bytes: float
    libraries_bytes: float

    @property
    def memory_bytes(self) -> float:
        """Memory in all."""
        return self.pairs_bytes + self.step_bytes + self.libraries_bytes

    def seconds(self, options: RunOptions) -> float:
        """Time of the hours or the steps that were asked for, in this session, with reading, s."""
        limit = _session_s(options)
        if options.steps is None:
            return self.reading_s + min(3600 * (options.hours or 0.0), limit)
        asked = options.steps * self.step_s
        validations = 1 + int(asked / max(60 * options.validation_minutes, 1.0))
        return self.reading_s + min(asked + validations * self.validation_s, limit)

    def steps(self, options: RunOptions) -> int:
        """Steps that were asked for, or for which there is time, in this session."""
        limit = _session_s(options)
        if options.steps is None:
            return int(min(3600 * (options.hours or 0.0), limit) / self.step_s)
        return int(min(options.steps, limit / self.step_s))

    def expected(self, options: RunOptions) -> str:
        """Say it in a line."""
        steps = self.steps(options)
        passes = steps * self.batch / max(self.rows, 1)
        return (
            f"expected: {spoken_time(self.seconds(options))} ({spoken_time(self.reading_s)} to read, {steps} steps of "
            f"{self.step_s:.2g} s, each plane {passes:.1f} times) and {self.memory_bytes / 1e9:.1f} GB of memory "
            f"({self.pairs_bytes / 1e9:.1f} planes and CTs, {self.step_bytes / 1e9:.1f} network and steps, "
            f"{self.libraries_bytes / 1e9:.1f} libraries); {self.fields} fields, "
            f"{self.parameters / 1e6:.2f} M parameters"
        )

    def taken(self, options: RunOptions, seconds: float, used: float | None) -> str:
        """Say in a line what a session took, beside what was expected."""
        memory = "" if used is None else f" and {used / 1e9:.1f} GB ({self.memory_bytes / 1e9:.1f} expected)"
        return f"took {spoken_time(seconds)} ({spoken_time(self.seconds(options))} expected){memory}"


def _session_s(options: RunOptions) -> float:
    """Time limit of a session, s."""
    return math.inf if options.session_minutes is None else 60 * options.session_minutes


def spoken_time(seconds: float) -> str:
    """Write a time as people say it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def training_need(
    data: Path | str, preset: Preset, options: RunOptions, device: str, most_rows: dict[str, int | None]
) -> TrainingNeed:
    """Find what a training needs; reads some coarse doses and two fields of the store.

    Parameters
    ----------
    data, preset, options, device
        The training.
    most_rows
        Planes (or groups of four) kept of each field at most, by split.

    Raises
    ------
    ValueError
        If a split has no field.
    """
    before = used_bytes(device) or 0.0
    network = preset.network
    pairs_bytes, rows, fields, patients_read, fields_read = 0.0, 0, 0, 0, 0
    for split in (Split.TRAIN, Split.VALIDATION):
        patients = [patient for patient in read_patients(data, split.value) if any(patient.fields())]
        per_field, per_rows, count = _sampled(patients, preset, most_rows[split.value])
        cts = sum(int(np.prod(patient.ct_shape)) for patient in patients)
        pairs_bytes += WHILE_READING * (count * per_field + 3 * cts)  # int16 numbers and an int8 outline
        patients_read, fields_read = patients_read + len(patients), fields_read + count
        if split is Split.TRAIN:
            rows, fields = round(count * per_rows), count
    first = next(patient for patient in read_patients(data, Split.TRAIN.value) if any(patient.fields()))
    names = [pair.name for pair in islice(first.fields(), TRIAL_FIELDS)]
    started = time.perf_counter()
    first.ct_hu(), first.body()
    ct_s = time.perf_counter() - started
    few = Pairs.load(
        data, Split.TRAIN.value, device, fine_planes=network.fine_planes, beam=network.beam, most_rows=TRIAL_ROWS,
        wanted=lambda pair: pair.patient == first.name and pair.name in names,
    )  # fmt: skip
    field_s = max(time.perf_counter() - started - 2 * ct_s, 0.0) / len(names)
    half, recipe = device == "cuda" if options.bf16 is None else options.bf16, preset.training
    tried = _trial(few, preset, half)
    return TrainingNeed(
        parameters=tried.parameters,
        fields=fields,
        rows=rows,
        batch=preset.training.batch,
        step_s=tried.step_s,
        reading_s=patients_read * ct_s + fields_read * field_s,
        validation_s=tried.step_s
        * (fields_read - fields)
        * min(recipe.batch, MOST_VALIDATED)
        / recipe.batch
        / FORWARD_SHARE,
        pairs_bytes=pairs_bytes,
        step_bytes=network_bytes(tried.parameters, tried.kept_bytes),
        libraries_bytes=before if device == "cuda" else before or LIBRARIES_BYTES,
    )


def used_bytes(device: str) -> float | None:
    """Memory that this process has used at most: of a GPU, or of the machine; None where the system does not say."""
    if device == "cuda":
        return float(torch.cuda.max_memory_allocated())
    if sys.platform != "win32":
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    else:  # noqa: RET505 - only so does mypy see that Windows never gets to what is above
        return None


def step_memory(preset: Preset) -> tuple[int, int]:
    """Count the weights of a network, and the bytes that torch keeps for the way back in a step of its recipe.

    Nothing is calculated: the network is on the device ``meta``, whose first use takes seconds.
    """
    network, batch, side = preset.network, preset.training.batch, preset.training.crop_px
    with torch.device("meta"):
        built = build_network(network)
        coarse = torch.empty(batch, len(network.coarse_offsets_mm), side // 4, side // 4)
        ct = torch.empty(batch, len(network.ct_offsets_mm), side, side)
        beam = torch.empty(batch, beam_channels(network), side // 4, side // 4) if network.beam else None
        fine = torch.empty(batch, network.fine_planes, side, side)
        kept = _Kept()
        with kept:
            loss_of(built(coarse, ct, beam, fine), fine, preset.training.loss, coarse)
    return sum(weights.numel() for weights in built.parameters()), kept.bytes


class _Kept(torch.autograd.graph.saved_tensors_hooks):
    """Counts what torch keeps for the way back of what is calculated within."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        super().__init__(self._keep, lambda tensor: tensor)

    @property
    def bytes(self) -> int:
        return sum(self.sizes.values())

    def _keep(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        self.sizes[storage._cdata] = storage.nbytes()  # noqa: SLF001 - on the device meta there are no addresses
        return tensor


def network_bytes(parameters: int, kept: float) -> float:
    """Memory of network and steps: of what `step_memory` counts."""
    return 4.0 * parameters * (1 + COPIES + KEPT_COPIES) + AROUND * kept


def _sampled(patients: Sequence[PatientPairs], preset: Preset, most_rows: int | None) -> tuple[float, float, int]:
    """Mean bytes and rows of the fields of some patients, and their number."""
    fields = [pair for patient in patients for pair in patient.fields()]
    if not fields:
        raise ValueError("expected at least one complete field in the store for this split, found none")
    some = fields[:: max(1, -(-len(fields) // SAMPLED_FIELDS))]
    channels = STORED_CHANNELS if preset.network.beam else 0
    found = [kept_bytes(pair, preset.network.fine_planes, channels, most_rows) for pair in some]
    return statistics.fmean(size for size, _ in found), statistics.fmean(rows for _, rows in found), len(fields)


@dataclass(frozen=True)
class _Trial:
    """What some steps showed."""

    parameters: int
    kept_bytes: int
    step_s: float


def _trial(pairs: Pairs, preset: Preset, half: bool) -> _Trial:
    """Try some steps: drawing, forwards, backwards and the optimiser; in the first one is counted what is kept."""
    recipe, device = preset.training, pairs.device
    network = build_network(preset.network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters())
    sampler = PairSampler(pairs, preset.network, crop_px=recipe.crop_px, batch=recipe.batch)
    kept = _Kept()
    times: list[float] = []
    begun = time.perf_counter()
    for step in range(WARM_STEPS + TIMED_STEPS):
        started = time.perf_counter()
        batch = sampler.draw(step)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half), nullcontext() if step else kept:
            loss = loss_of(network(*batch.inputs), batch.target, recipe.loss, batch.coarse)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
        if times[WARM_STEPS:] and time.perf_counter() - begun > TRIAL_S:
            break
    parameters = sum(weights.numel() for weights in network.parameters())
    return _Trial(parameters, kept.bytes, statistics.median(times[WARM_STEPS:]))
