"""Toy plans on labels of 2.5 mm, which is what the wanted-dose network takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fluencenet.scene import FluenceCase, Lattice, Scene
from tests.fluencenet.toy import SPACING_MM, TARGET_MM, toy_case

FINE_MM = 2.5
FALL_MM = 25.0


def fine_case(name: str = "toy", split: str = "train", seed: int = 0) -> FluenceCase:
    """A toy plan whose labels lie on voxels of 2.5 mm, and its dose on 4 mm as it was."""
    case = _on_fine_labels(toy_case(name, split, seed))
    return replace(case, attributes={**case.attributes, "energy": "15X"})


def planned_case(name: str, split: str, seed: int) -> FluenceCase:
    """The same with a dose that follows a rule to be learnt: it falls with the distance to the target."""
    case = fine_case(name, split, seed)
    scene = case.scene
    origins = scene.label_lattice.origin_mm[::-1]
    places = [origin + FINE_MM * np.arange(n) for origin, n in zip(origins, scene.labels.shape, strict=True)]
    z, y, x = np.meshgrid(*places, indexing="ij")
    a, b, c = case.beams[0].axes.isocentre_mm
    outside = np.maximum(np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) - TARGET_MM, 0.0)
    dose = np.where(scene.labels > 0, scene.prescription_gy * np.exp(-outside / FALL_MM), 0.0).astype(np.float32)
    return replace(case, scene=replace(scene, dose_gy=dose, dose_lattice=scene.label_lattice))


def _on_fine_labels(case: FluenceCase) -> FluenceCase:
    scene = case.scene
    centre = scene.label_lattice.origin_mm[0] + SPACING_MM * (scene.labels.shape[2] - 1) / 2
    assert centre == 0.0, "the toy's lattice is centred"
    sizes = [round(n * SPACING_MM / FINE_MM) for n in scene.labels.shape]
    x, y, z = (-FINE_MM * (n - 1) / 2 for n in sizes[::-1])
    picks = [
        np.clip(np.round((-FINE_MM * (n - 1) / 2 + FINE_MM * np.arange(n)) / SPACING_MM + (m - 1) / 2), 0, m - 1)
        for n, m in zip(sizes, scene.labels.shape, strict=True)
    ]
    labels = scene.labels[np.ix_(*(p.astype(int) for p in picks))]
    fine = Scene(labels, Lattice((FINE_MM,) * 3, (x, y, z)), scene.dose_gy, scene.dose_lattice, scene.prescription_gy)
    return replace(case, scene=fine)
