"""Plans of many patients in one flat folder, some broken, among other files, as a clinic's export folder holds them.

``python -m tests.benchmarks.many_plans FOLDER --patients 40 --plans 200 --broken 12 --unrelated 500``

Every plan has a small phantom, one or two open fields and a coarse dose, so that a run takes a second or so. Prints the
UID of every broken plan and what is wrong with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.uid import (
    UID,
    MRImageStorage,
    RTIonPlanStorage,
    SecondaryCaptureImageStorage,
    SpatialRegistrationStorage,
)

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose, DoseKind, Grid, PatientPosition, Plan, Structure, Volume
from esapi_bridge.dicom.uids import derived_uid
from esapi_bridge.dicom.write.ct import write_ct_series
from esapi_bridge.dicom.write.files import save
from esapi_bridge.dicom.write.rtdose import write_rtdose
from esapi_bridge.dicom.write.rtplan import write_rtplan
from esapi_bridge.dicom.write.rtstruct import write_rtstruct
from tests.cases import ellipse, gray, grid_around, hounsfield, open_beam, points_of, total

BODY_MM, HALF_FIELD_MM = (45.0, 35.0), 20.0
CT_HALF_MM, DOSE_HALF_MM = (70.0, 60.0, 40.0), (50.0, 40.0, 30.0)
GANTRY_DEG = (0.0, 70.0, 130.0, 215.0, 300.0)
ALGORITHM = "pencil beam 1"


@dataclass(frozen=True)
class Images:
    """The planning CT of a patient and the structures on it."""

    patient: Dataset
    slices: list[Dataset]
    structures: Path
    frame: str

    @property
    def structure_uid(self) -> str:
        """SOP Instance UID of the structure set."""
        return self.structures.stem.removeprefix("RS.")


@dataclass(frozen=True)
class Written:
    """A plan's files."""

    folder: Path
    images: Images
    plan: Path
    dose: Path
    beams: list[Path]

    @property
    def uid(self) -> str:
        """SOP Instance UID of the plan."""
        return self.plan.stem.removeprefix("RP.")


def phantom(seed: int, spacing_mm: float) -> Volume:
    """A small body of water with a hard core."""
    grid = grid_around((spacing_mm,) * 3, CT_HALF_MM)
    points = points_of(grid)
    hu = np.full(grid.shape, -1000.0, np.float32)
    hu[_within(points, BODY_MM)] = 20.0
    hu[_within(points - np.array([12.0, 8.0, 0.0]), (8.0, 8.0))] = 300.0
    hu += np.random.default_rng(seed).normal(0, 8, hu.shape).astype(np.float32)
    return hounsfield(hu, grid)


def write_images(folder: Path, patient: Dataset, seed: int, spacing_mm: float) -> Images:
    """Write a CT and its structure set."""
    ct = phantom(seed, spacing_mm)
    frame = derived_uid("many plans", str(seed), "frame")
    slices = write_ct_series(
        ct, patient, folder, patient_position=PatientPosition.HFS,
        series_uid=derived_uid("many plans", str(seed), "CT"), frame_of_reference=frame,
    )  # fmt: skip
    z = ct.grid.origin_mm[2] + spacing_mm * np.arange(ct.grid.size[2], dtype=np.float64)
    drawn = (
        Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), BODY_MM, z)),
        Structure(2, "PTV", "PTV", (255, 0, 0), ellipse((0, 0), (12, 12), z[np.abs(z) < 12])),
    )
    uid = derived_uid("many plans", str(seed), "structures")
    path = folder / f"RS.{uid}.dcm"
    series = derived_uid("many plans", str(seed), "RTSTRUCT")
    write_rtstruct(drawn, slices, path, series_uid=series, instance_uid=uid)
    return Images(patient, slices, path, frame)


def write_plan(folder: Path, images: Images, number: int, energy_mv: float = 10.0) -> Written:
    """Write a plan of two open fields with its doses."""
    gantries = GANTRY_DEG[number % len(GANTRY_DEG)], GANTRY_DEG[(number + 2) % len(GANTRY_DEG)]
    beams = tuple(
        open_beam(n, gantry, HALF_FIELD_MM, energy_mv=energy_mv, meterset_mu=100.0)
        for n, gantry in enumerate(gantries, 1)
    )
    plan = Plan(f"Plan{number}", beams, PatientPosition.HFS, fractions=1)
    uid = derived_uid("many plans", "plan", str(number))
    path = folder / f"RP.{uid}.dcm"
    write_rtplan(
        plan, images.patient, path, frame_of_reference=images.frame, series_uid=f"{uid}.1", instance_uid=uid,
        structure_set_uid=images.structure_uid,
    )  # fmt: skip
    grid = grid_around((5.0, 5.0, 5.0), DOSE_HALF_MM)
    doses = {beam.number: _dose(grid, beam.number, gantry) for beam, gantry in zip(beams, gantries, strict=True)}
    plan_dose = write_dose(folder, total(doses), path, "plan dose", f"{uid} plan")
    files = [write_dose(folder, dose, path, f"beam {n}", f"{uid} {n}") for n, dose in doses.items()]
    return Written(folder, images, path, plan_dose, files)


def write_dose(folder: Path, dose: Dose, plan: Path, description: str, name: str) -> Path:
    """Write a dose under a name that always has one UID."""
    uid = derived_uid("many plans", "dose", name)
    return write_rtdose(dose, plan, folder / f"RD.{uid}.dcm", description=description, instance_uid=uid)


def _within(points: np.ndarray, radii_mm: tuple[float, float]) -> np.ndarray:
    inside: np.ndarray = ((points[..., :2] / np.asarray(radii_mm)) ** 2).sum(axis=-1) < 1
    return inside


def _dose(grid: Grid, number: int, gantry_deg: float) -> Dose:
    """An open field: falling off with depth, soft at its edges, nothing outside the body."""
    points = points_of(grid)
    g = np.deg2rad(gantry_deg)
    to_source, across = np.array([np.sin(g), -np.cos(g), 0.0]), np.array([np.cos(g), np.sin(g), 0.0])
    depth = 40.0 - points @ to_source
    scale = (1000.0 - points @ to_source) / 1000.0
    edges = [1 / (1 + np.exp((np.abs(points @ axis) / scale - HALF_FIELD_MM) / 3)) for axis in (across, np.eye(3)[2])]
    gy = np.exp(-np.clip(depth, 0, None) / 210) * edges[0] * edges[1] * _within(points, BODY_MM)
    return Dose(gray(gy, grid), DoseKind.BEAM, number, algorithm=ALGORITHM)


def change(path: Path, edit: Callable[[Dataset], object]) -> None:
    """Change the data set of a file in place."""
    dataset = pydicom.dcmread(path)
    edit(dataset)
    dataset.save_as(path)


def _other_frame(written: Written) -> None:
    change(written.plan, lambda ds: setattr(ds, "FrameOfReferenceUID", "1.2.3.4"))


def _missing_slice(written: Written) -> None:
    (written.folder / f"CT.{written.images.slices[5].SOPInstanceUID}.dcm").unlink()


def _no_ct(written: Written) -> None:
    for one in written.images.slices:
        (written.folder / f"CT.{one.SOPInstanceUID}.dcm").unlink()


def _no_structures(written: Written) -> None:
    change(written.plan, lambda ds: setattr(ds.ReferencedStructureSetSequence[0], "ReferencedSOPInstanceUID", "1.2.3"))


def _dose_of_another_plan(written: Written) -> None:
    for path in (written.dose, *written.beams):
        change(path, lambda ds: setattr(ds.ReferencedRTPlanSequence[0], "ReferencedSOPInstanceUID", "1.2.3"))


def _cut_short(written: Written) -> None:
    content = written.dose.read_bytes()
    written.dose.write_bytes(content[: 2 * len(content) // 3])


def _two_doses(written: Written) -> None:
    def another(ds: Dataset) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = UID(f"{ds.SOPInstanceUID}.2")
        ds.DoseGridScaling = float(ds.DoseGridScaling) * 1.1

    path = written.dose.with_suffix(".2.dcm")
    path.write_bytes(written.dose.read_bytes())
    change(path, another)


def _no_monitor_units(written: Written) -> None:
    def edit(ds: Dataset) -> None:
        ds.ApprovalStatus = "APPROVED"
        for beam in ds.FractionGroupSequence[0].ReferencedBeamSequence:
            del beam.BeamMeterset

    change(written.plan, edit)


def _doses_that_do_not_add_up(written: Written) -> None:
    change(written.beams[0], lambda ds: setattr(ds, "DoseGridScaling", float(ds.DoseGridScaling) / 2))


def _of_another_patient(written: Written) -> None:
    for path in (written.dose, *written.beams):
        change(path, lambda ds: setattr(ds, "PatientID", "SOMEBODY-ELSE"))


def _one_uid_twice(written: Written) -> None:
    path = written.plan.with_suffix(".2.dcm")
    path.write_bytes(written.plan.read_bytes())
    change(path, lambda ds: setattr(ds, "RTPlanLabel", "Another"))


def _ion_plan(written: Written) -> None:
    def edit(ds: Dataset) -> None:
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = RTIonPlanStorage

    change(written.plan, edit)


def _nothing(_written: Written) -> None:
    """What is wrong is what it was written with."""


OTHER_ENERGY = "an energy that no network is for"

BROKEN: dict[str, Callable[[Written], None]] = {
    "a slice is missing": _missing_slice,
    "the doses are of another plan": _dose_of_another_plan,
    "its structure set is not there": _no_structures,
    "the dose file is cut short": _cut_short,
    "two doses contradict each other": _two_doses,
    "approved, but without monitor units": _no_monitor_units,
    OTHER_ENERGY: _nothing,
    "another frame of reference": _other_frame,
    "the doses of beams do not add up": _doses_that_do_not_add_up,
    "the doses are of another patient": _of_another_patient,
    "two different files have the UID of the plan": _one_uid_twice,
    "no CT": _no_ct,
    "an ion plan": _ion_plan,
}
"""What can be wrong with a plan, in words, and what makes it so."""


def write_unrelated(folder: Path, count: int, patients: list[Dataset]) -> None:
    """Write files that belong to no plan: other modalities, registrations, texts, PDFs."""
    classes = (MRImageStorage, SecondaryCaptureImageStorage, SpatialRegistrationStorage)
    for number in range(count):
        kind = number % 5
        if kind == 3:
            (folder / f"notes {number}.txt").write_text("Research notes\n")
            continue
        if kind == 4:
            (folder / f"report-{number}.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
            continue
        dataset = Dataset()
        dataset.update(patients[number % len(patients)])
        uid = derived_uid("many plans", "unrelated", str(number))
        dataset.SOPClassUID, dataset.SOPInstanceUID = classes[kind], uid
        dataset.Modality = ("MR", "OT", "REG")[kind]
        dataset.SeriesInstanceUID = f"{uid}.1"
        if kind < 2:
            dataset.Rows = dataset.Columns = 64
            dataset.PixelData = bytes(2 * 64 * 64)
            dataset["PixelData"].VR = "OW"
        save(dataset, folder / f"{dataset.Modality}.{uid}.dcm")


def make_patient(number: int) -> Dataset:
    """Patient and study of one patient."""
    patient = Dataset()
    patient.SpecificCharacterSet = "ISO_IR 192"
    patient.PatientName, patient.PatientID = f"Many^Plans{number}", f"MANY-{number:03d}"
    patient.PatientBirthDate = patient.PatientSex = None
    patient.StudyInstanceUID = derived_uid("many plans", "study", str(number))
    patient.StudyDate, patient.StudyTime, patient.StudyID = "20260101", "120000", "1"
    patient.AccessionNumber = patient.ReferringPhysicianName = None
    return patient


def write_many(
    folder: Path, *, patients: int, plans: int, broken: int, unrelated: int, spacing_mm: float = 2.5
) -> dict[str, str]:
    """Write everything into one folder and return what is wrong with the broken plans, by UID.

    Parameters
    ----------
    folder
        Made; must be absent or empty.
    patients, plans, broken, unrelated
        How many; the broken ones are among the plans, each in the next way of `BROKEN`, and have a CT of their own.
    spacing_mm
        Voxels of the CT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit("the folder must be empty")
    people = [make_patient(number) for number in range(patients)]
    images = [write_images(folder, person, number, spacing_mm) for number, person in enumerate(people)]
    wrong: dict[str, str] = {}
    for number in range(plans):
        of_patient = images[number % patients]
        if number >= broken:
            write_plan(folder, of_patient, number)
            continue
        what, break_it = list(BROKEN.items())[number % len(BROKEN)]
        own = write_images(folder, of_patient.patient, patients + number, spacing_mm)
        written = write_plan(folder, own, number, 15.0 if what == OTHER_ENERGY else 10.0)
        break_it(written)
        wrong[written.uid] = what
    write_unrelated(folder, unrelated, people)
    return wrong


def write_folders(root: Path, count: int, spacing_mm: float = 2.5) -> list[Path]:
    """Write plans without a fault, a folder and a patient each."""
    folders = [root / f"plan{number:03d}" for number in range(count)]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        write_plan(folder, write_images(folder, make_patient(number), number, spacing_mm), number)
    return folders


def main() -> None:
    """Write the folder that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write plans of many patients into one flat folder.")
    parser.add_argument("folder", type=Path)
    for name, usual in (("patients", 40), ("plans", 200), ("broken", 12), ("unrelated", 500)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--spacing", type=float, default=2.5, help="voxels of the CT, mm")
    given = parser.parse_args()
    wrong = write_many(
        given.folder, patients=given.patients, plans=given.plans, broken=given.broken, unrelated=given.unrelated,
        spacing_mm=given.spacing,
    )  # fmt: skip
    print(json.dumps(wrong, indent=1))
    print(f"{len(list(given.folder.iterdir()))} files. {INTENDED_USE}")


if __name__ == "__main__":
    main()
