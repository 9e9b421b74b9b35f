"""Where commands write: results to standard output, everything else to standard error."""

from __future__ import annotations

import logging

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
"""Results for people; silent with ``-q``."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Errors, the log and the intended use; never silent."""

progress = Console(stderr=True, highlight=False)
"""Progress bars and remarks; silent with ``-q``."""

PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")


class _LogLines(logging.Handler):
    """Prints the log by the console, which writes above a progress bar and not through it."""

    def emit(self, record: logging.LogRecord) -> None:
        err.print(self.format(record), markup=False)


def set_verbosity(*, quiet: bool, verbose: int) -> None:
    """Set what is shown: errors only, the usual, or the log of this package (once: INFO, twice: DEBUG)."""
    out.quiet = progress.quiet = quiet
    levels = {0: logging.WARNING, 1: logging.INFO}
    level = logging.ERROR if quiet else levels.get(verbose, logging.DEBUG)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[_LogLines()], force=True)
    for name in PACKAGES:
        logging.getLogger(name).setLevel(level)


def show_log() -> None:
    """Show the log as ``-v`` does: for commands of hours, whose log says how well it goes. Not with ``-q``."""
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.setLevel(min(logger.level, logger.level if progress.quiet else logging.INFO))
