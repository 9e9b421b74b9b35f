"""The ways a command can end badly, told apart by exit code, and what may be said of an error."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError

CANCELLED = 4
"""Exit code of what was cancelled. 0 is done, 2 wrong usage; the errors below have the others."""

OWN_PACKAGES = frozenset({"esapi_bridge", "dosenet", "fluencenet"})
"""Folders whose file names a message may show."""

MOST_FAULTS = 3
"""Faults of a description that a message names; more help nobody."""

MOST_LISTED = 5
"""Members of a list that a message names; the rest is counted."""

MOST_CHARACTERS = 2000
"""Length of a message: what a damaged file holds may be of any."""

MOST_CHECKS, MOST_CHARACTERS_OF_A_CHECK = 20, 200
"""Checks that an error names as data, and the length of what each expected and found; all of it fits a message of the
worker."""

ROOM_FOR_COUNT = 40
"""Characters that say how many were left out."""


def printable(text: str) -> str:
    """Replace control and formatting characters, which a name may hold, by spaces; line feeds and tabs stay."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)


def bounded(text: str, most: int = MOST_CHARACTERS) -> str:
    """Make text fit to be shown: printable, and cut to `most` characters, with a count of what is left out."""
    if len(text) > most:
        kept = most - ROOM_FOR_COUNT
        text = f"{text[:kept]}... and {len(text) - kept} more characters"
    return printable(text)


def listed(values: Iterable[object]) -> str:
    """Name the first members of a list and count the rest."""
    texts = [str(value) for value in values]
    more = len(texts) - MOST_LISTED
    return ", ".join(texts) if more <= 0 else f"{', '.join(texts[:MOST_LISTED])} and {more} more"


@dataclass(frozen=True)
class FailedCheck:
    """A check that refused, and the two values it compared, as text of bounded length without patient identity."""

    check: str
    expected: str
    found: str

    def __post_init__(self) -> None:
        for name in ("check", "expected", "found"):
            object.__setattr__(self, name, bounded(getattr(self, name), MOST_CHARACTERS_OF_A_CHECK))


class BridgeError(Exception):
    """Something went wrong: says what was expected, what was found and what to do, and never names a patient.

    Parameters
    ----------
    message
        A sentence for people; cut where it is too long.
    """

    exit_code: ClassVar[int] = 1
    checks: tuple[FailedCheck, ...] = ()
    """The checks that refused, for programs; people read the message."""

    def __init__(self, message: str) -> None:
        super().__init__(bounded(message))


class RefusedError(BridgeError):
    """The input is understood but must not be used, because a check forbids it.

    Parameters
    ----------
    message
        A sentence for people.
    checks
        The checks that refused; empty where the refusal is not of one of `esapi_bridge.checks`.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, checks: Sequence[FailedCheck] = ()) -> None:
        super().__init__(message)
        self.checks = tuple(checks)[:MOST_CHECKS]


class DamagedError(RefusedError):
    """A file that does not hold what its format demands: damaged, or written wrongly."""


def where_in_own_code(error: BaseException) -> str:
    """Name an unexpected error and the last line of this project's code it went through.

    Its message and its trace are left out: either may hold a path or a patient's name.
    """
    own = [f for f in traceback.extract_tb(error.__traceback__) if OWN_PACKAGES.intersection(Path(f.filename).parts)]
    place = f" in {Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{place}"


def os_reason(error: OSError) -> str:
    """Say why the operating system refused, without the path; pydicom hides the reason in the error's cause."""
    known: BaseException | None = error
    while known is not None:
        if isinstance(known, OSError) and known.strerror:
            return known.strerror
        known = known.__cause__ or known.__context__
    return type(error).__name__


def faults_of(error: ValidationError) -> str:
    """Name the first faults that pydantic found in a description, without the values it found."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:MOST_FAULTS])
