"""An L-shaped fluence, read from a file, through leaf motion to dose: it must land where IEC 61217 says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import FluenceMap, Grid, Jaws, PatientPosition, Unit, Volume
from esapi_bridge.case.resample import sample
from esapi_bridge.dicom import read_optimal_fluence, write_optimal_fluence
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.leaf_sequencing import sliding_window
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence

ENERGY = "10X-FFF"


def l_shape() -> FluenceMap:
    """A stroke 20 mm wide along Y at X = -30 to -10 mm, and a foot along +X at Y = -50 to -30 mm."""
    x_mm, y_mm = np.arange(-48.75, 50, 2.5), np.arange(58.75, -60, -2.5)
    stroke = ((x_mm > -30) & (x_mm < -10))[None] & ((y_mm > -50) & (y_mm < 40))[:, None]
    foot = ((x_mm > -30) & (x_mm < 30))[None] & ((y_mm > -50) & (y_mm < -30))[:, None]
    return FluenceMap((0.4 * (stroke | foot)).astype(np.float32), -48.75, 58.75)


@pytest.mark.parametrize(
    ("collimator", "to_patient"),
    [
        # HFS, gantry 0: +X of the gantry system is the patient's left, +Y superior.
        (0.0, lambda x, y: (x, y)),
        # Collimator 90 turns +X to superior and +Y to the right (counter-clockwise seen from the source).
        (90.0, lambda x, y: (-y, x)),
    ],
)
def test_an_l_lands_where_it_must(tmp_path: Path, collimator: float, to_patient) -> None:
    path = write_optimal_fluence(l_shape(), tmp_path / "l.optimal_fluence", "L")
    model = load_beam_model(ENERGY)
    beam = open_beam(1, (0.0, 0.0, 0.0), Jaws(-60, 60, -60, 60), 0.0, collimator_deg=collimator, energy=ENERGY)
    motion = sliding_window(replace(beam, fluence=read_optimal_fluence(path)), mu_per_fluence(model))
    grid = Grid((41, 13, 41), (5.0, 10.0, 5.0), (-100.0, -60.0, -100.0))
    water = Volume(np.zeros(grid.shape, np.float32), grid, Unit.HU)
    dose = pencil_beam(water, motion.beam, model, grid, PatientPosition.HFS)

    def at(x_mm: float, y_mm: float) -> float:
        left, superior = to_patient(x_mm, y_mm)
        return float(sample(dose.volume, np.array([[left, 0.0, superior]]))[0])

    lit = [at(*point) for point in ((-20, 30), (-20, 0), (-20, -40), (0, -40), (20, -40))]
    dark = [at(*point) for point in ((20, 30), (20, 0), (20, -10), (-45, 0), (0, 30), (20, 40), (-40, -20))]
    assert min(lit) > 3 * max(dark)
    assert max(lit) / min(lit) < 1.35
