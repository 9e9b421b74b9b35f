"""Read what a set says of its doses besides the doses: Beam Dose of the plan, DVH Sequence of the dose.

Nothing here can stop a reading: what cannot be understood is left out, as it only serves to be compared with.
"""

from __future__ import annotations

import contextlib

import numpy as np
from pydicom import Dataset

from esapi_bridge.case.stated import PointDose, Stated
from esapi_bridge.dicom.read.elements import integer, items, number, numbers, optional_number, text
from esapi_bridge.errors import BridgeError


def read_stated(plan: Dataset, dose: Dataset | None, structure_set_uid: str | None) -> Stated:
    """Read beam doses of a plan, and mean doses from the histograms of its dose.

    Parameters
    ----------
    plan
        The RT Plan.
    dose
        The RT Dose of the whole plan; None where there is none.
    structure_set_uid
        SOP Instance UID of the structure set in use; histograms of another one are left out.
    """
    beams: dict[int, PointDose] = {}
    for group in items(plan, "FractionGroupSequence"):
        for item in items(group, "ReferencedBeamSequence"):
            with contextlib.suppress(BridgeError, ValueError, TypeError):
                gy = optional_number(item, "BeamDose") or 0.0
                if gy > 0:
                    beams[integer(item, "ReferencedBeamNumber")] = PointDose(gy, _point(item))
    drawn = (
        {text(item, "ReferencedSOPInstanceUID") for item in items(dose, "ReferencedStructureSetSequence")}
        if dose
        else set()
    )
    means: dict[int, float] = {}
    if dose is not None and (structure_set_uid in drawn or not drawn):
        for item in items(dose, "DVHSequence"):
            with contextlib.suppress(BridgeError, ValueError, TypeError):
                _add_mean(item, means)
    return Stated(beams, means)


def _point(item: Dataset) -> tuple[float, float, float] | None:
    if item.get("BeamDoseSpecificationPoint") in (None, ""):
        return None
    x, y, z = numbers(item, "BeamDoseSpecificationPoint", 3)
    return x, y, z


def _add_mean(item: Dataset, means: dict[int, float]) -> None:
    """Add the mean dose of one histogram, if it is of one structure and in Gy.

    The curve is taken, not DVH Mean Dose: Eclipse writes that in per cent of the prescription.
    """
    regions = items(item, "DVHReferencedROISequence")
    if len(regions) != 1 or text(item, "DoseUnits") != "GY" or text(regions[0], "DVHROIContributionType") == "EXCLUDED":
        return
    widths, volumes = np.reshape(numbers(item, "DVHData"), (-1, 2)).T
    widths = widths * number(item, "DVHDoseScaling")
    if volumes.sum() <= 0 or widths.min() < 0:
        return
    edges = np.cumsum(widths)
    if text(item, "DVHType") == "CUMULATIVE":
        mean = float((widths * (volumes + np.append(volumes[1:], 0.0)) / 2).sum() / volumes[0])
    elif text(item, "DVHType") == "DIFFERENTIAL":
        mean = float(((edges - widths / 2) * volumes).sum() / volumes.sum())
    else:
        return
    means[integer(regions[0], "ReferencedROINumber")] = mean
