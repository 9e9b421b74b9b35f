"""From optimal fluence to delivered dose: leaf motions, then the pencil beam behind moving leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Dose, DoseKind, Grid, PatientPosition
from esapi_bridge.planning.engines import dose_grids, respaced
from esapi_bridge.planning.leaf_sequencing import LeafMotion, sliding_window
from esapi_bridge.planning.outline import body_in_air, inside
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from esapi_bridge.planning.physics.raytrace import RAY_SPACING_MM, resample
from esapi_bridge.planning.subject import Subject

GRID_MM = 2.5
BEYOND_TARGET_MM = 100.0
"""The dose grid covers the body in plane, and this much above and below the target."""

PRESCRIPTION_GY = 44.0
FRACTIONS = 20


@dataclass(frozen=True)
class Delivered:
    """A delivered plan.

    Parameters
    ----------
    beams
        With leaf motions and normalised monitor units of one fraction; their fluence is the one given.
    dose
        Of all fractions, dose to water, normalised.
    beam_doses
        The same by beam number.
    normalisation_percent
        Plan normalisation value as Eclipse states it: 100 times the dose before over the dose after normalisation.
    motions
        What the leaf sequencer made of each fluence, before normalisation.
    """

    beams: tuple[Beam, ...]
    dose: Dose
    beam_doses: Mapping[int, Dose]
    normalisation_percent: float
    motions: tuple[LeafMotion, ...]

    def scaled(self, factor: float) -> Delivered:
        """The same plan with `factor` times the monitor units, and so the dose."""

        def times(dose: Dose) -> Dose:
            return replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(factor)))

        return replace(
            self,
            beams=tuple(replace(beam, meterset_mu=beam.meterset_mu * factor) for beam in self.beams),
            dose=times(self.dose),
            beam_doses={number: times(dose) for number, dose in self.beam_doses.items()},
            normalisation_percent=self.normalisation_percent / factor,
        )


def deliver(
    patient: Subject,
    beams: Sequence[Beam],
    *,
    patient_position: PatientPosition = PatientPosition.HFS,
    ptv_mean_gy: float = PRESCRIPTION_GY,
    fractions: int = FRACTIONS,
    fixed_jaws: bool = False,
    grid: Grid | None = None,
) -> Delivered:
    """Sequence the leaves, calculate dose and normalise it to a mean dose of the target.

    Parameters
    ----------
    patient
        CT with the masks BODY and PTV.
    beams
        With optimal fluence of one fraction, in the unit of ESAPI.
    patient_position
        DICOM patient position.
    ptv_mean_gy
        Mean dose of the PTV in all fractions that the plan is normalised to, Gy: the prescription, or the mean dose
        in a reference plan.
    fractions
        Number of fractions.
    fixed_jaws
        Keep the jaws of the beams; otherwise they are fitted to the fluence.
    grid
        Dose grid; 2.5 mm over the body near the target when None.

    Raises
    ------
    BridgeError
        If a fluence cannot be delivered.
    ValueError
        If the target gets no dose.
    """
    grid = grid or plan_grid(patient)
    ct, kept = body_in_air(patient.ct, patient.body), inside(patient.ct, patient.body, grid)
    ray_spacing_mm = max(RAY_SPACING_MM, *patient.ct.grid.spacing_mm[:2])
    motions, doses = [], []
    for beam in beams:
        model = load_beam_model(beam.energy_label)
        motion = sliding_window(beam, mu_per_fluence(model), fixed_jaws=fixed_jaws)
        motions.append(motion)
        doses.append(pencil_beam(ct, motion.beam, model, grid, patient_position, ray_spacing_mm=ray_spacing_mm))
    target = on_grid(patient.masks["PTV"], patient.ct.grid, grid)
    total = np.sum([dose.gy for dose in doses], axis=0) * kept
    mean_gy = float(total[target].mean(dtype=np.float64)) * fractions if target.any() else 0.0
    if not mean_gy > 0:
        raise ValueError("a plan is normalised to the mean dose of its PTV, found a PTV without dose")
    scale = ptv_mean_gy / mean_gy

    def whole(dose: Dose, gy: NDArray[np.float32]) -> Dose:
        return replace(dose, volume=replace(dose.volume, values=gy * np.float32(scale * fractions)))

    return Delivered(
        beams=tuple(replace(m.beam, meterset_mu=m.beam.meterset_mu * scale) for m in motions),
        dose=replace(whole(doses[0], total), kind=DoseKind.PLAN, beam_number=None),
        beam_doses={b.number: whole(d, d.gy * kept) for b, d in zip(beams, doses, strict=True)},
        normalisation_percent=100.0 / scale,
        motions=tuple(motions),
    )


def plan_grid(patient: Subject, spacing_mm: float = GRID_MM) -> Grid:
    """Lay the dose grid: the body in plane, the target and `BEYOND_TARGET_MM` along z; on the voxels of a 2.5 mm CT."""
    ct = patient.ct
    planes = np.flatnonzero(patient.masks["PTV"].any(axis=(1, 2)))
    low, high = ct.grid.coordinates_mm(2)[planes[[0, -1]]] + np.array([-0.5, 0.5]) * ct.grid.spacing_mm[2]
    z_range_mm = (float(low) - BEYOND_TARGET_MM, float(high) + BEYOND_TARGET_MM)
    return respaced(dose_grids(ct, patient.body, z_range_mm=z_range_mm).coarse, spacing_mm)


def on_grid(mask: NDArray[np.bool_], source: Grid, target: Grid) -> NDArray[np.bool_]:
    """Resample a mask onto another lattice: voxels at least half full are in."""
    return np.asarray(resample(mask.astype(np.float32), source, target) >= 0.5)
