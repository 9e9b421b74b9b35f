"""Every module can be imported where Python has no POSIX-only modules. `make lint` checks the types for Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")

IMPORT_ALL = """
import importlib, multiprocessing.connection, pkgutil, sys, types

POSIX_ONLY = "crypt curses fcntl grp nis posix pty pwd readline resource spwd syslog termios tty".split()
WINDOWS_ONLY = "_winapi msvcrt winreg winsound".split()
OWN = ("esapi_bridge", "dosenet", "fluencenet")
NOT_INSTALLED = {"pyradmc"}  # the extra `mc`, which no test needs


def import_all():
    found = []
    for package in OWN:
        importlib.import_module(package)
        for module in pkgutil.walk_packages([package], package + "."):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                if error.name not in NOT_INSTALLED:
                    raise
            found.append(module.name)
    return found


import_all()  # everything from elsewhere is there as on this platform
for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
    del sys.modules[name]
sys.modules.update(dict.fromkeys(POSIX_ONLY))
sys.modules.update({name: types.ModuleType(name) for name in WINDOWS_ONLY})
connection = sys.modules["multiprocessing.connection"]
connection.PipeConnection = connection.Connection  # on Windows only
sys.platform = "win32"
print(len(import_all()))
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_no_module_needs_what_windows_lacks() -> None:
    done = run(IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert int(done.stdout) == len(modules) - len(PACKAGES), "all but the packages themselves, which are not walked to"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a module that only POSIX has")
def test_a_module_that_needs_it_would_be_found() -> None:
    """The worker's lock takes fcntl where the platform is not Windows."""
    done = run("import sys; sys.modules['fcntl'] = None; import esapi_bridge.folders.lock")
    assert "import of fcntl halted" in done.stderr
