"""A plan as a fluence network sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Grid
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.mock.imrt.plan import ImrtPlan
from esapi_bridge.mock.physics import load_beam_model
from esapi_bridge.mock.physics.fluence_unit import mu_per_fluence
from fluencenet.scene import LABELS, BeamAxes, FluenceBeam, FluenceCase, FluenceImage, Lattice, Scene


def fluence_case(plan: ImrtPlan, name: str, split: str, **attributes: object) -> FluenceCase:
    """Turn a plan into a case to learn from or to test with.

    Parameters
    ----------
    plan
        A finished plan.
    name, split
        Name in the store, and ``train``, ``validation`` or ``test``.
    attributes
        Plain values to be kept beside the plan's own.
    """
    lattice = lattice_of(plan.dose.grid)
    scene = Scene(
        labels=label_volume(plan.masks),
        label_lattice=lattice,
        dose_gy=np.asarray(plan.dose.gy / np.float32(plan.fractions)),
        dose_lattice=lattice,
        prescription_gy=plan.prescription_gy / plan.fractions,
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
    beams = tuple(_beam(beam, plan.arrangement.patient_position) for beam in plan.beams)
    return FluenceCase(name, split, scene, beams, facts)


def label_volume(masks: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """Merge structures ``(z, y, x)`` into labels; where they overlap the higher label wins."""
    labels = np.zeros(masks["BODY"].shape, np.uint8)
    for value, name in enumerate(LABELS):
        mask = masks.get("BODY" if name == "Body" else name)
        if mask is not None:
            labels[mask] = value
    return labels


def lattice_of(grid: Grid) -> Lattice:
    """Say where a grid lies in the words of the network's package."""
    return Lattice(grid.spacing_mm, grid.origin_mm, grid.axes)


def _beam(beam: Beam, patient_position: str) -> FluenceBeam:
    frame, fluence = beam_frame(beam, patient_position), beam.fluence
    assert fluence is not None
    axes = BeamAxes(frame.source_mm, frame.isocentre_mm, frame.axes[0], frame.axes[1])
    image = FluenceImage(fluence.values, fluence.x_origin_mm, fluence.y_origin_mm, fluence.spacing_mm)
    return FluenceBeam(beam.name, axes, image)
