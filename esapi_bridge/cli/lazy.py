"""A command group that imports a command's module only when that command is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from esapi_bridge.errors import CANCELLED


class Command(NamedTuple):
    """Where a command lives, ``module:function`` or ``module:typer_app``, and its line in the list of commands."""

    target: str
    summary: str


class LazyGroup(TyperGroup):
    """A group with a fixed table of commands.

    It holds stand-ins made from the table, so that ``--help`` imports no command.
    """

    table: Mapping[str, Command] = MappingProxyType({})
    """Name to command; set by the subclass."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=entry.summary) for name, entry in self.table.items()}

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Import the command that is called."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, stand_in and load(str(name), self.table[str(name)]), rest

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run; an interrupt from the keyboard ends with exit code 4."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Exit(CANCELLED) from error


def load(name: str, entry: Command) -> Any:
    """Import a command and make it callable under its name."""
    module, _, attribute = entry.target.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(found)
    return typer.main.get_command(app)
