"""Options of the form ``LABEL=NAME``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import typer

METAVAR = "LABEL=NAME"


class LabelName(NamedTuple):
    """What stands before and after the first equals sign."""

    label: str
    name: str


def parse_label_name(text: str) -> LabelName:
    """Read ``LABEL=NAME``.

    Raises
    ------
    typer.BadParameter
        If one of the two is missing.
    """
    label, equals, name = text.partition("=")
    if not (label and equals and name):
        raise typer.BadParameter(f"expected a label and a name such as PTV=PTV_44, got {text}")
    return LabelName(label, name)


def by_label(pairs: Iterable[LabelName]) -> dict[str, list[str]]:
    """Names by label; a label given twice has several."""
    names: dict[str, list[str]] = {}
    for label, name in pairs:
        names.setdefault(label, []).append(name)
    return names
