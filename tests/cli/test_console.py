"""What stands in a terminal where a progress bar and the log are written at once."""

from __future__ import annotations

import io
import logging
import sys
import time

import pytest

from esapi_bridge.cli import console
from esapi_bridge.cli.console import set_verbosity
from esapi_bridge.cli.progress import progress_bar

LINE = "INFO dosenet.training: expected: 4 min"
ERASED = "\x1b[2K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_log_is_written_above_a_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(console.progress, "is_interactive", True)  # as it is found when it is made in a terminal
    set_verbosity(quiet=False, verbose=1)
    with progress_bar() as progress:
        progress("reading train", 1, 2)
        for _ in range(1000):  # the bar is drawn by a thread of its own
            if "reading train" in screen.getvalue():
                break
            time.sleep(0.01)
        logging.getLogger("dosenet.training").info(LINE.partition(": ")[2])
    before, found, after = screen.getvalue().partition(LINE)
    assert found
    assert before.endswith(ERASED), "the bar was taken away first"
    assert after.startswith("\n")
