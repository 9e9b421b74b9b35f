"""Carry out the runs of a study where an executor does them; one that was stopped goes on from its checkpoint."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import closing
from pathlib import Path

from dosenet.fitting.options import Device
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import HERE
from esapi_bridge.folders.lock import only_process
from esapi_bridge.progress import Progress
from esapi_bridge.study.fold import Trainer
from esapi_bridge.study.outcome import Outcome
from esapi_bridge.study.protocol import Run, Study, chosen_patients

log = logging.getLogger(__name__)


def carry_out(
    study: Study,
    store: Path,
    folder: Path,
    *,
    threads: int | None = None,
    device: str = Device.CPU.value,
    executor: Executor = HERE,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Do what is not done yet, and return what all runs found, in the order of `Study.runs`.

    Parameters
    ----------
    study
        As `settled` returned it.
    store, folder
        Pair store, and folder of the study.
    threads, device
        Of a run, see `Trainer`.
    executor
        Where the runs are done; its processes read the store and write the folder.
    progress
        Called with (run finished last, runs done, runs in all).

    Raises
    ------
    BridgeError
        If another process is at work on the study, or a run cannot be done.
    """
    store, folder = store.absolute(), folder.absolute()
    with only_process(folder, "a study"):
        executor.require_shared(store / "zarr.json", folder)
        trainer = Trainer(study, store, folder, threads, device)
        runs = study.runs({patient.name: patient.site for patient in chosen_patients(store, study.fields)})
        found: dict[Run, Outcome] = {run: kept for run in runs if (kept := trainer.kept(run)) is not None}
        told = progress or (lambda *_: None)
        told("start", len(found), len(runs))
        with closing(executor.completed(trainer, deque(run for run in runs if run not in found))) as results:
            for run, outcome in results:
                found[run] = outcome
                told(run.label, len(found), len(runs))
                log.info("%s: %s", run.label, _said(outcome))
    return [found[run] for run in runs]


def _said(outcome: Outcome) -> str:
    ratios = [field.ratio for field in outcome.fields]
    return f"{outcome.steps} steps, {min(ratios):.1f} to {max(ratios):.1f} x less error than linear up-sampling"
