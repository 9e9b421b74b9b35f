"""The tasks a worker knows; each imports what it needs when it is first run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from esapi_bridge.tasks import Networks

Progress = Callable[[str, int, int], None]
"""Told (step, done, in all)."""

Task = Callable[[Path, Path, Mapping[str, Any], Progress], object]
"""Called with (case folder, empty folder for the result, options, progress)."""


class DoseTask:
    """The dose task; it keeps the networks it has loaded."""

    def __init__(self) -> None:
        self._networks: Networks | None = None

    def __call__(self, case: Path, out: Path, options: Mapping[str, Any], progress: Progress) -> None:
        """Run `esapi_bridge.tasks.run_dose_job`."""
        progress("load", 0, 1)
        from esapi_bridge.tasks import Networks, run_dose_job

        self._networks = self._networks or Networks()
        run_dose_job(case, out, options, networks=self._networks, progress=progress)


def all_tasks() -> dict[str, Task]:
    """Make the table of tasks by the name that ``job.json`` gives."""
    return {"dose": DoseTask()}
