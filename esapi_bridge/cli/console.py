"""Where commands write: results to standard output, everything else to standard error."""

from __future__ import annotations

import logging
from typing import Any

from rich.console import Console
from rich.text import Text

from esapi_bridge.errors import printable


class _Plain(Console):
    """Shows text as it is: a name is no markup, no emoji and no control sequence for the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)


out = _Plain(soft_wrap=True)
"""Results for people; silent with ``-q``."""

err = _Plain(stderr=True, soft_wrap=True)
"""Errors, the log and the intended use; never silent."""

progress = _Plain(stderr=True)
"""Progress bars and remarks; silent with ``-q``."""

PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")


class _LogLines(logging.Handler):
    """Prints the log by the console of the progress bar, which writes above a bar; another one writes through it."""

    def emit(self, record: logging.LogRecord) -> None:
        console = err if progress.quiet else progress
        console.print(self.format(record), soft_wrap=True)


def set_verbosity(*, quiet: bool, verbose: int) -> None:
    """Set what is shown: errors only, the usual, or the log of this package (once: INFO, twice: DEBUG)."""
    out.quiet = progress.quiet = quiet
    levels = {0: logging.WARNING, 1: logging.INFO}
    level = logging.ERROR if quiet else levels.get(verbose, logging.DEBUG)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[_LogLines()], force=True)
    for name in PACKAGES:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("pydicom").disabled = True  # it quotes what it reads, a patient's name perhaps


def show_log() -> None:
    """Show the log as ``-v`` does: for commands of hours, whose log says how well it goes. Not with ``-q``."""
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.setLevel(min(logger.level, logger.level if progress.quiet else logging.INFO))
