"""The fluence network of a task: the only module that loads and calls one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from esapi_bridge.case import Beam, PatientPosition
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import FluenceCard, InstalledModel
from esapi_bridge.progress import StepProgress
from esapi_bridge.tasks.fluence.scene import beam_axes, fluence_map
from esapi_bridge.tasks.networks import load_installed, refused_by_network

if TYPE_CHECKING:
    from fluencenet.scene import Scene


class FluenceNetwork:
    """A loaded fluence network, see `load_installed`."""

    def __init__(self, model: InstalledModel[FluenceCard]) -> None:
        from fluencenet.weights import load_model

        self.card = model.card
        self._model = load_installed(model, load_model)

    def spared(
        self, scene: Scene, beams: Sequence[Beam], patient_position: PatientPosition, factors: Mapping[str, float]
    ) -> Scene:
        """Shift the wanted dose of a scene towards less dose in some labels, see `fluencenet.sparing.spared`.

        Raises
        ------
        RefusedError
            If the patient has no such structure, or the network does not know the energy.
        """
        from fluencenet.sparing import spared

        try:
            table = self._model.table(_energy(beams))
        except ValueError as error:
            raise refused_by_network(error) from error
        if table is None:
            raise RefusedError("a network with a simple dose is needed to spare organs, found one without: use another")
        try:
            return spared(scene, [beam_axes(beam, patient_position) for beam in beams], table, factors)
        except ValueError as error:
            raise refused_by_network(error) from error

    def fluences(
        self,
        scene: Scene,
        beams: Sequence[Beam],
        patient_position: PatientPosition,
        progress: StepProgress | None = None,
    ) -> tuple[Beam, ...]:
        """Predict the fluence of every beam.

        Parameters
        ----------
        scene
            Contours and wanted dose.
        beams
            All treatment beams.
        patient_position
            DICOM patient position.
        progress
            Called with (beams done, beams in all).

        Raises
        ------
        RefusedError
            If the network cannot take the scene or returns something that is no fluence.
        """
        from fluencenet.prediction import predict

        try:
            axes = [beam_axes(beam, patient_position) for beam in beams]
            images = predict(self._model, scene, axes, energy=_energy(beams), progress=progress)
        except ValueError as error:
            raise refused_by_network(error) from error
        return tuple(replace(b, fluence=fluence_map(i)) for b, i in zip(beams, images, strict=True))


def _energy(beams: Sequence[Beam]) -> str:
    return " and ".join(sorted({beam.energy_label for beam in beams}))
