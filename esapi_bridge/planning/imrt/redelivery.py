"""Deliver fluences from elsewhere on an exported plan: leaf motions, dose and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, Grid, PatientPosition, Prescription, Volume
from esapi_bridge.case.resample import resample
from esapi_bridge.case.volume import AIR_HU
from esapi_bridge.planning.fields import ENERGIES
from esapi_bridge.planning.imrt.delivery import Delivered, deliver, plan_grid
from esapi_bridge.planning.imrt.labels import by_name
from esapi_bridge.planning.imrt.quality import quality
from esapi_bridge.planning.subject import Subject

NAME = "planning system of this project (esapi_bridge.planning): sliding window, pencil beam"
"""Names the source in reports, so that nobody takes leaf motions and dose for Eclipse's."""

FIGURES: Mapping[str, str] = {
    "ptv_d95_percent": "PTV D95, % of prescription",
    "ptv_d98_percent": "PTV D98, % of prescription",
    "ptv_d2_percent": "PTV D2, % of prescription",
    "ptv_mean_percent": "PTV mean, % of prescription",
    "homogeneity": "homogeneity (D5 - D95) / prescription",
    "conformity": "conformity V95% / V(PTV)",
    "ptv_v100_percent": "PTV with the prescription (V72.6Gy of the course), %",
    "rectum_v60_percent": "rectum V60Gy of the course, %",
    "bladder_v60_percent": "bladder V60Gy of the course, %",
    "femoral_head_max_gy": "femoral heads, highest dose, Gy",
    "penile_bulb_mean_gy": "penile bulb, mean dose, Gy",
    "rectum_mean_gy": "rectum, mean dose, Gy",
    "bladder_mean_gy": "bladder, mean dose, Gy",
    "bowel_mean_gy": "bowel, mean dose, Gy",
    "bowel_v45_cm3": "bowel V45Gy of the course, cm3",
}
"""Figures of `PlanQuality` in words, those of Lee et al. 2019 among them."""


@dataclass(frozen=True)
class RedeliveredPlan:
    """The delivered plan, and the figures of wanted and delivered dose by name."""

    delivered: Delivered
    figures: Mapping[str, tuple[float, float]]


def can_deliver(beams: Sequence[Beam]) -> bool:
    """Whether there is a beam model for every beam."""
    return all(beam.energy_label in ENERGIES for beam in beams)


def deliver_export(
    ct: Volume,
    masks: Mapping[str, NDArray[np.bool_]],
    grid: Grid,
    beams: Sequence[Beam],
    patient_position: PatientPosition,
    prescription: Prescription,
    wanted_dose: Dose,
    reference_dose: Dose | None = None,
    mean_gy: float | None = None,
) -> RedeliveredPlan:
    """Deliver fluences, normalise the plan to the PTV's mean dose in the wanted or another dose, and measure it.

    Parameters
    ----------
    ct
        CT, HU; resampled on `grid`.
    masks, grid
        Structures by label ``(z, y, x)``, Body and PTV among them, and their lattice.
    beams
        With optimal fluence of one fraction, in the unit of ESAPI.
    patient_position
        DICOM patient position.
    prescription
        What the plan is to give.
    wanted_dose
        The dose that the fluences shall give, measured in the same way.
    reference_dose
        The dose whose mean in the PTV the plan is normalised to; the wanted one when None.
    mean_gy
        Mean dose in the PTV to normalise to instead, Gy.

    Raises
    ------
    BridgeError
        If a fluence cannot be delivered.
    """
    named = by_name(masks)
    patient = Subject("export", resample(ct, grid, AIR_HU), named["BODY"], named["PTV"], named)

    def placed(dose: Dose) -> Dose:
        """A dose where the structures are: masks brought to another lattice would be other structures."""
        return replace(dose, volume=resample(dose.volume, grid, 0.0))

    wanted, reference = placed(wanted_dose), placed(reference_dose or wanted_dose)
    level_gy = mean_gy or float(reference.gy[named["PTV"]].mean(dtype=np.float64))
    done = deliver(
        patient,
        beams,
        patient_position=patient_position,
        ptv_mean_gy=level_gy,
        fractions=prescription.fractions,
        grid=plan_grid(patient),
    )
    # Both means over the same voxels, so that no difference of two masks passes for one of dose.
    done = done.scaled(level_gy / float(placed(done.dose).gy[named["PTV"]].mean(dtype=np.float64)))
    of_wanted, of_delivered = (quality(dose, named, prescription.dose_gy) for dose in (wanted, placed(done.dose)))
    return RedeliveredPlan(
        done,
        {words: (getattr(of_wanted, name), getattr(of_delivered, name)) for name, words in FIGURES.items()},
    )
