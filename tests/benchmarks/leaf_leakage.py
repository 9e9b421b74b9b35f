"""How far what leaves let through moves the dose of a sliding-window plan of the pelvis.

Run by hand: ``python -m tests.benchmarks.leaf_leakage [--energy 15X] [--seed 20001]``; some minutes. Three
deliveries of the same fluences, each over the dose with ideal leaves: the leaf motions made for ideal leaves, leaking,
with the monitor units they had; the motions of now with the monitor units of now; and the same normalised as a plan is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.planning.imrt.anatomy import prostate_patient
from esapi_bridge.planning.imrt.beams import Arrangement
from esapi_bridge.planning.imrt.delivery import Delivered, deliver, on_grid
from esapi_bridge.planning.imrt.plan import plan_patient
from esapi_bridge.planning.mlc import IDEAL_LEAVES, MILLENNIUM_120
from esapi_bridge.planning.physics import load_beam_model, pencil_beam

HIGH = 0.5
"""Share of the maximum over which the dose counts as high."""


@contextmanager
def ideal_leaves() -> Iterator[None]:
    """Let nothing through for a while."""
    leaking = MILLENNIUM_120.leakage_by_energy
    object.__setattr__(MILLENNIUM_120, "leakage_by_energy", dict.fromkeys(leaking, IDEAL_LEAVES))
    try:
        yield
    finally:
        object.__setattr__(MILLENNIUM_120, "leakage_by_energy", leaking)


def main() -> None:
    """Plan, deliver, print."""
    parser = argparse.ArgumentParser(description="Doses of a pelvis plan with and without what leaves let through.")
    parser.add_argument("--energy", default="15X")
    parser.add_argument("--seed", type=int, default=20001)
    given = parser.parse_args()
    patient = prostate_patient(given.seed, (2.5, 2.5, 2.5))
    plan = plan_patient(patient, Arrangement(energy=given.energy))
    fluences = plan.optimised.beams
    with ideal_leaves():
        ideal = deliver(patient, fluences)
    model, grid = load_beam_model(given.energy), ideal.dose.grid
    fractions = plan.fractions
    inside = on_grid(patient.body, patient.ct.grid, grid)
    old_motions = np.zeros(grid.shape)
    for beam in ideal.beams:
        old_motions += pencil_beam(patient.ct, beam, model, grid, ray_spacing_mm=2.5).gy * fractions
    masks = {name: on_grid(mask, patient.ct.grid, grid) for name, mask in patient.masks.items()}
    unnormalised = plan.delivered.dose.gy * (plan.delivered.normalisation_percent / ideal.normalisation_percent)
    for name, dose in (
        ("motions for ideal leaves, leaking", old_motions),
        ("motions of now, same unit of fluence", unnormalised),
        ("motions of now, normalised", plan.delivered.dose.gy),
    ):
        print(name)
        _print(ideal, dose, masks, inside)
    print("MU", [f"{b.meterset_mu:.0f}" for b in ideal.beams], "->", [f"{b.meterset_mu:.0f}" for b in plan.beams])


def _print(
    ideal: Delivered, dose: NDArray[np.floating], masks: dict[str, NDArray[np.bool_]], inside: NDArray[np.bool_]
) -> None:
    top = float(ideal.dose.gy.max())
    high = inside & (ideal.dose.gy > HIGH * top)
    moved = 100 * (dose - ideal.dose.gy) / top
    print(f"  body: {moved[inside].mean():+.2f} % of the maximum on average, at most {np.abs(moved[inside]).max():.1f}")
    print(f"  high dose: {moved[high].mean():+.2f} %, spread {moved[high].std():.2f}")
    for name, mask in masks.items():
        if name != "BODY" and mask.any():
            print(f"  {name}: mean {ideal.dose.gy[mask].mean():.2f} -> {dose[mask].mean():.2f} Gy")


if __name__ == "__main__":
    main()
