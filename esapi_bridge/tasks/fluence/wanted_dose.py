"""The wanted dose of a plan that has none: predicted by a network from contours, fields and prescription."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Dose, DoseKind, Grid, Plan, Prescription, Unit, Volume
from esapi_bridge.checks import Verdict
from esapi_bridge.checks.wanted_dose import anatomy as check_anatomy
from esapi_bridge.models import FluenceCard, InstalledModel, WantedDoseCard, find_model, list_models
from esapi_bridge.progress import StepProgress
from esapi_bridge.tasks.fluence.scene import beam_axes, lattice_of, merged_labels, plan_energy
from esapi_bridge.tasks.networks import load_installed, refused_by_network

if TYPE_CHECKING:
    from fluencenet.scene import BeamAxes, Scene

DEFAULT_MODEL = "wanted-dose"


def find_predictor(name: str | None) -> InstalledModel[WantedDoseCard] | None:
    """Find a wanted-dose network; without a name the default one, or None where that is not installed.

    Raises
    ------
    BridgeError
        If there is none of that name.
    """
    if name is None and DEFAULT_MODEL not in {model.card.name for model in list_models("wanted dose")}:
        return None
    return find_model(name or DEFAULT_MODEL, "wanted dose")


def optional_labels(
    model: InstalledModel[FluenceCard], predictor: InstalledModel[WantedDoseCard] | None
) -> tuple[str, ...]:
    """Labels that a plan may lack: that both networks can do without. Another part of the body lacks more."""
    optional = model.card.use.optional_labels
    if predictor is None:
        return optional
    return tuple(label for label in optional if label in predictor.card.use.optional_labels)


class WantedDoseNetwork:
    """A loaded wanted-dose network, see `load_installed`."""

    def __init__(self, model: InstalledModel[WantedDoseCard]) -> None:
        from fluencenet.wanted.card import load_model

        self.card = model.card
        self._model = load_installed(model, load_model)

    def anatomy(self, masks: Mapping[str, NDArray[np.bool_]], grid: Grid) -> Verdict:
        """Compare the anatomy of masks ``(z, y, x)`` with those of the training patients."""
        from fluencenet.wanted.anatomy import anatomy
        from fluencenet.wanted.plan_input import Contours

        return check_anatomy(anatomy(Contours(merged_labels(masks), lattice_of(grid))), self.card)

    def predicted(
        self,
        masks: Mapping[str, NDArray[np.bool_]],
        grid: Grid,
        plan: Plan,
        prescription: Prescription,
        progress: StepProgress | None = None,
    ) -> Scene:
        """Predict the dose of a plan, of all fractions, on the lattice of its labels.

        Parameters
        ----------
        masks, grid
            Structures by label ``(z, y, x)``, and their lattice.
        plan
            Its treatment beams, and the patient's position.
        prescription
            Prescribed dose and fractions.
        progress
            Called with (planes done, planes in all).

        Raises
        ------
        RefusedError
            If the network cannot take the plan.
        """
        from fluencenet.wanted.plan_input import Contours
        from fluencenet.wanted.prediction import predict_dose

        try:
            contours, energy = Contours(merged_labels(masks), lattice_of(grid)), plan_energy(plan)
            return predict_dose(
                self._model, contours, _axes(plan), prescription.dose_gy, energy=energy, progress=progress
            )
        except ValueError as error:
            raise refused_by_network(error) from error

    def achievable(self, scene: Scene, plan: Plan, factors: Mapping[str, float]) -> Scene:
        """Turn a prediction into a dose that the plan's fields can give, see `fluencenet.achievable.achievable`.

        Raises
        ------
        RefusedError
            If the patient has no structure that shall be spared.
        """
        from fluencenet.achievable import achievable

        try:
            return achievable(scene, _axes(plan), self._model.table(plan_energy(plan)), factors)
        except ValueError as error:
            raise refused_by_network(error) from error

    def dose(self, scene: Scene, grid: Grid, *, achievable: bool) -> Dose:
        """Dose of what `predicted` or `achievable` returned."""
        how = "predicted from contours, as fields can give it" if achievable else "predicted from contours"
        algorithm = f"{self.card.name} {self.card.version}, {how}"
        return Dose(Volume(scene.dose_gy, grid, Unit.GY), DoseKind.PLAN, algorithm=algorithm)


def _axes(plan: Plan) -> list[BeamAxes]:
    return [beam_axes(beam, plan.patient_position) for beam in plan.treatment_beams]
