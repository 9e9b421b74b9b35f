"""Presets of fluence networks: architecture and training recipe, as one small YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from dosenet.config import build_config, preset_parts, read_preset
from dosenet.fitting.recipe import Recipe
from fluencenet.dose_table import SimpleDoseTable

__all__ = ["NetworkConfig", "Preset", "TrainingConfig", "load_preset"]


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a network and of its input.

    Parameters
    ----------
    kind
        ``dual-frame`` (the paper) or ``dual-frame-lite``.
    channels
        Width at full resolution; doubled at each level (lite: grows by half).
    levels
        Number of times the resolution is halved.
    blocks
        Residual blocks per level, in encoder and decoder each (lite).
    compressed
        Channels to which the dose planes and the organs are each compressed first (lite).
    map_px
        Side of the square input in pixels, around the isocentre (paper) or the field (lite).
    residual_factor
        Factor of the central dose plane, over prescription, that is added to the output (paper).
    """

    kind: str
    channels: int = 64
    levels: int = 4
    blocks: int = 2
    compressed: int = 16
    map_px: int = 160
    residual_factor: float = 0.2

    def __post_init__(self) -> None:
        if self.kind not in ("dual-frame", "dual-frame-lite"):
            raise ValueError(f"network kind must be 'dual-frame' or 'dual-frame-lite', got {self.kind!r}")
        if self.map_px % 2**self.levels:
            raise ValueError(f"map_px must be a multiple of {2**self.levels}, got {self.map_px}")

    @property
    def estimates(self) -> bool:
        """Whether the estimate of all fields together is an input."""
        return self.kind == "dual-frame-lite"


@dataclass(frozen=True)
class TrainingConfig(Recipe):
    """How a fluence network is trained; `Recipe` has the fields of every training, a sample being a beam.

    Parameters
    ----------
    stepped
        The paper's learning rate instead: times 0.8 after each tenth of the run (10 of 100 epochs).
    clip_kernel_norm
        Limit of the norm of each kernel's gradient (Lee et al. 2019: 1e-4); 0 for none.
    energy_weight
        Weight of the error of each map's sum in the loss.
    shift_px
        Random shift of the field within the map, pixels in each direction.
    mirror
        Whether fields are mirrored at random, as dose does not depend on left and right. Only for a network that does
        not distinguish the femoral heads (lite).
    """

    batch: int = 15
    stepped: bool = False
    clip_kernel_norm: float = 0.0
    energy_weight: float = 0.0
    shift_px: int = 20
    mirror: bool = False


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
        Dose model of the estimate of all fields together, of a network of one energy; fitted to the training data when
        training begins.
    simple_dose_by_energy
        The same by energy (``15X``), of a network of several.
    """

    name: str
    network: NetworkConfig
    training: TrainingConfig = field(default_factory=TrainingConfig)
    simple_dose: SimpleDoseTable | None = None
    simple_dose_by_energy: Mapping[str, SimpleDoseTable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.training.mirror and self.network.kind == "dual-frame":
            raise ValueError("expected no mirroring for a network that tells left from right by its labels")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON."""
        plain = asdict(self)
        if self.simple_dose is None:
            del plain["simple_dose"]
        else:
            plain["simple_dose"] = self.simple_dose.to_dict()
        plain["simple_dose_by_energy"] = {name: table.to_dict() for name, table in self.simple_dose_by_energy.items()}
        if not self.simple_dose_by_energy:
            del plain["simple_dose_by_energy"]
        return plain

    def table(self, energy: str) -> SimpleDoseTable | None:
        """Return the simple dose of an energy; None for a network that takes no estimate.

        Raises
        ------
        ValueError
            If the network has a simple dose for each of several energies, and none for this one.
        """
        if not self.network.estimates:
            return None
        if not self.simple_dose_by_energy:
            return self.simple_dose
        if energy not in self.simple_dose_by_energy:
            known = ", ".join(self.simple_dose_by_energy)
            raise ValueError(f"the network knows the energies {known}, found {energy or 'none'}")
        return self.simple_dose_by_energy[energy]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a preset from plain values; unknown keys are refused."""
        table = build_config(SimpleDoseTable, values["simple_dose"]) if "simple_dose" in values else None
        tables = values.get("simple_dose_by_energy", {})
        return cls(
            **preset_parts(values, NetworkConfig, TrainingConfig),
            simple_dose=table,
            simple_dose_by_energy={name: build_config(SimpleDoseTable, each) for name, each in tables.items()},
        )


def load_preset(name: str) -> Preset:
    """Load a preset, see `dosenet.config.read_preset`; raises ValueError too if it holds something unknown."""
    return Preset.from_dict(read_preset(name, "fluencenet"))
