"""Fields that a clinic's Eclipse calculated twice, as cases: fields made at random, and those of its own plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from esapi_bridge.case import Case, Dose, Plan
from esapi_bridge.case.dose_set import DoseSet, sum_doses
from esapi_bridge.case.orientation import dose_along_patient_axes
from esapi_bridge.case.pair_folder import CollectedImage
from esapi_bridge.case.paired_field import Origin, PairedField
from esapi_bridge.commissioning.reference_case import CasePart, ReferenceCase
from esapi_bridge.errors import RefusedError


@dataclass(frozen=True)
class CollectedCase:
    """An image of one patient with its fields."""

    image: CollectedImage
    site: str

    def parts(self) -> list[CasePart]:
        """Every field made at random, and the fields of each plan; a plan's fields share the name up to their number.

        Raises
        ------
        BridgeError
            If the folder cannot be read.
        """
        case = self.image.case()
        found = []
        for stem, names in groupby(self.image.field_names, key=_stem):
            found.append(CasePart(stem, _reader(self.image, case, tuple(names))))
        return found


def _stem(name: str) -> str:
    return name.rpartition("-")[0] if name.startswith("plan-") else name


def _reader(image: CollectedImage, case: Case, names: tuple[str, ...]) -> Callable[[], ReferenceCase]:
    return lambda: _reference_case(case, [image.field(name) for name in names])


def _reference_case(case: Case, fields: Sequence[PairedField]) -> ReferenceCase:
    """One field, or the fields of a plan with their sum, on the image of a case."""
    first = fields[0]
    if len({field.patient_position for field in fields}) > 1:
        raise RefusedError("the fields of a plan must have one patient position, found several")
    is_plan = first.origin is Origin.OWN_PLAN
    label = f"own plan {first.plan}" if is_plan else first.name
    beams = tuple(beam for field in fields for beam in field.beams)
    fine = {_number(field): dose_along_patient_axes(field.fine.dose) for field in fields}
    coarse = {_number(field): field.coarse.dose for field in fields}
    for doses in (coarse, fine):
        if len(doses) < len(fields) or not _one_grid(list(doses.values())):
            raise RefusedError(
                "the fields of a plan must have a number each, and doses on one grid; they do not add up"
            )
    alone = replace(
        case, plan=Plan(label, beams, first.patient_position), plan_dose=None, beam_doses=coarse,
    )  # fmt: skip
    return ReferenceCase(alone, DoseSet("Reference", sum_doses(fine.values()), fine), is_plan=is_plan)


def _number(field: PairedField) -> int:
    return field.beams[0].number


def _one_grid(doses: Sequence[Dose]) -> bool:
    return all(dose.grid.matches(doses[0].grid) for dose in doses)
