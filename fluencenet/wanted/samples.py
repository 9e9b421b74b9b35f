"""Training samples of the wanted-dose network: input and dose of each plan, made once and read from disk as needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dosenet.fitting.checkpoint import load_state, save_state
from dosenet.fitting.options import Progress
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import PTV
from fluencenet.fitted_dose import fitted_table, training_energies
from fluencenet.on_labels import on_labels
from fluencenet.scene import FluenceCase
from fluencenet.store import FluenceStore
from fluencenet.views import one_thread
from fluencenet.wanted.plan_input import Contours, PlanInput, plan_input
from fluencenet.wanted.preset import Preset

log = logging.getLogger("fluencenet.training")


@dataclass(frozen=True)
class Sample:
    """A plan to learn from.

    Parameters
    ----------
    given
        Input of the network.
    labels
        ``(z, y, x)`` uint8 on the fine lattice, padded as the input.
    dose
        ``(z, y, x)`` float32 there: dose over prescription.
    """

    given: PlanInput
    labels: Tensor
    dose: Tensor

    def mirrored(self) -> Sample:
        """Return the plan with left and right exchanged."""
        given = PlanInput(self.given.wide.flip(-1), self.given.fine.flip(-1))
        return Sample(given, self.labels.flip(-1), self.dose.flip(-1))


def plan_sample(case: FluenceCase, table: SimpleDoseTable, multiple: int) -> Sample:
    """Make the sample of a plan."""
    given = plan_input(Contours.of(case.scene), [beam.axes for beam in case.beams], table, multiple)
    added = [(0, big - n) for big, n in zip(given.fine.shape[1:], case.scene.labels.shape, strict=True)]
    dose = on_labels(case.scene) / np.float32(case.scene.prescription_gy)
    return Sample(given, torch.from_numpy(np.pad(case.scene.labels, added)), torch.from_numpy(np.pad(dose, added)))


class SampleFolder:
    """Samples on disk, made from a store for one preset.

    Parameters
    ----------
    path
        The folder, made if missing.
    store
        The plans.
    preset
        Shape of the network.
    """

    def __init__(self, path: Path, store: FluenceStore, preset: Preset) -> None:
        self.path, self.store, self.preset = path, store, preset
        path.mkdir(parents=True, exist_ok=True)

    def fitted(self) -> Preset:
        """Return the preset with the simple dose of every energy of the training plans."""
        energies = training_energies(self.store)
        tables = {energy: fitted_table(self.store, energy, self.path) for energy in energies}
        return replace(self.preset, simple_dose=tables)

    def update(self, progress: Progress | None = None) -> int:
        """Make what is missing; return the number of plans made. `progress` gets ("samples", plans done, in all)."""
        recipe, names, made = self.fitted(), self.store.names(), 0
        for done, name in enumerate(names):
            if progress is not None:
                progress("samples", done, len(names))
            file = self.path / f"{name}.safetensors"
            if file.is_file() or self.store.energy(name) not in recipe.simple_dose:
                continue
            case = self.store.read(name)
            with one_thread():
                sample = plan_sample(case, recipe.table(self.store.energy(name)), recipe.network.multiple)
            tensors = {
                "wide": sample.given.wide.half(), "distance": sample.given.fine[:1].half(),
                "labels": sample.labels, "dose": sample.dose.half(),
            }  # fmt: skip
            save_state(file, tensors, {"split": case.split})
            made += 1
        if progress is not None:
            progress("samples", len(names), len(names))
        return made

    def readers(self, split: str) -> list[Callable[[], Sample]]:
        """How to read the samples of all plans of a split, one at a time.

        Raises
        ------
        ValueError
            If there are none.
        """
        files = [self.path / f"{name}.safetensors" for name in self.store.names(split)]
        found = [file for file in files if file.is_file()]
        if not found:
            raise ValueError(f"expected plans of the split {split!r}, found none")
        return [_Reader(file) for file in found]


@dataclass(frozen=True)
class _Reader:
    file: Path

    def __call__(self) -> Sample:
        tensors, _ = load_state(self.file)
        labels = tensors["labels"]
        target, body = (labels == PTV).float(), (labels > 0).float()
        fine = torch.cat([tensors["distance"].float(), target[None], body[None]])
        return Sample(PlanInput(tensors["wide"].float(), fine), labels, tensors["dose"].float())
