"""Presets of the wanted-dose network: shape and recipe, with the simple dose of each energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from dosenet.config import build_config, preset_parts, read_preset
from dosenet.fitting.recipe import Recipe
from fluencenet.dose_table import SimpleDoseTable


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of the network.

    Parameters
    ----------
    channels
        Width on voxels of 5 mm; doubled at each level.
    levels
        Number of times the resolution is halved.
    features, hidden
        What the fine head is told of each place, and its width.
    """

    channels: int = 16
    levels: int = 3
    features: int = 12
    hidden: int = 24

    def __post_init__(self) -> None:
        if min(self.channels, self.levels, self.features, self.hidden) < 1:
            raise ValueError("expected positive sizes of the wanted-dose network")

    @property
    def multiple(self) -> int:
        """Sizes of the wide lattice are multiples of this."""
        return int(2**self.levels)


@dataclass(frozen=True)
class TrainingConfig(Recipe):
    """How it is trained; `Recipe` has the fields of every training, a sample being a plan.

    Parameters
    ----------
    planes
        Fine planes of a plan that one step looks at.
    target_weight, organ_weight
        Weight of a voxel of the PTV and of an organ in the mean absolute error; others in the body count 1.
    mirror
        Whether plans are mirrored left to right at random.
    """

    batch: int = 1
    planes: int = 24
    target_weight: float = 4.0
    organ_weight: float = 2.0
    mirror: bool = True


@dataclass(frozen=True)
class Preset:
    """A named network with its training recipe.

    Parameters
    ----------
    name
        Name of the preset.
    network, training
        Shape and recipe.
    simple_dose
        Dose of open fields by energy (``15X``); fitted to the training plans when training begins.
    """

    name: str
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    simple_dose: Mapping[str, SimpleDoseTable] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON."""
        tables = {energy: table.to_dict() for energy, table in self.simple_dose.items()}
        return {**asdict(self), "simple_dose": tables}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a preset from plain values; unknown keys are refused."""
        tables = values.get("simple_dose", {})
        return cls(
            **preset_parts(values, NetworkConfig, TrainingConfig),
            simple_dose={energy: build_config(SimpleDoseTable, table) for energy, table in tables.items()},
        )

    def table(self, energy: str) -> SimpleDoseTable:
        """Return the simple dose of an energy.

        Raises
        ------
        ValueError
            If the network has none for it.
        """
        if energy not in self.simple_dose:
            known = ", ".join(self.simple_dose) or "none"
            raise ValueError(f"the network knows the energies {known}, found {energy or 'none'}")
        return self.simple_dose[energy]


def load_preset(name: str) -> Preset:
    """Load a preset, see `dosenet.config.read_preset`; raises ValueError too if it holds something unknown."""
    return Preset.from_dict(read_preset(name, "fluencenet.wanted"))
