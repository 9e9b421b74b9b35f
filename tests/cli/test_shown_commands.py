"""Every command line that documentation and messages show is one: its words and the names of its options exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.lazy import Group
from tests.cli.tree import GROUPS, options_of

ROOT = Path(__file__).parents[2]

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = [
    path
    for folder, pattern in (
        ("esapi_bridge", "*.py"), ("dosenet", "*.py"), ("fluencenet", "*.py"), ("esapi_scripts", "*.cs"),
        ("esapi_scripts", "*.md"), ("esapi_bridge", "*.cs"),
    )
    for path in sorted((ROOT / folder).rglob(pattern))
]  # fmt: skip

COMMON = {"-q", "--quiet", "-v", "-vv", "--verbose", "--version", "--help"}

MOST_WORDS = 2
"""Words of a command: a verb and a network."""


class Shown(NamedTuple):
    """A command line somebody may copy: where it stands, and its words after ``esapi-bridge``."""

    where: str
    words: list[str]


def code_of(text: str) -> Iterator[tuple[int, str]]:
    """Lines of code of a page, continued lines joined, and the code within its sentences; with line numbers."""
    lines, number, in_block = text.splitlines(), 0, False
    while number < len(lines):
        line, first = lines[number], number + 1
        number += 1
        if line.lstrip().startswith("```"):
            in_block = not in_block
        elif in_block:
            while line.endswith(("\\", "^")):
                line = line[:-1] + lines[number]
                number += 1
            yield first, line
        else:
            yield from ((first, code) for code in re.findall(r"`([^`]+)`", line))


def command_lines(code: str) -> Iterator[str]:
    """Command lines in a piece of code, those inside ``$(...)`` among them."""
    inner = re.findall(r"\$\((.*?)\)", code)
    for part in [*inner, re.sub(r'"?\$\(.*?\)"?', "X", code)]:
        for found in re.finditer(r"(?:^|[\\/ ]|-m )(?:esapi-bridge|esapi_bridge) (.*)", part):
            yield re.split(r" #|\s[|>&]", " " + found.group(1))[0]


def on_pages() -> Iterator[Shown]:
    for path in PAGES:
        for number, code in code_of(path.read_text(encoding="utf-8")):
            for line in command_lines(code):
                yield Shown(f"{path.name} line {number}", shlex.split(line, posix=False))


def in_sources() -> Iterator[Shown]:
    """Command lines in quotes, as messages and docstrings show them."""
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in re.findall(r"['`>]esapi-bridge ([^'`<]+)['`<]", line):
                yield Shown(f"{path.relative_to(ROOT).as_posix()} line {number}", shlex.split(found, posix=False))


def fault(words: list[str]) -> str:
    """Say what is wrong with the words of a command line; empty if nothing is."""
    rest = [word for word in words if word != "..."]
    while rest and rest[0] in COMMON:
        rest.pop(0)
    if not rest:
        return ""
    path = tuple(rest[:MOST_WORDS] if rest[0] in GROUPS else rest[:1])
    entry = COMMANDS.get(path[0])
    if entry is None:
        return f"no command {path[0]}"
    if isinstance(entry, Group):
        if len(path) == 1:
            return ""
        if path[1] not in entry.commands:
            return f"no command {' '.join(path)}"
    given = {word.partition("=")[0] for word in rest[len(path) :] if re.match(r"--?[a-z]", word)}
    unknown = given - options_of(path)
    return f"no option {', '.join(sorted(unknown))} of {' '.join(path)}" if unknown else ""


def test_the_pages_show_what_there_is() -> None:
    shown = list(on_pages())
    assert len(shown) > 50, "the pages show many commands"
    assert {name for name in COMMANDS if not any(s.words[:1] == [name] for s in shown)} == set()
    assert {s.where: found for s in shown if (found := fault(s.words))} == {}


def test_messages_name_what_there_is() -> None:
    shown = list(in_sources())
    assert len(shown) > 5, "messages name commands"
    assert {s.where: found for s in shown if (found := fault(s.words))} == {}


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("esapi-bridge dose EXPORT_DIR -o OUT", [""]),
        ("esapi-bridge -q worker status --json   # every job", [""]),
        ("python -m esapi_bridge models", [""]),
        (r"C:\env\Scripts\esapi-bridge scripts check DIR", [""]),
        ("esapi-bridge worker --status", ["no command worker --status"]),
        ("esapi-bridge evaluate doses x.zarr", ["no command evaluate doses"]),
        ("esapi-bridge train dose x.zarr --out run --hour=1", ["no option --hour, --out of train dose"]),
        ("esapi-bridge dos X", ["no command dos"]),
        (
            'esapi-bridge scripts install --esapi "$(esapi-bridge mock assembles)" -o x',
            ["no command mock assembles", ""],
        ),
    ],
)
def test_what_is_wrong_is_found(code: str, faults: list[str]) -> None:
    assert [fault(shlex.split(line, posix=False)) for line in command_lines(code)] == faults


def test_blocks_are_read_with_their_continued_lines() -> None:
    text = "Say `esapi-bridge models`.\n```\nesapi-bridge compare A ^\n    B --gamma 1/1\n```\n"
    assert [(n, " ".join(line.split())) for n, line in code_of(text)] == [
        (1, "esapi-bridge models"),
        (3, "esapi-bridge compare A B --gamma 1/1"),
    ]
