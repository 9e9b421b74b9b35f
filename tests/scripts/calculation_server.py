"""The mock's calculations in the process of the tests, where the engines are loaded once: starting takes seconds."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.mock.calculate import main

END = "end"


class CalculationServer:
    """Stands in for the Python of calculations; ``program`` is what to name in ``ESAPI_BRIDGE_PYTHON``.

    `models` holds what was calculated with, in order; `failing` the numbers (from 0) of calculations that shall fail.
    """

    def __init__(self, folder: Path) -> None:
        self.models: list[str] = []
        self.failing: set[int] = set()
        self.program = folder / "python"
        self._asked, self._answered = folder / "asked", folder / "answered"
        for pipe in (self._asked, self._answered):
            os.mkfifo(pipe)
        self.program.write_text(f'#!/bin/sh\necho "$3" > {self._asked}\nread code < {self._answered}\nexit $code\n')
        self.program.chmod(0o755)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def reset(self, *failing: int) -> None:
        """Forget what was calculated, and let these calculations fail."""
        self.models.clear()
        self.failing = set(failing)

    def end(self) -> None:
        """End the thread."""
        self._asked.write_text(END + "\n")
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._asked.read_text().strip()) != END:
            number = len(self.models)
            self.models.append(json.loads((Path(job) / "request.json").read_bytes())["model"])
            code = 1 if number in self.failing else main([job])
            self._answered.write_text(f"{code}\n")


@contextmanager
def calculation_server(folder: Path) -> Iterator[CalculationServer]:
    """Serve calculations from a folder for its pipes."""
    server = CalculationServer(folder)
    yield server
    server.end()
