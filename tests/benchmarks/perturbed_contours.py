"""Contours drawn otherwise, an organ left out, a metal hip: what the plan from contours alone becomes.

Run by hand: ``python -m tests.benchmarks.perturbed_contours PLANS.zarr [--patients 6]``; some 15 s a plan. Test plans
are predicted from changed contours, delivered on the patient (with the metal, where that is the change), and measured
with the contours as they were.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from esapi_bridge.case import Dose
from esapi_bridge.evaluation.fluence.network import NetworkChoice, load_network
from esapi_bridge.evaluation.fluence.patient import CaseFacts, clinical_beams, on_pixels, restore
from esapi_bridge.planning.imrt.delivery import deliver, on_grid
from esapi_bridge.planning.imrt.quality import PlanQuality, quality
from esapi_bridge.planning.subject import Subject
from esapi_bridge.training_data.fluence_case import label_volume
from fluencenet.scene import FluenceCase
from fluencenet.store import FluenceStore
from fluencenet.wanted.anatomy import AnatomyRange, anatomy
from fluencenet.wanted.card import load_model
from fluencenet.wanted.plan_input import Contours

Masks = Mapping[str, NDArray[np.bool_]]

METAL_HU, METAL_RADIUS_MM = 3071, 22.0
"""A hip joint of metal: a ball in the middle of the right femoral head, as far as a 12-bit CT shows it."""

FIGURES = {
    "ptv_d95_percent": "PTV D95, %", "homogeneity": "HI", "conformity": "CI", "rectum_mean_gy": "rectum, Gy",
    "bladder_mean_gy": "bladder, Gy", "penile_bulb_mean_gy": "bulb, Gy",
}  # fmt: skip


def grown(masks: Masks, names: tuple[str, ...], by_mm: float, spacing_mm: float) -> Masks:
    """Grow structures by a distance, within the body."""
    found = dict(masks)
    for name in names:
        away = ndimage.distance_transform_edt(~masks[name], spacing_mm)
        found[name] = (away <= by_mm) & masks["BODY"]
    return found


def without(masks: Masks, name: str) -> Masks:
    """Leave a structure out."""
    return {key: mask for key, mask in masks.items() if key != name}


ORGANS = ("Rectum", "Bladder", "Bowel", "Femur_Head_R", "Femur_Head_L", "PenileBulb")
CHANGES: Mapping[str, Callable[[Masks, float], Masks]] = {
    "as drawn": lambda masks, _: masks,
    "PTV 2.5 mm larger": lambda masks, mm: grown(masks, ("PTV",), 2.5, mm),
    "organs 2.5 mm larger": lambda masks, mm: grown(masks, ORGANS, 2.5, mm),
    "no penile bulb": lambda masks, _: without(masks, "PenileBulb"),
    "no bowel": lambda masks, _: without(masks, "Bowel"),
    "right hip of metal": lambda masks, _: masks,
}


def with_metal(patient: Subject) -> Subject:
    """Put a ball of metal into the right femoral head."""
    grid = patient.ct.grid
    centre = grid.to_patient(np.argwhere(patient.masks["Femur_Head_R"])[:, ::-1].mean(axis=0))
    places = grid.to_patient(np.argwhere(patient.body)[:, ::-1])
    inside = ((places - centre) ** 2).sum(-1) <= METAL_RADIUS_MM**2
    values = patient.ct.values.copy()
    values[tuple(np.argwhere(patient.body)[inside].T)] = METAL_HU
    return replace(patient, ct=replace(patient.ct, values=values))


def measured(
    case: FluenceCase, patient: Subject, clinical: Dose, change: str, predict: object
) -> tuple[PlanQuality, Contours]:
    """Predict, deliver and measure one plan."""
    assert callable(predict)
    facts, grid = CaseFacts.of(case), clinical.grid
    masks = {name: on_grid(mask, patient.ct.grid, grid) for name, mask in patient.masks.items()}
    labels = label_volume(CHANGES[change](masks, grid.spacing_mm[0]))
    given = replace(case, scene=replace(case.scene, labels=labels))
    beams = clinical_beams(case, patient)
    images = predict(given)
    wanted = [replace(b, fluence=on_pixels(i, c.fluence)) for b, i, c in zip(beams, images, case.beams, strict=True)]
    treated = with_metal(patient) if "metal" in change else patient
    position = facts.arrangement.patient_position
    done = deliver(treated, wanted, patient_position=position, fractions=facts.fractions, grid=grid)
    return quality(done.dose, masks, facts.prescription_gy), Contours(labels, case.scene.label_lattice)


def main() -> None:
    """Change, predict, deliver, print."""
    parser = argparse.ArgumentParser(description="Plans from contours that are drawn otherwise.")
    parser.add_argument("plans", type=Path)
    parser.add_argument("--patients", type=int, default=6)
    given = parser.parse_args()
    store, network = FluenceStore(given.plans), load_network(NetworkChoice("dual-frame-lite", "wanted-dose"))
    trained = AnatomyRange(load_model("wanted-dose").card.anatomy)
    names = store.names("test")[: given.patients]
    found: dict[str, list[PlanQuality]] = {change: [] for change in CHANGES}
    warned = dict.fromkeys(CHANGES, 0)
    for name in names:
        case = store.read(name)
        patient, clinical = restore(case)
        for change in CHANGES:
            figures, contours = measured(case, patient, clinical, change, network.predict)
            found[change].append(figures)
            warned[change] += bool(trained.beyond(anatomy(contours)))
    print("mean of", len(names), "plans; warned: anatomy out of range", "\n")
    print(f"{'':20}", *(f"{words:>14}" for words in FIGURES.values()), f"{'lowest D95':>12} {'warned':>7}")
    for change, plans in found.items():
        means = [np.mean([getattr(plan, figure) for plan in plans]) for figure in FIGURES]
        worst = min(plan.ptv_d95_percent for plan in plans)
        print(f"{change:20}", *(f"{value:14.3f}" for value in means), f"{worst:12.2f} {warned[change]:7d}")


if __name__ == "__main__":
    main()
