"""Where a clinic's plans with fluences lie: exported sets and case folders, each with its site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case import Case, FluenceMap
from esapi_bridge.case.folder import read_case
from esapi_bridge.commissioning.cases import Source
from esapi_bridge.dicom import REFERENCE_FOLDER, find_plans, key_of_run, read_export
from esapi_bridge.dicom.index.found import FoundPlan
from esapi_bridge.dicom.optimal_fluence import SUFFIX
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.tasks.fluence.export import clinical_fluences


@dataclass(frozen=True)
class ClinicalPlan:
    """A case with its clinical fluence by beam number, and what is in the way of its beams."""

    case: Case
    fluences: Mapping[int, FluenceMap]
    accessories: Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class FluenceCase:
    """A plan below a folder of cases.

    Parameters
    ----------
    plan
        As it was found; its label is shown, its place is not.
    site
        Where in the body; empty where nobody said.
    """

    plan: FoundPlan
    site: str

    def read(self) -> ClinicalPlan:
        """Read it.

        Raises
        ------
        RefusedError
            If something is missing, a treatment beam's fluence included.
        """
        if self.plan.missing:
            raise RefusedError("; ".join(self.plan.missing))
        accessories: Mapping[int, Sequence[str]] = {}
        folder = None
        if isinstance(self.plan.source, Path):
            case = read_case(self.plan.source)
        else:
            export = read_export(self.plan.source, self.plan.uid, key=key_of_run())
            case, accessories = export.case, export.beam_accessories
            beside = export.plan_file.parent / REFERENCE_FOLDER
            folder = beside if any(beside.glob(f"*{SUFFIX}")) else None
        try:
            fluences, _ = clinical_fluences(folder, case)
        except BridgeError as error:
            raise RefusedError(str(error)) from error
        without = [beam.number for beam in case.plan.treatment_beams if beam.number not in fluences]
        if without or not fluences:
            beams = ", ".join(map(str, without)) or "any"
            raise RefusedError(
                f"a clinical fluence of every treatment beam is needed, found none of beam {beams}; export the plan "
                f"with its fluences, or lay them beside it in a folder '{REFERENCE_FOLDER}'"
            )
        return ClinicalPlan(case, fluences, accessories)


def find_fluence_cases(sources: Sequence[Source]) -> list[FluenceCase]:
    """Find every plan below some folders, in order of their names.

    Raises
    ------
    RefusedError
        If a folder is none, or holds no plan.
    """
    found = []
    for source in sources:
        plans = find_plans(source.folder, None, structures=True).plans
        if not plans:
            whose = f" for {source.site}" if source.site else ""
            raise RefusedError(
                "cases are exported plans with their fluences, or case folders; found neither in the folder "
                f"given{whose}"
            )
        found += [FluenceCase(plan, source.site) for plan in plans]
    return found
