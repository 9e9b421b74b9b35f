"""What a real Eclipse answered to the questions of ``EsapiConformance``, held against what the mock assumes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from esapi_bridge.errors import RefusedError
from esapi_bridge.mock.traps import traps

KIND = "esapi-conformance"


class Verdict(StrEnum):
    """How an answer stands to the assumption."""

    AS_ASSUMED = "as assumed"
    OTHERWISE = "otherwise"
    NOT_TRIED = "not tried"


class Answer(BaseModel):
    """One question and what was found.

    Parameters
    ----------
    id
        Name of the question.
    trap
        Row of the table of traps; 0 for none.
    asked, assumed, found
        The question, what the mock does, and what was answered; None if it was not tried.
    verdict
        Whether they agree.
    reason
        Why it was not tried.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    trap: int
    asked: str
    assumed: str
    found: str | None
    verdict: Verdict
    reason: str | None


class Answers(BaseModel):
    """A file of the conformance script.

    Parameters
    ----------
    api_version, application_version
        Of the scripting interface that was asked, and of its application.
    rows
        The questions in the order they were asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: int
    kind: str
    api_version: str
    application_version: str
    rows: tuple[Answer, ...]
    intended_use: str

    @property
    def unasked(self) -> tuple[int, ...]:
        """Rows of the table of traps that no question of this file is about."""
        asked = {row.trap for row in self.rows}
        return tuple(trap.row for trap in traps() if trap.row not in asked)

    def of(self, verdict: Verdict) -> tuple[Answer, ...]:
        """The answers of one verdict."""
        return tuple(row for row in self.rows if row.verdict is verdict)


def read_answers(path: Path) -> Answers:
    """Read a file of the conformance script.

    The verdicts are found anew from what was assumed and found, so that they cannot contradict each other.

    Raises
    ------
    RefusedError
        If it is not such a file.
    """
    import json

    try:
        values = json.loads(path.read_text("utf-8-sig"))
        values["schema_"] = values.pop("schema")
        answers = Answers(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise RefusedError(
            "expected a file that EsapiConformance wrote (conformance-*.json), found another; give that file"
        ) from error
    if answers.kind != KIND or answers.schema_ != 1:
        raise RefusedError(f"expected {KIND} of schema 1, found another kind or schema; run the script of this version")
    return answers.model_copy(update={"rows": tuple(_judged(row) for row in answers.rows)})


def _judged(row: Answer) -> Answer:
    if row.found is None:
        verdict = Verdict.NOT_TRIED
    else:
        verdict = Verdict.AS_ASSUMED if row.found == row.assumed else Verdict.OTHERWISE
    return row.model_copy(update={"verdict": verdict})
