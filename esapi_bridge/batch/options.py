"""What a batch does with every plan: the task and its options."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import esapi_bridge
from esapi_bridge.batch.task import Task


def default_model(task: Task) -> str:
    """Name of the network that a task uses where none is named."""
    from esapi_bridge.tasks.dose.run import DEFAULT_MODEL as OF_DOSE
    from esapi_bridge.tasks.fluence.run import DEFAULT_MODEL as OF_FLUENCE

    return {Task.DOSE: OF_DOSE, Task.FLUENCE: OF_FLUENCE}[task]


@dataclass(frozen=True)
class BatchOptions:
    """The task and its options, the same for every plan; see `tasks.run_dose` and `tasks.run_fluence`.

    Parameters
    ----------
    task
        What is done with every plan.
    model
        Name of an installed network, or its folder.
    report
        Whether every plan has its page.
    per_beam, beam_doses
        Of the dose task.
    structures, names, goals, spare, from_contours, dose_model, dmlc, deliver
        Of the fluence task; `structures` and `goals` are a site's own tables, `deliver` says whether leaf motions and
        dose are calculated.
    """

    task: Task
    model: str
    report: bool = True
    per_beam: bool | None = None
    beam_doses: bool = False
    structures: Path | None = None
    names: Mapping[str, list[str]] = field(default_factory=dict)
    goals: Path | None = None
    spare: Mapping[str, float] = field(default_factory=dict)
    from_contours: bool = False
    dose_model: str | None = None
    dmlc: bool = False
    deliver: bool = False

    @property
    def tables(self) -> dict[str, Path]:
        """Files that decide results beside a network, by the name of their option."""
        given = {"structures": self.structures, "goals": self.goals}
        return {name: path for name, path in given.items() if path is not None}

    def sha256(self) -> str:
        """Digest of all that a result depends on beside the plan: options, tables, networks, cards and this version.

        Raises
        ------
        RefusedError
            If the network's weights are not those of its card.
        BridgeError
            If there is no such network.
        """
        from esapi_bridge.models import find_model
        from esapi_bridge.tasks.fluence.wanted_dose import find_predictor
        from esapi_bridge.tasks.run_record import file_sha256

        model = find_model(self.model, self.task.value)
        said = asdict(self) | {
            "model": [model.verify(), model.card_sha256],
            **{name: file_sha256(path) for name, path in self.tables.items()},
            "version": esapi_bridge.__version__,
        }
        if self.task is Task.FLUENCE and (predictor := find_predictor(self.dose_model)) is not None:
            said["dose_model"] = [predictor.verify(), predictor.card_sha256]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
