"""What a run found, and where it is kept: a folder sealed with SHA256SUMS, there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.field_result import FieldResult
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.durable import write_to_disk
from esapi_bridge.folders.sealed import check_sealed, seal
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.study.protocol import Run

FIGURES_FILE, SLICES_FILE = "figures.json", "slices.npz"


@dataclass(frozen=True)
class CurvePoint:
    """Squared errors of the averaged weights during training, on the same crops each time, and when that was."""

    step: int
    minutes: float
    training_mse: float
    left_out_mse: float


@dataclass(frozen=True)
class Slice:
    """A transverse plane of a left-out patient: CT in HU, doses over the coarse maximum, all ``(y, x)`` at 1.25 mm."""

    patient: str
    field: str
    ct_hu: NDArray[np.float32]
    linear: NDArray[np.float32]
    network: NDArray[np.float32]
    reference: NDArray[np.float32]


SLICE_ARRAYS = ("ct_hu", "linear", "network", "reference")


@dataclass(frozen=True)
class Outcome:
    """What a run found.

    Parameters
    ----------
    run
        Which.
    parameters, steps, samples
        Weights of the network, and training it had.
    training_s, judging_s
        Processor time of the training and of all that came after it, s.
    curve
        Errors during training.
    linear_mse
        Errors of linear up-sampling on the same crops: ``training`` and ``left_out``.
    fields
        Figures of the left-out patients' fields.
    """

    run: Run
    parameters: int
    steps: int
    samples: int
    training_s: float
    judging_s: float
    curve: tuple[CurvePoint, ...]
    linear_mse: Mapping[str, float]
    fields: tuple[FieldResult, ...]


def write_outcome(folder: Path, outcome: Outcome, slices: list[Slice]) -> None:
    """Keep what a run found."""
    plain = {**asdict(outcome), "run": outcome.run.model_dump(), "slices": [[s.patient, s.field] for s in slices]}
    arrays: dict[str, Any] = {
        f"{name}_{number}": getattr(one, name).astype(np.float16)
        for number, one in enumerate(slices)
        for name in SLICE_ARRAYS
    }
    with output_folder(folder) as part:
        write_to_disk(part / FIGURES_FILE, json.dumps(plain, indent=1).encode("utf-8"))
        np.savez_compressed(part / SLICES_FILE, **arrays)
        seal(part)


def read_outcome(folder: Path, run: Run) -> Outcome | None:
    """Read what a run found; None where it has not been finished."""
    if not folder.is_dir():
        return None
    check_sealed(folder)
    plain = json.loads((folder / FIGURES_FILE).read_text("utf-8"))
    if Run.model_validate(plain["run"]) != run:
        raise BridgeError("a folder of the study must hold its own run, found another; choose another folder")
    del plain["slices"]
    return Outcome(
        **{
            **plain,
            "run": run,
            "curve": tuple(CurvePoint(**point) for point in plain["curve"]),
            "fields": tuple(FieldResult(**field) for field in plain["fields"]),
        }
    )


def read_slices(folder: Path) -> list[Slice]:
    """Read the planes to show."""
    names = json.loads((folder / FIGURES_FILE).read_text("utf-8"))["slices"]
    with np.load(folder / SLICES_FILE, allow_pickle=False) as arrays:
        return [
            Slice(patient, field, *(arrays[f"{name}_{number}"].astype(np.float32) for name in SLICE_ARRAYS))
            for number, (patient, field) in enumerate(names)
        ]
