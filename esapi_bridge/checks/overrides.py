"""Checks of the densities that the planning system assigns to structures, before they are put into the CT.

- overrides: every assigned value can be turned into a CT number and its structure be filled; else refused. Where there
  are some, a warning lists each with the CT number that the network is given.
"""

from __future__ import annotations

from esapi_bridge.case import Case
from esapi_bridge.case.overrides import Applied, CtCalibration, apply_overrides, describe, fault_of
from esapi_bridge.checks.verdict import Outcome, Verdict
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import DoseCard

EXPECTED = "the CT as it is, or assigned densities that can be put into it"


def calibration_of(card: DoseCard) -> CtCalibration | None:
    """Curve from CT number to density that a card states; None where it states none."""
    points = card.inputs.ct.calibration
    return CtCalibration(*zip(*points, strict=True)) if points else None


def with_overrides(case: Case, card: DoseCard) -> tuple[Case, Verdict]:
    """Put assigned densities into the CT; the case is returned as it was where that is refused.

    Parameters
    ----------
    case
        The case, its CT along the patient axes.
    card
        The model's card.
    """
    calibration = calibration_of(card)
    faults = [
        f"{structure.name}: {fault}"
        for structure in case.structures
        if structure.override is not None and (structure.contours_mm or structure.is_unread)
        if (fault := fault_of(structure.override, calibration) or ", ".join(structure.left_out * structure.is_unread))
    ]
    if faults:
        return case, Verdict("overrides", Outcome.REFUSE, EXPECTED, "; ".join(faults))
    try:
        changed, applied = apply_overrides(case, calibration)
    except RefusedError as error:
        return case, Verdict("overrides", Outcome.REFUSE, EXPECTED, str(error))
    found = "; ".join(_told(one, changed) for one in applied)
    return changed, Verdict("overrides", Outcome.WARN if applied else Outcome.PASS, EXPECTED, found or "none assigned")


def noted(case: Case) -> Verdict:
    """Note assigned densities before a network that is given no CT."""
    names = [s.name for s in case.structures if s.override is not None and s.contours_mm]
    expected = "any: this network is given no CT"
    return Verdict("overrides", Outcome.PASS, expected, ", ".join(names) or "none assigned")


def _told(one: Applied, case: Case) -> str:
    assert one.structure.override is not None
    volume_cm3 = one.voxels * case.ct.grid.voxel_volume_mm3 / 1000
    said = describe(one.structure.override)
    return f"{one.structure.name} taken for {said}: {one.hu:.0f} HU in {volume_cm3:.1f} cm3 of the CT"
