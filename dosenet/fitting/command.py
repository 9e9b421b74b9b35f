"""What the ``python -m`` commands of both networks share: options of an evaluation, logging and result files."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dosenet.fitting.checkpoint import save_text
from dosenet.fitting.split import Split


def evaluation_parser(program: str, description: str, data: str) -> argparse.ArgumentParser:
    """Parser with the options that the evaluation of every network has; `data` says what is evaluated on."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--data", required=True, help=data)
    parser.add_argument("--weights", required=True, help="model name or folder")
    parser.add_argument("--split", default=Split.TEST.value, help="train, validation or test")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--threads", type=int, help="CPU threads")
    return parser


def log_to_console() -> None:
    """Show the log with the time of day on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")


def write_figures(path: Path, figures: Mapping[str, Any]) -> None:
    """Write figures as JSON; an interruption leaves the previous file."""
    save_text(path, json.dumps(figures, indent=1))
