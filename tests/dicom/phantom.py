"""A small case in which no two directions look alike, and how to change files of its export."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import (
    Beam,
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    DoseMedium,
    FluenceMode,
    Grid,
    Jaws,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Uids,
    Unit,
    Volume,
)
from esapi_bridge.dicom import write_export
from esapi_bridge.folders.sealed import SUMS_FILE

KEY = b"test key"
PATIENT_ID, PATIENT_NAME = "ID-CANARY-7316", "Canary^Namé"

CT_MARKERS_HU = {
    (-10.0, -20.0, -15.0): 1501.0,
    (18.5, -20.0, -15.0): 1502.0,
    (-10.0, 14.0, -15.0): 1503.0,
    (-10.0, -20.0, 18.0): 1504.0,
    (5.0, -6.0, 9.0): 1505.0,
}
"""HU of single voxels by LPS position, mm: the corner at the origin, the end of each axis, one inside."""

DOSE_MARKERS_GY = {
    (-9.0, -18.0, -14.0): 61.0,
    (11.0, -18.0, -14.0): 62.0,
    (-9.0, 7.0, -14.0): 63.0,
    (-9.0, -18.0, 14.0): 64.0,
    (1.0, -3.0, 6.0): 65.0,
}


def asymmetric_case(patient_position: PatientPosition = PatientPosition.HFS) -> Case:
    """Non-square pixels, three different spacings, marker voxels, an arc, an open FFF field and a set-up field."""
    rng = np.random.default_rng(5)
    ct_grid = Grid((20, 18, 12), (1.5, 2.0, 3.0), (-10.0, -20.0, -15.0))
    ct = _with_markers(rng.integers(-1000, 1500, ct_grid.shape).astype(np.float32), ct_grid, CT_MARKERS_HU)
    dose_grid = Grid((5, 6, 8), (5.0, 5.0, 4.0), (-9.0, -18.0, -14.0))
    share = 0.25
    dose = _with_markers(60 * rng.random(dose_grid.shape, dtype=np.float32), dose_grid, DOSE_MARKERS_GY)
    structures = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), (np.array([[-9, -19, -6.0], [17, -19, -6], [-9, 13, -6]]),)),
        Structure(4, "Lung_é", "ORGAN", (1, 2, 3), ()),
    )
    return Case(
        ct=Volume(ct, ct_grid, Unit.HU),
        plan=Plan("Plan 1", _beams(), patient_position, prescription_gy=60.0, fractions=30),
        plan_dose=Dose(
            Volume(dose, dose_grid, Unit.GY), DoseKind.PLAN, algorithm="pencil beam", medium=DoseMedium.WATER
        ),
        beam_doses={
            number: Dose(Volume(dose * np.float32(part), dose_grid, Unit.GY), DoseKind.BEAM, number)
            for number, part in ((1, share), (2, 1 - share))
        },
        structures=structures,
        uids=Uids("2.25.11", "2.25.12", "2.25.13", "2.25.14"),
        patient_key="none",
    )


def export_folder(
    tmp_path: Path, *, checksums: bool = False, patient_position: PatientPosition = PatientPosition.HFS
) -> Path:
    """Export the case; without the list of sums, so that files can be changed."""
    folder = tmp_path / "export"
    folder.mkdir(parents=True)
    for name, content in _exported(patient_position).items():
        if checksums or name != SUMS_FILE:
            (folder / name).write_bytes(content)
    return folder


@cache
def _exported(patient_position: PatientPosition) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        write_export(asymmetric_case(patient_position), Path(folder), patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def files_of(folder: Path, kind: str) -> list[Path]:
    """Files of a kind (CT, RS, RP, RD), CT slices from feet to head, the plan dose before beam doses."""
    found = sorted(folder.glob(f"{kind}.*.dcm"))
    if kind == "CT":
        found.sort(key=lambda path: float(pydicom.dcmread(path).ImagePositionPatient[2]))
    if kind == "RD":
        found.sort(key=lambda path: pydicom.dcmread(path).DoseSummationType == "BEAM")
    return found


def plan_dose(case: Case) -> Dose:
    """Dose of the plan, which must be there."""
    assert case.plan_dose is not None
    return case.plan_dose


def change(path: Path, edit: Callable[[Dataset], object]) -> None:
    """Change the data set of a file in place."""
    dataset = pydicom.dcmread(path)
    edit(dataset)
    dataset.save_as(path)


def _with_markers(
    values: NDArray[np.float32], grid: Grid, markers: dict[tuple[float, float, float], float]
) -> NDArray[np.float32]:
    for point, value in markers.items():
        i, j, k = np.rint((np.array(point) - grid.origin_mm) / grid.spacing_mm).astype(int)
        values[k, j, i] = value
    return values


def _beams() -> tuple[Beam, ...]:
    jaws = Jaws(-50.0, 40.0, -30.0, 60.0)
    open_field = (ControlPoint(0.0, 30.0, 10.0, 350.0, jaws),)
    leaves = np.stack([np.linspace(-20, -10, 4), np.linspace(5, 15, 4)])
    arc = (
        ControlPoint(0.0, 170.0, 10.0, 0.0, jaws, leaves),
        ControlPoint(0.4, 180.0, 10.0, 0.0, jaws, leaves + 1),
        ControlPoint(1.0, 190.0, 10.0, 0.0, Jaws(-50.0, 45.0, -30.0, 60.0), leaves + 1),
    )
    isocentre = (1.5, -3.25, 2.0)
    boundaries = np.array([-20.0, -10.0, 0.0, 5.0, 20.0])
    fff, flat = FluenceMode.FFF, FluenceMode.STANDARD
    return (
        Beam(3, "CBCT", "TrueBeam", 6.0, flat, Technique.STATIC, isocentre, 1000.0, 0.0, open_field, is_setup=True),
        Beam(1, "Field 1", "TrueBeam", 10.0, fff, Technique.STATIC, isocentre, 1000.0, 100.0, open_field),
        Beam(
            2, "Arc", "TrueBeam", 6.0, flat, Technique.ARC, isocentre, 1000.0, 210.5, arc, mlc_boundaries_mm=boundaries
        ),
    )


def beam_item(plan, number):
    return next(item for item in plan.BeamSequence if item.BeamNumber == number)
