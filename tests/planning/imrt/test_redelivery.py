"""Fluences are delivered on an exported plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import FluenceMap, PatientPosition, Prescription
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.case.resample import resample
from esapi_bridge.planning.imrt.redelivery import FIGURES, can_deliver, deliver_export
from tests.tasks.fluence_case import make_case


@pytest.mark.slow
def test_fluence_on_the_target_gives_dose_in_the_target() -> None:
    """Even fluence on an ellipse around the isocentre: the dose is highest there, and has the wanted mean."""
    case = make_case()
    y, x = np.mgrid[30:-31:-2.5, -40:41:2.5]
    values = (0.3 * ((x / 36) ** 2 + (y / 26) ** 2 < 1)).astype(np.float32)
    beams = [replace(beam, fluence=FluenceMap(values, -40.0, 30.0)) for beam in case.plan.beams[::3]]
    assert can_deliver(beams)
    grid = case.ct.grid
    masks = {"Body": rasterise(case.structures[0], grid), "PTV": rasterise(case.structures[-1], grid)}
    masks["FemoralHead_R"] = rasterise(next(s for s in case.structures if s.name == "FemoralHead_R"), grid)
    assert case.plan_dose is not None
    found = deliver_export(case.ct, masks, grid, beams, PatientPosition.HFS, Prescription(44.0, 20), case.plan_dose)
    dose = found.delivered.dose
    i, j, k = np.rint(dose.grid.to_index(case.plan.beams[0].isocentre_mm)).astype(int)
    assert dose.gy[k, j, i] > 0.85 * dose.gy.max()
    wanted, delivered = found.figures["PTV mean, % of prescription"]
    assert delivered == pytest.approx(wanted, rel=1e-4)
    less = replace(case.plan_dose, volume=replace(case.plan_dose.volume, values=case.plan_dose.gy * np.float32(0.9)))
    ptv_gy = resample(case.plan_dose.volume, grid, 0.0).values[masks["PTV"]]
    d95 = found.figures["PTV D95, % of prescription"][0]
    assert d95 == pytest.approx(100 * np.quantile(ptv_gy, 0.05) / 44.0), "in the voxels of the structure, no others"
    lower = deliver_export(
        case.ct, masks, grid, beams, PatientPosition.HFS, Prescription(44.0, 20), case.plan_dose, less
    )
    assert lower.figures["PTV mean, % of prescription"] == pytest.approx((wanted, 0.9 * wanted), rel=1e-4)
    assert set(found.figures) == set(FIGURES.values())
    assert 0 < found.figures["femoral heads, highest dose, Gy"][0] < 44.0
    assert np.isnan(found.figures["rectum, mean dose, Gy"]).all()  # no rectum was given
    assert all(beam.meterset_mu > 0 for beam in found.delivered.beams)


def test_an_energy_without_beam_model_cannot_be_delivered() -> None:
    assert not can_deliver([replace(make_case().plan.beams[0], energy_mv=18.0)])
