"""Learn the local correction of a network: what its dose leaves in single voxels of the fields it was trained on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dosenet.fitting.options import Progress
from dosenet.fitting.split import Split
from dosenet.local_correction import LocalCorrection, Looked, Place
from dosenet.model_folder import find_model
from dosenet.network import DdnLite, build_network
from dosenet.slices import normalise_ct, selected_planes
from dosenet.store import read_patients
from dosenet.stored_field import Completed, FieldName, StoredPatients, measured
from dosenet.surroundings_layout import BOXED, BOXES, INPUTS, LINE, SIZES, SKIN_KIND, STEEP_KIND
from dosenet.weights import Card, Model, load_model, save_model, weights_root
from dosenet.widening import starting_weights

VOXELS = 8000
"""Of a field in the skin, and as many where dose is steep, of which there are ten times more, with smaller errors."""

CHANNELS, STEPS, BATCH = 96, 24000, 4096
RATE, WEIGHT_DECAY = 2e-3, 0.05

LEARNED_FROM = 0.5
"""Weight of a correction, see `Surroundings.wanted`, from which on voxels are learned from."""

LEAST_LEFT = 5e-5
"""Mean square of what a network leaves of a field, shares of the maximum, from which on its voxels count by that.

A field in which errors are small counts as much as one in which they are large; not where they hardly matter.
"""

FORGOTTEN = 0.1
"""Share of the batches that are not told the ray, of those not told the energy, and of the fields without a body."""

Mirror = tuple[bool, bool, bool, bool]

MIRRORS: tuple[Mirror, ...] = tuple(itertools.product((False, True), (False, True), (False, True), (False, True)))
"""Turned round along z, y, x, and y and x exchanged: the planning system knows no direction but the beam's."""

LOSS_SCALE = 1e3


@dataclass(frozen=True)
class Drawn:
    """Voxels of one field or more: what is around them, and what the network leaves there.

    Parameters
    ----------
    around
        ``(n, INPUTS + 2)``, float16, what `LocalCorrection` is given.
    left
        ``(n,)`` reference - network, shares of the maximum.
    counts
        ``(n,)``, what their squared errors count, see `LEAST_LEFT`.
    kinds
        ``(n,)``, see `Surroundings.wanted`.
    """

    around: NDArray[np.float16]
    left: NDArray[np.float32]
    counts: NDArray[np.float32]
    kinds: NDArray[np.uint8]

    @classmethod
    def of_field(cls, around: NDArray[np.float16], left: NDArray[np.float32], kinds: NDArray[np.uint8]) -> Drawn:
        """Voxels of one field."""
        return cls(around, left, np.full_like(left, 1.0 / max(float(np.mean(left**2)), LEAST_LEFT)), kinds)

    @classmethod
    def joined(cls, parts: Sequence[Drawn]) -> Drawn:
        """All voxels of several."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def learn_correction(
    data: Path,
    model: str | Path,
    folder: Path,
    version: str,
    *,
    steps: int = STEPS,
    channels: int = CHANNELS,
    voxels: int = VOXELS,
    seed: int = 1,
    threads: int | None = None,
    completed: Completed | None = None,
    progress: Progress | None = None,
) -> Card:
    """Learn a correction of a network and write both as a new one.

    What was measured of the network, intervals and figures, is not true of the new one and leaves its card.

    Parameters
    ----------
    data
        The pair store that the network was trained on, or another.
    model
        Name or folder; a correction that it has is learned anew.
    folder
        Where the new one is written.
    version
        Its version.
    steps, channels, voxels
        Steps of the training, width of the correction, and voxels of each field and kind.
    seed
        Chooses voxels and weights.
    threads
        CPU threads; None for torch's own choice.
    completed
        Calculates the doses, in other processes perhaps; None for here.
    progress
        Called with (what is being done, done, in all).

    Returns
    -------
    Card
        Of the new network; ``training.correction`` says what share of the squared error is left in voxels of the
        validation split.

    Raises
    ------
    ValueError
        If the store has no fields to learn from or to validate with, or the network is of another kind.
    """
    if threads:
        torch.set_num_threads(threads)
    found = load_model(model)
    if not isinstance(found.network, DdnLite):
        raise ValueError(  # noqa: TRY004 - the content of a model is wrong, not a type in the code
            f"expected a network of kind ddn-lite, found {found.network.config.kind}"
        )
    draws = _Draws(find_model(model, weights_root()), data, voxels, seed)
    drawn, count = {}, {}
    for split in (Split.TRAIN, Split.VALIDATION):
        names = [(patient.name, pair.name) for patient in read_patients(data, split) for pair in patient.fields()]
        found_by_field = dict(found for _, found in measured(draws.field, names, completed, progress))
        parts = [part for name in names if (part := found_by_field[name]) is not None]  # in one order always
        if not parts:
            raise ValueError(f"expected fields of the split {split.value!r} with dose in skin or steep, found none")
        drawn[split], count[split] = Drawn.joined(parts), len(names)
    torch.manual_seed(seed)
    network = build_network(replace(found.network.config, correction=channels))
    assert isinstance(network, DdnLite)
    assert network.correction is not None
    network.load_state_dict(starting_weights(found.network, replace(network.config, correction=0)), strict=False)
    fit(network.correction, drawn[Split.TRAIN], steps, seed, progress)
    said = {
        "fields": count[Split.TRAIN], "voxels": len(drawn[Split.TRAIN].left), "steps": steps, "seed": seed,
        "left_of_squared_error": {split.value: share_left(network.correction, drawn[split]) for split in drawn},
    }  # fmt: skip
    preset = {**found.card.preset, "network": {**found.card.preset["network"], "correction": channels}}
    training = {**found.card.training, "correction": said}
    card = replace(found.card, version=version, preset=preset, training=training, intervals={}, metrics={})
    return save_model(network, card, folder)


def fit(
    correction: LocalCorrection, drawn: Drawn, steps: int = STEPS, seed: int = 1, progress: Progress | None = None
) -> None:
    """Fit a correction to voxels, each batch mirrored in one of sixteen ways; left in evaluation mode."""
    around, left = torch.from_numpy(drawn.around), torch.from_numpy(drawn.left)
    counts = torch.from_numpy(drawn.counts / drawn.counts.mean())
    optimizer = torch.optim.AdamW(correction.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    rng = np.random.default_rng(seed)
    correction.train()
    for step in range(steps):
        batch = torch.from_numpy(rng.integers(len(left), size=min(BATCH, len(left))))
        seen = mirrored(around[batch].float(), MIRRORS[rng.integers(len(MIRRORS))])
        if rng.random() < FORGOTTEN:
            seen[:, 2 * BOXED : INPUTS] = 0.0
        if rng.random() < FORGOTTEN:
            seen[:, INPUTS:] = 0.0
        loss = LOSS_SCALE * torch.mean(counts[batch] * (correction(seen) - left[batch]) ** 2)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if progress is not None:
            progress("steps", step + 1, steps)
    correction.eval()


def mirrored(around: Tensor, mirror: Mirror) -> Tensor:
    """Return surroundings ``(n, INPUTS + 2)`` as they were in a mirrored patient, see `MIRRORS`."""
    *turned, exchanged = mirror
    axes = [1 + axis for axis, turn in enumerate(turned) if turn]
    found = []
    for part, (reach, _) in zip(torch.split(around[:, : 2 * BOXED], [*SIZES, *SIZES], 1), BOXES * 2, strict=True):
        box = part.reshape(-1, *(2 * reach + 1,) * 3).flip(axes)
        found.append((box.transpose(2, 3) if exchanged else box).flatten(1))
    ray = 2 * BOXED + 2 * LINE
    direction = around[:, ray : ray + 3] * torch.tensor([-1.0 if turn else 1.0 for turn in turned[::-1]])
    if exchanged:
        direction = direction[:, [1, 0, 2]]
    return torch.cat([*found, around[:, 2 * BOXED : ray], direction, around[:, ray + 3 :]], 1)


def share_left(correction: LocalCorrection, drawn: Drawn) -> dict[str, float]:
    """Share of the squared error that a correction leaves, in the skin and where dose is steep."""
    with torch.inference_mode():
        parts = [correction(part.float()) for part in torch.split(torch.from_numpy(drawn.around), 4 * BATCH)]
    error = drawn.left - torch.cat(parts).numpy()
    return {
        name: round(float((error[of] ** 2).sum() / (drawn.left[of] ** 2).sum()), 3)
        for name, kind in (("skin", SKIN_KIND), ("steep", STEEP_KIND))
        if (of := drawn.kinds == kind).any()
    }


class _Draws:
    """Draws voxels of single fields, also in another process; the network and the last patient stay in memory."""

    def __init__(self, folder: Path, data: Path, voxels: int, seed: int) -> None:
        self.folder, self.patients, self.voxels, self.seed = folder, StoredPatients(data), voxels, seed
        self.model: Model | None = None

    def field(self, name: FieldName) -> tuple[FieldName, Drawn | None]:
        """Draw voxels of a field; None where it has neither skin nor steep dose."""
        return name, self._drawn(name)

    def _drawn(self, name: FieldName) -> Drawn | None:
        if self.model is None:
            self.model = load_model(self.folder)
            network: Any = self.model.network
            network.correction = None
        stored = self.patients.read(name[0])
        pair = stored.field(name[1])
        rng = np.random.default_rng([self.seed, *"/".join(name).encode()])
        contour = bool(rng.random() >= FORGOTTEN)
        coarse = stored.coarse(pair)
        maximum = np.float32(coarse.values.max())
        share = stored.predict(self.model, pair, coarse, contour=contour).values / maximum
        reference = np.arange(pair.stored_planes.start, pair.stored_planes.stop)
        chosen = np.intersect1d(selected_planes(coarse.values), reference)
        if not chosen.size:
            return None
        place = Place(stored.ct.lattice, pair.source_mm, pair.energy, stored.body if contour else None)
        looked = Looked.at(share, chosen, lambda planes: normalise_ct(stored.ct_hu[planes]), place)
        whole = np.where(looked.weight >= LEARNED_FROM, looked.kinds, 0).reshape(-1)
        of_kinds = [np.flatnonzero(whole == kind) for kind in (SKIN_KIND, STEEP_KIND)]
        voxels = np.concatenate([rng.permutation(of)[: self.voxels] for of in of_kinds])
        if not voxels.size:
            return None
        z, y, x = np.unravel_index(voxels, looked.kinds.shape)
        z += looked.planes.start
        left = pair.fine_gy()[z - pair.stored_planes.start, y, x] / maximum - share[z, y, x]
        around = looked.inputs(voxels).numpy().astype(np.float16)
        return Drawn.of_field(around, left.astype(np.float32), looked.kinds.reshape(-1)[voxels])
