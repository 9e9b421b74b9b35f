"""A fluence network that was never trained: it answers with its first guess, the estimate of all fields together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dosenet.model_folder import save_weights
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.network import build_network
from fluencenet.preset import NetworkConfig, Preset
from fluencenet.scene import LABELS
from fluencenet.weights import Card

ATTENUATION_PER_MM = 0.0028
"""Of a wide beam of 15 MV in water, with scatter; about 24 % less after 10 cm."""


def water_table() -> SimpleDoseTable:
    """One depth dose: fluence 1 gives 1 Gy at 10 cm, by definition, and goes exponentially with depth."""
    depths_mm = np.linspace(0.0, 400.0, 41)
    dose_gy = np.exp(-ATTENUATION_PER_MM * (depths_mm - 100.0)) * (1 - 0.7 * np.exp(-depths_mm / 8.0))
    return SimpleDoseTable((2.0,), tuple(depths_mm), (tuple(dose_gy),))


def make_fluence_model(folder: Path) -> Path:
    """Save it with a card for seven fields of 15 MV."""
    network = NetworkConfig(kind="dual-frame-lite", channels=8, levels=2, blocks=1, compressed=4, map_px=48)
    card = Card(
        name="estimate",
        version="0",
        preset=Preset("estimate", network, simple_dose=water_table()).to_dict(),
        sha256="0" * 64,
        energies=("15X",),
        machines=("TrueBeam",),
        sites=("prostate",),
        technique="IMRT",
        fields=(7,),
        labels=LABELS,
        mu_per_fluence={"TrueBeam": {"15X": 120.0}},
    )
    save_weights(build_network(network), card, folder)
    return folder
