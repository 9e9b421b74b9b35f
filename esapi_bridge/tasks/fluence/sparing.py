"""A trade-off by the user: the wanted dose shifted towards an organ, and what that costs the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseKind, Grid, Plan, Prescription, Unit, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.fluence.network import FluenceNetwork
from esapi_bridge.tasks.fluence.plan import SparedOrgan, SparingRecord
from esapi_bridge.tasks.fluence.scene import make_scene
from fluencenet.scene import SPARED

MOST = 5.0
"""Largest factor; beyond it the dose that fields can give hardly changes any more."""

COVERED_PERCENT = 95.0


class Spared(NamedTuple):
    """A shifted dose.

    Parameters
    ----------
    dose
        Of all fractions, on the lattice of the labels.
    record
        What was wished, and what it does to the wanted dose.
    """

    dose: Dose
    record: SparingRecord


def factors_of(wishes: Mapping[str, float]) -> dict[str, float]:
    """Wishes by label, whose case does not matter.

    Raises
    ------
    RefusedError
        If a label cannot be spared, or a factor is not between 1 and `MOST`.
    """
    known = {label.casefold(): label for label in SPARED}
    for name, factor in wishes.items():
        if name.casefold() not in known:
            raise RefusedError(f"a structure to spare must be one of {', '.join(SPARED)}, found {name}")
        if not 1 <= factor <= MOST:
            raise RefusedError(
                f"{name} can be spared by a factor from 1 (as it is) to {MOST:g}, found {factor:g}: its dose is "
                "wished so many times smaller"
            )
    return {known[name.casefold()]: float(factor) for name, factor in wishes.items()}


def spare(
    network: FluenceNetwork,
    masks: Mapping[str, NDArray[np.bool_]],
    grid: Grid,
    dose: Dose,
    prescription: Prescription,
    plan: Plan,
    factors: Mapping[str, float],
) -> Spared:
    """Shift a wanted dose.

    Parameters
    ----------
    network
        Whose simple dose says what fields can give.
    masks, grid
        Structures by label ``(z, y, x)``, and their lattice.
    dose, prescription
        Wanted dose of all fractions, Gy; prescribed dose.
    plan
        Its treatment beams, and the patient's position.
    factors
        From `factors_of`.

    Raises
    ------
    RefusedError
        If the patient has no such structure, or the network does not know the energy.
    """
    given = make_scene(masks, grid, dose, prescription)
    scene = network.spared(given, plan.treatment_beams, plan.patient_position, factors)
    algorithm = f"{dose.algorithm or 'algorithm not stated'}; shifted to spare {', '.join(sorted(factors))}"
    gy = scene.dose_gy * np.float32(prescription.fractions)
    shifted = Dose(Volume(gy, grid, Unit.GY), DoseKind.PLAN, algorithm=algorithm)
    before, after = (_on(one, grid) for one in (dose, shifted))

    def mean(values: NDArray[np.float32], label: str) -> float:
        return float(values[masks[label]].mean(dtype=np.float64))

    def covered(values: NDArray[np.float32]) -> float:
        inside = values[masks["PTV"]] / prescription.dose_gy
        return float(100 * np.quantile(inside, 1 - COVERED_PERCENT / 100))

    organs = tuple(
        SparedOrgan(label=label, factor=factor, mean_gy=(mean(before, label), mean(after, label)))
        for label, factor in factors.items()
    )
    return Spared(shifted, SparingRecord(organs=organs, ptv_d95_percent=(covered(before), covered(after))))


def _on(dose: Dose, grid: Grid) -> NDArray[np.float32]:
    return replace(dose, volume=resample(dose.volume, grid, 0.0)).gy
