"""The state of a job, as the worker's messages and the job folder give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from esapi_bridge.errors import MOST_CHECKS, FailedCheck


class State(StrEnum):
    """Where a job is between queue and end."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class JobState:
    """State of a job.

    Parameters
    ----------
    state
        Where it is between queue and end.
    step, done, total
        The step that is running, and its progress.
    message
        A sentence for people; of a failed job, why.
    exit_code
        Of an ended job: 0 done, 1 failed, 3 refused by a check, 4 cancelled.
    checks
        Of a refused job: the checks that refused.
    """

    state: State
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    exit_code: int | None = None
    checks: tuple[FailedCheck, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it goes into a message."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> JobState:
        """Read what `to_dict` made, ignoring other keys.

        Raises
        ------
        ValueError
            If it is not a state.
        """
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        return cls(**known | {"state": State(str(known.get("state"))), "checks": failed_checks(known.get("checks"))})


def failed_checks(values: object) -> tuple[FailedCheck, ...]:
    """Read the checks of a message or of ``failed.json``; whatever is not one is left out."""
    names = tuple(FailedCheck.__dataclass_fields__)
    return tuple(
        FailedCheck(**{name: str(value[name]) for name in names})
        for value in (values if isinstance(values, list | tuple) else ())[:MOST_CHECKS]
        if isinstance(value, dict) and set(names) <= set(value)
    )
