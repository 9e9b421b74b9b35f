"""Presets of dose networks: architecture and training recipe, as one small YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from dosenet.config import preset_parts, read_preset
from dosenet.fitting.recipe import Recipe
from dosenet.slices import COARSE_MM, FINE_MM, RATIO

LOSSES = ("mse", "charbonnier", "charbonnier-by-plane", "gamma", "relative")


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a network.

    Parameters
    ----------
    kind
        ``ddn``, ``ddn-lite`` or ``srcnn``.
    channels
        Width of the trunk at 5 mm; of the first layer (srcnn).
    blocks
        Residual blocks (lite) or RRDBs (ddn).
    growth, mid_channels
        Dense growth and the width at 2.5 mm (ddn only).
    tail_channels
        Width at 1.25 mm (ddn), of the last layer at 5 mm before the output is unfolded (lite), or of the layer
        between first and last (srcnn).
    head_kernel
        Kernel of the first convolution.
    shares
        Whether the coarse planes are also given divided by the nearby maximum, and as the logits of that, and the
        residual is multiplied by the nearby maximum of its own plane (lite only).
    ct_far
        CT planes at either end of `ct_offsets_mm` that are given as 5 mm means (lite only).
    empty_below
        Share of the maximum dose; a coarse voxel of at most that counts as outside the body (lite only).
    fine_planes
        Fine planes returned at once: 1, or the 4 of one coarse plane (lite only).
    beam
        Whether depth and densities along the beam are inputs, if the source is known (lite with four fine planes).
    energy
        Whether the beam's energy is an input, if it is known (with `beam`).
    correction
        Width of the `LocalCorrection` that comes last; 0 for none (lite only).
    coarse_offsets_mm, ct_offsets_mm
        Planes given as input channels, mm along z from the middle of the predicted planes; symmetric. With one fine
        plane the middle offset is 0; with four, coarse offsets are multiples of 5 mm and the middle CT planes are the
        four predicted ones.
    """

    kind: str
    channels: int = 64
    blocks: int = 4
    growth: int = 64
    mid_channels: int = 256
    tail_channels: int = 16
    head_kernel: int = 7
    shares: bool = False
    ct_far: int = 0
    empty_below: float = 0.0
    fine_planes: int = 1
    beam: bool = False
    energy: bool = False
    correction: int = 0
    coarse_offsets_mm: tuple[float, ...] = (0.0,)
    ct_offsets_mm: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        for name in ("coarse_offsets_mm", "ct_offsets_mm"):
            object.__setattr__(self, name, tuple(float(v) for v in getattr(self, name)))
        if self.fine_planes not in (1, RATIO) or (self.fine_planes == RATIO and self.kind != "ddn-lite"):
            raise ValueError(f"fine_planes must be 1, or {RATIO} with ddn-lite, got {self.fine_planes}")
        if self.beam and self.fine_planes != RATIO:
            raise ValueError(f"beam must be false unless {RATIO} fine planes are answered at once, got {self.beam}")
        if self.energy and not self.beam:
            raise ValueError("energy must be false where beam is, as it is told with the beam's channels, got true")
        if self.correction and self.kind != "ddn-lite":
            raise ValueError(f"correction must be 0 unless kind is ddn-lite, got {self.correction}")
        _check_offsets("ct_offsets_mm", self.ct_offsets_mm, self.own_offsets_mm)
        _check_offsets("coarse_offsets_mm", self.coarse_offsets_mm, (0.0,))
        if not 0 <= 2 * self.ct_far <= len(self.ct_offsets_mm) - self.fine_planes:
            raise ValueError(
                f"ct_far must leave the {self.fine_planes} planes predicted among the {len(self.ct_offsets_mm)} "
                f"ct_offsets_mm, got {self.ct_far} at either end"
            )
        if self.fine_planes == RATIO and (
            len(self.coarse_offsets_mm) < 3 or any(v % COARSE_MM for v in self.coarse_offsets_mm)
        ):
            raise ValueError(
                f"coarse_offsets_mm must be -5, 0, 5 or more whole steps of {COARSE_MM:g} mm where four fine planes "
                f"are answered at once, got {list(self.coarse_offsets_mm)}"
            )

    @property
    def own_offsets_mm(self) -> tuple[float, ...]:
        """Offsets of the predicted planes, mm along z from their middle."""
        return tuple((plane - (self.fine_planes - 1) / 2) * FINE_MM for plane in range(self.fine_planes))

    @property
    def ct_steps(self) -> list[int]:
        """Offsets of the CT planes in fine planes, from the first predicted one."""
        return [round((offset - self.own_offsets_mm[0]) / FINE_MM) for offset in self.ct_offsets_mm]


def _check_offsets(name: str, offsets: tuple[float, ...], own: tuple[float, ...]) -> None:
    beside = (len(offsets) - len(own)) // 2
    if offsets[beside : beside + len(own)] != own or offsets != tuple(-v for v in offsets[::-1]):
        raise ValueError(f"{name} must be symmetric about 0 with {list(own)} in the middle, got {list(offsets)}")


@dataclass(frozen=True)
class TrainingConfig(Recipe):
    """How a dose network is trained; `Recipe` has the fields of every training, a sample being a crop.

    Parameters
    ----------
    crop_px
        Side of the square crop, fine pixels of 1.25 mm; a multiple of 4.
    loss
        ``mse``; ``charbonnier`` for 0.5 MSE + 0.5 x 0.01 Charbonnier (less pulled by the few hottest voxels); or
        ``charbonnier-by-plane``, with differences in the second part divided by the largest dose of their plane; or
        ``gamma``, which adds a term that grows with a point's gamma of 2 %/2 mm; or ``relative``, the MSE of a
        crop over that of linear up-sampling, for which every field counts alike.
    source_known
        Fraction of crops that are given the beam's source (`NetworkConfig.beam`); the others train the network without.
    energy_known
        Fraction of crops that are told the energy (`NetworkConfig.energy`); the others train the network without.
    body_known
        Fraction of crops that are told the outline of the body, where the pairs have it.
    """

    warmup_steps: int = 100
    clip_norm: float = 1.0
    crop_px: int = 256
    loss: str = "mse"
    source_known: float = 0.85
    energy_known: float = 0.9
    body_known: float = 0.9

    def __post_init__(self) -> None:
        if self.crop_px % 4:
            raise ValueError(f"crop_px must be a multiple of 4, got {self.crop_px}")
        if self.loss not in LOSSES:
            raise ValueError(f"loss must be one of {LOSSES}, got {self.loss!r}")


@dataclass(frozen=True)
class Preset:
    """A named network with its training recipe."""

    name: str
    network: NetworkConfig
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON."""
        plain = asdict(self)
        for name in ("coarse_offsets_mm", "ct_offsets_mm"):
            plain["network"][name] = list(plain["network"][name])
        return plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a preset from plain values; unknown keys are refused."""
        return cls(**preset_parts(values, NetworkConfig, TrainingConfig))


def load_preset(name: str) -> Preset:
    """Load a preset, see `dosenet.config.read_preset`; raises ValueError too if it holds something unknown."""
    return Preset.from_dict(read_preset(name, "dosenet"))
