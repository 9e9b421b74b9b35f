"""Where commands write: results to standard output, everything else to standard error."""

from __future__ import annotations

import logging

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
"""Results for people; silent with ``-q``."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Errors and the intended use; never silent."""

progress = Console(stderr=True, highlight=False)
"""Progress bars and remarks; silent with ``-q``."""


def set_verbosity(*, quiet: bool, verbose: int) -> None:
    """Set what is shown: errors only, the usual, or the log of this package (once: INFO, twice: DEBUG)."""
    out.quiet = progress.quiet = quiet
    levels = {0: logging.WARNING, 1: logging.INFO}
    level = logging.ERROR if quiet else levels.get(verbose, logging.DEBUG)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", force=True)
    for name in ("esapi_bridge", "dosenet", "fluencenet"):
        logging.getLogger(name).setLevel(level)
