"""Training samples of the wanted-dose network: input and dose of each plan, made once and read from disk as needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from dosenet.fitting.checkpoint import load_state, save_state
from dosenet.fitting.options import Progress
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import PTV
from fluencenet.fitted_dose import fitted_table, training_energies
from fluencenet.scene import FluenceCase, Lattice, Scene
from fluencenet.store import FluenceStore
from fluencenet.views import one_thread
from fluencenet.wanted.plan_input import Contours, PlanInput, plan_input
from fluencenet.wanted.preset import Preset

log = logging.getLogger("fluencenet.training")

SAME_PLACE = 1e-3
"""Voxels of dose and labels that are nearer than this, in voxels, are the same."""


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


def on_labels(scene: Scene) -> NDArray[np.float32]:
    """Dose of a scene on the lattice of its labels ``(z, y, x)``, linear between voxels, zero beyond them."""
    start, step = _index_of(scene.dose_lattice, scene.label_lattice)
    size = scene.labels.shape
    if np.allclose(step, 1.0) and np.allclose(start, np.round(start), atol=SAME_PLACE):
        found = np.zeros(size, np.float32)
        to, of = overlap(size, scene.dose_gy.shape, np.round(-start).astype(np.int64))
        found[to] = scene.dose_gy[of]
        return found
    axes = [a + s * np.arange(n) for a, s, n in zip(start, step, size, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"))
    return np.asarray(ndimage.map_coordinates(scene.dose_gy, places, order=1, cval=0.0), dtype=np.float32)


def overlap(
    size: tuple[int, ...], other: tuple[int, ...], first: NDArray[np.int64]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where a volume and another, whose first voxel is voxel `first` of it, have voxels in common, in either."""
    low = np.maximum(first, 0)
    high = np.maximum(np.minimum(first + other, size), low)
    ours = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    theirs = tuple(slice(int(a), int(b)) for a, b in zip(low - first, high - first, strict=True))
    return ours, theirs


def _index_of(inner: Lattice, outer: Lattice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place of the first voxel of `outer` in voxels of `inner` and distance of its voxels there, ``(z, y, x)``."""
    if not np.allclose(inner.direction, outer.direction):
        raise ValueError("expected dose and labels with the same axes, found them turned against each other")
    shift = inner.direction.T @ (np.asarray(outer.origin_mm) - np.asarray(inner.origin_mm))
    start = shift / np.asarray(inner.spacing_mm)
    return start[::-1], (np.asarray(outer.spacing_mm) / np.asarray(inner.spacing_mm))[::-1]


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
