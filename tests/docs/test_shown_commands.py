"""Every command line that documentation and messages show is one.

Its words and the names of its options exist; what a reader types in from a page the command also understands, and each
file that it reads the reader has, or a line before has made.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from esapi_bridge.cli.commands import COMMANDS
from tests.cli.tree import GROUPS, PATHS, command_of, options_of
from tests.docs.pages import FOLLOWED, PAGES, ROOT, blocks_of, name_of, without_blocks

SOURCES = [
    path
    for folder, pattern in (
        ("esapi_bridge", "*.py"), ("dosenet", "*.py"), ("fluencenet", "*.py"), ("esapi_scripts", "*.cs"),
        ("esapi_scripts", "*.md"), ("esapi_bridge", "*.cs"),
    )
    for path in sorted((ROOT / folder).rglob(pattern))
]  # fmt: skip

COMMON = {"-q", "--quiet", "-v", "-vv", "--verbose", "--version", "--help"}


class Shown(NamedTuple):
    """A command line somebody may copy: where it stands, and its words after ``esapi-bridge``."""

    where: str
    words: list[str]


def code_of(text: str) -> Iterator[tuple[int, str]]:
    """Lines of code of a page, and the code within its sentences; with line numbers."""
    found = [line for block in blocks_of(text) for line in block.lines]
    for number, line in enumerate(without_blocks(text).splitlines(), 1):
        found += [(number, code) for code in re.findall(r"`([^`]+)`", line)]
    yield from sorted(found)


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
                yield Shown(f"{name_of(path)} line {number}", shlex.split(line, posix=False))


def in_sources() -> Iterator[Shown]:
    """Command lines in quotes, as messages and docstrings show them."""
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in re.findall(r"['`>]esapi-bridge ([^'`<]+)['`<]", line):
                yield Shown(f"{path.relative_to(ROOT).as_posix()} line {number}", shlex.split(found, posix=False))


def command_in(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Words of the command in a line, and the rest; common options, which stand before it, left out."""
    rest = [word for word in words if word != "..."]
    while rest and rest[0] in COMMON:
        rest.pop(0)
    path = tuple(rest[:1])
    while path in GROUPS and len(path) < len(rest):
        path = tuple(rest[: len(path) + 1])
    return path, rest[len(path) :]


def fault(words: list[str]) -> str:
    """Say what is wrong with the words of a command line; empty if nothing is."""
    path, rest = command_in(words)
    if not path:
        return ""
    if path in GROUPS:
        return ""
    if path not in PATHS:
        return f"no command {' '.join(path)}"
    given = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
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


class TypedIn(NamedTuple):
    """A command line of a page that is followed: where it stands, its words, files it reads, what it makes."""

    where: str
    words: list[str]
    reads: list[str]
    makes: list[str]


MADE_BY_RUNS = {"data", "out", "runs"}
"""Folders of a checkout that is in use; a fresh one has none."""

MAKING = {"-o", "--exports"}
"""Options that name a folder to be made."""

PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*\b")
"""A name in capitals stands for what the reader has."""


def parse(where: str, words: list[str]) -> TypedIn:
    """Let the command itself read its words: arguments, options, their types and choices; nothing is run.

    Raises
    ------
    Exception
        What the command says is wrong.
    """
    path, rest = command_in(words)
    command = command_of(path)
    for parameter in command.params:
        parameter.callback = None
        parameter.type_descriptor.parameter_info.exists = False  # of a copy that is this command's own
    context = command.make_context(" ".join(path), list(rest))
    named: dict[bool, list[str]] = {True: [], False: []}
    for parameter in command.params:
        value = context.params.get(parameter.name)
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, Path) and str(item) in rest:
                named[bool(MAKING & set(parameter.opts))].append(item.as_posix())
    return TypedIn(where, words, named[False], named[True])


def typed_in(page: Path) -> Iterator[TypedIn]:
    """Command lines in the shell blocks of a page, first to last."""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language in {"sh", "powershell", "bat"}:
            for number, code in block.lines:
                for line in command_lines(code):
                    words = [word.strip('"') for word in shlex.split(line, posix=False)]
                    if command_in(words)[0] and "--help" not in words:
                        yield parse(f"{name_of(page)} line {number}", words)


def is_part(one: str, other: str) -> bool:
    """Whether one path is the other, lies in it, or holds it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def unknown_files(page: Path, steps: Iterator[TypedIn]) -> list[str]:
    """Files that a page reads and that neither it nor the reader has made before."""
    blocks = blocks_of(page.read_text(encoding="utf-8"))
    shown = {name for block in blocks for name in re.findall(r"^# (\S+)", block.text)}
    made = {path.name for path in ROOT.iterdir()} - MADE_BY_RUNS | shown
    wrong = []
    for step in steps:
        missing = [f for f in step.reads if not PLACEHOLDER.match(f) and not any(is_part(f, m) for m in made)]
        wrong += [f"{step.where}: {file}" for file in missing]
        made.update(step.makes)
        # The record of a page lies beside it.
        made.update(Path(file).with_suffix(".json").as_posix() for file in step.makes if file.endswith(".html"))
    return wrong


@pytest.mark.parametrize("page", FOLLOWED, ids=name_of)
def test_what_a_reader_types_in_is_understood_and_finds_its_files(page: Path) -> None:
    assert unknown_files(page, typed_in(page)) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("dose -o OUT", "Missing parameter"),
        ("mock export --site knee -o OUT", "knee"),
        ("dose A B -o OUT", "unexpected extra argument"),
        ("train dose x.zarr -o run --hours much", "valid number"),
    ],
)
def test_a_line_that_the_command_would_not_take_is_found(line: str, wrong: str) -> None:
    with pytest.raises(Exception, match=wrong):
        parse("here", line.split())


def test_a_file_that_nobody_made_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("")
    lines = ["dose out/a -o out/b", "mock export --site pelvis -o out/a", "dose out/a -o out/b", "dose EXPORT -o out/c"]
    assert unknown_files(page, (parse(line, line.split()) for line in lines)) == ["dose out/a -o out/b: out/a"]


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
