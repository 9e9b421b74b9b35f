"""Public names of a package that are loaded on first use, so that importing the package loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any


def load_name(name: str, package: str, names: Sequence[str], homes: Sequence[str]) -> Any:
    """Return what a package means by a name.

    Parameters
    ----------
    name
        The name asked for.
    package
        Name of the package.
    names
        Its public names.
    homes
        Modules where they are, in the order in which to look: those that load no torch first.

    Raises
    ------
    AttributeError
        If the name is not public.
    """
    if name in names:
        for home in map(import_module, homes):
            if hasattr(home, name):
                return getattr(home, name)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
