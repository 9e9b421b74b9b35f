"""Assigns the structures of a plan to the labels of a fluence network.

The rules stand in ``structure_names.yaml`` beside this module; a site's own file may replace them label by label, and
structures can be named outright. An ambiguous or missing label is refused with the name of the option that
decides it, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge.case import Structure
from esapi_bridge.checks import Outcome, Verdict
from esapi_bridge.errors import BridgeError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.tasks.fluence.scene import NECESSARY
from fluencenet.scene import LABELS

TABLE_FILE = Path(__file__).with_suffix(".yaml")
MAX_BYTES = 1_000_000
ALONE = ("PTV",)
"""Labels of one structure, even where several are named: the plan is scaled to the mean dose of that one."""

HOW = "say which with --structure {label}=NAME or under names: in --structures FILE.yaml"

Names = Mapping[str, Sequence[str] | str | None]
"""Structure names by label; None says that the plan has no such structure."""


class Rule(BaseModel):
    """How to find one label; see the comments in ``structure_names.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: tuple[Annotated[str, Field(max_length=500)], ...] = ()
    types: tuple[str, ...] = ()
    type_first: bool = False
    combine: bool = False

    @cached_property
    def expressions(self) -> tuple[re.Pattern[str], ...]:
        """The patterns, ready for use."""
        return tuple(re.compile(pattern) for pattern in self.patterns)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: dict[str, Rule] = {}
    names: dict[str, str | tuple[str, ...] | None] = {}


@dataclass(frozen=True)
class StructureTable:
    """The rules by label, and the structures named outright."""

    rules: Mapping[str, Rule]
    names: Names = field(default_factory=dict)

    def named(self, names: Names) -> StructureTable:
        """Add structures named outright.

        Raises
        ------
        BridgeError
            If there is no such label.
        """
        _require_labels(names)
        return replace(self, names={**self.names, **names})


@dataclass(frozen=True)
class Labelled:
    """The structures of a plan by label, and the verdict of each label."""

    structures: Mapping[str, tuple[Structure, ...]]
    verdicts: tuple[Verdict, ...]


def read_table(site: Path | None = None) -> StructureTable:
    """Read the table of this package, with a site's file over it.

    Raises
    ------
    BridgeError
        If the site's file cannot be read or is not of this form.
    """
    own = _read(TABLE_FILE)
    if site is None:
        return StructureTable(own.labels)
    theirs = _read(site)
    return StructureTable({**own.labels, **theirs.labels}, theirs.names)


def label_structures(
    structures: Sequence[Structure], table: StructureTable, optional: Collection[str] = ()
) -> Labelled:
    """Find the structures of every label.

    Parameters
    ----------
    structures
        Structures of the plan; those without contours are passed over, but not those whose contours could not be read.
    table
        The rules.
    optional
        Labels that may be missing, as the model's card says.

    Returns
    -------
    Labelled
        A verdict refuses a necessary label that is missing, and any that several structures fit or one that could not
        be read.
    """
    drawn = [structure for structure in structures if structure.contours_mm or structure.is_unread]
    found: dict[str, tuple[Structure, ...]] = {}
    verdicts = []
    for label in LABELS[1:]:
        chosen = _named(label, drawn, table) if label in table.names else _matching(drawn, table.rules[label])
        necessary = label in NECESSARY or label not in optional
        verdicts.append(_verdict(label, chosen, drawn, table, necessary=necessary))
        if chosen:
            found[label] = tuple(chosen)
    return Labelled(found, tuple(verdicts))


def normalised(name: str) -> str:
    """Write a name as the patterns expect it: ``FemoralHead_L`` becomes ``femoral head l``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", name)
    return re.sub(r"[\W_]+", " ", parted.casefold()).strip()


def _matching(drawn: Sequence[Structure], rule: Rule) -> list[Structure]:
    of_type = [s for s in drawn if s.dicom_type.upper() in rule.types]
    if rule.type_first and of_type:
        return of_type
    for expression in rule.expressions:
        fitting = [s for s in drawn if expression.fullmatch(normalised(s.name))]
        if fitting:
            return fitting
    return of_type


def _named(label: str, drawn: Sequence[Structure], table: StructureTable) -> list[Structure]:
    names = _wanted(label, table)
    found = [s for name in names for s in drawn if s.name == name]
    # A plan may hold a name in other capitals only.
    return found or [s for name in names for s in drawn if s.name.casefold() == name.casefold()]


def _wanted(label: str, table: StructureTable) -> tuple[str, ...]:
    names = table.names.get(label)
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


def _verdict(
    label: str, chosen: Sequence[Structure], drawn: Sequence[Structure], table: StructureTable, *, necessary: bool
) -> Verdict:
    check, how = f"structure {label}", HOW.format(label=label)
    expected, found = "a structure with contours", _listed(chosen)
    outcome = Outcome.PASS
    wanted = _wanted(label, table)
    if wanted:
        expected = " and ".join(wanted)
        if label in ALONE and len(wanted) > 1:
            outcome, expected = Outcome.REFUSE, "one structure, to whose mean dose the plan is scaled"
        elif len(chosen) != len(wanted):
            outcome, found = Outcome.REFUSE, f"{found} of that name among {_listed(drawn)}"
    elif not chosen:
        outcome = Outcome.REFUSE if necessary else Outcome.WARN
        found = f"none among {_listed(drawn)}{_guess(label, drawn)}" + (f"; {how}" if necessary else "")
    elif len(chosen) > 1 and not table.rules[label].combine:
        outcome, expected, found = Outcome.REFUSE, "one structure", f"{found}; {how}"
    unread = [f"ROI {s.number}, {', '.join(s.left_out)}" for s in chosen if s.is_unread]
    if unread:
        outcome, found = Outcome.REFUSE, "; ".join(unread)
    return Verdict(check, outcome, expected, found)


def _guess(label: str, drawn: Sequence[Structure]) -> str:
    near = get_close_matches(normalised(label), [normalised(s.name) for s in drawn], n=2, cutoff=0.5)
    alike = [s.name for s in drawn if normalised(s.name) in near]
    return f" (is it {' or '.join(alike)}?)" if alike else ""


def _listed(structures: Sequence[Structure]) -> str:
    names = [structure.name for structure in structures]
    return " and ".join(names) if len(names) < 3 and names else ", ".join(names) or "none"


def _require_labels(names: Collection[str]) -> None:
    unknown = sorted(set(names) - set(LABELS[1:]))
    if unknown:
        raise BridgeError(f"structures can be named for {', '.join(LABELS[1:])}, found {', '.join(unknown)}")


def _read(path: Path) -> _File:
    try:
        content = yaml.safe_load(read_plain(path, MAX_BYTES, "a table of structure names").decode("utf-8"))
        table = _File.model_validate(content)
        for rule in table.labels.values():
            _ = rule.expressions
    except OSError as error:
        raise BridgeError(f"the table of structure names could not be read: {os_reason(error)}") from error
    except ValidationError as error:
        raise BridgeError(f"the table of structure names must have labels and names: {faults_of(error)}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, re.error) as error:
        raise BridgeError(f"the table of structure names cannot be used: {type(error).__name__}") from error
    _require_labels(table.labels)
    _require_labels(table.names)
    return table
