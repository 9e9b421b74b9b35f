"""Deep DoseNet: coarse dose and CT in, accurate fine dose out. Research use only, not for clinical use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosenet.lazy import load_name
from dosenet.threads import wait_passively

if TYPE_CHECKING:
    from dosenet.energy import Energy
    from dosenet.lattice import CoarseDose, CtGrid, FineDose
    from dosenet.network import DdnLite, DeepDoseNet
    from dosenet.prediction import predict
    from dosenet.weights import Card, Model, load_model

__all__ = [
    "Card", "CoarseDose", "CtGrid", "DdnLite", "DeepDoseNet", "Energy", "FineDose", "Model", "load_model", "predict",
]  # fmt: skip

_HOMES = ("dosenet.energy", "dosenet.weights", "dosenet.lattice", "dosenet.network", "dosenet.prediction")
"""Where the public names are, in the order they are looked for: the first three do not load torch."""

# Here, since the programs of this package (`python -m dosenet.training`) import torch as soon as their file is read.
wait_passively()


def __getattr__(name: str) -> Any:
    return load_name(name, __name__, __all__, _HOMES)
