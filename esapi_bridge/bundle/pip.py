"""pip, as it is configured on this machine: it alone knows where packages come from."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from esapi_bridge.errors import BridgeError, RefusedError

COMMON = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-color")


class NoWheelError(RefusedError):
    """No file of a package fits.

    Parameters
    ----------
    package
        Name and version.
    """

    def __init__(self, package: str) -> None:
        super().__init__(f"expected a wheel of {package}, pip finds none")
        self.package = package


def run_pip(command: str, *arguments: str, on_package: Callable[[], None] = lambda: None) -> None:
    """Run a command of pip.

    Parameters
    ----------
    command
        ``download`` or ``wheel``.
    arguments
        Its arguments.
    on_package
        Called when pip turns to a package.

    Raises
    ------
    NoWheelError
        If no file of a package fits.
    BridgeError
        If there is no pip, or it fails for another reason.
    """
    program = [sys.executable, "-m", "pip", command, *COMMON, *arguments]
    lines = []
    with subprocess.Popen(  # noqa: S603 -- this interpreter's pip, no shell
        program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("Collecting "):
                on_package()
    if process.returncode == 0:
        return
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")] or lines[-1:]
    for error in errors:
        if missing := re.match(r"No matching distribution found for (\S+)", error):
            raise NoWheelError(missing[1])
    if any("No module named pip" in line for line in lines):
        raise BridgeError("expected pip, found none; make it with: python -m ensurepip")
    raise BridgeError(
        f"pip {command} must succeed, it did not: {' '.join(errors)}; see to the network or pip's settings"
    )
