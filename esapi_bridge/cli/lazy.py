"""Command groups that import a command's module only when that command is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from esapi_bridge.errors import CANCELLED


class Command(NamedTuple):
    """Where a command lives, ``module:function``, and its line in the list of commands."""

    target: str
    summary: str


class Group(NamedTuple):
    """Commands that belong together, by name, and their line in the list of commands."""

    commands: Mapping[str, Command | Group]
    summary: str


class LazyGroup(TyperGroup):
    """A group with a fixed table of commands.

    It holds placeholders made from the table, so that ``--help`` imports no command.

    Parameters
    ----------
    table
        Commands and groups by name; that of the class if not given.
    """

    table: Mapping[str, Command | Group] = MappingProxyType({})

    def __init__(self, *, table: Mapping[str, Command | Group] | None = None, **options: Any) -> None:
        super().__init__(**options)
        if table is not None:
            self.table = table
        self.commands = {name: TyperCommand(name, help=entry.summary) for name, entry in self.table.items()}

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Import the command that is called."""
        name, placeholder, rest = super().resolve_command(ctx, args)
        return name, placeholder and load(str(name), self.table[str(name)]), rest

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run; an interrupt from the keyboard ends with exit code 4."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Exit(CANCELLED) from error
        except SystemExit as end:  # what Lightning makes of an interrupt
            if isinstance(end.__context__, KeyboardInterrupt):
                raise typer.Exit(CANCELLED) from end
            raise


def load(name: str, entry: Command | Group) -> Any:
    """Import a command and make it callable under its name; a group imports nothing."""
    if isinstance(entry, Group):
        return LazyGroup(
            name=name, table=entry.commands, help=entry.summary, no_args_is_help=True, rich_markup_mode=None
        )
    module, _, attribute = entry.target.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(getattr(importlib.import_module(module), attribute))
    return typer.main.get_command(app)
