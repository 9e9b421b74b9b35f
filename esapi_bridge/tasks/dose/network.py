"""The dose network of a task: it knows both `Dose` and `dosenet`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from esapi_bridge.case import Beam, Dose, DoseMedium, FluenceMode, Grid, Unit, Volume
from esapi_bridge.case.dose_region import DoseRegion
from esapi_bridge.models import DoseCard, InstalledModel
from esapi_bridge.models.network_input import coarse_dose
from esapi_bridge.progress import StepProgress
from esapi_bridge.tasks.networks import load_installed, refused_by_network

if TYPE_CHECKING:
    from dosenet import CtGrid, Energy


class DoseNetwork:
    """A loaded dose network, see `load_installed`."""

    def __init__(self, model: InstalledModel[DoseCard]) -> None:
        from dosenet import load_model
        from dosenet.precision import used_on

        self.card = model.card
        self._model = load_installed(model, load_model)
        self.precision = used_on(next(self._model.network.parameters()).device)

    def transform(
        self,
        dose: Dose,
        ct: CtGrid,
        source_mm: tuple[float, float, float] | None = None,
        energy: Energy | None = None,
        region: DoseRegion | None = None,
        progress: StepProgress | None = None,
    ) -> Dose:
        """Compute the fine dose of a coarse one.

        Parameters
        ----------
        dose
            Dose of a beam or a plan, Gy, on a grid along the patient axes.
        ct
            From `ct`, of a volume on a grid along the patient axes.
        source_mm
            The beam's radiation source, mm, LPS; None for a dose of several, as a plan's or an arc's.
        energy
            Of the beams that give the dose, see `energy_of`.
        region
            Where the planning system calculates dose; None if that is not known.
        progress
            Called with (slices done, slices in all).

        Returns
        -------
        Dose
            At the card's output spacing; same kind and beam, algorithm and medium as the card states.

        Raises
        ------
        RefusedError
            If the network cannot take the input or returns something that is not a dose.
        """
        from dosenet.prediction import BodyMask, body_lattice, predict

        try:
            coarse = coarse_dose(dose)
            fine_lattice = body_lattice(coarse.lattice)
            fine_grid = Grid(fine_lattice.size, fine_lattice.spacing_mm, fine_lattice.origin_mm)
            fine = predict(
                self._model,
                coarse,
                ct,
                source_mm,
                energy=energy,
                body=None if region is None else BodyMask(region.on(fine_grid), fine_lattice),
                precision=self.precision,
                progress=progress,
            )
        except ValueError as error:
            raise refused_by_network(error) from error
        medium = DoseMedium(self.card.output.medium) if self.card.output.medium else None
        algorithm = f"{self.card.name} {self.card.version}"
        return Dose(Volume(fine.values, fine_grid, Unit.GY), dose.kind, dose.beam_number, algorithm, medium)


def energy_of(beams: Sequence[Beam]) -> Energy | None:
    """What a network is told of the energy of a dose: that of its beams; None where they differ or state none."""
    from dosenet import Energy

    modes = {(beam.energy_mv, beam.fluence_mode is FluenceMode.FFF) for beam in beams}
    (energy_mv, fff), *others = modes
    return Energy(energy_mv, fff) if not others and energy_mv > 0 else None
