"""Dose of Eclipse's breast plan by our engines, on a body made of its contours: its CT is not there.

Run by hand: ``python -m tests.benchmarks.breast_dose [--engine collapsed_cone] [--ideal-leaves]``; needs the reference
data beside the checkout. Body and left lung have one density each, the right lung and air are not drawn, the machine is
another one: a check of scale, geometry and moving leaves, not of the engines.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
from pydicom import dcmread

from esapi_bridge.case import Dose, Unit, Volume
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.dicom.read.rtdose import read_rtdose
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.dicom.read.rtstruct import read_structure_set
from esapi_bridge.planning.physics import collapsed_cone, load_beam_model, pencil_beam
from tests.benchmarks.leaf_leakage import ideal_leaves
from tests.conftest import SHARED_DATA

FRACTIONS = 7
LUNG_HU = -740.0
"""0.26 g/cm3."""
AIR_HU = -1000.0
HIGH = 0.5
"""Share of the prescription over which the dose counts as high."""
PRESCRIPTION_GY = 14.0

ENGINES: dict[str, Callable[..., Dose]] = {"pencil_beam": pencil_beam, "collapsed_cone": collapsed_cone}


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description="Our dose of Eclipse's breast plan on a body of its contours.")
    parser.add_argument("--engine", choices=list(ENGINES), default="pencil_beam")
    parser.add_argument("--ideal-leaves", action="store_true", help="let nothing through")
    given = parser.parse_args()
    with ideal_leaves() if given.ideal_leaves else nullcontext():
        compare(ENGINES[given.engine])


def compare(engine: Callable[..., Dose]) -> None:
    """Calculate with one engine and print."""
    folder = SHARED_DATA / "eclipse"
    theirs = read_rtdose(folder / "eclipse_breast2009_RD_plan_2.5x2.5x3.dcm")
    structures = {s.name: s for s in read_structure_set(dcmread(folder / "eclipse_breast2009_RS.dcm")).structures}
    grid = theirs.grid
    masks = {name: rasterise(structures[name], grid) for name in ("BODY", "Breast", "Heart", "Lt Lung", "Tumor Bed")}
    body = masks["BODY"]
    hu = np.where(body, 0.0, AIR_HU)
    hu[masks["Lt Lung"]] = LUNG_HU
    ct = Volume(hu.astype(np.float32), grid, Unit.HU)
    ours = np.zeros(grid.shape)
    for beam in read_plan(dcmread(folder / "eclipse_breast2009_RP.dcm")).plan.treatment_beams:
        dose = engine(ct, beam, load_beam_model(beam.energy_label), grid).gy * FRACTIONS
        ours += dose
        print(
            f"field {beam.number} {beam.energy_label} {beam.meterset_mu:.0f} MU: {dose[body].max():.2f} Gy at most",
            flush=True,
        )
    high = body & (theirs.gy > HIGH * PRESCRIPTION_GY)
    ratio = ours[high] / theirs.gy[high]
    print(f"high dose: ours over Eclipse's {ratio.mean():.3f}, spread {ratio.std():.3f}, ", end="")
    print(f"correlation in the body {np.corrcoef(ours[body], theirs.gy[body])[0, 1]:.4f}")
    for name, mask in masks.items():
        d95 = [np.quantile(values[mask], 0.05) for values in (theirs.gy, ours)]
        print(
            f"{name}: mean {theirs.gy[mask].mean():.2f} Gy by Eclipse, {ours[mask].mean():.2f} ours;"
            f" D95 {d95[0]:.2f}, {d95[1]:.2f}"
        )


if __name__ == "__main__":
    main()
