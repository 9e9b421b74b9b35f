"""Input of a network for all beams of a plan, in training and in prediction: views and estimate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from fluencenet.bev import BevGrid, beams_eye_view
from fluencenet.dose_table import SimpleDoseTable
from fluencenet.estimate import estimate
from fluencenet.network import Views
from fluencenet.scene import BeamAxes, Scene


def plan_views(
    scene: Scene, beams: Sequence[BeamAxes], grids: Sequence[BevGrid], table: SimpleDoseTable | None
) -> Views:
    """Views of all beams of a plan on windows of one size, normalised; with the estimate if there is a table."""
    seen = [beams_eye_view(scene, axes, grid) for axes, grid in zip(beams, grids, strict=True)]
    if table is None:
        guess = torch.zeros(len(beams), grids[0].rows, grids[0].columns)
    else:
        guess = estimate(scene, beams, grids, table) / scene.prescription_gy
    dose = torch.stack([view.dose_gy for view in seen]) / scene.prescription_gy
    return Views(torch.stack([view.labels for view in seen]), dose, guess[:, None])


@contextmanager
def one_thread() -> Iterator[None]:
    """Work on one thread: in many small steps, several threads mostly wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
