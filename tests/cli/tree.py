"""The tree of commands, as tests walk it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.lazy import Command, Group, load

GROUPS = [name for name, entry in COMMANDS.items() if isinstance(entry, Group)]


def _paths() -> Iterator[tuple[str, ...]]:
    """Words of every command, in the order of the table."""
    for name, entry in COMMANDS.items():
        if isinstance(entry, Group):
            yield from ((name, command) for command in entry.commands)
        else:
            yield (name,)


PATHS = tuple(_paths())
"""Words of every command."""


def entry_of(path: tuple[str, ...]) -> Command:
    """Entry of a command in the table."""
    found = COMMANDS[path[0]]
    entry = found.commands[path[1]] if isinstance(found, Group) else found
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
