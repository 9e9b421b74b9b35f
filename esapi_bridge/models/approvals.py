"""Approvals of networks at this site: who approved which bytes on which record, and what has become of it.

Each decision is a file of its own and is never changed: approvals by two people at once cannot undo each other, and
what was decided when stays readable. An approval covers the weights, the card and the version of this package.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.errors import BridgeError, RefusedError, bounded, listed, os_reason
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.folders.names import plain_name
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.models.card import ModelCard
from esapi_bridge.models.commissioning_record import MOST_BYTES, CommissioningRecord, MeasuredModel, read_record
from esapi_bridge.models.registry import InstalledModel
from esapi_bridge.models.site import site_folder

APPROVALS = "approvals"
READABLE_FILE, READABLE_FOLDER = 0o644, 0o755
"""Others of the site read approvals; they hold nothing of a patient."""

DIGITS = 16
"""Of a digest that are shown."""

Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^\S(.*\S)?$")]


class Decision(BaseModel):
    """One decision on one network.

    Parameters
    ----------
    decision
        What was decided.
    model
        The network, byte for byte.
    package_version
        Version of this package that it holds for.
    by, when
        Who decided, in their own words, and when (ISO 8601).
    reason
        Why it was retired, or approved though limits were not met; None where none was needed.
    record, record_sha256
        What an approval stands on, and the digest of that file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    intended_use: str = INTENDED_USE
    decision: Literal["approved", "retired"]
    model: MeasuredModel
    package_version: str
    by: Line
    when: str
    reason: Line | None = None
    record: CommissioningRecord | None = None
    record_sha256: str | None = None

    @property
    def day(self) -> str:
        """The day."""
        return self.when[:10]


@dataclass(frozen=True)
class Standing:
    """Whether a network may count as commissioned here.

    Parameters
    ----------
    state
        ``approved``; ``approved despite`` limits that were not met; or why not.
    told
        The same for readers, with names and dates.
    """

    state: Literal["approved", "approved despite", "not commissioned", "void", "retired", "unreadable"]
    told: str

    @property
    def is_approved(self) -> bool:
        """Whether it is approved, by whatever reason."""
        return self.state in {"approved", "approved despite"}


def measured_model(model: InstalledModel[ModelCard]) -> MeasuredModel:
    """Name a network by its digests; its weights are taken to be those of its card, which `verify` makes sure of."""
    data = model.card.training.get("data_sha256")
    return MeasuredModel(
        name=model.card.name,
        version=model.card.version,
        sha256=model.card.weights.sha256,
        card_sha256=model.card_sha256,
        training_data_sha256=None if data is None else str(data),
    )


def approve(model: InstalledModel[ModelCard], record_file: Path, by: str, despite: str | None = None) -> Decision:
    """Approve a network on the record of its commissioning.

    Parameters
    ----------
    model
        The network.
    record_file
        What ``commission`` wrote of it.
    by
        Who approves.
    despite
        Why, where a limit is not met.

    Raises
    ------
    RefusedError
        If the weights are not those of the card, the record is of another network, other weights, another card or
        version of this package, or limits are not met and no reason is given.
    """
    model.verify()
    record, data = read_record(record_file)
    found = measured_model(model)
    if record.model.name != found.name:
        raise RefusedError(f"the record must be of {found.name}, found one of {record.model.name}")
    other = _other_bytes(record.model, record.package_version, found)
    if other:
        raise RefusedError(f"the record does not hold for {found.name} as it is: {other}; commission it again")
    failed = record.of_outcome("not met")
    short = f"limits not met: {listed(failed)}" if failed else "" if record.passed else "no limit was measured at all"
    if short and not despite:
        raise RefusedError(
            f"the record of {found.name} must meet its limits, found {short}; approve with --despite REASON if that is "
            "acceptable, which every report will say"
        )
    return _decide(
        "approved", found, by, (despite if short else None), record=record, sha256=hashlib.sha256(data).hexdigest()
    )


def retire(model: InstalledModel[ModelCard], by: str, reason: str) -> Decision:
    """Withdraw the approval of a network.

    Raises
    ------
    RefusedError
        If it has none.
    """
    found = measured_model(model)
    mine = [entry for entry in decisions(found.name) if entry.model.sha256 == found.sha256]
    if not mine or mine[-1].decision == "retired":
        raise RefusedError(f"an approval to withdraw is needed, {found.name} has {'none any more' if mine else 'none'}")
    return _decide("retired", found, by, reason)


def standing_of(model: InstalledModel[ModelCard]) -> Standing:
    """Say whether a network is approved here as it is, and if not why."""
    found = measured_model(model)
    try:
        entries = decisions(found.name)
    except BridgeError as error:
        return Standing("unreadable", str(error))
    if not entries:
        task = model.card.task
        yet = "" if task in {"dose", "fluence"} else f" (there is no commissioning of {task} networks)"
        return Standing("not commissioned", f"not commissioned here{yet}")
    same = [e for e in entries if e.model.sha256 == found.sha256]
    last = same[-1] if same else entries[-1]
    if last.decision == "retired":
        return Standing("retired", f"approval withdrawn on {last.day} by {last.by}: {last.reason}")
    # A newer approval for another version does not take back that of this one.
    fitting = [e for e in same if not _other_bytes(e.model, e.package_version, found) and e.decision == "approved"]
    if not fitting:
        other = _other_bytes(last.model, last.package_version, found)
        return Standing("void", f"the approval of {last.day} by {last.by} is void: {other}; commission it again")
    last = fitting[-1]
    told = f"approved on {last.day} by {last.by}"
    if last.reason:
        return Standing("approved despite", f"{told}, despite limits not met: {last.reason}")
    absent = [] if last.record is None else last.record.of_outcome("not in these cases")
    return Standing("approved", f"{told}; not measured: {listed(absent)}" if absent else told)


def decisions(name: str) -> list[Decision]:
    """Read all decisions on networks of a name, oldest first.

    Raises
    ------
    BridgeError
        If one cannot be read or is damaged.
    """
    try:
        folder = _folder_of(name)
        files = sorted(folder.glob("*.json")) if folder.is_dir() else []
        texts = [read_plain(file, MOST_BYTES, "an approval") for file in files]
    except OSError as error:
        raise BridgeError(f"the approvals of {name} cannot be read: {os_reason(error)}") from error
    try:
        entries = [Decision.model_validate_json(text) for text in texts]
    except ValidationError as error:
        raise BridgeError(
            f"an approval of {name} is damaged; remove it from the site's folder and approve again"
        ) from error
    return sorted((e for e in entries if e.model.name == name), key=lambda entry: entry.when)


def _decide(
    decision: Literal["approved", "retired"],
    model: MeasuredModel,
    by: str,
    reason: str | None,
    *,
    record: CommissioningRecord | None = None,
    sha256: str | None = None,
) -> Decision:
    now = datetime.now(UTC)
    try:
        made = Decision(
            decision=decision,
            model=model,
            package_version=__version__,
            by=bounded(by.strip()),
            when=now.isoformat(timespec="microseconds"),
            reason=None if reason is None else bounded(reason.strip()),
            record=record,
            record_sha256=sha256,
        )
    except ValidationError as error:
        raise RefusedError("who decides, and why, must each be one line of at most 500 characters") from error
    folder = _folder_of(model.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.json"
        write_whole_file(file, made.model_dump_json(indent=2, by_alias=True).encode() + b"\n")
        file.chmod(READABLE_FILE)
        folder.chmod(READABLE_FOLDER)
    except OSError as error:
        raise BridgeError(f"the approval could not be written to the site's folder: {os_reason(error)}") from error
    return made


def _folder_of(name: str) -> Path:
    """Where decisions on networks of a name lie; names that differ in anything have folders that differ."""
    return site_folder() / APPROVALS / f"{plain_name(name)[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _other_bytes(approved: MeasuredModel, package_version: str, found: MeasuredModel) -> str:
    """Say what of a network is not what was measured; empty where nothing is."""
    if approved.sha256 != found.sha256:
        weights = f"its weights are {found.sha256[:DIGITS]}, those measured {approved.sha256[:DIGITS]}"
        data = approved.training_data_sha256, found.training_data_sha256
        if None not in data and data[0] != data[1]:
            return f"it was trained on other data than the network measured; {weights}"
        return weights
    if approved.card_sha256 != found.card_sha256:
        return "its card was changed since"
    if package_version != __version__:
        return f"it was measured by esapi-bridge {package_version}, this is {__version__}"
    return ""
