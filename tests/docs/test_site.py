"""The documentation as a site: it builds without a warning, opens from the disk, is searched there, fetches nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT
from tests.report.browser import chromium

pytestmark = pytest.mark.skipif(find_spec("material") is None, reason="needs the extra docs")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site; dead links and other warnings end its making."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", ".mkdocs.yml", "-d", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not (site / page).is_file()} == set()


def test_pages_name_nothing_to_fetch(site: Path) -> None:
    """Links to read lead elsewhere; what a browser loads by itself lies in the folder."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"?([^\s\">]+)", text)
        assert loaded
        assert [address for address in loaded if re.match(r"(?:https?:)?//", address)] == []


@pytest.mark.slow
def test_it_is_searched_from_the_disk(site: Path) -> None:
    asked, errors = [], []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((site / "index.html").as_uri())
        page.click("input[name=query]")
        page.keyboard.type("monitor units")
        page.click("a.md-search-result__link >> nth=0")
        page.wait_for_selector("h1")
        found = page.url
    assert errors == []
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []
    assert found.startswith(site.as_uri())
    assert not found.endswith("index.html")
