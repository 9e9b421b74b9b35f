"""Logging and result files of the ``python -m`` commands of both networks."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def log_to_console() -> None:
    """Show the log with the time of day on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")


def write_figures(path: Path, figures: Mapping[str, Any]) -> None:
    """Write figures as JSON; an interruption leaves the previous file."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    part.replace(path)
