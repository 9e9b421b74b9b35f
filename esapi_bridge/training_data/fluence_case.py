"""A plan as a fluence network sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Prescription
from esapi_bridge.planning.imrt.labels import by_label
from esapi_bridge.planning.imrt.plan import ImrtPlan
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.tasks.fluence.scene import fluence_beam, make_scene, merged_labels
from fluencenet.scene import FluenceCase


def fluence_case(plan: ImrtPlan, name: str, split: str, **attributes: object) -> FluenceCase:
    """Turn a plan into a case for training or testing.

    Parameters
    ----------
    plan
        A finished plan.
    name, split
        Name in the store, and ``train``, ``validation`` or ``test``.
    attributes
        Plain values to be kept beside the plan's own.
    """
    scene = make_scene(
        by_label(plan.masks), plan.dose.grid, plan.dose, Prescription(plan.prescription_gy, plan.fractions)
    )
    facts = {
        **attributes,
        "energy": plan.arrangement.energy,
        "machine": plan.beams[0].machine,
        "mu_per_fluence": mu_per_fluence(load_beam_model(plan.arrangement.energy)),
        "patient_position": plan.arrangement.patient_position,
        "collimator_deg": plan.arrangement.collimator_deg,
        "gantry_deg": list(plan.arrangement.gantry_deg),
        "prescription_gy": plan.prescription_gy,
        "fractions": plan.fractions,
        "meterset_mu": [beam.meterset_mu for beam in plan.beams],
        "quality": {key: None if math.isnan(value) else value for key, value in asdict(plan.quality).items()},
    }
    beams = tuple(fluence_beam(beam, plan.arrangement.patient_position) for beam in plan.beams)
    return FluenceCase(name, split, scene, beams, facts)


def label_volume(masks: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """Merge structures ``(z, y, x)`` named as in phantoms into labels; where they overlap the higher label wins."""
    return merged_labels(by_label(masks))
