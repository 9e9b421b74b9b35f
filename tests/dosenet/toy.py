"""A toy pair store: boxes of dose with soft edges on simple CTs, made from formulas at both resolutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from torch import nn

from dosenet.network import build_network
from dosenet.preset import NetworkConfig, Preset
from dosenet.slices import COARSE_MM, FINE_MM
from dosenet.store import PairWriter
from dosenet.weights import Card, Model

PRESET = Preset("toy", NetworkConfig(kind="ddn-lite", channels=8, blocks=1, head_kernel=3))
CARD = Card(
    name="toy",
    version="1",
    preset=PRESET.to_dict(),
    sha256="",
    energies=("10X-FFF",),
    machines=("TrueBeam",),
    input_algorithms=("pencil beam",),
    target_algorithm="collapsed cone, dose to medium",
    sites=("thorax",),
)


def model_of(network: nn.Module) -> Model:
    """Give a network, or what stands for one, a card."""
    return Model(network, CARD)  # type: ignore[arg-type]


def toy_model() -> Model:
    """An untrained network."""
    return model_of(build_network(PRESET.network))


COARSE_SHAPE = (6, 16, 20)
FINE_SHAPE = (24, 64, 80)
SOURCE_MM = (0.0, -1000.0, 20.0)


def box_dose(
    shape: tuple[int, int, int], spacing_mm: float, centre_mm: NDArray[np.float64], half_mm: float, edge_mm: float
) -> NDArray[np.float32]:
    """A box of 1 Gy whose edges fall like an error function of width `edge_mm`; lattices centred on the same point."""
    profiles = []
    for axis, count in enumerate(shape):
        place = (np.arange(count) - (count - 1) / 2) * spacing_mm - centre_mm[axis]
        profiles.append((erf((place + half_mm) / edge_mm) - erf((place - half_mm) / edge_mm)) / 2)
    dose: NDArray[np.float32] = (profiles[0][:, None, None] * profiles[1][None, :, None] * profiles[2]).astype(
        np.float32
    )
    return dose


def make_store(path: Path, patients: dict[str, str], fields: int = 2, seed: int = 0) -> Path:
    """Write patients (name to split), the fine dose being sharper than the coarse one; p1 has its body stored."""
    rng = np.random.default_rng(seed)
    writer = PairWriter(path)
    for name, split in patients.items():
        ct = np.full(FINE_SHAPE, -1000, dtype=np.int16)
        ct[:, 8:-8, 8:-8] = rng.integers(-50, 50)
        body = (ct > -500) & (np.arange(FINE_SHAPE[0]) % 5 > 0)[:, None, None] if name == "p1" else None
        writer.add_patient(name, ct, (-50.0, -40.0, 10.0), split=split, site="toy", body=body)
        for number in range(fields):
            centre = rng.uniform(-8, 8, 3)
            half = float(rng.uniform(8, 18))
            writer.add_field(
                name,
                f"f{number:02d}",
                2 * box_dose(COARSE_SHAPE, COARSE_MM, centre, half, 6.0),
                2 * box_dose(FINE_SHAPE, FINE_MM, centre, half, 3.0),
                attributes={"gantry_deg": 0.0, "source_mm": list(SOURCE_MM)},
            )
    return path
