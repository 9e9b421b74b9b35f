"""The fluence network of a task: the only module that loads and calls one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from esapi_bridge.case import Beam, PatientPosition
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
            energy = " and ".join(sorted({beam.energy_label for beam in beams}))
            images = predict(self._model, scene, axes, energy=energy, progress=progress)
        except ValueError as error:
            raise refused_by_network(error) from error
        return tuple(replace(b, fluence=fluence_map(i)) for b, i in zip(beams, images, strict=True))
