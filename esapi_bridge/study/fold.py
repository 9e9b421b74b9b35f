"""One run: train without the left-out patients, then measure on them, and keep what was found.

While it trains, the left-out patients are not read. The curve of the paper's figure 4 is measured afterwards, on
weights that were kept on the way, so that a network of which a measurement costs more has the same time to learn. The
weights that are judged are the last ones: nothing of the left-out patients chooses them.
"""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from dosenet.evaluation import EvaluationConfig, evaluate_field, evenly
from dosenet.field_result import FieldResult
from dosenet.fitting.checkpoint import BEST, LAST, load_state, save_state
from dosenet.fitting.options import Device, RunOptions
from dosenet.fitting.run import set_up
from dosenet.fitting.run_keeper import Pace, Score
from dosenet.lattice import FineDose, coarse_lattice, fine_lattice, resample
from dosenet.network import DoseNetwork, build_network
from dosenet.pairs import Pairs
from dosenet.preset import Preset
from dosenet.store import FieldPair
from dosenet.stored_field import StoredPatient, StoredPatients
from dosenet.training import train_on
from dosenet.validation import Validation, validate
from dosenet.weights import Card, Model, load_model, save_model
from dosenet.widening import starting_weights
from esapi_bridge.errors import CANCELLED, RefusedError
from esapi_bridge.study.outcome import CurvePoint, Outcome, Slice, read_outcome, write_outcome
from esapi_bridge.study.protocol import Limit, Run, Study

RUNS, TRAINING, MODEL, FOUND = "runs", "training", "model", "found"
"""Folder of all runs, and of each run where it trains, its network, and what was found."""

POINTS = 12
"""Points of the curve of a run."""

CURVE_FIELDS, CURVE_ROWS, CURVE_CROP_PX, CURVE_BATCH = 12, 16, 128, 4
"""What a point of a curve is measured on, the same of every network: fields of all patients together, planes of each,
side and number of crops."""

CHECKPOINT_MINUTES = 2.0


@dataclass(frozen=True)
class Trainer:
    """Does run after run of a study.

    Parameters
    ----------
    study, store, folder
        The study, the pair store, and the folder of the study.
    threads
        Threads of torch; None for its own choice.
    device
        Value of a `dosenet.fitting.options.Device`. On a GPU the time of a run is that of the clock on the wall.
    """

    study: Study
    store: Path
    folder: Path
    threads: int | None = None
    device: str = Device.CPU.value

    def kept(self, run: Run) -> Outcome | None:
        """Read what a run found; None where it has not been finished."""
        return read_outcome(self.folder / RUNS / run.name / FOUND, run)

    def __call__(self, run: Run) -> Outcome:
        """Do a run, or go on with it; one that is finished is not repeated."""
        kept = self.kept(run)
        if kept is not None:
            return kept
        work = self.folder / RUNS / run.name / TRAINING
        preset = Preset.from_dict(self.study.presets[run.network])
        options = self._options(run, work)
        device = set_up(options)
        training = self._pairs(run.training, preset, self.study.planes, device)
        _train(run.limit, preset, training, options, self._start(run.network, preset))
        began = time.process_time()
        curve, linear = self._curve(run, preset, training, work)
        del training
        network = _network(preset, work / BEST).to(device)
        values = load_state(work / LAST)[1]
        card = _card(preset, run, int(values["step"]))
        fields: list[FieldResult] = []
        slices: list[Slice] = []
        for field, seen in self._judged(run, Model(network, card)):
            fields.append(field)
            slices += seen
        outcome = Outcome(
            run=run,
            parameters=sum(weights.numel() for weights in network.parameters()),
            steps=int(values["step"]),
            samples=int(values["step"]) * preset.training.batch,
            training_s=float(values["elapsed_s"]),
            judging_s=time.process_time() - began,
            curve=curve,
            linear_mse=linear,
            fields=tuple(fields),
        )
        save_model(network, card, work.parent / MODEL, half=True)
        write_outcome(work.parent / FOUND, outcome, slices)
        shutil.rmtree(work)
        return outcome

    def _pairs(self, patients: Collection[str], preset: Preset, most_rows: int | None, device: str) -> Pairs:
        fields = {(patient, name) for patient in patients for name in self.study.fields[patient]}
        return Pairs.load(
            self.store,
            None,
            device,
            fine_planes=preset.network.fine_planes,
            beam=preset.network.beam,
            most_rows=most_rows,
            wanted=lambda pair: (pair.patient, pair.name) in fields,
        )

    def _start(self, network: str, preset: Preset) -> Mapping[str, Tensor] | None:
        """Weights that a network starts from; None for random ones."""
        start = self.study.starts.get(network)
        if start is None:
            return None
        model = load_model(start.model)
        if model.card.sha256 != start.sha256:
            raise RefusedError(
                f"{network} starts from the weights that the study was begun with, found others; put the model back, "
                "or choose another folder to start again"
            )
        return starting_weights(model.network, preset.network)

    def _options(self, run: Run, work: Path) -> RunOptions:
        return RunOptions(
            work,
            hours=None if run.limit.minutes is None else run.limit.minutes / 60,
            steps=run.limit.steps,
            checkpoint_minutes=CHECKPOINT_MINUTES,
            resume=True,
            seed=self.study.seed,
            device=self.device,
            threads=self.threads,
            bf16=self.study.bf16,
        )

    def _curve(
        self, run: Run, preset: Preset, training: Pairs, work: Path
    ) -> tuple[tuple[CurvePoint, ...], dict[str, float]]:
        """Measure the weights that were kept on the way, on crops of training and of left-out patients."""
        left_out = self._pairs(run.left_out, preset, CURVE_ROWS, str(training.device))
        common = replace(preset, training=replace(preset.training, crop_px=CURVE_CROP_PX, batch=CURVE_BATCH))
        some = {"training": _few(training), "left_out": _few(left_out)}
        points, measured = [], dict[str, Validation]()
        for step, seconds, snapshot in Snapshots(work).read():
            network = _network(preset, snapshot).to(training.device)
            measured = {name: validate(network, pairs, common) for name, pairs in some.items()}
            points.append(CurvePoint(step, seconds / 60, measured["training"].mse, measured["left_out"].mse))
        return tuple(points), {name: one.linear_mse for name, one in measured.items()}

    def _judged(self, run: Run, model: Model) -> Iterator[tuple[FieldResult, list[Slice]]]:
        """Judge a network field by field; the first field of a patient is one to show."""
        config = EvaluationConfig().without_volumes()
        patients = StoredPatients(self.store)
        for name in run.left_out:
            stored, names = patients.read(name), self.study.fields[name]
            chosen = evenly(len(names), self.study.judged_fields or len(names))
            for order, number in enumerate(chosen):
                pair = stored.field(names[number])
                seen: list[Slice] = []
                show = partial(_show, stored, pair, seen) if order == 0 else None
                yield evaluate_field(model, stored, pair, config, seen=show), seen


class Snapshots:
    """Averaged weights at some moments of a training, in its folder; what a run keeps in place of a validation."""

    FOLDER = "snapshots"

    def __init__(self, work: Path) -> None:
        self.log, self.folder = work / "metrics.csv", work / self.FOLDER

    def keep(self, average: nn.Module) -> Score:
        """Keep weights; the latest count as the best."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self.folder.glob("*.safetensors")))
        save_state(self.folder / f"{number}.safetensors", average.state_dict(), {})
        return Score(-float(number), {"snapshot": number})

    def read(self) -> Iterator[tuple[int, float, Path]]:
        """Yield step, seconds of training and file of each; where a kill set a run back, of what came after it only."""
        rows: list[tuple[int, float, Path]] = []
        with self.log.open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                step = int(row["step"])
                rows = [kept for kept in rows if kept[0] < step]
                rows.append((step, float(row["elapsed_s"]), self.folder / f"{int(row['snapshot'])}.safetensors"))
        yield from rows


def _train(
    limit: Limit, preset: Preset, training: Pairs, options: RunOptions, start: Mapping[str, Tensor] | None
) -> None:
    """Train up to the limit, from the checkpoint on where there is one."""
    work = options.folder
    clock = time.monotonic if training.device.type == "cuda" else time.process_time
    if not _trained(work, limit):
        train_on(training, Snapshots(work).keep, preset, options, start=start, pace=Pace(clock, POINTS))
    if not _trained(work, limit):  # told to end: the checkpoint is for the next time
        raise SystemExit(CANCELLED)


def _trained(work: Path, limit: Limit) -> bool:
    """Whether a training has reached its limit."""
    if not (work / LAST).is_file():
        return False
    values = load_state(work / LAST)[1]
    if limit.minutes is None:
        return int(values["step"]) >= (limit.steps or 0)
    return float(values["elapsed_s"]) >= 60 * limit.minutes


def _network(preset: Preset, file: Path) -> DoseNetwork:
    network = build_network(preset.network)
    network.load_state_dict(load_state(file)[0])
    return network.eval()


def _card(preset: Preset, run: Run, steps: int) -> Card:
    """Card of a network that is judged; it states no energies or algorithms, so that it is for no plan."""
    return Card(
        name=preset.name, version=f"study, fold {run.fold}", preset=preset.to_dict(), sha256="", energies=(),
        machines=(), input_algorithms=(), target_algorithm="", sites=(),
        training={"steps": steps, "patients": list(run.training), "left_out": list(run.left_out)},
    )  # fmt: skip


def _few(pairs: Pairs) -> Pairs:
    """Pairs of some fields, spread over all."""
    known = [pairs.fields[k] for k in sorted(set(pairs.field_of.tolist()))]
    some = {known[k] for k in evenly(len(known), CURVE_FIELDS)}
    return pairs.chosen(lambda field: field in some)


def _show(stored: StoredPatient, pair: FieldPair, seen: list[Slice], predicted: FineDose) -> None:
    """Cut the plane of the highest reference dose out of a prediction."""
    coarse, reference = stored.coarse(pair), pair.fine_gy()
    plane = int(np.argmax(reference.max(axis=(1, 2))))
    linear = resample(coarse, fine_lattice(coarse_lattice(coarse.lattice)))
    top = np.float32(coarse.values.max())
    z = pair.z_start + plane
    doses = (linear[z] / top, predicted.values[z] / top, reference[plane] / top)
    seen.append(Slice(pair.patient, pair.name, stored.ct_hu[z].astype(np.float32), *doses))
