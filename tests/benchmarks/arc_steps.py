"""Steps of arcs: ``python -m tests.benchmarks.arc_steps [--site thorax] [--turn 358]``.

Doses of one arc with control points and calculated parts of several widths; the fast engine, 2.5 mm voxels in five
transverse planes about the isocentre. Each is set against parts of 0.25 degree of its own control points, and against
control points every 0.5 degree in such parts: another arc, since leaves are shaped, or sequenced, anew at each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Grid, PatientPosition
from esapi_bridge.planning import arc_sequencing
from esapi_bridge.planning.arcs import OF_TRAINING, PartWidth, arc_parts, of_plans
from esapi_bridge.planning.outline import body_in_air, inside
from esapi_bridge.planning.phantoms import make_phantom
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.subject import Subject
from esapi_bridge.planning.techniques import arcs

SPACING_MM = (4.0, 4.0, 5.0)
PLANES_MM = (-24.0, -12.0, 0.0, 12.0, 24.0)
FINEST = PartWidth(0.25)
FINEST_POINTS_DEG = 0.5
WIDTHS = {
    0.5: (None,),
    2.0: (None, PartWidth(1.0), PartWidth(2.0, 3.0), PartWidth(2.0, 5.0), PartWidth(2.0), PartWidth(4.0), OF_TRAINING),
}
"""Widest parts that are calculated from one angle, by the degrees between control points; none: as in plans."""

Make = Callable[[float], Beam]


def main(site: str, turn_deg: float, energy: str) -> None:
    """Print a table for a conformal and for a modulated arc."""
    phantom = make_phantom(site, 1, SPACING_MM)
    subject = Subject(site, phantom.ct, phantom.body, phantom.masks["PTV"], phantom.masks)
    (modulated,) = arcs.vmat_beams(subject, energy=energy, turn_deg=turn_deg)

    def conformal(point_deg: float) -> Beam:
        with mock.patch.object(arcs, "POINT_DEG", point_deg):
            return arcs.conformal_arcs(subject, energy=energy, turn_deg=turn_deg)[0]

    found: list[Beam] = []

    def kept(arc: Beam, sectors: list[Beam], *_: object, **__: object) -> Beam:
        found.extend(sectors)
        return arc

    with mock.patch.object(arcs, "sequence_arc", kept):
        arcs.vmat_beams(subject, energy=energy, turn_deg=turn_deg)

    def windows(point_deg: float) -> Beam:
        with mock.patch.object(arc_sequencing, "POINT_DEG", point_deg):
            return arcs.sequenced_arcs((modulated,), found)[0]

    for name, make in (("conformal", conformal), ("modulated", windows)):
        _table(f"{site}, {energy}, {name} arc of {abs(turn_deg):g} degrees", subject, make)


def _table(title: str, subject: Subject, make: Make) -> None:
    finest = make(FINEST_POINTS_DEG)
    reference = _dose(subject, finest, FINEST)
    largest = float(reference.max())
    print(f"{title}, {largest:.3f} Gy at most; differences in % of that, largest (99.9 percentile)", flush=True)
    print("control points | parts | number | own points | points of 0.5 degree | where, mm | s", flush=True)
    for point_deg, widths in WIDTHS.items():
        beam = make(point_deg)
        own = reference if point_deg == FINEST_POINTS_DEG else _dose(subject, beam, FINEST)
        for width in (width or of_plans(beam) for width in widths):
            begin = time.process_time()
            dose = _dose(subject, beam, width)
            spent = time.process_time() - begin
            refined, other = (np.abs(dose - against) / largest * 100.0 for against in (own, reference))
            z, y, x = np.unravel_index(np.argmax(refined), refined.shape)
            place = _grid(subject, beam).to_patient(np.array([x, y, z])) - beam.isocentre_mm
            print(
                f"{point_deg:g} | {width.turn_deg:.3g} deg, {width.sweep_mm:.3g} mm | {len(arc_parts(beam, width))} | "
                f"{_shown(refined)} | {_shown(other)} | {', '.join(f'{v:.0f}' for v in place)} | {spent:.1f}",
                flush=True,
            )


def _shown(difference: NDArray[np.float32]) -> str:
    return f"{difference.max():.2f} ({np.quantile(difference, 0.999):.2f})"


def _dose(subject: Subject, beam: Beam, width: PartWidth) -> NDArray[np.float32]:
    air, model, grid = body_in_air(subject.ct, subject.body), load_beam_model(beam.energy_label), _grid(subject, beam)
    total = np.zeros(grid.shape, np.float32)
    for part in arc_parts(beam, width):
        total += pencil_beam(air, part, model, grid, PatientPosition.HFS, ray_spacing_mm=5.0).gy
    return np.asarray(total * inside(subject.ct, subject.body, grid))


def _grid(subject: Subject, beam: Beam) -> Grid:
    """Voxels of 2.5 mm over the CT, in some planes about the isocentre."""
    ct = subject.ct.grid
    nx, ny = (int(n * s / 2.5) for n, s in zip(ct.size[:2], ct.spacing_mm[:2], strict=True))
    step = PLANES_MM[1] - PLANES_MM[0]
    origin = (ct.origin_mm[0], ct.origin_mm[1], beam.isocentre_mm[2] + PLANES_MM[0])
    return Grid((nx, ny, len(PLANES_MM)), (2.5, 2.5, step), origin)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="thorax")
    parser.add_argument("--turn", type=float, default=arcs.TURN_DEG, help="degrees of gantry")
    parser.add_argument("--energy", default="6X")
    given = parser.parse_args()
    main(given.site, given.turn, given.energy)
