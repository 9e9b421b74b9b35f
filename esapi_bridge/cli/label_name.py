"""Options of the form ``LABEL=NAME`` and ``LABEL=FACTOR``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import typer

METAVAR = "LABEL=NAME"
FACTOR_METAVAR = "LABEL=FACTOR"


class LabelName(NamedTuple):
    """What stands before and after the first equals sign."""

    label: str
    name: str


class LabelFactor(NamedTuple):
    """A label and a number."""

    label: str
    factor: float


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


def parse_label_factor(text: str) -> LabelFactor:
    """Read ``LABEL=FACTOR``.

    Raises
    ------
    typer.BadParameter
        If the label is missing, or what follows is no number.
    """
    label, _, factor = text.partition("=")
    try:
        if label:
            return LabelFactor(label, float(factor))
    except ValueError:
        pass
    raise typer.BadParameter(f"expected a label and a number such as rectum=1.5, got {text}")


Spare = Annotated[
    list[LabelFactor] | None,
    typer.Option(
        parser=parse_label_factor,
        metavar=FACTOR_METAVAR,
        help="Shift the wanted dose: wish a structure's so many times smaller, 1 to 5; may be repeated.",
    ),
]


def by_label(pairs: Iterable[LabelName]) -> dict[str, list[str]]:
    """Names by label; a label given twice has several."""
    names: dict[str, list[str]] = {}
    for label, name in pairs:
        names.setdefault(label, []).append(name)
    return names
