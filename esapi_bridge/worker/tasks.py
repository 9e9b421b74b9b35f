"""The tasks a worker knows; each imports what it needs when it is first run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from esapi_bridge.progress import Progress

if TYPE_CHECKING:
    from esapi_bridge.tasks import Networks

Task = Callable[[Path, Path, Mapping[str, Any], Progress], object]
"""Called with (case folder, empty folder for the result, options, progress)."""


class NetworkTask:
    """A task with networks, which are kept loaded.

    Parameters
    ----------
    name
        ``dose`` or ``fluence``.
    """

    def __init__(self, name: Literal["dose", "fluence"]) -> None:
        self._name = name
        self._networks: Networks | None = None

    def __call__(self, case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
        """Run `esapi_bridge.tasks.run_dose_job` or `run_fluence_job`."""
        progress("load", 0, 1)
        from esapi_bridge.tasks import Networks, run_dose_job, run_fluence_job

        self._networks = self._networks or Networks()
        run = run_dose_job if self._name == "dose" else run_fluence_job
        run(case, out, options, networks=self._networks, progress=progress)


def all_tasks() -> dict[str, Task]:
    """Make the table of tasks by the name that ``job.json`` gives."""
    return {"dose": NetworkTask("dose"), "fluence": NetworkTask("fluence")}
