"""What became of a plan that was received: one small file a plan, without patient identity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge import INTENDED_USE
from esapi_bridge.batch.outcome import End
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.folders.plain import read_plain

MOST_BYTES = 2**20


class Sending(BaseModel):
    """Where the result goes.

    Parameters
    ----------
    peer
        Name of the peer in ``node.yaml``.
    is_sent
        Whether the peer has said that it has it.
    tries
        How often it was tried.
    message
        Why the last try failed; empty where none has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    peer: str
    is_sent: bool = False
    tries: int = 0
    message: str = ""


class PlanRecord(BaseModel):
    """What ``plans/<plan>.json`` says.

    Parameters
    ----------
    key, plan
        Name of the plan in the node's folder; its SOP Instance UID.
    task
        What was asked for.
    end, message
        How it ended; of a plan that did not, why.
    objects
        How many objects it had; with more, a plan that was refused is tried again.
    sending
        Where the result goes; None where nowhere.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    intended_use: str = INTENDED_USE
    key: str
    plan: str
    task: str
    end: End
    message: str = ""
    objects: int = 0
    sending: Sending | None = None

    def write(self, path: Path) -> None:
        """Write it whole, in place of an earlier one."""
        write_whole_file(path, (self.model_dump_json(indent=1, by_alias=True) + "\n").encode())


def read_record(path: Path) -> PlanRecord:
    """Read a record.

    Raises
    ------
    RefusedError
        If it is none of this version.
    """
    try:
        return PlanRecord.model_validate_json(read_plain(path, MOST_BYTES, "a plan's record"))
    except ValidationError as error:
        raise RefusedError(
            "a plan's record must be as this version writes it, found another: choose a new folder"
        ) from error
