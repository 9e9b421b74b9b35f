"""Input, network and reference dose of one plan, measured against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dosenet.gamma import Criterion
from esapi_bridge.case import Beam, Case, Dose, Plan, Volume
from esapi_bridge.case.dose_set import DoseSet, covered_by, on_grid
from esapi_bridge.report.gamma import MAP_LIMIT, GammaMap, GammaResult, gamma_map, gamma_pass

SLICE_THRESHOLD = 0.10
CRITERIA = (Criterion(2, 2), Criterion(1, 1))


@dataclass(frozen=True)
class Interval:
    """Where the reference lies, voxel by voxel: network dose of the plan - and + half-width.

    Parameters
    ----------
    coverage
        Share of the voxels whose interval holds the reference, on anatomies like those it was measured on, 0 to 1.
    half_width
        Gy, on the grid of the network's dose; 0 outside the body.
    """

    coverage: float
    half_width: Volume

    def bounds(self, dose: Dose) -> tuple[Dose, Dose]:
        """Lower and upper bound of the network's dose of the plan, all voxels at once; no dose is below zero."""
        low, high = np.maximum(dose.gy - self.half_width.values, 0.0), dose.gy + self.half_width.values
        lower, upper = (replace(dose, volume=replace(dose.volume, values=values)) for values in (low, high))
        return lower, upper


@dataclass(frozen=True)
class Comparison:
    """What a report compares; all grids lie along the patient axes."""

    case: Case
    given: DoseSet
    network: DoseSet
    reference: DoseSet | None = None
    interval: Interval | None = None

    @property
    def sets(self) -> tuple[DoseSet, ...]:
        """Input, network and, where there is one, reference."""
        return (self.given, self.network) if self.reference is None else (self.given, self.network, self.reference)


def profile_beam(plan: Plan) -> Beam | None:
    """Choose the beam whose profiles a report shows: the standing one of the most monitor units; None of arcs only."""
    standing = [beam for beam in plan.treatment_beams if not beam.is_arc]
    return max(standing, key=lambda beam: beam.meterset_mu, default=None)


@dataclass(frozen=True)
class Error:
    """Mean squared error against the reference, in units of the input maximum squared.

    Parameters
    ----------
    of
        The plan or a beam.
    linear, network
        Error of the linearly up-sampled input and of the network.
    voxels
        Number of voxels compared: those of the transverse slices on which the input reaches 10 % of its maximum, as far
        as the reference covers them (Dong & Xing 2020, section 2.2).
    """

    of: str
    linear: float
    network: float
    voxels: int

    @property
    def gain(self) -> float:
        """How many times smaller the network's error is."""
        return self.linear / self.network if self.network > 0 else float("inf")


@dataclass(frozen=True)
class GammaRow:
    """One line of the gamma table."""

    evaluated: str
    reference: str
    result: GammaResult


@dataclass(frozen=True)
class Evaluation:
    """The numbers of a comparison.

    Parameters
    ----------
    maximum_gy, mean_gy
        Of each dose set by name; the mean over voxels of 10 % of the input maximum and more that all of them reach, NaN
        where there is none.
    errors
        Against the reference: the plan, then beams; empty without reference.
    gamma
        The gamma table.
    network_gamma
        Gamma of the network's dose, voxel by voxel, by the first of `CRITERIA`.
    interval_gy
        Mean half-width of the interval over the voxels of `mean_gy`; None without intervals.
    """

    maximum_gy: Mapping[str, float]
    mean_gy: Mapping[str, float]
    errors: tuple[Error, ...]
    gamma: tuple[GammaRow, ...]
    network_gamma: GammaMap = field(compare=False, repr=False)
    interval_gy: float | None = None


def evaluate(comparison: Comparison, *, gamma_limit: float = MAP_LIMIT) -> Evaluation:
    """Measure maximum, mean, error and gamma; only a page needs `network_gamma` further than it takes to pass."""
    given, network, reference = comparison.given, comparison.network, comparison.reference
    relevant = on_grid(given.plan, network.plan) >= SLICE_THRESHOLD * given.plan.gy.max()
    relevant &= np.logical_and.reduce([covered_by(s.plan, network.plan) for s in comparison.sets])
    mean = {s.name: _mean(on_grid(s.plan, network.plan)[relevant]) for s in comparison.sets}
    judge = given if reference is None else reference
    network_gamma = gamma_map(f"{network.name} vs {judge.name}", judge.plan, network.plan, CRITERIA[0], gamma_limit)
    errors = []
    rows = []
    if reference is not None:
        rows = [_gamma_row(given, reference, criterion) for criterion in CRITERIA]
        errors.append(_error("plan", given.plan, network.plan, reference.plan))
        errors += [
            _error(f"beam {number}", given.beams[number], network.beams[number], reference.beams[number])
            for number in sorted(set(given.beams) & set(network.beams) & set(reference.beams))
        ]
    return Evaluation(
        maximum_gy={s.name: float(s.plan.gy.max()) for s in comparison.sets},
        mean_gy=mean,
        errors=tuple(errors),
        gamma=(
            *rows,
            GammaRow(network.name, judge.name, network_gamma.result),
            *(_gamma_row(network, judge, criterion) for criterion in CRITERIA[1:]),
        ),
        network_gamma=network_gamma,
        interval_gy=None if comparison.interval is None else _mean(comparison.interval.half_width.values[relevant]),
    )


def _gamma_row(evaluated: DoseSet, judge: DoseSet, criterion: Criterion) -> GammaRow:
    return GammaRow(evaluated.name, judge.name, gamma_pass(judge.plan, evaluated.plan, criterion))


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")


def _error(of: str, given: Dose, network: Dose, reference: Dose) -> Error:
    linear = on_grid(given, network)
    maximum = float(given.gy.max())
    slices = linear.max(axis=(1, 2)) >= SLICE_THRESHOLD * maximum
    where = covered_by(reference, network) & slices[:, None, None]
    truth = on_grid(reference, network)[where].astype(np.float64)
    if truth.size == 0 or maximum <= 0:
        return Error(of, float("nan"), float("nan"), 0)
    return Error(
        of,
        float(np.mean(((linear[where] - truth) / maximum) ** 2)),
        float(np.mean(((network.gy[where] - truth) / maximum) ** 2)),
        int(truth.size),
    )
