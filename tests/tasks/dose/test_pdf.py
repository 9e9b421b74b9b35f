"""The page of a run printed to PDF: the same content, the label on every page, whole or not at all."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.report.browser import BROWSER_VARIABLE
from esapi_bridge.tasks import DoseResult, run_dose
from esapi_bridge.tasks.run_record import file_sha256

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs it uses are those of Linux")


def stand_in(path: Path, body: str) -> str:
    """A browser that does what a test says."""
    path.write_text(f"#!{sys.executable}\nimport sys\npdf = sys.argv[-2].partition('=')[2]\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_without_a_browser_nothing_is_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError, match="needs a browser, found none"):
        run_dose(tmp_path / "no export", tmp_path / "out", pdf=True)
    with pytest.raises(ValueError, match="print of a page"):
        run_dose(tmp_path / "no export", tmp_path / "out", pdf=True, report=False)


def test_a_browser_that_fails_leaves_nothing(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esapi_bridge.tasks.dose.run.write_report", lambda *given: given[-1].touch() or given[-1])
    monkeypatch.setenv(BROWSER_VARIABLE, stand_in(tmp_path / "browser", "sys.exit(3)"))
    with pytest.raises(BridgeError, match="ended with 3"):
        run_dose(export, tmp_path / "out", model=str(model), per_beam=False, pdf=True)
    assert [p.name for p in tmp_path.iterdir()] == ["browser"]


@pytest.fixture(scope="module")
def printed(export: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> DoseResult:
    """A run printed by the browser of this machine."""
    if shutil.which("chromium") is None or shutil.which("pdftotext") is None:
        pytest.skip("needs chromium, and pdftotext of poppler-utils")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BROWSER_VARIABLE, "chromium")
        out = tmp_path_factory.mktemp("pdf") / "out"
        return run_dose(export, out, model=str(model), reference=export / "reference", pdf=True)


def text_of(pdf: Path) -> list[str]:
    """The text of each page, white space put together."""
    found = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    return [" ".join(page.split()) for page in found.split("\f")[:-1]]


def test_it_is_in_the_folder_and_in_the_record(printed: DoseResult) -> None:
    assert printed.pdf == printed.folder / "report.pdf"
    assert {file.name: file.sha256 for file in printed.record.outputs}["report.pdf"] == file_sha256(printed.pdf)
    assert "pdf" in printed.record.seconds
    assert sorted(p.name for p in printed.folder.iterdir()) == [
        "RTDOSE_PLAN.dcm", "report.html", "report.pdf", "run.json"
    ]  # fmt: skip


def test_every_page_says_what_it_is_for(printed: DoseResult) -> None:
    assert printed.pdf is not None
    pages = text_of(printed.pdf)
    assert 3 <= len(pages) <= 12
    assert all(INTENDED_USE in page for page in pages)


def test_it_says_what_the_page_says_and_names_no_file(printed: DoseResult) -> None:
    assert printed.pdf is not None
    text = " ".join(text_of(printed.pdf))
    for section in ("Facts", "Numbers", "Dose on CT", "Profiles", "Dose-volume histograms", "Gamma", "Checks", "Time"):
        assert section in text
    for row in printed.record.metrics.gamma:
        assert f"{row.pass_percent:.1f} %" in text
    for name, dose in printed.record.metrics.maximum_gy.items():
        assert re.search(rf"{name} {dose:.4f}", text)
    assert not re.search(r"file:|/tmp|report\.html", text)
    assert "all structures" not in text, "what scripts add is not printed"
