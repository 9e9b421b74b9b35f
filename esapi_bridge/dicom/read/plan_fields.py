"""Which fields of an RT Plan treat, which set the patient up, and which are left aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from pydicom import Dataset

from esapi_bridge.dicom.read.compensator import has_fluence
from esapi_bridge.dicom.read.elements import integer, items, optional_number, text
from esapi_bridge.errors import RefusedError

IMAGING = {
    "OPEN_PORTFILM": "port film field",
    "TRMT_PORTFILM": "port film field",
    "VERIFICATION": "verification field",
}
"""Treatment Delivery Types (300A,00CE) of fields that are no part of the plan's dose."""


class Purpose(Enum):
    """What a field is for."""

    TREATMENT = auto()
    SETUP = auto()
    IMAGING = auto()


@dataclass(frozen=True)
class PlanField:
    """An item of the Beam Sequence and what it is for.

    Parameters
    ----------
    number
        Beam Number.
    item
        The item.
    purpose
        What it is for.
    meterset_mu
        Monitor units of one fraction; None where not stated.
    remark
        What a user should know: that it is left aside, or what was assumed; empty where nothing.
    """

    number: int
    item: Dataset
    purpose: Purpose
    meterset_mu: float | None
    remark: str = ""

    @property
    def is_assumed(self) -> bool:
        """Whether it was taken as a set-up field without saying so."""
        return self.purpose is Purpose.SETUP and bool(self.remark)


def fraction_group(dataset: Dataset) -> Dataset:
    """Find the fraction group of a plan: the only one, or the only one with monitor units.

    Raises
    ------
    RefusedError
        If there is none, or several are left, naming them.
    """
    groups = items(dataset, "FractionGroupSequence")
    if not groups:
        raise RefusedError(
            "a plan must have a fraction group, which holds its monitor units and fractions, found 0: "
            "export the plan from the planning system again"
        )
    chosen = [group for group in groups if any(_metersets(group).values())] or groups
    if len(chosen) > 1:
        found = "; ".join(map(_group_name, chosen))
        raise RefusedError(f"a plan must have one fraction group, found {len(chosen)} ({found}): export a plan of each")
    return chosen[0]


def fields_of(dataset: Dataset) -> tuple[PlanField, ...]:
    """Sort the fields of a plan by what they are for, in order of the Beam Sequence.

    Eclipse exports set-up and CBCT fields as treatment fields that merely lack monitor units: a field without meterset,
    beam dose, leaves and fluence is a set-up field where others have them.

    Raises
    ------
    RefusedError
        If numbers repeat, or a field is for anything else.
    """
    group = fraction_group(dataset)
    metersets, doses = _metersets(group), _by_beam(group, "BeamDose")
    fields = tuple(_stated(item, metersets) for item in items(dataset, "BeamSequence"))
    numbers = [field.number for field in fields]
    if len(set(numbers)) != len(numbers):
        raise RefusedError(f"beam numbers must differ, found {numbers}")
    lost = sorted(number for number, meterset in metersets.items() if meterset and number not in numbers)
    if lost:
        raise RefusedError(f"the plan must hold beam {lost[0]}, to which it gives monitor units, found {numbers}")
    if not any(_delivers(field) for field in fields):
        return fields
    return tuple(
        PlanField(
            field.number, field.item, Purpose.SETUP, None,
            f"beam {field.number} taken as a set-up field, as it has no monitor units, dose, leaves or fluence",
        )
        if field.purpose is Purpose.TREATMENT
        and not (_delivers(field) or doses.get(field.number) or _has_leaves(field.item))
        else field
        for field in fields
    )  # fmt: skip


def treatment_items(fields: Sequence[PlanField]) -> dict[int, Dataset]:
    """Items of the fields that treat, by beam number."""
    return {field.number: field.item for field in fields if field.purpose is Purpose.TREATMENT}


def _stated(item: Dataset, metersets: dict[int, float | None]) -> PlanField:
    """What a field says of itself."""
    number = integer(item, "BeamNumber")
    delivery = text(item, "TreatmentDeliveryType", "TREATMENT")
    if delivery in IMAGING:
        remark = f"beam {number}, a {IMAGING[delivery]} ({delivery}), left aside"
        return PlanField(number, item, Purpose.IMAGING, metersets.get(number), remark)
    if delivery not in ("TREATMENT", "SETUP"):
        raise RefusedError(f"beam {number} must be a treatment or set-up beam, found {delivery}")
    purpose = Purpose.SETUP if delivery == "SETUP" else Purpose.TREATMENT
    return PlanField(number, item, purpose, metersets.get(number))


def _delivers(field: PlanField) -> bool:
    return bool(field.meterset_mu) or has_fluence(field.item)


def _has_leaves(item: Dataset) -> bool:
    devices = items(item, "BeamLimitingDeviceSequence")
    return any(text(device, "RTBeamLimitingDeviceType").startswith("MLC") for device in devices)


def _metersets(group: Dataset) -> dict[int, float | None]:
    found = _by_beam(group, "BeamMeterset")
    negative = sorted(number for number, value in found.items() if (value or 0.0) < 0)
    if negative:
        raise RefusedError(f"beam {negative[0]} must have monitor units of 0 or more, found {found[negative[0]]:g}")
    return found


def _by_beam(group: Dataset, keyword: str) -> dict[int, float | None]:
    """Values that a fraction group states of its beams."""
    found: dict[int, float | None] = {}
    for item in items(group, "ReferencedBeamSequence"):
        number, value = integer(item, "ReferencedBeamNumber"), optional_number(item, keyword)
        if found.get(number, value) != value:
            raise RefusedError(
                f"a fraction group must state one {keyword} of beam {number}, found {found[number]} and {value}"
            )
        found[number] = value
    return found


def _group_name(group: Dataset) -> str:
    beams = ", ".join(map(str, _metersets(group))) or "none"
    fractions = text(group, "NumberOfFractionsPlanned", "unknown")
    return f"group {text(group, 'FractionGroupNumber', 'without number')}: {fractions} fractions, beams {beams}"
