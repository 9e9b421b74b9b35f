"""Presets: what a network looks like and how it is trained, as one small YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a network.

    Parameters
    ----------
    kind
        ``ddn`` or ``ddn-lite``.
    channels
        Width of the trunk at 5 mm.
    blocks
        Residual blocks (lite) or RRDBs (ddn).
    growth, mid_channels, tail_channels
        Dense growth and the widths at 2.5 mm and 1.25 mm (ddn only).
    head_kernel
        Kernel of the first convolution.
    bends
        Whether the bends of the coarse dose along z are input channels too (lite only; evenly spaced offsets).
    aaa_offsets_mm, ct_offsets_mm
        Planes given as input channels, relative to the plane predicted, mm along z; the middle one must be 0.
    """

    kind: str
    channels: int = 64
    blocks: int = 4
    growth: int = 64
    mid_channels: int = 256
    tail_channels: int = 16
    head_kernel: int = 7
    bends: bool = False
    aaa_offsets_mm: tuple[float, ...] = (0.0,)
    ct_offsets_mm: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        for name in ("aaa_offsets_mm", "ct_offsets_mm"):
            offsets = tuple(float(v) for v in getattr(self, name))
            object.__setattr__(self, name, offsets)
            if (
                len(offsets) % 2 == 0
                or offsets[len(offsets) // 2] != 0.0
                or offsets != tuple(-v for v in offsets[::-1])
            ):
                raise ValueError(f"{name} must be symmetric about 0 with 0 in the middle, got {list(offsets)}")


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Parameters
    ----------
    crop_px
        Side of the square crop, fine pixels of 1.25 mm; a multiple of 4.
    batch
        Crops per step.
    loss
        ``mse``, or ``charbonnier`` for 0.5 MSE + 0.5 x 0.01 Charbonnier (less pulled by the few hottest voxels).
    learning_rate, final_learning_rate
        Start and end of the cosine; equal values give the paper's constant rate.
    warmup_steps
        Steps of linear warm-up.
    weight_decay
        AdamW's; 0 gives Adam.
    clip_norm
        Gradient norm limit.
    ema_decay
        Decay of the weight average that is validated and shipped.
    """

    crop_px: int = 256
    batch: int = 8
    loss: str = "mse"
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-5
    warmup_steps: int = 100
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    ema_decay: float = 0.999

    def __post_init__(self) -> None:
        if self.crop_px % 4:
            raise ValueError(f"crop_px must be a multiple of 4, got {self.crop_px}")
        if self.loss not in ("mse", "charbonnier"):
            raise ValueError(f"loss must be 'mse' or 'charbonnier', got {self.loss!r}")


@dataclass(frozen=True)
class Preset:
    """A named network with its training recipe."""

    name: str
    network: NetworkConfig
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON."""
        plain = asdict(self)
        for name in ("aaa_offsets_mm", "ct_offsets_mm"):
            plain["network"][name] = list(plain["network"][name])
        return plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Preset:
        """Build a preset from plain values; unknown keys are refused."""
        return cls(
            name=str(values["name"]),
            network=_build(NetworkConfig, values["network"]),
            training=_build(TrainingConfig, values.get("training", {})),
        )


def _build(kind: type[Any], values: Mapping[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{kind.__name__} does not know {unknown}; it knows {sorted(known)}")
    return kind(**values)


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    folder = files("dosenet") / "presets"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_preset(name: str) -> Preset:
    """Load a preset by name, or from the path of a YAML file.

    Raises
    ------
    ValueError
        If there is no such preset, or it holds something unknown.
    """
    if name.endswith((".yaml", ".yml")):
        text = Path(name).read_text(encoding="utf-8")
    elif name in preset_names():
        text = (files("dosenet") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    else:
        raise ValueError(f"expected one of the presets {preset_names()} or a .yaml file, got {name!r}")
    return Preset.from_dict(yaml.safe_load(text))
