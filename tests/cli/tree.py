"""The tree of commands, as tests walk it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.lazy import Command, Group, load

Table = Mapping[str, Command | Group]


def _walk(table: Table, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command | Group]]:
    """Words and entry of every group and command, in the order of the table."""
    for name, entry in table.items():
        yield (*before, name), entry
        if isinstance(entry, Group):
            yield from _walk(entry.commands, (*before, name))


ENTRIES = dict(_walk(COMMANDS))
"""Every group and every command by its words."""

GROUPS = tuple(path for path, entry in ENTRIES.items() if isinstance(entry, Group))
"""Words of every group."""

PATHS = tuple(path for path, entry in ENTRIES.items() if isinstance(entry, Command))
"""Words of every command."""


def entry_of(path: tuple[str, ...]) -> Command:
    """Entry of a command in the table."""
    entry = ENTRIES[path]
    assert isinstance(entry, Command)
    return entry


def command_of(path: tuple[str, ...]) -> Any:
    """The command itself, imported."""
    return load(path[-1], entry_of(path))


def options_of(path: tuple[str, ...]) -> set[str]:
    """All spellings of a command's options."""
    return {"--help"}.union(
        *({*p.opts, *p.secondary_opts} for p in command_of(path).params if p.param_type_name == "option")
    )


def needs_arguments(path: tuple[str, ...]) -> bool:
    """Whether a command wants something beside its options."""
    return any(p.param_type_name == "argument" and p.required for p in command_of(path).params)
