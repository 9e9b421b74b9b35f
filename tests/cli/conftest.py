"""Commands run in this process: an interpreter for each would cost more than what most tests look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.cli.app import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The JSON on standard output, which must carry the intended use."""
        found = json.loads(self.out)
        assert found["intended_use"] == INTENDED_USE
        return found


Run = Callable[..., Ended]


@pytest.fixture
def esapi(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line given as its words."""

    def run(*words: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ended(int(end.value.code or 0), printed.out, printed.err)

    return run
