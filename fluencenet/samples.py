"""Training samples: each beam's view, estimate and clinical map, made once and kept compact on disk and in memory.

One safetensors file per plan, so that samples can be made while plans are still being added to the store.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from dosenet.fitting.checkpoint import load_state, save_state
from dosenet.fitting.command import log_to_console
from dosenet.fitting.options import Progress
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.field import placed, window
from fluencenet.fitted_dose import fitted_table, training_energies
from fluencenet.metrics import fractional_mu
from fluencenet.network import Views
from fluencenet.preset import Preset, load_preset
from fluencenet.scene import FluenceCase
from fluencenet.store import FluenceStore
from fluencenet.views import one_thread, plan_views

log = logging.getLogger("fluencenet.training")

WATCH_PAUSE_S = 10.0
"""Time between two readings of a growing store."""


@dataclass(frozen=True)
class PlanSamples:
    """Samples of all beams of a plan.

    Parameters
    ----------
    labels
        ``(beams, 64, rows, columns)`` uint8.
    dose
        The same shape, float16: dose of one fraction over its prescription.
    estimate, target
        ``(beams, 1, rows, columns)`` float32: fluence over prescription.
    fractional_mu
        Fractional MU of fluence 1 over prescription.
    """

    labels: Tensor
    dose: Tensor
    estimate: Tensor
    target: Tensor
    fractional_mu: float

    def views(self) -> Views:
        """Input of the network."""
        return Views(self.labels, self.dose.float(), self.estimate)


def plan_samples(case: FluenceCase, side_px: int, table: SimpleDoseTable | None) -> PlanSamples:
    """Make the samples of a plan on windows of `side_px` around the fields.

    Raises
    ------
    ValueError
        If a field is larger than the window, or the case does not say how many monitor units its fluence means.
    """
    mu_per_fluence = float(str(case.attributes.get("mu_per_fluence", "nan")))
    if not mu_per_fluence > 0:
        raise ValueError("expected mu_per_fluence among the attributes of the case, found none")
    grids = [window(case.scene, beam.axes, side_px, beam.fluence) for beam in case.beams]
    views = plan_views(case.scene, [beam.axes for beam in case.beams], grids, table)
    target = torch.stack([placed(beam.fluence, grid) for beam, grid in zip(case.beams, grids, strict=True)])
    prescription = case.scene.prescription_gy
    return PlanSamples(
        views.labels,
        views.dose.half(),
        views.estimate,
        target[:, None] / prescription,
        prescription * fractional_mu(mu_per_fluence),
    )


class SampleFolder:
    """Samples on disk, made from a store for one preset.

    Parameters
    ----------
    path
        The folder, made if missing.
    store
        The plans.
    preset
        Size of the windows, and whether there is an estimate.
    """

    def __init__(self, path: Path, store: FluenceStore, preset: Preset) -> None:
        self.path, self.store, self.preset = path, store, preset
        self.side_px = preset.network.map_px + 2 * preset.training.shift_px
        self.estimates = preset.network.estimates
        path.mkdir(parents=True, exist_ok=True)

    def fitted(self) -> Preset:
        """Return the preset with the simple dose of every energy of the training plans."""
        if not self.estimates:
            return self.preset
        tables = {energy: self.table(energy) for energy in training_energies(self.store)}
        if len(tables) > 1:
            return replace(self.preset, simple_dose_by_energy=tables)
        return replace(self.preset, simple_dose=next(iter(tables.values())))

    def table(self, energy: str = "") -> SimpleDoseTable:
        """Return the simple dose of an energy; fit it to the first training plans of it if there is none yet."""
        return fitted_table(self.store, energy, self.path)

    def update(self, progress: Progress | None = None) -> int:
        """Make what is missing; return the number of plans made. `progress` gets ("samples", plans done, in all)."""
        recipe, made, names = self.fitted(), 0, self.store.names()
        known = training_energies(self.store)
        for done, name in enumerate(names):
            if progress is not None:
                progress("samples", done, len(names))
            file = self.path / f"{name}.safetensors"
            if file.is_file() or (self.path / f"{name}.left_out").is_file():
                continue
            if self.store.energy(name) not in known:  # of a store that grows: training plans may follow
                log.info("%s waits for training plans of its energy", name)
                continue
            case = self.store.read(name)
            try:
                with one_thread():
                    table = recipe.table(str(case.attributes.get("energy", "")))
                    samples = plan_samples(case, self.side_px, table)
            except ValueError as error:
                log.warning("%s is left out: %s", name, error)
                (self.path / f"{name}.left_out").write_text(str(error), encoding="utf-8")
                continue
            tensors = {key: getattr(samples, key) for key in ("labels", "dose", "estimate", "target")}
            values = {"split": case.split, "side_px": self.side_px, "fractional_mu": samples.fractional_mu}
            save_state(file, tensors, values)
            made += 1
        if progress is not None:
            progress("samples", len(names), len(names))
        return made

    def load(self, split: str) -> list[PlanSamples]:
        """Read the samples of all plans of a split into memory.

        Raises
        ------
        ValueError
            If there are none, or they were made for windows of another size.
        """
        plans = []
        for name in self.store.names(split):
            file = self.path / f"{name}.safetensors"
            if not file.is_file():
                continue
            tensors, values = load_state(file)
            if values["side_px"] != self.side_px:
                raise ValueError(
                    f"expected samples of {self.side_px} pixels, found {values['side_px']}; use another folder"
                )
            plans.append(PlanSamples(**tensors, fractional_mu=float(values["fractional_mu"])))
        if not plans:
            raise ValueError(f"expected plans of the split {split!r}, found none")
        return plans


def make_samples(
    data: Path | str,
    folder: Path,
    *,
    preset: str | Preset = "dual-frame-lite",
    watch_minutes: float = 0.0,
    threads: int | None = 1,
    progress: Progress | None = None,
) -> int:
    """Make samples ahead of a training run, also while the store is growing; return the number of plans made.

    Parameters
    ----------
    data
        Store of plans.
    folder
        Folder of the samples, made if missing.
    preset
        Name, YAML file, or the preset itself.
    watch_minutes
        How long to wait for further plans.
    threads
        CPU threads; None for torch's own choice.
    progress
        Called with ("samples", plans done, plans in the store).

    Raises
    ------
    ValueError
        If there is no training plan to fit the simple dose to.
    """
    if threads:
        torch.set_num_threads(threads)
    recipe = load_preset(preset) if isinstance(preset, str) else preset
    samples = SampleFolder(folder, FluenceStore(data), recipe)
    end, made = time.monotonic() + 60 * watch_minutes, 0
    while True:
        new = samples.update(progress)
        made += new
        log.info("samples of %d plans made", new)
        if time.monotonic() > end:
            return made
        time.sleep(0 if new else WATCH_PAUSE_S)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fluencenet.samples", description="Make training samples.")
    parser.add_argument("--data", required=True, help="store of plans (.zarr)")
    parser.add_argument("--preset", default="dual-frame-lite", help="preset name or YAML file")
    parser.add_argument("--samples", type=Path, required=True, help="folder of the samples")
    parser.add_argument("--watch-minutes", type=float, default=0.0, help="how long to wait for further plans")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    found = parser.parse_args(arguments)
    log_to_console()
    make_samples(
        found.data, found.samples, preset=found.preset, watch_minutes=found.watch_minutes, threads=found.threads
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
