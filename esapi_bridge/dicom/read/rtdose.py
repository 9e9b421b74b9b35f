"""Read RT Dose (DICOM PS3.3 A.18.3) as dose in Gy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import RTDoseStorage, RTIonPlanStorage

from esapi_bridge.case import Dose, DoseKind, DoseMedium, Grid, Unit, Volume
from esapi_bridge.case.grid import PARALLEL_WITHIN
from esapi_bridge.case.orientation import axes_of_orientation
from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.dicom.read.elements import (
    described,
    integer,
    items,
    kind_name,
    last_digits,
    number,
    numbers,
    optional_number,
    text,
)
from esapi_bridge.dicom.read.files import read_dataset
from esapi_bridge.dicom.read.lattice import even_within_mm
from esapi_bridge.dicom.read.pixels import stored_values
from esapi_bridge.errors import DamagedError, RefusedError

NOISE_SHARE = 1e-5
"""Negative dose down to this share of the maximum is noise of interpolation or Monte Carlo, and becomes zero."""

FRACTION_OF_REFERENCE_MAXIMUM = 3.0
"""A relative dose whose maximum is below this is in fractions of the reference dose ..."""

PERCENT_MINIMUM = 20.0
"""... and one whose maximum is above this is in per cent of it; in between it could be either."""


class DoseForm(StrEnum):
    """What an RT Dose object holds, in words for messages."""

    VOLUME = "a dose volume"
    PLANE = "a plane dose (a single plane)"
    LEVELS = "dose levels or points (isodose lines, RT Dose ROI) without a dose grid"
    HISTOGRAMS = "dose-volume histograms (DVH) without a dose grid"
    EMPTY = "an RT Dose without dose"


def dose_form(dataset: Dataset) -> DoseForm:
    """Tell what an RT Dose object holds; its header is enough."""
    if "Rows" in dataset:
        return DoseForm.PLANE if (optional_number(dataset, "NumberOfFrames") or 1) < 2 else DoseForm.VOLUME
    if items(dataset, "RTDoseROISequence") or items(dataset, "ROIContourSequence"):
        return DoseForm.LEVELS
    return DoseForm.HISTOGRAMS if items(dataset, "DVHSequence") else DoseForm.EMPTY


@dataclass(frozen=True)
class DoseReference:
    """What a dose file says it belongs to.

    Parameters
    ----------
    plan_uids
        SOP Instance UIDs of the plans it refers to.
    summation
        Dose Summation Type (3004,000A).
    beam_number
        The beam of a BEAM dose, else None.
    frame_of_reference
        Frame of Reference UID; empty where not stated.
    """

    plan_uids: tuple[str, ...]
    summation: str
    beam_number: int | None
    frame_of_reference: str


def read_dose_reference(dataset: Dataset) -> DoseReference:
    """Read what a dose belongs to, without its voxels.

    Raises
    ------
    RefusedError
        If it belongs to an ion plan, or is a BEAM dose of several beams.
    """
    plans = items(dataset, "ReferencedRTPlanSequence")
    if any(text(item, "ReferencedSOPClassUID") == RTIonPlanStorage for item in plans):
        raise RefusedError("the dose must belong to a photon plan (RT Plan), found one that belongs to an RT Ion Plan")
    summation = text(dataset, "DoseSummationType")
    beam_number = None
    if summation == "BEAM":
        beams = [
            integer(beam, "ReferencedBeamNumber")
            for plan in plans
            for group in items(plan, "ReferencedFractionGroupSequence")
            for beam in items(group, "ReferencedBeamSequence")
        ]
        if len(beams) != 1:
            raise RefusedError(f"a BEAM dose must refer to exactly one beam, found {len(beams)}")
        beam_number = beams[0]
    return DoseReference(
        plan_uids=tuple(text(item, "ReferencedSOPInstanceUID") for item in plans),
        summation=summation,
        beam_number=beam_number,
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
    )


def read_rtdose(path: Path, *, reference_gy: float | None = None, fractions: int | None = None) -> Dose:
    """Read the dose of a plan or of one beam, for all fractions, from an RT Dose file.

    Parameters
    ----------
    path
        RT Dose file, 16 or 32 bit.
    reference_gy
        Dose that 100 % of a RELATIVE plan dose stands for, Gy; without it relative doses are refused.
    fractions
        Number of fractions of the plan, if known; a FRACTION dose is read only when it is 1.

    Returns
    -------
    Dose
        Gy; index axes are image row, image column and plane normal (planes in descending order are turned round).

    Raises
    ------
    RefusedError
        If the dose is not physical, not in Gy and cannot be made so, or sums over something else than a plan or a beam;
        or the file cannot be read.
    """
    dataset = read_dataset(path)
    with bridge_errors_only("an RT Dose file"):
        return dose_from_dataset(dataset, reference_gy=reference_gy, fractions=fractions)


def dose_from_dataset(dataset: Dataset, *, reference_gy: float | None = None, fractions: int | None = None) -> Dose:
    """Read a dose from an RT Dose data set; see `read_rtdose`."""
    if dataset.get("SOPClassUID") != RTDoseStorage:
        raise DamagedError(f"an RT Dose was expected, found {kind_name(dataset)}")
    form = dose_form(dataset)
    if form is not DoseForm.VOLUME:
        raise RefusedError(f"a dose volume was expected, found {form}: export the dose of the plan as a volume")
    reference = read_dose_reference(dataset)
    kind = _kind(reference.summation, fractions)
    dose_type = text(dataset, "DoseType")
    if dose_type != "PHYSICAL":
        raise RefusedError(f"{described('DoseType')} must be PHYSICAL, found {dose_type or 'none'}")
    scaling = number(dataset, "DoseGridScaling")
    if scaling <= 0:
        raise DamagedError(f"{described('DoseGridScaling')} must be positive, found {scaling:g}")
    grid, flip = _grid(dataset)
    counts = stored_values(dataset)
    if counts.shape != grid.shape:
        raise DamagedError(f"dose pixels must have the shape of their grid {grid.shape}, found {counts.shape}")
    if counts.min() < -NOISE_SHARE * counts.max():
        raise RefusedError(
            f"dose must not be negative beyond noise ({NOISE_SHARE:g} of the maximum {counts.max() * scaling:g}), "
            f"found {counts.min() * scaling:g}"
        )
    gy_per_unit = _gy_per_unit(dataset, kind, float(counts.max() * scaling), reference_gy)
    gy = np.empty(counts.shape, dtype=np.float32)
    for plane, stored in zip(gy, counts[::-1] if flip else counts, strict=True):  # a whole volume in doubles is large
        plane[:] = np.maximum(stored, 0) * scaling * gy_per_unit
    algorithm, medium = _origin(dataset)
    return Dose(
        Volume(gy, grid, Unit.GY),
        kind,
        beam_number=reference.beam_number,
        algorithm=algorithm,
        medium=medium,
    )


def _kind(summation: str, fractions: int | None) -> DoseKind:
    """PLAN and BEAM doses are those of the entire delivery, all fractions, by definition (PS3.3 C.8.8.3).

    A FRACTION dose is the entire delivery of a fraction group by definition, but of one fraction in common speech:
    it is taken only where both mean the same.
    """
    if summation in ("PLAN", "BEAM"):
        return DoseKind(summation)
    if summation == "FRACTION" and fractions == 1:
        return DoseKind.PLAN
    if summation == "FRACTION":
        raise RefusedError(
            "a FRACTION dose can be used only for a plan of 1 fraction, "
            f"found {'an unknown number of' if fractions is None else fractions} fractions: export the plan dose"
        )
    raise RefusedError(f"{described('DoseSummationType')} must be PLAN or BEAM, found {summation or 'none'}")


def _gy_per_unit(dataset: Dataset, kind: DoseKind, maximum: float, reference_gy: float | None) -> float:
    """Factor from the stored unit to Gy."""
    units = text(dataset, "DoseUnits").upper()
    if units == "GY":
        return 1.0
    if units != "RELATIVE":
        raise RefusedError(f"{described('DoseUnits')} must be GY or RELATIVE, found {units or 'none'}")
    if kind is DoseKind.BEAM:
        raise RefusedError("the dose of a beam must be in GY, found RELATIVE, whose reference dose is not stated")
    if reference_gy is None or reference_gy <= 0:
        raise RefusedError(
            "a RELATIVE dose can be used only when the plan states its prescription, found none: export the dose in Gy"
        )
    if maximum <= FRACTION_OF_REFERENCE_MAXIMUM:
        return reference_gy
    if maximum >= PERCENT_MINIMUM:
        return reference_gy / 100
    raise RefusedError(
        f"the maximum of a RELATIVE dose must be below {FRACTION_OF_REFERENCE_MAXIMUM:g} (fraction) or above "
        f"{PERCENT_MINIMUM:g} (per cent), found {maximum:g}: export the dose in Gy"
    )


def _grid(dataset: Dataset) -> tuple[Grid, bool]:
    """Lattice of a dose, and whether its planes are stored against the plane normal."""
    origin = np.asarray(numbers(dataset, "ImagePositionPatient", 3))
    axes = axes_of_orientation(numbers(dataset, "ImageOrientationPatient", 6))
    row_spacing, column_spacing = numbers(dataset, "PixelSpacing", 2)
    offsets, within = _offsets_along_normal(dataset, origin, axes)
    steps = np.diff(offsets)
    step = float(offsets[-1] - offsets[0]) / len(steps)
    even = offsets[0] + step * np.arange(len(offsets))
    if step == 0 or np.abs(offsets - even).max() > within:
        raise RefusedError(
            f"dose planes must be evenly spaced to {within:.3g} mm by {described('GridFrameOffsetVector')}, "
            f"found distances from {steps.min():.3f} to {steps.max():.3f} mm"
        )
    flip = step < 0
    first = origin + axes[:, 2] * (offsets[-1] if flip else offsets[0])
    size = (integer(dataset, "Columns"), integer(dataset, "Rows"), len(offsets))
    grid = Grid(
        size=size,
        spacing_mm=(column_spacing, row_spacing, abs(step)),
        origin_mm=tuple(first.tolist()),
        direction=tuple(axes.ravel().tolist()),
    )
    return grid, flip


def _offsets_along_normal(
    dataset: Dataset, origin: NDArray[np.float64], axes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Distance of each plane from Image Position (Patient) along the plane normal, and how far from even it may be, mm.

    Grid Frame Offset Vector (3004,000C) is either relative (first element 0) or, for axial planes, holds the patient
    z of each plane (first element that of Image Position), PS3.3 C.8.8.3.2.
    """
    vector: NDArray[np.float64] = np.asarray(numbers(dataset, "GridFrameOffsetVector"))
    within_mm = even_within_mm(min(last_digits(dataset, "GridFrameOffsetVector")))
    frames = integer(dataset, "NumberOfFrames")
    if len(vector) != frames:
        raise RefusedError(
            f"a dose must have as many planes as {described('GridFrameOffsetVector')} has offsets, "
            f"found {frames} planes and {len(vector)} offsets"
        )
    if abs(vector[0]) <= within_mm:
        relative: NDArray[np.float64] = vector - vector[0]
        return relative, within_mm
    if abs(vector[0] - origin[2]) > within_mm:
        raise RefusedError(
            "the first dose plane offset must be 0 or the z of the image position, "
            f"found {vector[0]:g} mm and {origin[2]:g} mm"
        )
    if np.abs(axes[:2, 2]).max() > PARALLEL_WITHIN:
        raise RefusedError("absolute dose plane offsets need axial planes, found tilted ones")
    towards_head = 1.0 if axes[2, 2] > 0 else -1.0
    along_normal: NDArray[np.float64] = (vector - vector[0]) * towards_head
    return along_normal, within_mm


def _origin(dataset: Dataset) -> tuple[str | None, DoseMedium | None]:
    """Algorithm and dose medium where the object names its processing equipment, as ours do."""
    for item in items(dataset, "ContributingEquipmentSequence"):
        purposes = [text(code, "CodeValue") for code in items(item, "PurposeOfReferenceCodeSequence")]
        if "109102" in purposes:
            description = text(item, "ContributionDescription")
            medium = next((choice for choice in DoseMedium if choice.value in description), None)
            algorithm = text(item, "ManufacturerModelName")
            return (None if algorithm in ("", "not stated") else algorithm), medium
    return None, None
