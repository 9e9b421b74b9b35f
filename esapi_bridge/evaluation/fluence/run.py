"""Evaluate a fluence network on all test patients: one folder per patient, so that a stopped run continues.

``FOLDER/patients/<case>`` holds ``figures.json`` and ``plan.npz`` (predicted maps and dose), is sealed with SHA256SUMS
and there whole or not at all. It is used again as long as case, network and schema are the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from esapi_bridge.case import Dose, DoseKind, Unit, Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.goals import GoalPair
from esapi_bridge.evaluation.fluence.network import Network, NetworkChoice, load_network
from esapi_bridge.evaluation.fluence.patient import (
    CaseFacts,
    PatientFigures,
    PlanPair,
    clinical_beams,
    evaluate_case,
    restore,
)
from esapi_bridge.executors.executor import Executor
from esapi_bridge.executors.processes import HERE
from esapi_bridge.folders.durable import write_to_disk
from esapi_bridge.folders.sealed import check_sealed, seal
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.planning.complexity import PlanComplexity
from esapi_bridge.planning.imrt.quality import PlanQuality
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.figures import FluenceFigures
from fluencenet.scene import FluenceCase
from fluencenet.store import FluenceStore

log = logging.getLogger(__name__)

SCHEMA = 2
"""What a patient's folder holds and how it was measured; folders of another one are evaluated again."""

FIGURES_FILE, PLAN_FILE = "figures.json", "plan.npz"


@dataclass(frozen=True)
class Evaluation:
    """What to evaluate: cases of a store by a network, into a folder.

    Parameters
    ----------
    store
        Store of cases made by `dataset`.
    split
        Which of them.
    network
        Which network.
    folder
        Where the results go.
    most
        Patients at most; None for all.
    """

    store: Path
    split: str
    network: NetworkChoice
    folder: Path
    most: int | None = None


def evaluate_plans(
    evaluation: Evaluation,
    progress: Progress | None = None,
    loader: Callable[[NetworkChoice], Network] = load_network,
    executor: Executor = HERE,
) -> list[PatientFigures]:
    """Evaluate what is not there yet, and return the figures of all patients in the order of their names.

    Parameters
    ----------
    evaluation
        What to evaluate.
    progress
        Called with the patient evaluated last, patients done, patients in all.
    loader
        Makes the network that is chosen; must be importable by other processes.
    executor
        Where patients are evaluated; its processes read the store and write the folder.

    Raises
    ------
    BridgeError
        If there is no such network, no such case, or a case cannot be evaluated.
    """
    evaluation = replace(evaluation, store=evaluation.store.absolute(), folder=evaluation.folder.absolute())
    names = FluenceStore(evaluation.store).names(evaluation.split)[: evaluation.most]
    if not names:
        raise BridgeError(f"expected cases of the split {evaluation.split!r} in the store, found none")
    sha256 = loader(evaluation.network).sha256
    evaluation.folder.mkdir(parents=True, exist_ok=True)
    executor.require_shared(evaluation.store / "zarr.json", evaluation.folder)
    found = {name: stored for name in names if (stored := read_figures(evaluation, name, sha256)) is not None}
    told = progress or (lambda *_: None)
    told("start", len(found), len(names))
    missing = deque(name for name in names if name not in found)
    network = partial(_network_used, loader, evaluation)
    with closing(executor.completed(_Evaluator(evaluation, loader), missing, network=network)) as results:
        for name, figures in results:
            found[name] = figures
            told(name, len(found), len(names))
    return [found[name] for name in names]


def read_figures(evaluation: Evaluation, name: str, sha256: str) -> PatientFigures | None:
    """Read the figures of a patient evaluated before; None if there are none for this case and network."""
    folder = _folder(evaluation, name)
    try:
        check_sealed(folder)
        stored: dict[str, Any] = json.loads((folder / FIGURES_FILE).read_text("utf-8"))
    except (OSError, ValueError, BridgeError):
        return None
    if stored.pop("key") != _key(FluenceStore(evaluation.store).read(name), sha256):
        return None
    return PatientFigures(
        **{
            **stored,
            "maps": {beam: FluenceFigures(**figures) for beam, figures in stored["maps"].items()},
            **{plan: PlanQuality(**stored[plan]) for plan in ("clinical", "predicted", "predicted_prescription")},
            **{name: PlanComplexity(**stored[name]) for name in ("clinical_complexity", "predicted_complexity")},
            "goals": tuple(GoalPair(**goal) for goal in stored["goals"]),
        }
    )


def read_pair(evaluation: Evaluation, name: str) -> PlanPair:
    """Read the two plans of an evaluated patient; the patient is rebuilt from its seed."""
    case = FluenceStore(evaluation.store).read(name)
    patient, clinical = restore(case)
    beams = clinical_beams(case, patient)
    with np.load(_folder(evaluation, name) / PLAN_FILE, allow_pickle=False) as arrays:
        gy = arrays["dose_gy"].astype(np.float32)
        maps = [arrays[f"fluence_{number}"] for number in range(1, len(beams) + 1)]
    return PlanPair(
        patient=patient,
        facts=CaseFacts.of(case),
        clinical_beams=beams,
        predicted_beams=tuple(
            replace(beam, fluence=replace(beam.fluence, values=values))
            for beam, values in zip(beams, maps, strict=True)
            if beam.fluence is not None
        ),
        clinical=clinical,
        predicted=Dose(Volume(gy, clinical.grid, Unit.GY), DoseKind.PLAN),
    )


@dataclass(frozen=True)
class _Evaluator:
    """Evaluates patient after patient; each process loads the network once."""

    evaluation: Evaluation
    loader: Callable[[NetworkChoice], Network]

    @cached_property
    def network(self) -> Network:
        return self.loader(self.evaluation.network)

    def __call__(self, name: str) -> PatientFigures:
        return _evaluate(self.evaluation, name, self.network)


def _network_used(loader: Callable[[NetworkChoice], Network], evaluation: Evaluation) -> dict[str, str]:
    network = loader(evaluation.network)
    return {"network": f"{network.name} with weights {network.sha256[:16]}"}


def _evaluate(evaluation: Evaluation, name: str, network: Network) -> PatientFigures:
    case = FluenceStore(evaluation.store).read(name)
    figures, pair = evaluate_case(case, network.predict)
    folder = _folder(evaluation, name)
    shutil.rmtree(folder, ignore_errors=True)  # of another case or network
    with output_folder(folder) as part:
        text = json.dumps({"key": _key(case, network.sha256), **asdict(figures)}, indent=1)
        write_to_disk(part / FIGURES_FILE, text.encode("utf-8"))
        arrays: dict[str, Any] = {"dose_gy": pair.predicted.gy.astype(np.float16)}
        arrays |= {f"fluence_{n}": b.fluence.values for n, b in enumerate(pair.predicted_beams, 1) if b.fluence}
        np.savez_compressed(part / PLAN_FILE, **arrays)
        seal(part)
    return figures


def _folder(evaluation: Evaluation, name: str) -> Path:
    return evaluation.folder / "patients" / name


def _key(case: FluenceCase, sha256: str) -> str:
    """Digest of what the figures depend on: the case, the network and how this module measures."""
    digest = hashlib.sha256(f"{SCHEMA} {sha256} {case.name}".encode())
    for values in (case.scene.labels, case.scene.dose_gy, *(beam.fluence.values for beam in case.beams)):
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
