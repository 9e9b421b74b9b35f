"""What can be said about a job."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Name = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class JobState:
    """State of a job.

    Parameters
    ----------
    state
        Where it is between queue and end.
    step, done, total
        What is being done and how far it is, where it is running.
    message
        A sentence for people; of a failed job, why.
    exit_code
        Of an ended job: 0 done, 1 failed, 3 refused by a check, 4 cancelled.
    """

    state: Name
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    exit_code: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in ENDED

    def to_dict(self) -> dict[str, Any]:
        """As it goes into a message."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> JobState:
        """Read what `to_dict` made, ignoring other keys.

        Raises
        ------
        ValueError
            If it is not a state.
        """
        if values.get("state") not in get_args(Name):
            raise ValueError("a job's state is missing or unknown")
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})
