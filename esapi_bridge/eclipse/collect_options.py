"""What a site chooses of the two doses that CollectDoseNetData calculates of each field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from esapi_bridge.errors import BridgeError

ENERGY = re.compile(r"[0-9]+(\.[0-9]+)?X(-FFF)?")
"""A photon energy as Eclipse displays it."""

GRID_RANGE_MM = (1.0, 10.0)
"""Grids that dose models of planning systems have."""


@dataclass(frozen=True)
class DoseModelOptions:
    """One calculation.

    Parameters
    ----------
    model
        Name of a dose model as this Eclipse has it; None where none was chosen yet, which the script refuses by name.
    grid_mm
        Spacing of its grid, mm.
    options
        Other calculation options by name, as Eclipse takes them.
    """

    model: str | None = None
    grid_mm: float = 5.0
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DosePairOptions:
    """Fields and their two calculations.

    Parameters
    ----------
    coarse, fine
        The dose that a network is given, and the one that it learns.
    random_fields
        Number of random fields of a patient.
    seed
        What they are drawn from.
    own_plans
        Whether the fields of the patient's own plans are taken.
    machine, energy, dose_rate
        Of random fields: id of the machine, energy as Eclipse displays it, monitor units a minute; where None, that of
        the first field of the open plan.
    """

    coarse: DoseModelOptions = DoseModelOptions()
    fine: DoseModelOptions = DoseModelOptions(grid_mm=1.25)
    random_fields: int = 100
    seed: int = 1
    own_plans: bool = False
    machine: str | None = None
    energy: str | None = None
    dose_rate: int | None = None

    def check(self) -> None:
        """Look at what can be wrong without any Eclipse.

        Raises
        ------
        BridgeError
            If a choice is none of those there are.
        """
        low, high = GRID_RANGE_MM
        for kind, chosen in (("coarse", self.coarse), ("fine", self.fine)):
            if not low <= chosen.grid_mm <= high:
                raise BridgeError(f"--collect-{kind}-grid must be {low:g} to {high:g} mm, found {chosen.grid_mm:g}")
        if self.fine.grid_mm > self.coarse.grid_mm:
            raise BridgeError(
                f"--collect-fine-grid must be at most that of the coarse dose, {self.coarse.grid_mm:g} mm, found "
                f"{self.fine.grid_mm:g}"
            )
        if self.energy is not None and not ENERGY.fullmatch(self.energy):
            raise BridgeError(
                f"--collect-machine-energy must be a photon energy such as 6X or 10X-FFF, found {self.energy}"
            )
        if self.random_fields == 0 and not self.own_plans:
            raise BridgeError("--collect-random-fields must be at least 1 without --collect-own-plans, found 0")

    def settings(self) -> dict[str, object]:
        """Their part of the settings file."""
        parts: dict[str, object] = {}
        for kind, chosen in (("coarse", self.coarse), ("fine", self.fine)):
            parts[f"collect_{kind}_model"] = chosen.model
            parts[f"collect_{kind}_grid_mm"] = chosen.grid_mm
            parts[f"collect_{kind}_options"] = dict(chosen.options)
        return parts | {
            "collect_random_fields": self.random_fields,
            "collect_seed": self.seed,
            "collect_own_plans": self.own_plans,
            "collect_machine": self.machine,
            "collect_machine_energy": self.energy,
            "collect_dose_rate": self.dose_rate,
        }
