"""The tasks a worker knows; each imports what it needs when it is first run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from esapi_bridge.progress import Progress

if TYPE_CHECKING:
    from esapi_bridge.tasks import Networks

Task = Callable[[Path, Path, Mapping[str, Any], Progress], object]
"""Called with (case folder, empty folder for the result, options, progress)."""


class NetworkJob(Protocol):
    """A job of `esapi_bridge.tasks`: its task, with the networks loaded so far."""

    def __call__(  # noqa: D102
        self, case_folder: Path, out: Path, options: Mapping[str, Any], *, networks: Networks, progress: Progress | None
    ) -> object: ...


class NetworkTask:
    """A task with networks, which are kept loaded.

    Parameters
    ----------
    find_job
        Imports and returns `esapi_bridge.tasks.run_dose_job` or one like it; called when the task is first run.
    """

    def __init__(self, find_job: Callable[[], NetworkJob]) -> None:
        self._find_job = find_job
        self._networks: Networks | None = None

    def __call__(self, case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
        """Run the job."""
        progress("load", 0, 1)
        from esapi_bridge.tasks import Networks

        self._networks = self._networks or Networks()
        self._find_job()(case, out, options, networks=self._networks, progress=progress)


def all_tasks() -> dict[str, Task]:
    """Make the table of tasks by the name that ``job.json`` gives."""
    return {"dose": NetworkTask(_dose_job), "fluence": NetworkTask(_fluence_job), "fields": NetworkTask(_fields_job)}


def _dose_job() -> NetworkJob:
    from esapi_bridge.tasks import run_dose_job

    return run_dose_job


def _fluence_job() -> NetworkJob:
    from esapi_bridge.tasks import run_fluence_job

    return run_fluence_job


def _fields_job() -> NetworkJob:
    from esapi_bridge.tasks import run_fields_job

    return run_fields_job
