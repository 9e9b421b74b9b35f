"""Messages of a calculation, ``log.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Beam
from esapi_bridge.folders.durable import write_whole_file


@dataclass
class Log:
    """Messages of a calculation, by plan and by beam; it failed if any of them is an error.

    `optimisation` holds the figures of one: steps, objective function, and its part of each structure.
    """

    lines: list[str] = field(default_factory=lambda: [INTENDED_USE])
    beams: dict[int, list[str]] = field(default_factory=dict)
    success: bool = True
    optimisation: dict[str, Any] | None = None

    def say(self, line: str, beam: Beam | None = None) -> None:
        """Add a line about a beam, or about the plan."""
        (self.lines if beam is None else self.beams.setdefault(beam.number, [])).append(line)

    def fail(self, line: str, beam: Beam | None = None) -> None:
        """Add an error."""
        self.success = False
        self.say(f"Error: {line}", beam)

    def write(self, file: Path) -> None:
        """Write the log as JSON."""
        content = {
            "schema": 1,
            "success": self.success,
            "lines": self.lines,
            "beams": {str(number): lines for number, lines in self.beams.items()},
            "optimisation": self.optimisation,
            "intended_use": INTENDED_USE,
        }
        write_whole_file(file, json.dumps(content, indent=1).encode())
