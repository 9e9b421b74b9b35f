"""What the index keeps of one file: what it is and what it belongs to, as plain values that JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from esapi_bridge.dicom.index.header import KeptHeader
from esapi_bridge.dicom.read.choice import DrawnOn
from esapi_bridge.dicom.read.rtplan import PlanOutline

CASE = "case"
"""Stands in for the SOP class of a case folder."""


@dataclass(frozen=True)
class PlanFacts:
    """What a list of plans shows of one.

    Parameters
    ----------
    label
        RT Plan Label.
    approval
        Approval status.
    energies, techniques
        Of its treatment beams.
    """

    label: str
    approval: str = ""
    energies: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptDrawnOn:
    """What a structure set is drawn on, see `read.choice.DrawnOn`."""

    series: Mapping[str, tuple[str, ...]]
    frames: tuple[str, ...]
    contoured: tuple[str, ...]

    def restored(self) -> DrawnOn:
        """Give back what choosing a CT needs."""
        series = {uid: frozenset(images) for uid, images in self.series.items()}
        return DrawnOn(series, frozenset(self.frames), lambda: frozenset(self.contoured))


@dataclass(frozen=True)
class Row:
    """One file, or case folder.

    Parameters
    ----------
    kind
        SOP Class UID as far as known, `CASE`, or the name of a kind that cannot be part of a plan.
    uid
        SOP Instance UID; of a case folder that of its plan.
    aside
        Why it cannot be part of a plan; empty where it can.
    fault
        Why it, or the plan in it, cannot be read; empty where it can.
    patient
        Keyed hash of the patient, `identity.patient_key`.
    header
        What is kept of the header; None where it cannot be read.
    facts, outline
        Of a plan that can be read.
    drawn_on
        Of a structure set.
    has_structures
        Whether a case folder has some.
    digest
        SHA-256 of the content, where there is another object of its UID; of a case folder that of ``SHA256SUMS``.
    """

    kind: str
    uid: str = ""
    aside: str = ""
    fault: str = ""
    patient: str = ""
    header: KeptHeader | None = None
    facts: PlanFacts | None = None
    outline: PlanOutline | None = None
    drawn_on: KeptDrawnOn | None = None
    has_structures: bool = False
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the values that differ from the usual."""
        return {
            part.name: value if part.name == "header" else _plain(value)
            for part in fields(self)
            if (value := getattr(self, part.name)) != part.default
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Row:
        """Give back what `to_json` gave."""
        parts: dict[str, type] = {"facts": PlanFacts, "outline": PlanOutline, "drawn_on": KeptDrawnOn}
        for name, kind in parts.items():
            if name in values:
                inner = {k: tuple(v) if isinstance(v, list) else v for k, v in values[name].items()}
                values = {**values, name: kind(**inner)}
        return cls(**values)


def _plain(value: object) -> object:
    return asdict(value) if isinstance(value, PlanFacts | PlanOutline | KeptDrawnOn) else value
