"""Turn a training run into a model: ``python -m fluencenet.ship RUN --card details.yaml --out FOLDER``.

The details are the card's fields that no run knows; preset (with the simple dose), steps and hours come from the run.
"""

from __future__ import annotations

import sys

from dosenet import ship
from fluencenet.weights import FluenceCard


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return ship.main(arguments, FluenceCard, "fluencenet.ship")


if __name__ == "__main__":
    sys.exit(main())
