"""A run of a script on the mock Eclipse that was saved, and the plan that it made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from esapi_bridge.case import Case
from esapi_bridge.case.folder import read_case
from tests.scripts.plans import PATIENT, courses_of

RESEARCH_COURSE = "DDN_RESEARCH"


@dataclass(frozen=True)
class SavedRun:
    """A run that was saved."""

    answer: dict[str, Any]
    database: Path
    before: dict[str, bytes]
    result: Path

    @property
    def courses(self) -> dict[str, list[dict[str, str]]]:
        return courses_of(self.database)

    @property
    def written(self) -> Case:
        """The new plan."""
        (plan,) = self.courses[RESEARCH_COURSE]
        return read_case(self.database / "patients" / PATIENT / "plans" / plan["folder"])
