"""One run of the fluence task: case in, checked fluences out.

It does not know where the case came from nor in which form the fluences are written; `run_fluence` (exported DICOM) and
`run_fluence_job` (case folder) do, and share everything here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from esapi_bridge.case import Beam, Case, Dose, FluenceMap, Grid, Plan
from esapi_bridge.case.dose_set import DoseSet, total_dose
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.checks import Verdict, require
from esapi_bridge.checks.commissioned import commissioned
from esapi_bridge.checks.fluence import StructureDose, check_fluence_plan, check_fluence_scene, check_reference_dose
from esapi_bridge.checks.fluence_output import check_fluence_output
from esapi_bridge.checks.structures import check_structures
from esapi_bridge.checks.wanted_dose import check_prediction, ct_where_predicted
from esapi_bridge.goals import GoalTable, read_goals
from esapi_bridge.models import FluenceCard, InstalledModel, WantedDoseCard, find_model
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.figures import FluenceFigures, fluence_figures
from esapi_bridge.tasks.fluence.goals import goal_records, judge_on
from esapi_bridge.tasks.fluence.network import FluenceNetwork
from esapi_bridge.tasks.fluence.plan import Deliver, Delivery, FluencePlan, Normalisation, SparingRecord
from esapi_bridge.tasks.fluence.record import FluenceRecord, beam_record, delivery_record
from esapi_bridge.tasks.fluence.scene import label_grid, label_masks, make_scene
from esapi_bridge.tasks.fluence.sparing import factors_of, shifted, spared_algorithm, sparing_record
from esapi_bridge.tasks.fluence.structure_names import StructureTable, label_structures
from esapi_bridge.tasks.fluence.wanted_dose import WantedDoseNetwork, find_predictor, optional_labels
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.run import RUN_FILE, Output, Run
from esapi_bridge.tasks.run_record import case_sha256, used

DEFAULT_MODEL = "dual-frame-lite"


class FluenceRun(Run[FluenceCard]):
    """A run with one fluence network: `model` is the name of an installed one, or its folder. See `Run`."""

    def __init__(self, model: str, networks: Networks, progress: Progress | None = None) -> None:
        super().__init__(lambda: find_model(model, "fluence"), networks, progress)

    def calculate(
        self,
        given_case: Case,
        table: StructureTable,
        *,
        wanted_dose: Dose | None = None,
        reference_dose: Dose | None = None,
        dose_model: str | None = None,
        from_contours: bool = False,
        spare_factors: Mapping[str, float] | None = None,
        accessories: Mapping[int, Sequence[str]] | None = None,
        goals: GoalTable | None = None,
        to_commission: bool = False,
    ) -> FluencePlan:
        """Check a case, compute its fluences and check those.

        Parameters
        ----------
        given_case
            The case.
        table
            Which structure is which label.
        wanted_dose
            The dose that the fluences shall give; the plan's own when None, and where it has none a predicted one.
        reference_dose
            Dose of a reference plan, to whose mean in the PTV the plan is scaled; the wanted dose when None.
        dose_model
            Wanted-dose network that predicts it, a name or a folder; `wanted_dose.DEFAULT_MODEL` when None.
        from_contours
            Predict it although the plan has a dose, which is then only shown beside.
        spare_factors
            Shift the wanted dose: by label, how many times smaller its dose is wished; see `sparing`.
        accessories
            Wedges, blocks and the like by beam number.
        goals
            What is asked of the dose, by site; the table of this package when None.
        to_commission
            Whether the network is being measured, and so need not be approved yet.

        Raises
        ------
        RefusedError
            If a check refuses, naming it and both values.
        """
        card = self.model.card
        factors = factors_of(spare_factors or {})
        with self.step("check"):
            case = along_patient_axes(given_case)
            own_dose = total_dose(case)
            dose = None if from_contours else wanted_dose or own_dose
            predictor = find_predictor(dose_model) if dose is None else None
            labelled = label_structures(case.structures, table, optional_labels(self.model, predictor))
            verdicts = (
                *([] if to_commission else [commissioned(self.model)]),
                *check_fluence_plan(case, card, dose, accessories or {}, predicted=predictor is not None),
                *(check_prediction(case, predictor.card) if predictor else ()),
                *labelled.verdicts,
            )
            require(verdicts)
            prescription = case.plan.prescription
            assert prescription is not None
            verdicts += check_structures(case, [dose] if dose else [])
        with self.step("contours"):
            grid = label_grid(labelled.structures)
            masks = label_masks(labelled.structures, grid, case.slice_mm)
        with self.step("load network"):
            network = self._networks.get(self.model, FluenceNetwork)
        if predictor:
            own = (DoseSet("Plan", own_dose),) if own_dose else ()
            dose, spared, beside, more = self._predicted(predictor, case.plan, masks, grid, factors)
            beside = (*own, *beside)
            verdicts = (*verdicts, *more, ct_where_predicted(case, dose, predictor.card))
        else:
            assert dose is not None
            dose, spared, beside = self._shifted(network, dose, case.plan, masks, grid, factors)
        with self.step("check"):
            wanted = StructureDose(grid, masks, dose)
            verdicts += check_fluence_scene(case, wanted)
            require(verdicts)
            reference = wanted
            if reference_dose is not None:
                reference = StructureDose(grid, masks, reference_dose)
                verdicts += check_reference_dose(case, reference)
                require(verdicts)
        with self.step("goals"):
            asked = (goals or read_goals()).among(card.valid_for.sites).of(prescription.dose_gy)
            judged = judge_on(asked, dose, masks, grid, prescription.dose_gy)
        with self.step("network"):
            scene = make_scene(masks, grid, dose, prescription)
            beams = network.fluences(scene, case.plan, self.progress_of("network"))
        with self.step("check"):
            points = wanted.points_mm("PTV")
            verdicts += check_fluence_output(beams, case.plan.patient_position, points, prescription.fraction_gy)
            require(verdicts)
        return FluencePlan(
            case=case,
            beams=beams,
            wanted_dose=dose,
            reference_dose=reference.dose,
            beside=beside,
            spared=spared,
            predictor=None if predictor is None else used(predictor),
            structures=labelled.structures,
            masks=masks,
            grid=grid,
            prescription=prescription,
            normalisation=Normalisation(
                rule="prescription" if reference_dose is None else "reference",
                structure=labelled.structures["PTV"][0].name,
                mean_gy=prescription.dose_gy if predictor and not reference_dose else reference.ptv_mean_gy,
            ),
            verdicts=verdicts,
            case_sha256=case_sha256(given_case),
            mu_per_fluence={b.number: self._factor(b) for b in beams},
            goals=judged,
        )

    def _predicted(
        self,
        predictor: InstalledModel[WantedDoseCard],
        plan: Plan,
        masks: Mapping[str, NDArray[np.bool_]],
        grid: Grid,
        factors: Mapping[str, float],
    ) -> tuple[Dose, SparingRecord | None, tuple[DoseSet, ...], tuple[Verdict, ...]]:
        """Predict a dose, and turn it into one that the fields can give, sparing what shall be spared.

        Returns
        -------
        tuple
            The wanted dose, what sparing does to it, doses to show beside, and whether the anatomy is like those that
            the network learned from.
        """
        assert plan.prescription is not None
        with self.step("load network"):
            network = self._networks.get(predictor, WantedDoseNetwork)
        with self.step("check"):
            verdict = network.anatomy(masks, grid)
        with self.step("wanted dose"):
            scene = network.predicted(masks, grid, plan, plan.prescription, self.progress_of("wanted dose"))
            beside = (DoseSet("Predicted", network.dose(scene, grid, achievable=False)),)
        with self.step("achievable dose"):
            dose = network.dose(network.achievable(scene, plan, {}), grid, achievable=True)
        if not factors:
            return dose, None, beside, (verdict,)
        with self.step("spare"):
            spared = network.dose(network.achievable(scene, plan, factors), grid, achievable=True)
            spared = replace(spared, algorithm=spared_algorithm(spared, factors))
            record = sparing_record(dose, spared, masks, grid, factors, plan.prescription)
        return spared, record, (*beside, DoseSet("Not spared", dose)), (verdict,)

    def _shifted(
        self,
        network: FluenceNetwork,
        dose: Dose,
        plan: Plan,
        masks: Mapping[str, NDArray[np.bool_]],
        grid: Grid,
        factors: Mapping[str, float],
    ) -> tuple[Dose, SparingRecord | None, tuple[DoseSet, ...]]:
        """Shift a plan's dose where something shall be spared: the dose, what that does to it, doses to show beside."""
        assert plan.prescription is not None
        if not factors:
            return dose, None, ()
        with self.step("spare"):
            spared = shifted(network, masks, grid, dose, plan.prescription, plan, factors)
            record = sparing_record(dose, spared, masks, grid, factors, plan.prescription)
        return spared, record, (DoseSet("Not spared", dose),)

    def conclude(
        self,
        plan: FluencePlan,
        output: Output,
        *,
        clinical: Mapping[int, FluenceMap] | None = None,
        deliver: Deliver | None = None,
    ) -> FluenceRecord:
        """Compare, deliver where that can be done, and write report and record beside the fluences.

        Parameters
        ----------
        plan
            What was computed.
        output
            Where it lies.
        clinical
            Clinical fluence by beam number, to compare with.
        deliver
            Stands in for the planning system.
        """
        figures: dict[int, FluenceFigures] = {}
        if clinical:
            with self.step("compare"):
                figures = {
                    b.number: fluence_figures(b.fluence, clinical[b.number], plan.mu_per_fluence[b.number])
                    for b in plan.beams
                    if b.fluence is not None and b.number in clinical
                }
        delivery: Delivery | None = None
        if deliver:
            with self.step("deliver"):
                delivery = deliver(plan)
        delivered_goals = None
        if delivery:
            with self.step("goals"):
                asked = [result.goal for result in plan.goals]
                delivered_goals = judge_on(asked, delivery.dose, plan.masks, plan.grid, plan.prescription.dose_gy)

        def write_page(path: Path) -> Path:
            from esapi_bridge.tasks.fluence import report  # what draws takes half a second to load

            content = report.FluenceReportInput(
                plan, self.label, self.model_sha256, self.seconds, clinical or {}, figures, delivery, delivered_goals,
                [*self.model.card.notes, *output.notes],
            )  # fmt: skip
            return report.write_fluence_report(content, path)

        files = [*output.files, *self.written_page(output, write_page)]
        record = FluenceRecord(
            prescription_gy=plan.prescription.dose_gy,
            fractions=plan.prescription.fractions,
            normalisation=plan.normalisation,
            wanted_dose_by=plan.predictor,
            spared=plan.spared,
            structures={label: tuple(s.name for s in found) for label, found in plan.structures.items()},
            beams=tuple(beam_record(beam, figures.get(beam.number)) for beam in plan.beams),
            delivery=None if delivery is None else delivery_record(delivery),
            goals=goal_records(plan.goals, delivered_goals, plan.structures),
            **self.recorded(
                output, files, plan=plan.case.plan.name, case_sha256=plan.case_sha256, verdicts=plan.verdicts
            ),
        )
        record.write(output.folder / RUN_FILE)
        return record

    def _factor(self, beam: Beam) -> float:
        return self.model.card.use.mu_per_fluence.get(beam.machine, {}).get(beam.energy_label, float("nan"))
