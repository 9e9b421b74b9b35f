"""Fluence network: contours and wanted dose in, optimal fluence of every beam out.

Research use only, not for clinical use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dosenet.threads import wait_passively

if TYPE_CHECKING:
    from fluencenet.network import DualFrameLite, DualFrameUNet
    from fluencenet.prediction import predict
    from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene
    from fluencenet.weights import FluenceCard, FluenceModel, load_model

__all__ = [
    "BeamAxes",
    "DualFrameLite",
    "DualFrameUNet",
    "FluenceBeam",
    "FluenceCard",
    "FluenceCase",
    "FluenceImage",
    "FluenceModel",
    "Lattice",
    "Scene",
    "load_model",
    "predict",
]

_HOME = {
    "DualFrameLite": "fluencenet.network",
    "DualFrameUNet": "fluencenet.network",
    "FluenceCard": "fluencenet.weights",
    "FluenceModel": "fluencenet.weights",
    "load_model": "fluencenet.weights",
    "predict": "fluencenet.prediction",
}

# Here, since the programs of this package (`python -m fluencenet.training`) import torch as soon as their file is read.
wait_passively()


def __getattr__(name: str) -> Any:
    """Load public names on first use, so that `import fluencenet` does not load torch."""
    if name not in __all__:
        raise AttributeError(f"module 'fluencenet' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "fluencenet.scene")), name)
