"""A browser of this machine, which prints a page to PDF: the page itself is printed, and nothing is to be installed.

Every Windows has Edge. The browser runs without a window, without the network and with a profile of its own, which is
removed afterwards; nothing of the user's own browser is read or changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from esapi_bridge.errors import BridgeError, RefusedError

BROWSER_VARIABLE = "ESAPI_BRIDGE_BROWSER"
"""Names the program to use instead of the one that is found."""

PROGRAMS = (
    "msedge", "microsoft-edge", "microsoft-edge-stable", "google-chrome", "google-chrome-stable", "chrome", "chromium",
    "chromium-browser",
)  # fmt: skip
"""Names on the PATH."""

WINDOWS_PLACES = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe",
                  r"Chromium\Application\chrome.exe")  # fmt: skip
"""Below the folders of programs, which Windows does not put on the PATH."""

MOST_SECONDS = 180.0
"""For one page; the largest take some seconds."""

OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere
    "--no-pdf-header-footer",  # they would name the file and its folder
)


def find_browser() -> Path:
    """Find a browser that can print.

    Raises
    ------
    RefusedError
        If there is none; says what to install.
    """
    advice = f"install Microsoft Edge, Google Chrome or Chromium, or name one in {BROWSER_VARIABLE}"
    named = os.environ.get(BROWSER_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise RefusedError(f"{BROWSER_VARIABLE} must name a program, found none of that name; {advice}")
        return Path(found)
    for command in _places():
        if (found := shutil.which(command)) is not None:
            return Path(found)
    raise RefusedError(f"printing a page to PDF needs a browser, found none on this machine; {advice}")


def print_pdf(page: Path, path: Path, browser: Path, most_seconds: float = MOST_SECONDS) -> Path:
    """Print a page to a PDF file; it is there whole or not at all.

    Parameters
    ----------
    page
        The HTML file.
    path
        The PDF file to make.
    browser
        As `find_browser` returns it.
    most_seconds
        Time after which the browser is ended.

    Raises
    ------
    BridgeError
        If the browser makes no PDF, or none in time.
    """
    # A browser may leave files open for a moment after it has ended: they are no reason to fail.
    with tempfile.TemporaryDirectory(prefix="esapi-bridge-pdf-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "page.pdf"
        _run(
            [
                str(browser),
                *OPTIONS,
                *(["--no-sandbox"] if _is_root() else []),
                f"--user-data-dir={Path(folder) / 'profile'}",
                f"--print-to-pdf={printed}",
                page.resolve().as_uri(),
            ],
            most_seconds,
        )
        if not _is_whole(printed):
            raise BridgeError(
                f"the browser must print the page to a PDF, it made none; name another browser in {BROWSER_VARIABLE}, "
                "or print the page from a browser by hand"
            )
        partial = path.with_name(path.name + ".part")
        try:
            shutil.copyfile(printed, partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def _places() -> Iterator[str]:
    yield from PROGRAMS
    if _is_windows():
        for variable in ("PROGRAMFILES(X86)", "PROGRAMFILES", "LOCALAPPDATA"):
            if folder := os.environ.get(variable):
                yield from (str(Path(folder) / place) for place in WINDOWS_PLACES)


def _run(command: list[str], most_seconds: float) -> None:
    """Run a browser to its end, and end it with all its processes where it takes too long or the user interrupts."""
    try:
        process = subprocess.Popen(  # noqa: S603 -- the browser found above, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise BridgeError(f"the browser could not be started; name another one in {BROWSER_VARIABLE}") from error
    try:
        code = process.wait(most_seconds)
    except subprocess.TimeoutExpired as error:
        raise BridgeError(f"the browser must print the page within {most_seconds:g} s, it was ended") from error
    finally:
        _end(process)
    if code != 0:
        raise BridgeError(f"the browser must print the page, it ended with {code}; name another in {BROWSER_VARIABLE}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()  # nothing happens where it has ended; its helpers end with it
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_whole(path: Path) -> bool:
    """Whether a file begins and ends as a PDF does."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def _is_windows() -> bool:
    return os.name == "nt"


def _is_root() -> bool:
    """Whether this process has all rights on Linux, where Chromium refuses to run in its sandbox."""
    return sys.platform != "win32" and os.geteuid() == 0
