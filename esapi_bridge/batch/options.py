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
    structures, names, dmlc, deliver
        Of the fluence task; `deliver`: whether leaf motions and dose are calculated.
    """

    task: Task
    model: str
    report: bool = True
    per_beam: bool | None = None
    beam_doses: bool = False
    structures: Path | None = None
    names: Mapping[str, list[str]] = field(default_factory=dict)
    dmlc: bool = False
    deliver: bool = False

    def sha256(self) -> str:
        """Digest of all that a result depends on beside the plan: options, table, network, card and this version.

        Raises
        ------
        RefusedError
            If the network's weights are not those of its card.
        BridgeError
            If there is no such network.
        """
        from esapi_bridge.models import find_model
        from esapi_bridge.tasks.run_record import file_sha256

        model = find_model(self.model, self.task.value)
        said = asdict(self) | {
            "model": [model.verify(), model.card_sha256],
            "structures": self.structures and file_sha256(self.structures),
            "version": esapi_bridge.__version__,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
