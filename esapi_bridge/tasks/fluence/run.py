"""One run of the fluence task: case in, checked fluences out.

It does not know where the case came from nor in which form the fluences are written; `run_fluence` (exported DICOM) and
`run_fluence_job` (case folder) do, and share everything here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Case, Dose, FluenceMap, Grid, Structure
from esapi_bridge.checks import Verdict, require
from esapi_bridge.checks.fluence import TargetDose, check_fluence_plan, check_fluence_scene, check_reference_dose
from esapi_bridge.checks.fluence_output import check_fluence_output
from esapi_bridge.models import FluenceCard, find_model
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.dose.fields import along_patient_axes, total_dose
from esapi_bridge.tasks.fluence.figures import FluenceFigures, fluence_figures
from esapi_bridge.tasks.fluence.network import FluenceNetwork
from esapi_bridge.tasks.fluence.plan import Deliver, Delivery
from esapi_bridge.tasks.fluence.record import FluenceRecord, beam_record, delivery_record
from esapi_bridge.tasks.fluence.result import Normalisation
from esapi_bridge.tasks.fluence.scene import label_grid, label_masks, make_scene
from esapi_bridge.tasks.fluence.structure_names import StructureTable, label_structures
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.run import RUN_FILE, Run
from esapi_bridge.tasks.run_record import InputFile, case_sha256
from fluencenet.scene import Scene

DEFAULT_MODEL = "dual-frame-lite"


@dataclass(frozen=True)
class FluencePlan:
    """What the network made of a case, checked.

    Parameters
    ----------
    case
        The case, volumes along the patient axes.
    beams
        Treatment beams in plan order, each with its fluence of one fraction.
    wanted
        The dose that was wanted, all fractions.
    level
        The dose whose mean in the PTV the plan is to be scaled to: the wanted one, or that of a reference plan.
    structures
        Structures of the plan by label.
    masks, grid
        The same on the lattice of the labels ``(z, y, x)``.
    normalisation
        How the plan is to be scaled once it is delivered.
    verdicts
        All checks, none of them a refusal.
    case_sha256
        Hash of the case as it was given.
    mu_per_fluence
        Monitor units for fluence 1 by beam number, NaN where the model's card knows none.
    """

    case: Case
    beams: tuple[Beam, ...]
    wanted: Dose
    level: Dose
    structures: Mapping[str, tuple[Structure, ...]]
    masks: Mapping[str, NDArray[np.bool_]]
    grid: Grid
    normalisation: Normalisation
    verdicts: tuple[Verdict, ...]
    case_sha256: str
    mu_per_fluence: Mapping[int, float]

    @property
    def prescription_gy(self) -> float:
        """Prescribed dose of all fractions, Gy."""
        return float(self.case.plan.prescription_gy or 0.0)

    @property
    def fractions(self) -> int:
        """Number of fractions."""
        return int(self.case.plan.fractions or 0)


class FluenceRun(Run[FluenceCard]):
    """A run with one fluence network.

    Parameters
    ----------
    model
        Name of an installed network, or its folder.
    networks
        The networks already loaded; the one needed is added.
    progress
        Told about every step. What it raises ends the run.

    Raises
    ------
    RefusedError
        If the network's weights are not those of its card.
    BridgeError
        If there is no such network.
    """

    def __init__(self, model: str, networks: Networks, progress: Progress | None = None) -> None:
        super().__init__(lambda: find_model(model, "fluence"), progress)
        self._networks = networks

    def calculate(
        self,
        given_case: Case,
        table: StructureTable,
        *,
        wanted: Dose | None = None,
        reference_dose: Dose | None = None,
        accessories: Mapping[int, Sequence[str]] | None = None,
    ) -> FluencePlan:
        """Check a case, compute its fluences and check those.

        Parameters
        ----------
        given_case
            The case.
        table
            Which structure is which label.
        wanted
            The dose to aim at; the plan's own when None.
        reference_dose
            Dose of a reference plan, to whose mean in the PTV the plan is scaled; the wanted dose when None.
        accessories
            Wedges, blocks and the like by beam number.

        Raises
        ------
        RefusedError
            If a check refuses, naming it and both values.
        """
        card = self.model.card
        with self.step("check"):
            case = along_patient_axes(given_case)
            dose = wanted or total_dose(case)
            labelled = label_structures(case.structures, table, card.use.optional_labels)
            verdicts = (*check_fluence_plan(case, card, dose, accessories or {}), *labelled.verdicts)
            require(verdicts)
            assert dose is not None
        with self.step("contours"):
            grid = label_grid(labelled.structures)
            masks = label_masks(labelled.structures, grid)
        with self.step("check"):
            target = TargetDose(grid, masks, dose)
            verdicts += check_fluence_scene(case, target)
            require(verdicts)
            level = target
            if reference_dose is not None:
                level = TargetDose(grid, masks, reference_dose)
                verdicts += check_reference_dose(case, level)
                require(verdicts)
        with self.step("load network"):
            network = self._networks.get_fluence(self.model)
        prescription, fractions = float(case.plan.prescription_gy or 0), int(case.plan.fractions or 0)
        with self.step("beam's-eye views"):
            scene = make_scene(masks, grid, dose, prescription, fractions)
        beams = self._predict(network, scene, case)
        with self.step("check"):
            points = target.points_mm("PTV")
            verdicts += check_fluence_output(beams, case.plan.patient_position, points, prescription / fractions)
            require(verdicts)
        return FluencePlan(
            case=case,
            beams=beams,
            wanted=dose,
            level=level.dose,
            structures=labelled.structures,
            masks=masks,
            grid=grid,
            normalisation=Normalisation(
                rule="prescription" if reference_dose is None else "reference",
                structure=labelled.structures["PTV"][0].name,
                mean_gy=level.ptv_mean_gy,
            ),
            verdicts=verdicts,
            case_sha256=case_sha256(given_case),
            mu_per_fluence={b.number: self._factor(b) for b in beams},
        )

    def conclude(
        self,
        plan: FluencePlan,
        folder: Path,
        written: Sequence[Path],
        inputs: tuple[InputFile, ...],
        *,
        report: Path | None,
        reference: Mapping[int, FluenceMap] | None = None,
        deliver: Deliver | None = None,
    ) -> FluenceRecord:
        """Compare, deliver where that can be done, and write report and record beside the fluences.

        Parameters
        ----------
        plan
            What was computed.
        folder
            Output folder.
        written
            Files already in it.
        inputs
            Hashes of the source files.
        report
            The HTML page to write; None for no page.
        reference
            Clinical fluence by beam number, to compare with.
        deliver
            Stands in for the planning system.
        """
        figures: dict[int, FluenceFigures] = {}
        if reference:
            with self.step("compare"):
                figures = {
                    b.number: fluence_figures(b.fluence, reference[b.number], plan.mu_per_fluence[b.number])
                    for b in plan.beams
                    if b.fluence is not None and b.number in reference
                }
        delivery: Delivery | None = None
        if deliver:
            with self.step("deliver"):
                delivery = deliver(plan)
        files = [*written]
        if report:
            from esapi_bridge.tasks.fluence.report import RunStory, write_fluence_report

            with self.step("report"):
                story = RunStory(plan, self.label, self.model_sha256, self.seconds, reference or {}, figures, delivery)
                files.append(write_fluence_report(story, report))
        record = FluenceRecord(
            prescription_gy=plan.prescription_gy,
            fractions=plan.fractions,
            normalisation=plan.normalisation,
            structures={label: tuple(s.name for s in found) for label, found in plan.structures.items()},
            beams=tuple(beam_record(beam, figures.get(beam.number)) for beam in plan.beams),
            delivery=None if delivery is None else delivery_record(delivery),
            **self.recorded(
                plan=plan.case.plan.name,
                case_sha256=plan.case_sha256,
                inputs=inputs,
                files=files,
                folder=folder,
                verdicts=plan.verdicts,
            ),
        )
        record.write(folder / RUN_FILE)
        return record

    def _predict(self, network: FluenceNetwork, scene: Scene, case: Case) -> tuple[Beam, ...]:
        """Run the network; the time of its last beams tells the network's share from that of the views before it."""
        started = time.perf_counter()
        ends: list[float] = []

        def told(done: int, total: int) -> None:
            ends.append(time.perf_counter())
            if self._progress:
                self._progress("network", done, total)

        beams = network.fluences(scene, case.plan.treatment_beams, case.plan.patient_position, told)
        spent = time.perf_counter() - started
        share = (ends[-1] - ends[0]) * len(ends) / (len(ends) - 1) if len(ends) > 1 else spent
        self.seconds["network"] = min(share, spent)
        self.seconds["beam's-eye views"] += spent - self.seconds["network"]
        return beams

    def _factor(self, beam: Beam) -> float:
        return self.model.card.use.mu_per_fluence.get(beam.machine, {}).get(beam.energy_label, float("nan"))
