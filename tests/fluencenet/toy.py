"""Toy plans made from formulas: a cylinder of water, a round target, smooth fluence, exponential attenuation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from fluencenet.preset import NetworkConfig, Preset, TrainingConfig
from fluencenet.scene import BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene

MU_PER_MM = 0.004
BLUR_MM = 3.0
HALF_X_MM, HALF_Y_MM, TARGET_MM = 90.0, 65.0, 22.0
SPACING_MM = 4.0
SHAPE = (26, 38, 50)
PRESCRIPTION_GY = 2.2
PIXELS = 28
GANTRIES_DEG = (0.0, 72.0, 200.0)

PRESET = Preset(
    "toy",
    NetworkConfig("dual-frame-lite", channels=8, levels=2, blocks=1, compressed=4, map_px=32),
    TrainingConfig(batch=4, learning_rate=3e-3, clip_norm=1.0, ema_decay=0.9, energy_weight=0.2, shift_px=2),
)


def axes(gantry_deg: float, centre_mm: NDArray[np.float64]) -> BeamAxes:
    angle = np.radians(gantry_deg)
    to_source = np.array([np.sin(angle), -np.cos(angle), 0.0])
    x = np.array([np.cos(angle), np.sin(angle), 0.0])
    return BeamAxes(centre_mm + 1000 * to_source, centre_mm, x, np.array([0.0, 0.0, 1.0]))


def skin_depth_mm(points: NDArray[np.float64], source: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth below the surface of the cylinder along the ray from the source (by solving the quadratic equation)."""
    ray = points - source
    scale = 1 / np.array([HALF_X_MM, HALF_Y_MM])
    start, step = source[:2] * scale, ray[..., :2] * scale
    a, b, c = (step**2).sum(-1), (step * start).sum(-1), start @ start - 1
    entry = (-b - np.sqrt(np.maximum(b**2 - a * c, 0))) / a
    depth: NDArray[np.float64] = np.maximum((1 - entry) * np.linalg.norm(ray, axis=-1), 0)
    return depth


def toy_case(name: str = "toy", split: str = "train", seed: int = 0, beams: int = 3) -> FluenceCase:
    rng = np.random.default_rng(seed)
    origin = -SPACING_MM * (np.array(SHAPE[::-1]) - 1) / 2
    lattice = Lattice((SPACING_MM,) * 3, tuple(origin))
    z, y, x = np.meshgrid(
        *(o + SPACING_MM * np.arange(n) for o, n in zip(origin[::-1], SHAPE, strict=True)), indexing="ij"
    )
    points = np.stack([x, y, z], -1)
    inside = (x / HALF_X_MM) ** 2 + (y / HALF_Y_MM) ** 2 <= 1
    centre = rng.uniform(-6, 6, 3)
    labels = inside.astype(np.uint8)
    labels[((points - centre) ** 2).sum(-1) <= TARGET_MM**2] = 10
    dose = np.zeros(SHAPE)
    fields = []
    grid = 2.5 * (np.arange(PIXELS) - (PIXELS - 1) / 2)
    disc = np.hypot(*np.meshgrid(grid, grid)) <= TARGET_MM + 8
    for number in range(beams):
        noise = gaussian_filter(rng.normal(size=(PIXELS, PIXELS)), 2.0)
        values = np.where(disc, np.maximum(0.9 + 1.2 * noise, 0.05), 0.0).astype(np.float32)
        beam = axes(GANTRIES_DEG[number], centre)
        ray = points - beam.source_mm
        scale = 1000 / (ray @ ((beam.isocentre_mm - beam.source_mm) / 1000))
        column, row = ((ray @ beam.x_axis) * scale - grid[0]) / 2.5, (-grid[0] - (ray @ beam.y_axis) * scale) / 2.5
        wide = np.pad(values.astype(float), 12)
        blurred = gaussian_filter(wide, BLUR_MM / 2.5)
        primary = map_coordinates(blurred, [row + 12, column + 12], order=1, mode="constant")
        dose += primary * scale**2 * np.exp(-MU_PER_MM * skin_depth_mm(points, beam.source_mm))
        fields.append(FluenceBeam(f"F{number}", beam, FluenceImage(values, float(grid[0]), float(-grid[0]))))
    scene = Scene(labels, lattice, (dose * inside).astype(np.float32), lattice, PRESCRIPTION_GY)
    return FluenceCase(name, split, scene, tuple(fields), {"mu_per_fluence": 125.0, "seed": seed})
