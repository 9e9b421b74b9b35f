"""How a plan of a batch ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from esapi_bridge.errors import BridgeError, FailedCheck, RefusedError


class End(str, Enum):
    """How a plan ended, or that it has not; the worst comes first."""

    FAILED = "failed"
    REFUSED = "refused"
    WAITING = "waiting"
    DONE = "done"

    @property
    def exit_code(self) -> int:
        """Exit code of a command on this plan alone; of one that waits, none."""
        return {End.FAILED: BridgeError.exit_code, End.REFUSED: RefusedError.exit_code}.get(self, 0)


@dataclass(frozen=True)
class Outcome:
    """How one plan ended.

    Parameters
    ----------
    end
        How.
    reason
        Why it was refused or failed: a sentence without patient identity.
    checks
        The checks that refused.
    lost
        Whether its process ended by itself, or had no memory left: it may do better alone.
    seconds
        Time it took, s.
    """

    end: End
    reason: str = ""
    checks: tuple[FailedCheck, ...] = ()
    lost: bool = False
    seconds: float = 0.0
