"""One run of the dose task: case in, checked and evaluated dose out.

It does not know where the case came from nor in which form the dose is written; `run_dose` (exported DICOM) and
`run_dose_job` (case folder) do, and share everything here. So one plan has one dose, whichever way it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dosenet.gamma import PASS_LIMIT
from esapi_bridge.case import Case
from esapi_bridge.case.dose_region import dose_region
from esapi_bridge.case.dose_set import DoseSet, on_grid
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.case.stated import Stated
from esapi_bridge.checks import Outcome, Verdict, check_input, check_output, require
from esapi_bridge.checks.commissioned import commissioned
from esapi_bridge.checks.dose_within import dose_within
from esapi_bridge.checks.overrides import with_overrides
from esapi_bridge.checks.structures import check_structures
from esapi_bridge.models import DoseCard, find_model
from esapi_bridge.progress import Progress
from esapi_bridge.report.comparison import Comparison, evaluate, profile_beam
from esapi_bridge.report.gamma import MAP_LIMIT
from esapi_bridge.tasks.dose.fields import beam_by_beam, doses_to_transform, transform
from esapi_bridge.tasks.dose.interval import HalfWidths
from esapi_bridge.tasks.dose.network import DoseNetwork
from esapi_bridge.tasks.dose.record import DoseRecord, metrics
from esapi_bridge.tasks.networks import Networks
from esapi_bridge.tasks.run import RUN_FILE, Output, Run
from esapi_bridge.tasks.run_record import case_sha256

DEFAULT_MODEL = "ddn-lite"
FIELDS: Literal["field doses"] = "field doses"
PLAN: Literal["plan dose"] = "plan dose"


@dataclass(frozen=True)
class CheckedDose:
    """What the network made of a case, checked.

    Parameters
    ----------
    comparison
        Case, input dose, network dose and, where given, reference dose.
    verdicts
        All checks, none of them a refusal.
    source
        What went through the network.
    case_sha256
        Hash of the case as it was given.
    precision
        What the network calculated with.
    """

    comparison: Comparison
    verdicts: tuple[Verdict, ...]
    source: Literal["field doses", "plan dose"]
    case_sha256: str
    precision: str

    @property
    def doses(self) -> DoseSet:
        """The network's doses."""
        return self.comparison.network


class DoseRun(Run[DoseCard]):
    """A run with one dose network: `model` is the name of an installed one, or its folder. See `Run`."""

    def __init__(self, model: str, networks: Networks, progress: Progress | None = None) -> None:
        super().__init__(lambda: find_model(model, "dose"), networks, progress)

    def calculate(
        self,
        given_case: Case,
        *,
        per_beam: bool | None,
        accessories: Mapping[int, Sequence[str]],
        reference: DoseSet | None = None,
        stated: Stated | None = None,
        keep_beams: bool = True,
        to_commission: bool = False,
    ) -> CheckedDose:
        """Check a case, compute its dose and check that.

        Parameters
        ----------
        given_case
            The case.
        per_beam
            Transform beam by beam and sum, or the plan dose in one; None: see `beam_by_beam`.
        accessories
            Wedges, blocks and the like by beam number.
        reference
            Dose to compare with.
        stated
            What the source states of the doses besides.
        keep_beams
            Whether the fine dose of every beam is wanted, or only their sum and what the page shows.
        to_commission
            Whether the network is being measured, and so need not be approved yet.

        Raises
        ------
        RefusedError
            If a check refuses, naming it and both values.
        """
        with self.step("check"):
            case = along_patient_axes(given_case)
            if per_beam is None:
                per_beam = beam_by_beam(case, self.model.card)
            doses = doses_to_transform(case, per_beam=per_beam)
            given, assigned = with_overrides(case, self.model.card)
            verdicts = (
                *([] if to_commission else [commissioned(self.model)]),
                assigned,
                *check_input(
                    case,
                    self.model.card,
                    doses,
                    per_beam=per_beam,
                    accessories=accessories,
                    given_ct=given.ct,
                    said=stated,
                ),
            )
            require(verdicts)
            region = dose_region(case)
            within = dose_within(doses, region)
            verdicts += (within, *check_structures(case, doses))
            told = region if within.outcome is Outcome.PASS else None
        with self.step("network"):
            shown = profile_beam(case.plan)
            keep = None if keep_beams else set() if shown is None else {shown.number}
            loaded = self._networks.get(self.model, DoseNetwork)
            sure = HalfWidths.of(self.model.card, given.ct, told)
            seen = None if sure is None else sure.add
            given_dose, network = transform(given, doses, loaded, told, self._progress, keep, seen)
        with self.step("check"):
            body = None if region is None else region.on(network.plan.grid)
            input_gy = on_grid(given_dose.plan, network.plan)
            verdicts += check_output(given_dose.plan, input_gy, network.plan, body)
            require(verdicts)
        comparison = Comparison(given, given_dose, network, reference, None if sure is None else sure.of_plan)
        source = FIELDS if per_beam else PLAN
        return CheckedDose(comparison, verdicts, source, case_sha256(given_case), loaded.precision)

    def conclude(self, dose: CheckedDose, output: Output) -> DoseRecord:
        """Evaluate the dose, and write report and record beside it.

        Parameters
        ----------
        dose
            What was computed.
        output
            Where it lies.
        """
        with self.step("evaluate"):
            evaluation = evaluate(dose.comparison, gamma_limit=MAP_LIMIT if output.report else PASS_LIMIT)

        def write_page(path: Path) -> Path:
            from esapi_bridge.report.page import Facts, write_report  # what draws takes half a second to load

            notes = [*self.model.card.notes, *output.notes]
            facts = Facts(self.label, self.model_sha256, dose.source, dose.verdicts, self.seconds, notes)
            return write_report(dose.comparison, evaluation, facts, path)

        page = self.written_page(output, write_page)
        record = DoseRecord(
            source=dose.source,
            precision=dose.precision,
            metrics=metrics(evaluation, dose.comparison.interval),
            **self.recorded(
                output,
                [*output.files, *page],
                plan=dose.comparison.case.plan.name,
                case_sha256=dose.case_sha256,
                verdicts=dose.verdicts,
            ),
        )
        record.write(output.folder / RUN_FILE)
        return record
