"""Deep DoseNet: coarse dose and CT in, accurate fine dose out. Research use only, not for clinical use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dosenet.threads import wait_passively

if TYPE_CHECKING:
    from dosenet.network import DdnLite, DeepDoseNet
    from dosenet.prediction import CoarseDose, CtGrid, FineDose, predict
    from dosenet.weights import Card, load_model

__all__ = ["Card", "CoarseDose", "CtGrid", "DdnLite", "DeepDoseNet", "FineDose", "load_model", "predict"]

_HOME = {
    "Card": "dosenet.weights",
    "CoarseDose": "dosenet.prediction",
    "CtGrid": "dosenet.prediction",
    "DdnLite": "dosenet.network",
    "DeepDoseNet": "dosenet.network",
    "FineDose": "dosenet.prediction",
    "load_model": "dosenet.weights",
    "predict": "dosenet.prediction",
}

# Here, since the programs of this package (`python -m dosenet.training`) import torch as soon as their file is read.
wait_passively()


def __getattr__(name: str) -> Any:
    """Load public names on first use, so that `import dosenet` does not load torch."""
    if name not in _HOME:
        raise AttributeError(f"module 'dosenet' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
