"""The outcome of a check, and the error of those that refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from esapi_bridge.errors import FailedCheck, RefusedError, bounded


class Outcome(str, Enum):
    """Whether the run may go on."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check with the two values it compared, as text fit for a report (no patient identity).

    What was found may quote a plan, so it is cut where it is too long, and loses what cannot be printed.
    """

    check: str
    outcome: Outcome
    expected: str
    found: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "expected", bounded(self.expected))
        object.__setattr__(self, "found", bounded(self.found))


def require(verdicts: Iterable[Verdict]) -> None:
    """Stop if any check refuses.

    Raises
    ------
    RefusedError
        Naming every refusing check with both values, as text and as `FailedCheck`.
    """
    refused = [v for v in verdicts if v.outcome is Outcome.REFUSE]
    if refused:
        raise refusal(refused)


def refusal(refused: Sequence[Verdict]) -> RefusedError:
    """Build the error of the checks that refuse."""
    reasons = "; ".join(f"{v.check}: expected {v.expected}, found {v.found}" for v in refused)
    return RefusedError(
        f"refused by {len(refused)} check{'s' if len(refused) > 1 else ''}: {reasons}",
        [FailedCheck(v.check, v.expected, v.found) for v in refused],
    )
