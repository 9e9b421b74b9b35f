"""No link of the documentation is dead, and every page can be reached from the map."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors_of, links_of, name_of

SOURCES = [
    path
    for folder in ("esapi_bridge", "dosenet", "fluencenet", "esapi_scripts", "tests")
    for pattern in ("*.py", "*.cs", "*.yaml", "*.html", "*.jinja", "*.j2", "*.md")
    for path in sorted((ROOT / folder).rglob(pattern))
]


def fault(page: Path, link: str) -> str:
    """Say what is wrong with a link of a page; empty if nothing is."""
    if link.startswith(("https://", "mailto:")):
        return ""
    path, _, anchor = link.partition("#")
    target = Path(os.path.normpath(page.parent / path)) if path else page
    if not target.exists():
        return f"no file {path}"
    if anchor and anchor not in anchors_of(target.read_text(encoding="utf-8")):
        return f"no heading #{anchor}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: Path) -> None:
    found = {link: wrong for link in links_of(page.read_text(encoding="utf-8")) if (wrong := fault(page, link))}
    assert found == {}


def test_the_map_names_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    named = {(DOCS / link.partition("#")[0]).resolve() for link in links_of(index)}
    assert {name_of(page) for page in DOCS.rglob("*.md") if page not in named} == {"docs/index.md"}


def test_pages_that_code_and_messages_name_are_there() -> None:
    named = {
        (name_of(path), page)
        for path in SOURCES
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert {(where, page) for where, page in named if not (ROOT / page).is_file()} == set()


def test_no_picture_lies_there_for_nothing() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links_of(page.read_text(encoding="utf-8"))}
    pictures = {path for pattern in ("*.png", "*.svg") for path in DOCS.rglob(pattern)}
    assert {name_of(path) for path in pictures - shown} == set()


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("docs/index.md", ""),
        ("docs/index.md#documentation", ""),
        ("docs/gone.txt", "no file docs/gone.txt"),
        ("#nowhere", "no heading #nowhere"),
        ("https://example.org/", ""),
    ],
)
def test_a_dead_link_would_be_found(link: str, wrong: str) -> None:
    assert fault(ROOT / "README.md", link) == wrong
