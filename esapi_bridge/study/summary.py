"""Figures of a study: networks side by side, patients, boxes, and errors against the number of patients."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosenet.field_result import FieldResult, report, summarise
from dosenet.gamma import PAPER_CRITERIA
from esapi_bridge.study.outcome import Outcome
from esapi_bridge.study.protocol import Limit, Study

LINEAR = "linear up-sampling"

PAPER_RATIO = 12.0
PAPER_GAMMA: Mapping[str, float] = dict(zip(map(str, PAPER_CRITERIA), (91.0, 86.0, 70.0), strict=True))
"""Dong and Xing 2020, means over ten patients: squared error against linear up-sampling's, and 2-D gamma."""

WHISKER = 1.5
"""Whiskers of a box reach to the outermost value within so many distances between the quartiles."""


@dataclass(frozen=True)
class Box:
    """A box plot as numbers."""

    count: int
    mean: float
    median: float
    quartile_1: float
    quartile_3: float
    whisker_low: float
    whisker_high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Box:
        """Summarise values, of which there is at least one."""
        found = np.sort(np.asarray(values, dtype=np.float64))
        first, median, third = np.quantile(found, [0.25, 0.5, 0.75])
        reach = WHISKER * (third - first)
        inside = found[(found >= first - reach) & (found <= third + reach)]
        ends = float(inside[0]), float(inside[-1])
        return cls(found.size, float(found.mean()), float(median), float(first), float(third), *ends)


@dataclass(frozen=True)
class Trained:
    """A network with a limit: what it found on all left-out patients together."""

    network: str
    limit: Limit
    outcomes: tuple[Outcome, ...]

    @property
    def fields(self) -> list[FieldResult]:
        """Every field, each judged by the network that had not seen its patient."""
        return [field for outcome in self.outcomes for field in outcome.fields]

    @property
    def figures(self) -> dict[str, Any]:
        """Means over all fields, see `dosenet.field_result.summarise`."""
        return summarise(self.fields)

    @property
    def patients(self) -> dict[str, dict[str, Any]]:
        """The same by patient."""
        names = sorted({field.patient for field in self.fields})
        return {name: summarise([field for field in self.fields if field.patient == name]) for name in names}

    def mse(self, method: str) -> list[float]:
        """Squared error of every field, ``linear`` or ``network``."""
        return [field.mse[method] for field in self.fields]

    @property
    def ratios(self) -> list[float]:
        """How many times less than linear up-sampling's, of every field."""
        return [field.ratio for field in self.fields]

    def gamma(self, criterion: str, method: str) -> list[float]:
        """Gamma of every field that has one, per cent."""
        rates = [field.gamma_2d[criterion][method] for field in self.fields]
        return [rate for rate in rates if np.isfinite(rate)]

    def mean(self, figure: str) -> float:
        """Mean of a number of the outcomes."""
        return statistics.fmean(getattr(outcome, figure) for outcome in self.outcomes)


def compared(study: Study, outcomes: Sequence[Outcome]) -> list[Trained]:
    """Networks that learned from all patients but those left out, one limit after the other."""
    full = [outcome for outcome in outcomes if _is_full(study, outcome)]
    return [
        Trained(network, limit, tuple(o for o in full if (o.run.network, o.run.limit) == (network, limit)))
        for limit in study.limits
        for network in study.presets
    ]


def by_patients(study: Study, outcomes: Sequence[Outcome]) -> dict[int, Trained]:
    """The first network with the first limit, by the number of patients it learned from; empty unless asked for."""
    if not study.counts:
        return {}
    network, limit = next(iter(study.presets)), study.limits[0]
    mine = [o for o in outcomes if (o.run.network, o.run.limit) == (network, limit)]
    counts = sorted({len(o.run.training) for o in mine})
    return {n: Trained(network, limit, tuple(o for o in mine if len(o.run.training) == n)) for n in counts}


def curves(trained: Trained) -> dict[str, NDArray[np.float64]]:
    """Curves of the runs, ``(runs, points)``, as far as all have them: what they are over, and both errors."""
    points = min(len(outcome.curve) for outcome in trained.outcomes)
    over = "step" if trained.limit.minutes is None else "minutes"
    names = {"over": over, "training": "training_mse", "left_out": "left_out_mse"}
    return {
        key: np.array([[getattr(p, name) for p in o.curve[:points]] for o in trained.outcomes], dtype=np.float64)
        for key, name in names.items()
    }


def table(study: Study, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything as plain values, to be written as JSON."""
    found = compared(study, outcomes)
    return {
        "study": study.model_dump(),
        "paper": {"mse_ratio": PAPER_RATIO, "gamma_2d": dict(PAPER_GAMMA)},
        "networks": [
            {
                "network": one.network,
                "limit": one.limit.label,
                "parameters": one.outcomes[0].parameters,
                "steps": one.mean("steps"),
                "samples": one.mean("samples"),
                "processor_minutes": one.mean("training_s") / 60,
                "boxes": boxes(one),
                "runs": [
                    {"left_out": o.run.left_out, "linear_mse": o.linear_mse, "curve": [asdict(p) for p in o.curve]}
                    for o in one.outcomes
                ],
                **report(one.fields),
            }
            for one in found
        ],
        "by_patients": {
            str(count): {"mse": asdict(Box.of(one.mse("network")))}
            for count, one in by_patients(study, outcomes).items()
        },
    }


def boxes(trained: Trained) -> dict[str, Any]:
    """Box plots of figures 5 and 6 as numbers."""
    return {
        "mse": {method: asdict(Box.of(trained.mse(method))) for method in ("linear", "network")},
        "ratio": asdict(Box.of(trained.ratios)),
        "gamma_2d": {
            str(c): {method: asdict(Box.of(trained.gamma(str(c), method))) for method in ("linear", "network")}
            for c in PAPER_CRITERIA
        },
    }


def _is_full(study: Study, outcome: Outcome) -> bool:
    return len(outcome.run.training) + len(outcome.run.left_out) == len(study.fields)
