"""A trade-off by the user: the wanted dose shifted towards an organ, and what that costs the target."""

from __future__ import annotations

from collections.abc import Mapping

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


def shifted(
    network: FluenceNetwork,
    masks: Mapping[str, NDArray[np.bool_]],
    grid: Grid,
    dose: Dose,
    prescription: Prescription,
    plan: Plan,
    factors: Mapping[str, float],
) -> Dose:
    """Shift a plan's dose.

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
    scene = network.spared(make_scene(masks, grid, dose, prescription), plan, factors)
    gy = scene.dose_gy * np.float32(prescription.fractions)
    return Dose(Volume(gy, grid, Unit.GY), DoseKind.PLAN, algorithm=spared_algorithm(dose, factors))


def spared_algorithm(dose: Dose, factors: Mapping[str, float]) -> str:
    """Name what a shifted dose was made by."""
    return f"{dose.algorithm or 'algorithm not stated'}; shifted to spare {', '.join(sorted(factors))}"


def sparing_record(
    before: Dose,
    after: Dose,
    masks: Mapping[str, NDArray[np.bool_]],
    grid: Grid,
    factors: Mapping[str, float],
    prescription: Prescription,
) -> SparingRecord:
    """Say what a shift does to the wanted dose, in the voxels of the labels' lattice."""
    one, other = (resample(dose.volume, grid, 0.0).values for dose in (before, after))

    def means(label: str) -> tuple[float, float]:
        return _mean(one[masks[label]]), _mean(other[masks[label]])

    organs = tuple(SparedOrgan(label=label, factor=factor, mean_gy=means(label)) for label, factor in factors.items())
    covered = tuple(
        float(100 * np.quantile(gy[masks["PTV"]], 1 - COVERED_PERCENT / 100) / prescription.dose_gy)
        for gy in (one, other)
    )
    return SparingRecord(organs=organs, ptv_d95_percent=(covered[0], covered[1]))


def _mean(gy: NDArray[np.float32]) -> float:
    return float(gy.mean(dtype=np.float64))
