"""A browser is found where there is one, and what it prints is there whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.report import browser
from esapi_bridge.report.browser import BROWSER_VARIABLE, find_browser, print_pdf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for a browser by a script with a #! line")

ARGUMENTS = """
import os, sys, time, subprocess
from pathlib import Path
options = dict(a.split("=", 1) for a in sys.argv[1:] if "=" in a)
pdf = Path(options["--print-to-pdf"])
"""


def program(path: Path, body: str = "") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{ARGUMENTS if body else ''}{textwrap.dedent(body)}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose only programs are those that a test puts into this folder."""
    monkeypatch.delenv(BROWSER_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "bin"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "a page ü.html"
    path.write_text("<p>Research use only</p>")
    return path


@pytest.mark.parametrize("name", ["msedge", "google-chrome", "chromium"])
def test_a_browser_on_the_path_is_found(alone: Path, name: str) -> None:
    one = program(alone / name)
    assert find_browser() == one


def test_on_windows_it_is_found_where_windows_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_is_windows", lambda: True)
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path / "x86"))
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    edge = program(tmp_path / "x86" / r"Microsoft\Edge\Application\msedge.exe")
    assert find_browser() == edge


def test_one_that_is_named_goes_first(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(alone / "msedge")
    mine = program(tmp_path / "mine" / "browser")
    monkeypatch.setenv(BROWSER_VARIABLE, str(mine))
    assert find_browser() == mine
    monkeypatch.setenv(BROWSER_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(RefusedError, match=BROWSER_VARIABLE) as caught:
        find_browser()
    assert str(tmp_path) not in str(caught.value)


def test_without_one_what_to_install_is_said() -> None:
    with pytest.raises(RefusedError, match="install Microsoft Edge, Google Chrome or Chromium"):
        find_browser()


def test_what_is_printed_is_put_in_its_place(alone: Path, page: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    one = program(
        alone / "chromium",
        f"""
        assert Path(options["--user-data-dir"]).parent.is_dir()
        pdf.write_bytes(b"%PDF-1.4 some text %%EOF")
        Path({str(told)!r}).write_text("\\n".join(sys.argv[1:]))
        """,
    )
    out = print_pdf(page, tmp_path / "page.pdf", one)
    assert out.read_bytes() == b"%PDF-1.4 some text %%EOF"
    options = told.read_text().splitlines()
    assert {"--headless", "--disable-background-networking", "--no-pdf-header-footer"} <= set(options)
    assert ("--no-sandbox" in options) == (os.geteuid() == 0)
    assert options[-1].startswith("file:///")
    assert list((tmp_path / "temporary").iterdir()) == [], "the profile is removed"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["bin", "temporary", "told", "page.pdf", page.name])


BAD = {
    "nothing": ("pass", "made none"),
    "half a file": ("pdf.write_bytes(b'%PDF-1.4 some')", "made none"),
    "no PDF": ("pdf.write_bytes(b'<html>%%EOF')", "made none"),
    "an end in error": ("pdf.write_bytes(b'%PDF-1.4 %%EOF'); sys.exit(21)", "ended with 21"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_whole_is_not_taken(case: str, alone: Path, page: Path, tmp_path: Path) -> None:
    body, message = BAD[case]
    with pytest.raises(BridgeError, match=message):
        print_pdf(page, tmp_path / "page.pdf", program(alone / "chromium", body))
    assert not list(tmp_path.glob("*.pdf*"))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_program_that_cannot_start_is_told(page: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="could not be started"):
        print_pdf(page, tmp_path / "page.pdf", tmp_path / "none")


def test_a_browser_that_hangs_is_ended_with_its_helpers(alone: Path, page: Path, tmp_path: Path) -> None:
    helper = tmp_path / "helper"
    one = program(
        alone / "chromium",
        f"""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path({str(helper)!r}).write_text(str(child.pid))
        time.sleep(600)
        """,
    )
    with pytest.raises(BridgeError, match="within 2 s"):
        print_pdf(page, tmp_path / "page.pdf", one, most_seconds=2)
    assert _is_gone(int(helper.read_text()))
    assert not list(tmp_path.glob("*.pdf*"))


def _is_gone(pid: int) -> bool:
    """Whether a process that was killed has ended; whoever inherits it may be slow to bury it."""
    status = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False
