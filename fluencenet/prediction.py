"""Prediction of the optimal fluence of every beam of a plan, from its contours and the wanted dose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from fluencenet.bev import BevGrid
from fluencenet.field import field_shadow, fitting_px, window
from fluencenet.network import Views
from fluencenet.scene import BeamAxes, FluenceImage, Scene
from fluencenet.views import one_thread, plan_views
from fluencenet.weights import Model

LEAST_PX = 2
"""Eclipse accepts no smaller map."""


def predict(
    model: Model,
    scene: Scene,
    beams: Sequence[BeamAxes],
    *,
    energy: str = "",
    like: Sequence[FluenceImage] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FluenceImage]:
    """Predict the optimal fluence of all beams of a plan together.

    Parameters
    ----------
    model
        From `load_model`, its network on the device to use.
    scene
        Contours and wanted dose of one fraction.
    beams
        All treatment beams.
    energy
        Energy of all beams (``15X``); only a network of several energies wants to know it.
    like
        Maps with whose pixels those of the result coincide, one per beam; without them, a pixel corner is on the axis.
    progress
        Called with (beams done, beams in all); an exception it raises ends the prediction.

    Returns
    -------
    list of FluenceImage
        One fraction, unit of ESAPI, not negative; a map covers the shadow of the PTV with its margin and is zero around
        it.

    Raises
    ------
    ValueError
        If there is no PTV, no beam, or the network does not know the energy.
    """
    if not beams:
        raise ValueError("expected beams to predict fluence for, found none")
    config = model.network.config
    side = max(fitting_px(scene, axes, config.map_px, 2**config.levels) for axes in beams)
    aligned = [None] * len(beams) if like is None else like
    grids = [window(scene, axes, side, image) for axes, image in zip(beams, aligned, strict=True)]
    with one_thread():
        views = plan_views(scene, beams, grids, model.table(energy))
        device = next(model.network.parameters()).device
        found = []
        for number, (axes, grid) in enumerate(zip(beams, grids, strict=True)):
            one = Views(*(t[number : number + 1].to(device) for t in views))
            with torch.inference_mode():
                fluence = model.network(one)[0, 0].float().cpu()
            allowed = field_shadow(scene, axes, grid)
            found.append(_image((fluence * allowed).clamp_min(0.0) * scene.prescription_gy, allowed, grid))
            if progress is not None:
                progress(number + 1, len(beams))
    return found


def _image(fluence: torch.Tensor, allowed: torch.Tensor, grid: BevGrid) -> FluenceImage:
    """Cut a map down to where fluence is allowed."""
    rows, columns = (torch.nonzero(allowed.any(axis))[:, 0] for axis in (1, 0))
    top, left = int(rows[0]), int(columns[0])
    bottom, right = max(int(rows[-1]) + 1, top + LEAST_PX), max(int(columns[-1]) + 1, left + LEAST_PX)
    values = np.ascontiguousarray(fluence[top:bottom, left:right].numpy(), dtype=np.float32)
    return FluenceImage(
        values, grid.x_origin_mm + left * grid.spacing_mm, grid.y_origin_mm - top * grid.spacing_mm, grid.spacing_mm
    )
