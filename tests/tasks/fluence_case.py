"""A small made-up pelvis with seven fields, and a small untrained fluence network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from dosenet.model_folder import save_weights
from esapi_bridge.case import (
    Beam,
    Case,
    Dose,
    DoseKind,
    Grid,
    PatientPosition,
    Plan,
    Structure,
    Technique,
)
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.network import build_network
from fluencenet.preset import NetworkConfig, Preset
from fluencenet.scene import LABELS
from fluencenet.wanted.card import WantedDoseCard
from fluencenet.wanted.network import WantedDose
from fluencenet.wanted.preset import NetworkConfig as WantedConfig
from fluencenet.wanted.preset import Preset as WantedPreset
from fluencenet.weights import Card
from tests.cases import PATIENT_KEY, UIDS, gray, hounsfield, open_beam, points_of

GANTRY_DEG = (0.0, 51.0, 103.0, 154.0, 206.0, 257.0, 309.0)
PTV_CENTRE = np.array([4.0, -6.0, 10.0])
PTV_RADII = np.array([30.0, 24.0, 20.0])
ISOCENTRE = (4.0, -6.0, 10.0)
PRESCRIPTION_GY, FRACTIONS = 44.0, 20

BODY = (np.array([0.0, 0.0]), np.array([150.0, 100.0]))
ORGANS = {
    "Avoidance": ((4, 30), (36, 10)),
    "Bowel": ((0, -60), (40, 16)),
    "FemoralHead_R": ((-85, 0), (22, 22)),
    "FemoralHead_L": ((88, 0), (22, 22)),
    "PenileBulb": ((0, 45), (8, 8)),
    "Rectum": ((4, 32), (14, 12)),
    "Prostate": ((4, -4), (20, 16)),
    "Bladder": ((2, -38), (30, 16)),
}
"""Centre and radii (x, y), mm, of elliptical cylinders."""


def ring(centre: np.ndarray, radii: np.ndarray, z_mm: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.column_stack(
        [centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle), np.full(60, z_mm)]
    )


def structures() -> tuple[Structure, ...]:
    heights = np.arange(-57.5, 80, 5.0)
    found = [Structure(1, "BODY", "EXTERNAL", (0, 200, 0), tuple(ring(*BODY, z) for z in heights))]
    for number, (name, (centre, radii)) in enumerate(ORGANS.items(), 2):
        rings = tuple(ring(np.array(centre), np.array(radii), z) for z in heights[6:-8])
        found.append(Structure(number, name, "ORGAN", (30 * number % 256, 90, 160), rings))
    shrink = [(z, 1 - ((z - PTV_CENTRE[2]) / PTV_RADII[2]) ** 2) for z in heights]
    rings = tuple(ring(PTV_CENTRE[:2], PTV_RADII[:2] * np.sqrt(s), z) for z, s in shrink if s > 0)
    found.append(Structure(20, "PTV_44", "PTV", (255, 0, 0), rings))
    return tuple(found)


def beam(number: int, gantry_deg: float) -> Beam:
    return open_beam(
        number, gantry_deg, (45.0, 35.0), ISOCENTRE, name=f"G{gantry_deg:03.0f}", technique=Technique.DYNAMIC,
        energy_mv=15.0, meterset_mu=120.0,
    )  # fmt: skip


def wanted_dose(spacing_mm: float = 5.0) -> Dose:
    """44 Gy in the PTV, falling off outside over some centimetres, zero outside the body."""
    half = np.array([160.0, 110.0, 60.0])
    nx, ny, nz = (int(n) for n in 2 * half / spacing_mm)
    x0, y0, z0 = (float(v) for v in -half + [0, 0, 10])
    grid = Grid((nx, ny, nz), (spacing_mm,) * 3, (x0, y0, z0))
    points = points_of(grid)
    radius = np.sqrt((((points - PTV_CENTRE) / PTV_RADII) ** 2).sum(axis=-1))
    gy = PRESCRIPTION_GY * np.clip(np.exp(-(np.clip(radius, 1, None) - 1) * 0.8), 0, 1)
    gy[(((points[..., :2] - BODY[0]) / BODY[1]) ** 2).sum(axis=-1) > 1] = 0.0
    return Dose(gray(gy, grid), DoseKind.PLAN, algorithm="pencil beam 1")


def make_case(**changes: object) -> Case:
    """The case; `changes` are of its plan."""
    grid = Grid((65, 45, 30), (5.0, 5.0, 5.0), (-160.0, -110.0, -62.5))
    points = points_of(grid)
    inside = (((points[..., :2] - BODY[0]) / BODY[1]) ** 2).sum(axis=-1) < 1
    hu = np.where(inside, 20.0, -1000.0)
    plan = Plan(
        "Prostate1", tuple(beam(n, g) for n, g in enumerate(GANTRY_DEG, 1)), PatientPosition.HFS,
        prescription_gy=PRESCRIPTION_GY, fractions=FRACTIONS,
    )  # fmt: skip
    return Case(
        hounsfield(hu, grid), replace(plan, **changes), wanted_dose(), {}, structures(),  # type: ignore[arg-type]
        UIDS, PATIENT_KEY,
    )  # fmt: skip


def make_model(folder: Path, **changes: object) -> Path:
    """Save a small untrained network: its answer is the estimate that a simple dose gives."""
    torch.manual_seed(5)
    config = NetworkConfig(kind="dual-frame-lite", channels=4, levels=2, compressed=4, map_px=32)
    preset = Preset("tiny", config, simple_dose=simple_dose())
    card = Card(
        name="tiny",
        version="0",
        preset=preset.to_dict(),
        sha256="0" * 64,
        energies=("15X",),
        machines=("TrueBeam",),
        sites=("pelvis",),
        technique="IMRT",
        fields=(7,),
        labels=LABELS,
        mu_per_fluence={"TrueBeam": {"15X": 125.0}},
        validity={"gantry_deg": list(GANTRY_DEG), "optional_labels": ["Avoidance"], "patient_positions": ["HFS"]},
    )
    save_weights(build_network(config), replace(card, **changes), folder)  # type: ignore[arg-type]
    return folder


def simple_dose() -> SimpleDoseTable:
    """Dose that falls exponentially with depth."""
    depths = np.arange(0.0, 401.0, 20.0)
    return SimpleDoseTable((3.0,), tuple(depths), (tuple(np.exp(-0.0042 * (depths - 100))),))


def make_dose_model(folder: Path, **changes: object) -> Path:
    """Save a small untrained wanted-dose network: its answer is the dose of open fields."""
    torch.manual_seed(5)
    config = WantedConfig(channels=2, levels=1, features=2, hidden=2)
    card = WantedDoseCard(
        name="tiny-dose",
        version="0",
        preset=WantedPreset("tiny", config, simple_dose={"15X": simple_dose()}).to_dict(),
        sha256="0" * 64,
        energies=("15X",),
        machines=("TrueBeam",),
        sites=("pelvis",),
        fields=(7,),
        gantry_deg=GANTRY_DEG,
        labels=LABELS,
        wanted_dose={"spacing_mm": 2.5},
        validity={"optional_labels": ["Avoidance"], "patient_positions": ["HFS"]},
    )
    save_weights(WantedDose(config), replace(card, **changes), folder)  # type: ignore[arg-type]
    return folder
