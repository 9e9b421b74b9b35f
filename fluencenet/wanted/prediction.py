"""Prediction of the dose that a plan of given contours, fields and prescription would have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from fluencenet.scene import BeamAxes, Scene
from fluencenet.views import one_thread
from fluencenet.wanted.card import WantedDoseModel
from fluencenet.wanted.network import Planes
from fluencenet.wanted.plan_input import Contours, plan_input

PLANES_AT_ONCE = 16
"""Fine planes answered at once: 50 MB of a wide body."""


def predict_dose(
    model: WantedDoseModel,
    contours: Contours,
    beams: Sequence[BeamAxes],
    prescription_gy: float,
    *,
    energy: str,
    progress: Callable[[int, int], None] | None = None,
) -> Scene:
    """Predict the dose of a plan.

    Parameters
    ----------
    model
        From `fluencenet.wanted.card.load_model`.
    contours
        The patient.
    beams
        All treatment beams.
    prescription_gy
        Prescribed dose of one fraction, Gy.
    energy
        Energy of all beams (``15X``).
    progress
        Called with (planes done, planes in all); an exception it raises ends the prediction.

    Returns
    -------
    Scene
        The contours with the dose of one fraction on their lattice, Gy; zero outside the body.

    Raises
    ------
    ValueError
        If there is no beam, none reaches the PTV, or the network does not know the energy.
    """
    if not beams:
        raise ValueError("expected beams to predict the dose of, found none")
    network = model.network
    with one_thread(), torch.inference_mode():
        given = plan_input(contours, beams, model.table(energy), network.config.multiple)
        described = network.described(given.wide[None])
        size = contours.labels.shape
        dose = np.zeros(size, np.float32)
        for first in range(0, size[0], PLANES_AT_ONCE):
            numbers = torch.arange(first, min(first + PLANES_AT_ONCE, size[0]))
            found = network.on_planes(described, Planes(numbers, given.fine[None, :, numbers]))[0, 0]
            dose[first : first + len(numbers)] = found[:, : size[1], : size[2]].numpy()
            if progress is not None:
                progress(first + len(numbers), size[0])
    dose *= np.float32(prescription_gy)
    return Scene(contours.labels, contours.lattice, dose, contours.lattice, prescription_gy)
