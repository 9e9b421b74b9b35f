"""How many monitor units one unit of optimal fluence stands for."""

from __future__ import annotations

import numpy as np

from esapi_bridge.case import Jaws
from esapi_bridge.planning.physics.beam_model import BeamModel
from esapi_bridge.planning.physics.fluence import blurred, jaw_fluence
from esapi_bridge.planning.physics.pencil_beam import SCATTER_REACH_MM

DEPTH_G_CM2 = 10.0
FIELD_MM = 100.0


def mu_per_fluence(model: BeamModel) -> float:
    """Monitor units that deliver fluence 1 on the axis of an open field.

    Eclipse's unit: 1 is the fluence that gives 1 Gy at 10 cm depth in water in an open 10x10 cm2 field
    (`esapi_bridge.case.FluenceMap`). The depth is taken at the isocentre (90 cm from source to surface); Varian's
    public documents do not say. The dose is the pencil beam's, along the axis of water with a flat surface.

    Parameters
    ----------
    model
        Beam model with a pencil table.

    Raises
    ------
    ValueError
        If the beam model has no pencil table.
    """
    pencil = model.pencil_table()
    half = FIELD_MM / 2
    layers = blurred(jaw_fluence(Jaws(-half, half, -half, half), model, SCATTER_REACH_MM), pencil.sigmas_mm)
    on_axis = layers.values[:, np.searchsorted(layers.b_mm, 0.0), np.searchsorted(layers.a_mm, 0.0)]
    weights = [np.interp(DEPTH_G_CM2, pencil.depth_g_cm2, component) for component in pencil.weights]
    return float(1.0 / (on_axis @ weights))
