"""The fluence network of a task: the only module that loads and calls one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from esapi_bridge.case import Beam, Plan
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import FluenceCard, InstalledModel
from esapi_bridge.progress import StepProgress
from esapi_bridge.tasks.fluence.scene import beam_axes, fluence_map, plan_energy
from esapi_bridge.tasks.networks import load_installed, refused_by_network

if TYPE_CHECKING:
    from fluencenet.scene import Scene


class FluenceNetwork:
    """A loaded fluence network, see `load_installed`."""

    def __init__(self, model: InstalledModel[FluenceCard]) -> None:
        from fluencenet.weights import load_model

        self.card = model.card
        self._model = load_installed(model, load_model)

    def spared(self, scene: Scene, plan: Plan, factors: Mapping[str, float]) -> Scene:
        """Shift the wanted dose of a scene towards less dose in some labels, see `fluencenet.achievable.spared`.

        Raises
        ------
        RefusedError
            If the patient has no such structure, or the network does not know the energy.
        """
        from fluencenet.achievable import spared

        try:
            table = self._model.table(plan_energy(plan))
        except ValueError as error:
            raise refused_by_network(error) from error
        if table is None:
            raise RefusedError("a network with a simple dose is needed to spare organs, found one without: use another")
        try:
            axes = [beam_axes(beam, plan.patient_position) for beam in plan.treatment_beams]
            return spared(scene, axes, table, factors)
        except ValueError as error:
            raise refused_by_network(error) from error

    def fluences(
        self,
        scene: Scene,
        plan: Plan,
        progress: StepProgress | None = None,
    ) -> tuple[Beam, ...]:
        """Predict the fluence of every beam.

        Parameters
        ----------
        scene
            Contours and wanted dose.
        plan
            Its treatment beams, and the patient's position.
        progress
            Called with (beams done, beams in all).

        Raises
        ------
        RefusedError
            If the network cannot take the scene or returns something that is no fluence.
        """
        from fluencenet.prediction import predict

        try:
            axes = [beam_axes(beam, plan.patient_position) for beam in plan.treatment_beams]
            images = predict(self._model, scene, axes, energy=plan_energy(plan), progress=progress)
        except ValueError as error:
            raise refused_by_network(error) from error
        return tuple(replace(b, fluence=fluence_map(i)) for b, i in zip(plan.treatment_beams, images, strict=True))
