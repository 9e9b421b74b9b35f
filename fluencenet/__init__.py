"""Fluence network: contours and wanted dose in, optimal fluence of every beam out.

Research use only, not for clinical use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosenet.lazy import load_name
from dosenet.threads import wait_passively

if TYPE_CHECKING:
    from fluencenet.network import DualFrameLite, DualFrameUNet
    from fluencenet.prediction import predict
    from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene
    from fluencenet.weights import Card, Model, load_model

__all__ = [
    "BeamAxes",
    "Card",
    "DualFrameLite",
    "DualFrameUNet",
    "FluenceBeam",
    "FluenceCase",
    "FluenceImage",
    "Lattice",
    "Model",
    "Scene",
    "load_model",
    "predict",
]

_HOMES = ("fluencenet.weights", "fluencenet.scene", "fluencenet.network", "fluencenet.prediction")
"""Where the public names are, in the order they are looked for: the first two do not load torch."""

# Here, since the programs of this package (`python -m fluencenet.training`) import torch as soon as their file is read.
wait_passively()


def __getattr__(name: str) -> Any:
    return load_name(name, __name__, __all__, _HOMES)
