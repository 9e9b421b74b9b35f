"""What a reader left aside and why, counted, so that nothing is missed without a word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pydicom import Dataset

from esapi_bridge.dicom.read.elements import kind_name, text

MOST_TOLD = 8
"""Kinds that a message names; more help nobody."""


@dataclass(frozen=True)
class LeftAside:
    """Objects of one kind that were not used, for one reason.

    Parameters
    ----------
    kind
        Name of the SOP class, ``MR Image`` for example, or ``file``.
    reason
        Why.
    count
        How many.
    """

    kind: str
    reason: str
    count: int

    def __str__(self) -> str:
        plural = "s" if self.count != 1 else ""
        return f"{self.count} {self.kind}{plural} ({self.reason})"


class Aside:
    """Counts what is left aside.

    Parameters
    ----------
    patient_id
        Patient ID of the plan, once it is chosen; what belongs to somebody else is told apart.
    """

    def __init__(self) -> None:
        self.patient_id: str | None = None
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, what: Dataset | str, reason: str) -> None:
        """Count one object, or one of a kind given by name."""
        if isinstance(what, str):
            kind = what
        else:
            kind = kind_name(what)
            if self.patient_id is not None and text(what, "PatientID") != self.patient_id:
                reason = f"{reason}, of another patient"
        self._counts[kind, reason] += 1

    @property
    def found(self) -> tuple[LeftAside, ...]:
        """What was counted, by kind and reason."""
        return tuple(LeftAside(kind, reason, count) for (kind, reason), count in sorted(self._counts.items()))

    def told(self) -> str:
        """End of a message that something is missing: empty where nothing was left aside."""
        found = [str(item) for item in self.found]
        more = [f"{len(found) - MOST_TOLD} more kinds"] if len(found) > MOST_TOLD else []
        return f" (left aside: {', '.join([*found[:MOST_TOLD], *more])})" if found else ""
