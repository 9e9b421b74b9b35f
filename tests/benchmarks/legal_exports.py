"""Exports that are as legal as the one they were made from, and say the same otherwise.

Every change is one that a system may make, by the standard or by habit: names, order, stored form, what is optional,
what lies beside it. None changes a number of the plan.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset, Sequence
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from esapi_bridge.case import Case
from esapi_bridge.dicom import write_export
from tests.benchmarks.legal_plans import PLAN_CHANGES

Rng = np.random.Generator

ODD_NAMES = ("Plan <1> & 2", "Übersicht ä", "a/b:c", "%s {0}", "x" * 16, "  padded ", "PTV'\"")


@dataclass
class Set:
    """The objects of an export, open for changes."""

    ct: list[Dataset]
    structures: Dataset
    plan: Dataset
    doses: list[Dataset]
    others: list[Dataset]
    junk: dict[str, bytes]

    def all(self) -> list[Dataset]:
        """Every object."""
        return [*self.ct, self.structures, self.plan, *self.doses, *self.others]


def read_set(case: Case, folder: Path) -> Set:
    """Write a case as the planning system of this project does, and read its objects."""
    write_export(case, folder, patient_id="ID1", patient_name="Test^Legal")
    found: dict[str, list[Dataset]] = {}
    for path in sorted(folder.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        dataset.decode()
        found.setdefault(str(dataset.Modality), []).append(dataset)
    return Set(found["CT"], found["RTSTRUCT"][0], found["RTPLAN"][0], found["RTDOSE"], [], {})


def uid(rng: Rng) -> str:
    """A new UID."""
    return f"2.25.{int(rng.integers(1, 2**62))}"


def shuffled(items: Sequence | list[Dataset], rng: Rng) -> list[Dataset]:
    """The same items in another order."""
    return [items[int(n)] for n in rng.permutation(len(items))]


def stored(dataset: Dataset) -> NDArray[np.int64]:
    """Stored values of an object."""
    kind = f"<{'i' if dataset.PixelRepresentation else 'u'}{dataset.BitsAllocated // 8}"
    shape = (int(dataset.get("NumberOfFrames", 1) or 1), dataset.Rows, dataset.Columns)
    return np.frombuffer(dataset.PixelData, kind).reshape(shape).astype(np.int64)


def intercept_of_each_slice(s: Set, rng: Rng) -> None:
    """Another Rescale Intercept in every slice, the same HU."""
    for image in s.ct:
        by = int(rng.integers(0, 50))
        values = stored(image) + by
        image.RescaleIntercept = float(image.RescaleIntercept) - by
        image.PixelRepresentation = 0 if values.min() >= 0 else 1
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit = 15
        image.PixelData = values.astype("<u2" if values.min() >= 0 else "<i2").tobytes()


def unsigned_ct(s: Set, _: Rng) -> None:
    """12 bits unsigned with an offset of 1024, where the values fit."""
    for image in s.ct:
        hu = stored(image) * float(image.RescaleSlope) + float(image.RescaleIntercept)
        image.RescaleSlope, image.RescaleIntercept = 1, -1100
        image.PixelRepresentation, image.BitsAllocated, image.BitsStored, image.HighBit = 0, 16, 12, 11
        image.PixelData = np.rint(hu + 1100).astype("<u2").tobytes()


def bare_ct(s: Set, _: Rng) -> None:
    """Nothing of the scanner."""
    for image in s.ct:
        for keyword in (
            "Manufacturer",
            "ManufacturerModelName",
            "StationName",
            "ConvolutionKernel",
            "KVP",
            "ImageType",
        ):
            if keyword in image:
                delattr(image, keyword)


def ct_of_short_numbers(s: Set, _: Rng) -> None:
    """Slice positions to a tenth of a millimetre."""
    for image in s.ct:
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y, f"{float(z) + 1e-4:.1f}"]


def unspecified_rescale_type(s: Set, _: Rng) -> None:
    """US instead of HU."""
    for image in s.ct:
        image.RescaleType = "US"


def several_kernels(s: Set, rng: Rng) -> None:
    """A kernel that changes along the patient."""
    for image in s.ct:
        image.ConvolutionKernel = f"B{int(rng.integers(30, 32))}"


def padding_that_cannot_occur(s: Set, _: Rng) -> None:
    """-2000 as an unsigned word, which no pixel of 12 unsigned bits can have."""
    unsigned_ct(s, _)
    for image in s.ct:
        image.add_new(0x00280120, "US", 63536)


def turned_by_rounding(s: Set, _: Rng) -> None:
    """Direction cosines with a rounding error in the sixth digit."""
    for image in [*s.ct, *s.doses]:
        image.ImageOrientationPatient = [1, 2e-6, 0, -2e-6, 1, 0]


def dose_of_16_bits(s: Set, _: Rng) -> None:
    """Half the bits."""
    for dose in s.doses:
        gy = stored(dose) * float(dose.DoseGridScaling)
        scaling = float(f"{gy.max() / 65000:.9e}")
        dose.DoseGridScaling, dose.BitsAllocated, dose.BitsStored, dose.HighBit = scaling, 16, 16, 15
        dose.PixelData = np.rint(gy / scaling).astype("<u2").tobytes()


def absolute_offsets(s: Set, _: Rng) -> None:
    """Grid Frame Offset Vector as patient z."""
    for dose in s.doses:
        z = float(dose.ImagePositionPatient[2])
        dose.GridFrameOffsetVector = [z + float(v) for v in dose.GridFrameOffsetVector]


def descending_planes(s: Set, _: Rng) -> None:
    """From head to feet."""
    for dose in s.doses:
        offsets = [float(v) for v in dose.GridFrameOffsetVector]
        if offsets[0] != 0:
            continue  # absolute already
        x, y, z = (float(v) for v in dose.ImagePositionPatient)
        kind = f"<u{dose.BitsAllocated // 8}"
        dose.ImagePositionPatient = [x, y, z + offsets[-1]]
        dose.GridFrameOffsetVector = [-v for v in offsets]
        dose.PixelData = stored(dose)[::-1].astype(kind).tobytes()


def bare_dose(s: Set, _: Rng) -> None:
    """Nothing but what is required."""
    for dose in s.doses:
        for keyword in (
            "DoseComment",
            "TissueHeterogeneityCorrection",
            "SliceThickness",
            "ContentDate",
            "SeriesDescription",
        ):
            if keyword in dose:
                delattr(dose, keyword)


def doses_of_other_kinds(s: Set, rng: Rng) -> None:
    """An effective dose of the plan and a dose of a control point."""
    for kind, keyword, value in (("EFFECTIVE", "DoseType", "EFFECTIVE"), ("CP", "DoseSummationType", "CONTROL_POINT")):
        other = copy.deepcopy(next(d for d in s.doses if d.DoseSummationType == "PLAN"))
        setattr(other, keyword, value)
        other.SOPInstanceUID, other.SeriesDescription = uid(rng), kind
        s.others.append(other)


def doses_said_otherwise(s: Set, rng: Rng) -> None:
    """Gy in small letters; a relative dose beside the one in Gy; the sum of two plans."""
    with pydicom.config.disable_value_validation():
        for dose in s.doses:
            dose.DoseUnits = "Gy"
    relative, several = (copy.deepcopy(s.doses[0]) for _ in range(2))
    relative.SOPInstanceUID, relative.DoseUnits = uid(rng), "RELATIVE"
    other = copy.deepcopy(several.ReferencedRTPlanSequence[0])
    other.ReferencedSOPInstanceUID, several.SOPInstanceUID = uid(rng), uid(rng)
    several.ReferencedRTPlanSequence.append(other)
    s.others += [dose for dose in (relative, several) if dose.DoseSummationType == "PLAN"]


def dose_of_another_plan(s: Set, rng: Rng) -> None:
    """A dose whose plan is not there."""
    other = copy.deepcopy(next(d for d in s.doses if d.DoseSummationType == "PLAN"))
    other.SOPInstanceUID = uid(rng)
    other.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = uid(rng)
    s.others.append(other)


def odd_names(s: Set, rng: Rng) -> None:
    """Names with letters, signs and markup."""
    for dataset in s.all():
        dataset.SpecificCharacterSet = "ISO_IR 192"
    s.plan.RTPlanLabel = str(rng.choice(ODD_NAMES))
    for beam in s.plan.BeamSequence:
        beam.BeamName = str(rng.choice(ODD_NAMES))
    for region in s.structures.StructureSetROISequence:
        if region.ROIName not in ("BODY", "Lung R", "Lung L"):
            region.ROIName = f"{rng.choice(ODD_NAMES)} {region.ROINumber}"


def other_order(s: Set, rng: Rng) -> None:
    """Beams, references, regions, contours and observations in another order."""
    s.plan.BeamSequence = shuffled(s.plan.BeamSequence, rng)
    group = s.plan.FractionGroupSequence[0]
    group.ReferencedBeamSequence = shuffled(group.ReferencedBeamSequence, rng)
    for keyword in ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence"):
        setattr(s.structures, keyword, shuffled(getattr(s.structures, keyword), rng))
    for region in s.structures.ROIContourSequence:
        if "ContourSequence" in region:
            region.ContourSequence = shuffled(region.ContourSequence, rng)


def contours_from_another_point(s: Set, rng: Rng) -> None:
    """The same polygons, begun elsewhere or drawn the other way round."""
    for region in s.structures.ROIContourSequence:
        for contour in region.get("ContourSequence") or []:
            points = np.asarray(contour.ContourData, dtype=float).reshape(-1, 3)
            points = np.roll(points, int(rng.integers(len(points))), axis=0)[:: int(rng.choice([1, -1]))]
            contour.ContourData = [f"{v:.4f}" for v in points.ravel()]


def contours_without_images(s: Set, _: Rng) -> None:
    """No references from contours to slices, no numbers, no colours."""
    for region in s.structures.ROIContourSequence:
        if "ROIDisplayColor" in region:
            del region.ROIDisplayColor
        for contour in region.get("ContourSequence") or []:
            for keyword in ("ContourImageSequence", "ContourNumber"):
                if keyword in contour:
                    delattr(contour, keyword)


def fewer_images_named(s: Set, rng: Rng) -> None:
    """Only some slices of the CT, and a phase that was not exported."""
    study = s.structures.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    series = study.RTReferencedSeriesSequence[0]
    absent = copy.deepcopy(series)
    del series.ContourImageSequence[len(s.ct) // 2 :]
    absent.SeriesInstanceUID = uid(rng)
    for image in absent.ContourImageSequence:
        image.ReferencedSOPInstanceUID = uid(rng)
    study.RTReferencedSeriesSequence.append(absent)


def regions_without_area(s: Set, rng: Rng) -> None:
    """A region without contours, one of a point, one without observation."""
    frame = s.structures.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
    for number, kind in ((91, None), (92, "POINT"), (93, "OPEN_PLANAR")):
        region = Dataset()
        region.ROINumber, region.ROIName, region.ROIGenerationAlgorithm = number, f"extra {number}", ""
        region.ReferencedFrameOfReferenceUID = frame
        s.structures.StructureSetROISequence.append(region)
        if kind is None:
            continue
        drawn, contour = Dataset(), Dataset()
        points = 1 if kind == "POINT" else 3
        contour.ContourGeometricType, contour.NumberOfContourPoints = kind, points
        contour.ContourData = [float(v) for v in rng.normal(0, 20, 3 * points).round(2)]
        drawn.ReferencedROINumber, drawn.ContourSequence = number, Sequence([contour])
        s.structures.ROIContourSequence.append(drawn)


def symmetric_jaw_names(s: Set, _: Rng) -> None:
    """X and Y instead of ASYMX and ASYMY."""
    for beam in s.plan.BeamSequence:
        devices = [*beam.BeamLimitingDeviceSequence]
        for point in beam.ControlPointSequence:
            devices += point.get("BeamLimitingDevicePositionSequence") or []
        for device in devices:
            device.RTBeamLimitingDeviceType = device.RTBeamLimitingDeviceType.removeprefix("ASYM")


def plan_without_frame(s: Set, _: Rng) -> None:
    """Frame of reference is optional in plans."""
    del s.plan.FrameOfReferenceUID


def issuer_in_the_plan(s: Set, _: Rng) -> None:
    """As some systems write it, in one kind of object only."""
    s.plan.IssuerOfPatientID = "Clinic"


def plan_with_more(s: Set, rng: Rng) -> None:
    """Tolerance table, technique, a dose reference of an organ, private elements, review."""
    table = Dataset()
    table.ToleranceTableNumber, table.ToleranceTableLabel = 1, "T1"
    s.plan.ToleranceTableSequence = Sequence([table])
    organ = Dataset()
    organ.DoseReferenceNumber, organ.DoseReferenceType = 1, "ORGAN_AT_RISK"
    organ.DoseReferenceStructureType, organ.DeliveryMaximumDose = "SITE", 20
    s.plan.DoseReferenceSequence = Sequence([organ])
    s.plan.ApprovalStatus = str(rng.choice(["APPROVED", "REJECTED", "UNAPPROVED"]))
    s.plan.private_block(0x3253, "Varian Medical Systems VISION 3253", create=True).add_new(0x00, "UN", b"<plan/>  ")
    for beam in s.plan.BeamSequence:
        beam.HighDoseTechniqueType = "NORMAL"
        beam.ReferencedToleranceTableNumber = 1


def set_up_field(s: Set, rng: Rng) -> None:
    """A set-up field, described or bare."""
    field = copy.deepcopy(s.plan.BeamSequence[0])
    field.BeamNumber, field.BeamName, field.TreatmentDeliveryType = 77, "CBCT", "SETUP"
    if rng.random() < 0.5:
        for point in field.ControlPointSequence:
            for keyword in ("NominalBeamEnergy", "BeamLimitingDevicePositionSequence"):
                if keyword in point:
                    delattr(point, keyword)
    place = int(rng.integers(len(s.plan.BeamSequence) + 1))
    s.plan.BeamSequence.insert(place, field)


def magnetic_resonance(s: Set, rng: Rng) -> None:
    """Images of another modality beside the CT, which the structure set refers to too."""
    image = copy.deepcopy(s.ct[0])
    image.Modality, image.SOPClassUID = "MR", MRImageStorage
    image.SOPInstanceUID, image.SeriesInstanceUID = uid(rng), uid(rng)
    s.others.append(image)


def scout(s: Set, rng: Rng) -> None:
    """A localiser in the series."""
    image = copy.deepcopy(s.ct[0])
    image.ImageType, image.SOPInstanceUID = ["ORIGINAL", "PRIMARY", "LOCALIZER"], uid(rng)
    image.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    s.others.append(image)


def second_phase(s: Set, rng: Rng) -> None:
    """Another CT series of the same patient, which nothing refers to."""
    series = uid(rng)
    for image in s.ct[:3]:
        other = copy.deepcopy(image)
        other.SeriesInstanceUID, other.SOPInstanceUID = series, uid(rng)
        s.others.append(other)


def junk(s: Set, _: Rng) -> None:
    """What lies in folders."""
    s.junk |= {
        "Thumbs.db": b"\0" * 700,
        "README.txt": b"exported by",
        ".hidden": b"DICM",
        "empty": b"",
        "DICOMDIR.txt": b"",
    }


Change = Callable[[Set, Rng], None]

CHANGES: tuple[Change, ...] = (
    intercept_of_each_slice, unsigned_ct, padding_that_cannot_occur, bare_ct, unspecified_rescale_type, several_kernels,
    ct_of_short_numbers, turned_by_rounding, dose_of_16_bits, absolute_offsets, descending_planes, bare_dose,
    doses_of_other_kinds, doses_said_otherwise, dose_of_another_plan, odd_names, other_order,
    contours_from_another_point, contours_without_images, fewer_images_named, regions_without_area, symmetric_jaw_names,
    plan_without_frame, issuer_in_the_plan, plan_with_more, set_up_field, magnetic_resonance, scout, second_phase, junk,
    *PLAN_CHANGES,
)  # fmt: skip

EXCLUDE: dict[Change, Change] = {
    descending_planes: absolute_offsets,
    absolute_offsets: descending_planes,
    unsigned_ct: intercept_of_each_slice,
    padding_that_cannot_occur: unsigned_ct,
}
"""Pairs that are one or the other form of the same thing."""


def write_legal(base: Set, folder: Path, rng: Rng) -> tuple[str, ...]:
    """Write a changed export and name the changes; every object in a syntax, folder and under a name of its own."""
    changed = copy.deepcopy(base)
    count = int(rng.integers(3, 9))
    chosen = [CHANGES[int(n)] for n in rng.permutation(len(CHANGES))[:count]]
    applied: list[Change] = []
    for change in sorted(chosen, key=CHANGES.index):
        if any(EXCLUDE.get(change) is done or EXCLUDE.get(done) is change for done in applied):
            continue
        change(changed, rng)
        applied.append(change)
    syntax = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)[int(rng.integers(2))]
    preamble, flat = bool(rng.random() < 0.8), bool(rng.random() < 0.5)
    for number, dataset in enumerate(shuffled(changed.all(), rng)):
        home = folder if flat else folder / f"S{number % 3}" / str(dataset.Modality)
        home.mkdir(parents=True, exist_ok=True)
        save(dataset, home / f"{'I' if rng.random() < 0.5 else 'x.'}{number:05d}", syntax, preamble=preamble)
    for name, content in changed.junk.items():
        (folder / name).write_bytes(content)
    names = [change.__name__ for change in applied]
    return (*names, syntax.name, "preamble" if preamble else "no preamble", "flat" if flat else "folders")


def save(dataset: Dataset, path: Path, syntax: pydicom.uid.UID, *, preamble: bool) -> None:
    """Write an object with file meta information, or as a bare data set, which is older and still about."""
    assert syntax != ExplicitVRBigEndian
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta
    for element in ("PixelData",):
        if element in dataset:
            dataset[element].VR = "OW"
    if preamble:
        dataset.save_as(path, enforce_file_format=True)
        return
    del dataset.file_meta
    dataset.save_as(path, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True, enforce_file_format=False)
