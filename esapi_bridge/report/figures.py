"""All figures of a report, and which planes, scales and beams they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dosenet.gamma import Criterion
from esapi_bridge.case import Structure
from esapi_bridge.case.dose_set import DoseSet, on_grid
from esapi_bridge.case.resample import sample
from esapi_bridge.case.structure import UnusableStructureError
from esapi_bridge.report.beams import gantry_text
from esapi_bridge.report.comparison import Comparison, profile_beam
from esapi_bridge.report.curves import dvh_figure, profile_figure
from esapi_bridge.report.dvh_table import DvhTable
from esapi_bridge.report.gamma import gamma_plane
from esapi_bridge.report.gamma_view import gamma_figure
from esapi_bridge.report.interval_view import interval_figure
from esapi_bridge.report.plane import Plane, Point, three_planes
from esapi_bridge.report.profile_lines import beam_lines, patient_lines
from esapi_bridge.report.views import Scales, view_figure

SHOWN_DOSE = 0.02
MARGIN_MM = 25.0
GAMMA_STEP_MM = 3.0
GAMMA_CRITERION = Criterion(2, 2)
MAP_NOTE = "Blue passes, red fails."


@dataclass(frozen=True)
class Picture:
    """A figure with its section and its text alternative."""

    section: str
    figure: Figure
    description: str


def pictures(comparison: Comparison, table: Callable[[], DvhTable]) -> Iterator[Picture]:
    """Draw every figure of the report in order; the table is asked for when it is drawn."""
    yield from dose_pictures(comparison)
    if comparison.interval is not None:
        planes = shown_planes(comparison)
        figure = interval_figure(planes, comparison.case.ct, comparison.network.plan, comparison.interval)
        yield Picture("Dose on CT", figure, "Half-width of the interval of the network dose on CT in three planes")
    yield _profiles(comparison)
    yield from dvh_pictures(comparison.sets, table())
    yield Picture("Gamma", gamma_view(comparison, shown_planes(comparison)[0]), f"Gamma map. {MAP_NOTE}")


def dose_pictures(comparison: Comparison) -> list[Picture]:
    """Draw doses and differences on CT in three planes."""
    scales = scales_of(comparison)
    return [
        Picture("Dose on CT", dose_view(comparison, plane, scales), f"Doses and differences on CT, {plane.label}")
        for plane in shown_planes(comparison)
    ]


def dvh_pictures(sets: Sequence[DoseSet], table: DvhTable) -> list[Picture]:
    """Draw the dose-volume histograms; no picture without structures to draw them of."""
    if not table.rows:
        return []
    histograms = [(s.name, [dvhs[n] for _, dvhs in table.rows]) for n, s in enumerate(sets)]
    drawn = dvh_figure(histograms, list(table.bands.values()))
    return [Picture("Dose-volume histograms", drawn, "Cumulative dose-volume histograms")]


def dose_view(comparison: Comparison, plane: Plane, scales: Scales | None = None) -> Figure:
    """Draw doses on CT in a plane, and their differences; on the comparison's own scales, if no others are given."""
    outlines = list(_outlines(comparison, plane))
    doses = [(s.name, s.plan) for s in comparison.sets]
    return view_figure(plane, comparison.case.ct, doses, outlines, scales or scales_of(comparison))


def gamma_view(comparison: Comparison, plane: Plane) -> Figure:
    """Draw gamma of the network's dose, and of the input where there is a reference, on CT in an axial plane."""
    coarse = Plane(plane.name, plane.position_mm, plane.low_mm, plane.high_mm, GAMMA_STEP_MM)
    given, network, reference = comparison.given, comparison.network, comparison.reference
    pairs = [(network, given)] if reference is None else [(given, reference), (network, reference)]
    maps = [(f"{e.name} vs {r.name}", gamma_plane(r.plan, e.plan, coarse, GAMMA_CRITERION)) for e, r in pairs]
    return gamma_figure(coarse, comparison.case.ct, maps, GAMMA_CRITERION)


def shown_planes(comparison: Comparison) -> tuple[Plane, Plane, Plane]:
    """Planes through the isocentre, or through the dose maximum where the isocentre lies in the low dose."""
    return three_planes(_centre(comparison), *shown_box(comparison))


def _centre(comparison: Comparison) -> Point:
    dose = comparison.network.plan
    beams = comparison.case.plan.treatment_beams
    centre: Point | None = beams[0].isocentre_mm if beams else None
    if centre is None or float(sample(dose.volume, np.asarray([centre]))[0]) < 0.1 * dose.gy.max():
        k, j, i = np.unravel_index(int(dose.gy.argmax()), dose.gy.shape)
        x, y, z = dose.grid.to_patient((i, j, k))
        centre = (float(x), float(y), float(z))
    return centre


def shown_box(comparison: Comparison) -> tuple[Point, Point]:
    """Box to show: the dose with a margin along z, the body (or the dose) across, all within the CT."""
    dose, ct = comparison.network.plan, comparison.case.ct.grid
    shown_dose = dose.gy >= SHOWN_DOSE * dose.gy.max()
    along = [np.flatnonzero(shown_dose.any(axis=others)) for others in ((0, 1), (0, 2), (1, 2))]
    points = dose.grid.to_patient(np.array([[there[0] for there in along], [there[-1] for there in along]]))
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    outlines = [contour for body in comparison.case.body_outlines for contour in body.contours_mm]
    shown = [c for c in outlines if low[2] <= c[0, 2] <= high[2]]
    if shown:
        body = np.concatenate(shown)[:, :2]
        low[:2] = np.minimum(low[:2] + MARGIN_MM, body.min(axis=0) - 8)
        high[:2] = np.maximum(high[:2] - MARGIN_MM, body.max(axis=0) + 8)
    corners = ct.corners_mm()
    low, high = np.maximum(low, corners.min(axis=0)), np.minimum(high, corners.max(axis=0))
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))


def scales_of(comparison: Comparison) -> Scales:
    """Find the scales: the highest dose, what most of the input lacks, the prescription or else the input maximum."""
    plans = [s.plan for s in comparison.sets]
    network = comparison.network.plan
    truth = network.gy if comparison.reference is None else on_grid(comparison.reference.plan, network)
    given = on_grid(comparison.given.plan, network)
    change = np.abs(truth - given)
    # Voxels that only one of the doses reaches lie at the skin; they would hide everything else.
    counted = change[(change > 0.005 * network.gy.max()) & (truth > 0) & (given > 0)]
    end = float(np.quantile(counted, 0.97)) if counted.size else 0.0
    top = max(float(dose.gy.max()) for dose in plans)
    prescription = comparison.case.plan.prescription_gy
    full, name = float(comparison.given.plan.gy.max()), f"{comparison.given.name.lower()} maximum"
    if prescription is not None and 0.3 * top < prescription < 3 * top:
        full, name = prescription, "prescription"
    return Scales(top, max(_rounded(end), 0.01 * top), full, name)


def _rounded(value: float) -> float:
    """Round up to 1, 1.5, 2, 3, 5 or 8 times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 1.5, 2, 3, 5, 8, 10) if step * power >= value * (1 - 1e-9)))


def _outlines(comparison: Comparison, plane: Plane) -> Iterator[tuple[Structure, NDArray[np.float32]]]:
    for structure in comparison.case.structures:
        try:
            occupancy = plane.occupancy(structure, comparison.case.slice_mm)
        except UnusableStructureError:  # the table of histograms says why
            continue
        if occupancy.any():
            yield structure, occupancy


def _profiles(comparison: Comparison) -> Picture:
    """Dose along and across a standing beam, of that beam where every set has it; else through the patient."""
    case, sets = comparison.case, comparison.sets
    plans = [(s.name, s.plan) for s in sets]
    beam = profile_beam(case.plan)
    if beam is None:
        centre = _centre(comparison)
        lines = patient_lines(case.ct, centre, case.plan.treatment_beams[0].isocentre_mm)
        title = "Plan dose where the planes above cross; arcs have no central axis"
        return Picture(
            "Profiles", profile_figure(case.ct, lines, plans, title), "Dose from front to back, right to left"
        )
    own = all(beam.number in s.beams for s in sets)
    title = f"{beam.name}, gantry {gantry_text(beam)}" + ("" if own else ": plan dose")
    doses = [(s.name, s.beams[beam.number]) for s in sets] if own else plans
    lines = beam_lines(case.ct, beam, case.plan.patient_position)
    about = "Dose along the central axis and across it at the isocentre"
    return Picture("Profiles", profile_figure(case.ct, lines, doses, title), about)
