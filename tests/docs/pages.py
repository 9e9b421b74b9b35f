"""The pages of the documentation, as tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
"""What people read, in the checkout."""

FOLLOWED = [ROOT / "README.md", *sorted(DOCS.glob("tutorial*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
"""Pages whose blocks a reader types in, from the first to the last."""


class Block(NamedTuple):
    """A block of code: its language, and its lines with their numbers, continued ones joined."""

    language: str
    lines: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for _, line in self.lines)


def name_of(path: Path) -> str:
    """Name a page from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


def blocks_of(text: str) -> Iterator[Block]:
    """Blocks of code of a page, also inside lists."""
    lines = iter(enumerate(text.splitlines(), 1))
    for _, line in lines:
        if opened := re.match(r"( *)```(\w*)", line):
            indent, language = opened.groups()
            found: list[tuple[int, str]] = []
            for number, inside in lines:
                code = inside.removeprefix(indent)
                if code.startswith("```"):
                    break
                while code.endswith(("\\", "^")):
                    code = code[:-1] + next(lines)[1].removeprefix(indent)
                found.append((number, code))
            yield Block(language, tuple(found))


def without_blocks(text: str) -> str:
    """Return the page with its blocks of code left empty; lines keep their numbers."""
    return re.sub(
        r"^ *```.*?^ *```", lambda block: "\n" * block.group().count("\n"), text, flags=re.MULTILINE | re.DOTALL
    )


def links_of(text: str) -> Iterator[str]:
    """Targets of the links and pictures of a page; what stands in code is none."""
    yield from re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", without_blocks(text)))


def anchors_of(text: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*?) *$", without_blocks(text), re.MULTILINE)
    plain = (re.sub(r"[`*]|\]\(.*?\)|\[", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}
