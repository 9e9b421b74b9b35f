"""What an optimisation looks at: the patient's density, the target, and the points where dose counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Grid, PatientPosition, Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.imrt.beams import target_points
from esapi_bridge.planning.imrt.dose_operator import DoseOperator
from esapi_bridge.planning.imrt.sample_points import SamplePoints, sample_points
from esapi_bridge.planning.outline import body_in_air
from esapi_bridge.planning.physics import load_beam_model
from esapi_bridge.planning.physics.density import density_from_hu


@dataclass(frozen=True)
class PlanningScene:
    """A patient as the optimiser sees it.

    Parameters
    ----------
    density_g_cm3, grid
        The body in air ``(z, y, x)`` and its lattice, axes along LPS.
    target_mm
        Voxel centres of the target ``(n, 3)``, LPS mm.
    points
        Where dose is looked at.
    """

    density_g_cm3: NDArray[np.float32]
    grid: Grid
    target_mm: NDArray[np.float64]
    points: SamplePoints

    def dose_operator(
        self, beams: Sequence[Beam], patient_position: PatientPosition = PatientPosition.HFS
    ) -> DoseOperator:
        """Dose at the points as a linear function of the fluences of beams.

        Raises
        ------
        BridgeError
            If the beams have several energies, or one without a beam model.
        """
        energies = {beam.energy_label for beam in beams}
        if len(energies) != 1:
            raise BridgeError(f"the optimiser takes beams of one energy, found {', '.join(sorted(energies))}")
        try:
            model = load_beam_model(energies.pop())
        except ValueError as error:
            raise BridgeError(str(error)) from error
        return DoseOperator(beams, model, self.density_g_cm3, self.grid, self.points.points_mm, patient_position)


def planning_scene(ct: Volume, masks: Mapping[str, NDArray[np.bool_]]) -> PlanningScene:
    """Make the scene of a patient.

    Parameters
    ----------
    ct
        HU, axes along LPS.
    masks
        Structures ``(z, y, x)`` on the CT grid, among them BODY and PTV.

    Raises
    ------
    ValueError
        If there is no target.
    """
    points = sample_points(masks, ct.grid)
    density = density_from_hu(body_in_air(ct, masks["BODY"]).values)
    return PlanningScene(density, ct.grid, target_points(masks["PTV"], ct.grid), points)
