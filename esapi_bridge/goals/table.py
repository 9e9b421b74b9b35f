"""The table of plan goals by site: ``goals.yaml`` beside this module, with a site's own file over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge.errors import BridgeError, faults_of, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.goals.goal import PlanGoal

TABLE_FILE = Path(__file__).with_name("goals.yaml")
MAX_BYTES = 1_000_000


class SiteGoals(BaseModel):
    """The goals of one site.

    Parameters
    ----------
    course_gy
        Prescription that their doses in Gy belong to; None where these are to be taken as they stand.
    goals
        In the order in which they are shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    course_gy: Annotated[float, Field(gt=0)] | None = None
    goals: tuple[PlanGoal, ...]

    def of(self, prescription_gy: float) -> tuple[PlanGoal, ...]:
        """The goals with doses in Gy scaled from the course to a prescription, Gy."""
        factor = 1.0 if self.course_gy is None else prescription_gy / self.course_gy
        return tuple(goal.scaled(factor) for goal in self.goals)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sites: Annotated[dict[str, SiteGoals], Field(min_length=1)]


@dataclass(frozen=True)
class GoalTable:
    """The goals of every site by its name."""

    sites: Mapping[str, SiteGoals]

    def among(self, sites: Sequence[str]) -> SiteGoals:
        """The goals of the first of several sites that the table has; no goals where it has none of them."""
        found = [self.sites[site] for site in sites if site in self.sites]
        return found[0] if found else SiteGoals(goals=())


def read_goals(site_file: Path | None = None) -> GoalTable:
    """Read the table of this package, with a site's file over it.

    Parameters
    ----------
    site_file
        YAML of the same form; the sites that it has replace those of the package.

    Raises
    ------
    BridgeError
        If the file cannot be read or is not of this form.
    """
    own = _own()
    return own if site_file is None else GoalTable({**own.sites, **_read(site_file).sites})


@lru_cache(maxsize=1)
def _own() -> GoalTable:
    return _read(TABLE_FILE)


def _read(path: Path) -> GoalTable:
    try:
        content = yaml.safe_load(read_plain(path, MAX_BYTES, "a table of plan goals").decode("utf-8"))
        return GoalTable(_File.model_validate(content).sites)
    except OSError as error:
        raise BridgeError(f"the table of plan goals could not be read: {os_reason(error)}") from error
    except ValidationError as error:
        raise BridgeError(f"the table of plan goals must be of the form of goals.yaml: {faults_of(error)}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BridgeError(f"the table of plan goals cannot be used: {type(error).__name__}") from error
