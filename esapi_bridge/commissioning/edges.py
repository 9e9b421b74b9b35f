"""Penumbra, low-dose tail and output of a field of one opening, across it in the isocentre plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.resample import sample
from esapi_bridge.commissioning.compared import Compared, Figures
from esapi_bridge.commissioning.quantities import OUTPUT, PENUMBRA_PLACE, PENUMBRA_WIDTH, TAIL

STEP_MM = 0.5
BEYOND_MM = 70.0
TAIL_MM = (10.0, 50.0)
"""Where the low-dose tail is, from the edge outwards."""

IN_BODY_MM = 15.0
"""So far outside the field there must still be dose, or the edge is the patient's and not the field's."""

AROUND_MM = 4.0
"""Radius of the sphere in which the output is averaged."""

LEAST_OUTPUT, EVEN = 0.5, 0.03
"""Least mean dose in it, of the field's maximum, and largest spread of its mean: else it is no place for an output."""

Profile = NDArray[np.float64]


@dataclass(frozen=True)
class Edges:
    """Figures of a field, and the signed difference of its output, %; None where it has no place for one."""

    figures: Figures
    output_percent: float | None


def side_mm(beam: Beam) -> float:
    """Root of the area within the jaws, mm in the isocentre plane."""
    jaws = beam.control_points[0].jaws
    return float(np.sqrt((jaws.x2_mm - jaws.x1_mm) * (jaws.y2_mm - jaws.y1_mm)))


def edge_figures(compared: Compared, beam: Beam) -> Edges:
    """Measure along the collimator's X and Y through the middle of the opening; what cannot be is left out."""
    frame, jaws = beam_frame(beam, compared.case.plan.patient_position), beam.control_points[0].jaws
    x, y = (jaws.x1_mm + jaws.x2_mm) / 2, (jaws.y1_mm + jaws.y2_mm) / 2
    middle = frame.isocentre_mm + x * frame.axes[0] + y * frame.axes[1]
    output = _output(compared, middle)
    figures: dict[str, float] = {} if output is None else {OUTPUT: abs(output)}
    if output is None:
        return Edges(figures, None)
    found: dict[str, list[float]] = {}
    halves = (jaws.x2_mm - jaws.x1_mm) / 2, (jaws.y2_mm - jaws.y1_mm) / 2
    for axis, half in zip(frame.axes[:2], halves, strict=True):
        for way in (-1.0, 1.0):
            outwards = np.arange(0.0, half + BEYOND_MM, STEP_MM)
            points = middle + way * outwards[:, None] * axis
            reference, network = (
                sample(dose.volume, points).astype(np.float64) for dose in (compared.reference, compared.network)
            )
            for name, value in _edge(reference, network, float(compared.reference.gy.max())).items():
                found.setdefault(name, []).append(value)
    return Edges({**figures, **{name: max(values) for name, values in found.items()}}, output)


def _edge(reference: Profile, network: Profile, maximum: float) -> dict[str, float]:
    """Figures of one edge; profiles from the middle of the field outwards."""
    edges = [[_crossing(profile, level) for level in (0.8, 0.5, 0.2)] for profile in (reference, network)]
    flat = [place for profile in edges for place in profile if place is not None]
    if len(flat) < 6:
        return {}
    (inner, edge, outer), (inner_n, edge_n, outer_n) = flat[:3], flat[3:]
    if _at(reference, edge + IN_BODY_MM) <= 0:
        return {}
    found = {PENUMBRA_WIDTH: abs((outer_n - inner_n) - (outer - inner)), PENUMBRA_PLACE: abs(edge_n - edge)}
    begin, end = (round((edge + mm) / STEP_MM) for mm in TAIL_MM)
    beside = reference[begin:end] > 0
    if beside.any():
        error = np.abs(network[begin:end] - reference[begin:end])[beside]
        found[TAIL] = 100 * float(np.percentile(error, 95)) / maximum
    return found


def _crossing(profile: Profile, level: float) -> float | None:
    """How far from the middle, mm, the dose first falls below a share of that there; None where it does not."""
    share = profile / profile[0]
    below = np.flatnonzero(share < level)
    if not below.size or below[0] == 0:
        return None
    after = int(below[0])
    above = share[after - 1]
    return float(STEP_MM * (after - 1 + (above - level) / (above - share[after])))


def _at(profile: Profile, mm: float) -> float:
    place = round(mm / STEP_MM)
    return float(profile[place]) if place < profile.size else 0.0


def _output(compared: Compared, middle: NDArray[np.float64]) -> float | None:
    """Difference of the mean dose around the middle of the field, %."""
    steps = np.arange(-AROUND_MM, AROUND_MM + 1, 2.0)
    offsets = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    points = middle + offsets[np.linalg.norm(offsets, axis=1) <= AROUND_MM]
    reference, network = (sample(dose.volume, points) for dose in (compared.reference, compared.network))
    mean = float(reference.mean())
    if mean < LEAST_OUTPUT * compared.reference.gy.max() or float(reference.std()) > EVEN * mean:
        return None
    return 100 * (float(network.mean()) / mean - 1)
