"""Whether a network's dose scales with monitor units, and turns with the patient and the beam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.case.dose_region import dose_region
from esapi_bridge.checks import Outcome
from esapi_bridge.checks.dose_within import dose_within
from esapi_bridge.commissioning.compared import Compared, Figures
from esapi_bridge.commissioning.quantities import MONITOR_UNITS, TURNED
from esapi_bridge.commissioning.turned import turned_anatomy, turned_dose, turned_points
from esapi_bridge.models.network_input import ct_grid
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.network import DoseNetwork, energy_of

TIMES_MU = 3.0
"""How many times the monitor units the dose is calculated for once more."""

QUARTERS = (1, 2)
"""Quarter turns about the patient's long axis."""

COUNTED, PERCENTILE = 0.1, 95.0
"""Voxels of at least this share of the maximum are counted; 95 of 100 are within the figure."""


def invariance_figures(compared: Compared, network: DoseNetwork, progress: Progress | None = None) -> Figures:
    """Calculate a field three times more: with more monitor units, and turned with all of its surroundings."""
    case, maximum = compared.case, float(compared.network.gy.max())
    if maximum <= 0:
        return {}
    more = replace(compared.given, volume=replace(compared.given.volume, values=TIMES_MU * compared.given.gy))
    if progress:
        progress("monitor units", 0, 1)
    scaled = _dose(case, compared, more, network, 0).gy / TIMES_MU
    found = {MONITOR_UNITS: 100 * float(np.abs(scaled - compared.network.gy).max()) / maximum}
    counted = compared.network.gy >= COUNTED * maximum
    turned = []
    for quarters in QUARTERS:
        if progress:
            progress("turned patient", quarters - 1, len(QUARTERS))
        dose = _dose(turned_anatomy(case, quarters), compared, turned_dose(compared.given, quarters), network, quarters)
        back = turned_dose(dose, 4 - quarters)
        error = np.abs(back.gy - compared.network.gy)[counted]
        turned.append(100 * float(np.percentile(error, PERCENTILE)) / maximum)
    return {**found, TURNED: max(turned)}


def _dose(case: Case, compared: Compared, given: Dose, network: DoseNetwork, quarters: int) -> Dose:
    """Dose of a field in a case whose anatomy was turned; beams are those of before, so the source is turned here."""
    beam = compared.beam
    source_mm: tuple[float, float, float] | None = None
    if beam is not None and not beam.is_arc:
        at = beam_frame(beam, compared.case.plan.patient_position).source_mm
        x, y, z = turned_points(at, quarters).tolist()
        source_mm = (x, y, z)
    region = dose_region(case)
    told = region if dose_within([given], region).outcome is Outcome.PASS else None
    beams = compared.case.plan.treatment_beams if beam is None else (beam,)
    return network.transform(given, ct_grid(case.ct), source_mm, energy_of(beams), told)
