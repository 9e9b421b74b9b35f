"""How well the fall of a beam's dose with depth tells its energy: ``python -m tests.benchmarks.energy_of_dose``.

Random fields of every kind that stands still, each calculated by the pencil beam at every energy, on phantoms: on the
first half of them the fall of every energy is measured as ``ship dose --pairs`` does, on the others every dose is given
every label. Prints the share of beams that the check warns of and refuses; those with their own label are false alarms.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dosenet.depth_fall import DepthFall, depth_fall, fit_energy
from dosenet.lattice import CoarseDose, CtGrid
from esapi_bridge.case import FieldKind, Unit, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.checks.energy_of_dose import REFUSE_STD, WARN_STD
from esapi_bridge.planning.engines import dose_grids
from esapi_bridge.planning.fields import ENERGIES
from esapi_bridge.planning.outline import body_in_air, inside
from esapi_bridge.planning.phantoms import SITES
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.random_plans import POSITION, random_fields
from esapi_bridge.planning.subject import phantom_subject
from esapi_bridge.training_data.dose_pairs import resample_hu

KINDS = (FieldKind.OPEN, FieldKind.CONFORMAL, FieldKind.SEGMENTS, FieldKind.SLIDING_WINDOW)


@dataclass(frozen=True)
class Measured:
    """The fall of one beam; None where it could not be measured."""

    patient: str
    kind: str
    energy: str
    fall: DepthFall | None


def main(arguments: list[str] | None = None) -> int:
    """Run and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4, help="phantoms of a site; half of them are fitted to")
    parser.add_argument("--fields", type=int, default=2, help="fields of a kind and phantom")
    parser.add_argument("--sites", nargs="*", default=list(SITES))
    found = parser.parse_args(arguments)
    rows: list[Measured] = []
    for seed in range(found.seeds):
        for site in found.sites:
            rows += measured(site, 9000 + seed, found.fields)
            print(f"{site} {seed}: {len(rows)} beams", file=sys.stderr, flush=True)
    report(rows, {f"{site}-{9000 + seed}" for site in found.sites for seed in range(found.seeds // 2)})
    return 0


def measured(site: str, seed: int, fields: int) -> Iterator[Measured]:
    """Measure random fields of every kind and energy on a phantom, all on its coarse grid."""
    subject = phantom_subject(site, seed)
    grid = dose_grids(subject.ct, subject.body).coarse
    air = Volume(resample_hu(body_in_air(subject.ct, subject.body), grid).astype(np.float32), grid, Unit.HU)
    scan = CtGrid(resample_hu(subject.ct, grid).astype(np.float32), grid.spacing_mm, grid.origin_mm)
    body = inside(subject.ct, subject.body, grid)
    for number, kind in enumerate(KINDS * fields):
        for energy in ENERGIES:
            (beam,) = random_fields(kind, subject, np.random.default_rng((seed, number)), energy)
            dose = pencil_beam(air, beam, load_beam_model(energy), grid, POSITION, ray_spacing_mm=5.0).gy * body
            x, y, z = beam_frame(beam, POSITION).source_mm.tolist()
            fall = depth_fall(CoarseDose(dose, grid.spacing_mm, grid.origin_mm), scan, (x, y, z), beam.isocentre_mm)
            yield Measured(f"{site}-{seed}", kind, energy, fall)


def report(rows: list[Measured], fitted: set[str]) -> None:
    """Print what is known of each energy, and what the check makes of every label."""
    known = {
        energy: fit_energy([r.fall for r in rows if r.energy == energy and r.patient in fitted and r.fall])
        for energy in ENERGIES
    }
    print("depth_fall:")
    for energy, one in known.items():
        values = f"at_10_cm: {one.at_10_cm:.5f}, per_doubling: {one.per_doubling:.5f}, std: {one.std:.5f}"
        print(f"  {energy}: {{{values}, fields: {one.fields}}}   # std {one.std / one.at_10_cm:.1%}")
    judged = [r for r in rows if r.patient not in fitted]
    there = [r for r in judged if r.fall]
    print(f"{len(there)} of {len(judged)} beams compared; warned of / refused, per cent")
    print("| dose of | " + " | ".join(f"labelled {label}" for label in known) + " |")
    for energy in known:
        off = {
            label: [abs(known[label].deviations(r.fall)) for r in there if r.energy == energy and r.fall]
            for label in known
        }
        cells = [f"{_share(o, WARN_STD):.0f} / {_share(o, REFUSE_STD):.0f}" for o in off.values()]
        print(f"| {energy} | " + " | ".join(cells) + " |")
    for kind in KINDS:
        own = [abs(known[r.energy].deviations(r.fall)) for r in there if r.kind == kind and r.fall]
        print(f"{kind}: own label, largest {max(own):.1f}, {_share(own, WARN_STD):.0f} / {_share(own, REFUSE_STD):.0f}")


def _share(deviations: list[float], limit: float) -> float:
    return 100 * float(np.mean(np.array(deviations) > limit))


if __name__ == "__main__":
    sys.exit(main())
