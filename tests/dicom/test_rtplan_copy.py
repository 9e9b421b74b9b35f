"""The RT Plan copy: what is new, what is kept, and that the fluence comes back as it went in."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.dicom import read_export, write_export, write_rtplan_copy
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import BridgeError, RefusedError
from tests.dicom.phantom import KEY, PATIENT_ID, PATIENT_NAME, asymmetric_case, change, export_folder, files_of
from tests.patience import LONGEST_S


def fluence(seed: int, rows: int = 52, columns: int = 61, x_mm: float = -71.0, y_mm: float = 63.0) -> FluenceMap:
    values = np.random.default_rng(seed).gamma(1.0, 0.6, (rows, columns)).astype(np.float32)
    values[:3] = values[:, -2:] = 0.0
    return FluenceMap(values, x_mm, y_mm)


FLUENCES = {1: fluence(1), 2: fluence(2, x_mm=-40.0)}


def beams(fluences: dict[int, FluenceMap] | None = None) -> list[Beam]:
    """Treatment beams of the plan with fluence."""
    wanted = FLUENCES if fluences is None else fluences
    known = {beam.number: beam for beam in asymmetric_case().plan.treatment_beams}
    return [replace(known.get(n, known[1]), number=n, fluence=fluence) for n, fluence in wanted.items()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = files_of(export_folder(tmp_path), "RP")[0]
    change(path, _add_what_eclipse_adds)
    return path


def _add_what_eclipse_adds(plan: Dataset) -> None:
    plan.ApprovalStatus = "APPROVED"
    plan.ReviewerName, plan.ReviewDate, plan.ReviewTime = "Doctor^Canary", "20200101", "101010"
    for place in (plan, plan.BeamSequence[1]):
        place.add_new(0x32530010, "LO", "Varian Medical Systems VISION 3253")
        place.add_new(0x32531000, "UN", b"<ExtendedPlan>CANARY</ExtendedPlan>")
        place.add_new(0x32870010, "LO", "Varian Medical Systems VISION 3287")
        place.add_new(0x32871000, "LO", "checksum")
    plan.BeamSequence[1].add_new(0x32430010, "LO", "Varian Medical Systems VISION 3243")
    plan.BeamSequence[1].add_new(0x32431009, "SH", "second name")
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDose = "1.5"


@pytest.fixture
def copy(source: Path, tmp_path: Path) -> Dataset:
    path = write_rtplan_copy(source, beams(), tmp_path / "RTPLAN.dcm", model="tiny 0", description="predicted")
    return pydicom.dcmread(path)


def every(dataset: Dataset) -> Iterator[pydicom.DataElement]:
    for element in dataset:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from every(item)


@pytest.mark.parametrize("form", FluenceForm)
def test_fluence_comes_back_as_it_went_in(source: Path, tmp_path: Path, form: FluenceForm) -> None:
    path = write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d", form=form)
    found = {beam.number: beam.fluence for beam in read_plan(pydicom.dcmread(path)).plan.treatment_beams}
    assert set(found) == {1, 2}
    for number, wanted in FLUENCES.items():
        back = found[number]
        assert back is not None
        assert np.abs(back.values - wanted.values).max() < 1e-6
        assert replace(back, values=wanted.values) == wanted


@pytest.mark.parametrize(
    ("form", "gy_per_value"), [(FluenceForm.OPTIMAL, 60 / 30), (FluenceForm.DMLC, 1.0)]
)  # the plan's 60 Gy are given in 30 fractions
def test_the_item_says_what_dicom_demands(source: Path, tmp_path: Path, form: FluenceForm, gy_per_value: float) -> None:
    """Elements read by hand, not by our reader."""
    path = write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d", form=form)
    beam = next(item for item in pydicom.dcmread(path).BeamSequence if item.BeamNumber == 2)
    assert beam.NumberOfCompensators == 1
    (item,) = beam.CompensatorSequence
    assert (item.CompensatorType, item.MaterialID or "") == (form, "")
    assert (item.CompensatorRows, item.CompensatorColumns) == (52, 61)
    assert [float(v) for v in item.CompensatorPixelSpacing] == [2.5, 2.5]
    assert [float(v) for v in item.CompensatorPosition] == [-40.0, 63.0]
    data = [float(v) for v in item.CompensatorTransmissionData]
    assert len(data) == 52 * 61
    wanted = float(FLUENCES[2].values[7, 9])  # left to right, then down
    assert data[61 * 7 + 9] * gy_per_value == pytest.approx(wanted, abs=1e-6)
    assert max(len(str(v)) for v in item.CompensatorTransmissionData) <= 16


def test_it_is_a_new_unapproved_research_object_of_the_same_patient(copy: Dataset, source: Path) -> None:
    plan = pydicom.dcmread(source)
    assert copy.SOPInstanceUID == copy.file_meta.MediaStorageSOPInstanceUID
    assert copy.SOPInstanceUID != plan.SOPInstanceUID
    assert copy.SeriesInstanceUID != plan.SeriesInstanceUID
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert copy[keyword].value == plan[keyword].value
    structure_sets = [d.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID for d in (copy, plan)]
    assert structure_sets[0] == structure_sets[1]
    assert (copy.ApprovalStatus, copy.PlanIntent) == ("UNAPPROVED", "RESEARCH")
    assert not {"ReviewerName", "ReviewDate", "ReviewTime"} & set(copy.dir())
    assert copy.RTPlanLabel == "RSCH_Plan 1"
    for text in (copy.RTPlanDescription, copy.SeriesDescription):
        assert text.startswith(INTENDED_USE)
    assert copy.ContributingEquipmentSequence[0].ContributionDescription.startswith(INTENDED_USE)
    assert copy.ContributingEquipmentSequence[0].ManufacturerModelName == "tiny 0"


def test_private_descriptions_of_the_old_plan_go_and_others_stay(copy: Dataset) -> None:
    groups = {element.tag.group for element in every(copy) if element.tag.is_private}
    assert groups == {0x3243}


def test_treatment_beams_wait_for_their_leaf_motion(copy: Dataset, source: Path) -> None:
    plan = pydicom.dcmread(source)
    old = {int(item.BeamNumber): item for item in plan.BeamSequence}
    for item in copy.BeamSequence:
        before = old[int(item.BeamNumber)]
        if item.TreatmentDeliveryType == "SETUP":
            assert item == before
            continue
        assert (item.BeamType, item.NumberOfControlPoints) == ("STATIC", 2)
        assert [float(p.CumulativeMetersetWeight) for p in item.ControlPointSequence] == [0, 1]
        kinds = {d.RTBeamLimitingDeviceType for d in item.BeamLimitingDeviceSequence}
        first, second = item.ControlPointSequence
        assert kinds == {"ASYMX", "ASYMY"} == {
            p.RTBeamLimitingDeviceType for p in first.BeamLimitingDevicePositionSequence
        }  # fmt: skip
        assert "BeamLimitingDevicePositionSequence" not in second
        for keyword in ("GantryAngle", "BeamLimitingDeviceAngle", "PatientSupportAngle", "IsocenterPosition"):
            assert first[keyword].value == before.ControlPointSequence[0][keyword].value
    for item in copy.FractionGroupSequence[0].ReferencedBeamSequence:
        assert "BeamMeterset" not in item
        assert "BeamDose" not in item


def test_jaws_cover_the_fluence_and_what_they_covered(copy: Dataset) -> None:
    """Jaws of beam 1 were -50 to 40 and -30 to 60 mm; its fluence is not zero from -72.25 to 76.75 mm and -65.75 to
    56.75 mm (three rows and two columns of zeros left out)."""
    jaws = {b.number: b.control_points[0].jaws for b in read_plan(copy).plan.treatment_beams}
    assert (jaws[1].x1_mm, jaws[1].x2_mm, jaws[1].y1_mm, jaws[1].y2_mm) == (-73, 76, -66, 60)
    assert jaws[2].x2_mm == 107


def test_the_source_is_untouched(source: Path, tmp_path: Path) -> None:
    before = source.read_bytes()
    write_rtplan_copy(source, beams(), tmp_path / "RTPLAN.dcm", model="m", description="d")
    assert source.read_bytes() == before
    with pytest.raises(BridgeError, match="must not exist"):
        write_rtplan_copy(source, beams(), source, model="m", description="d")
    assert source.read_bytes() == before


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3), ()])
def test_all_treatment_beams_or_none(source: Path, tmp_path: Path, numbers: tuple[int, ...]) -> None:
    with pytest.raises(BridgeError, match=r"beams \[1, 2\]"):
        write_rtplan_copy(
            source, beams(dict.fromkeys(numbers, fluence(1))), tmp_path / "c.dcm", model="m", description="d"
        )  # fmt: skip
    assert not (tmp_path / "c.dcm").exists()


def test_a_beam_without_fluence_is_not_copied(source: Path, tmp_path: Path) -> None:
    one, two = beams()
    with pytest.raises(BridgeError, match="beam 2 must have a fluence"):
        write_rtplan_copy(source, [one, replace(two, fluence=None)], tmp_path / "c.dcm", model="m", description="d")
    assert not (tmp_path / "c.dcm").exists()


def test_eclipses_form_needs_the_dose_of_a_fraction(source: Path, tmp_path: Path) -> None:
    change(source, lambda plan: plan.__delattr__("DoseReferenceSequence"))
    with pytest.raises(RefusedError, match="prescribed dose of one fraction, found none"):
        write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d")
    assert not (tmp_path / "c.dcm").exists()
    form = FluenceForm.DMLC
    assert write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d", form=form).exists()


def test_fields_that_do_not_treat_stay_as_they_are(source: Path, tmp_path: Path) -> None:
    """Eclipse 11 exports its CBCT field as a treatment field without monitor units, leaves and dose."""

    def as_eclipse_11(plan: Dataset) -> None:
        plan.BeamSequence[0].TreatmentDeliveryType = "TREATMENT"

    change(source, as_eclipse_11)
    path = write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d")
    copy = pydicom.dcmread(path)
    assert copy.BeamSequence[0] == pydicom.dcmread(source).BeamSequence[0]
    assert [beam.number for beam in read_plan(copy).plan.treatment_beams] == [1, 2]


def test_a_map_eclipse_would_not_take_is_not_written(source: Path, tmp_path: Path) -> None:
    wrong = {1: FLUENCES[1], 2: replace(FLUENCES[2], values=-FLUENCES[2].values)}
    with pytest.raises(BridgeError, match="negative"):
        write_rtplan_copy(source, beams(wrong), tmp_path / "c.dcm", model="m", description="d")
    assert not (tmp_path / "c.dcm").exists()


THICKNESS = "Error - Missing attribute Type 1 Required Element=<CompensatorThicknessData> Module=<RTBeams>"
"""dciodvfy wants it always; the standard (C.8.8.14) only where there is a material, which leaves have not."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)


def test_validators_find_no_error(source: Path, tmp_path: Path) -> None:
    path = write_rtplan_copy(source, beams(), tmp_path / "c.dcm", model="m", description="d")
    result = run("dcmdump", "-q", str(path))
    assert (result.returncode, result.stderr) == (0, "")
    result = run("dciodvfy", str(path))
    said = (result.stdout + result.stderr).splitlines()
    assert "RTPlan" in said
    assert [line for line in said if line.startswith("Error")] == [THICKNESS] * 2


def test_an_exported_plan_keeps_the_fluence_of_its_beams(tmp_path: Path) -> None:
    case = asymmetric_case()
    beams = tuple(replace(beam, fluence=FLUENCES.get(beam.number)) for beam in case.plan.beams)
    case = replace(case, plan=replace(case.plan, beams=beams))
    write_export(case, tmp_path / "export", patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    export = read_export(tmp_path / "export", key=KEY)
    for beam in export.case.plan.beams:
        wanted = FLUENCES.get(beam.number)
        assert (beam.fluence is None) == (wanted is None)
        if wanted is not None and beam.fluence is not None:
            assert np.abs(beam.fluence.values - wanted.values).max() < 1e-6
    assert export.beam_accessories == {}  # a moving multileaf collimator is no piece of metal


def compensated(**changes: object) -> Dataset:
    plan = Dataset()
    plan.NumberOfCompensators = 1
    item = Dataset()
    item.CompensatorNumber = 1
    item.CompensatorRows, item.CompensatorColumns = 2, 3
    item.CompensatorPixelSpacing, item.CompensatorPosition = [2.5, 2.5], [-2.5, 1.25]
    item.CompensatorTransmissionData = [0, 1, 2, 3, 4, 5]
    for keyword, value in changes.items():
        setattr(item, keyword, value)
    plan.CompensatorSequence = [item]
    return plan


@pytest.fixture
def plan(tmp_path: Path) -> Dataset:
    return pydicom.dcmread(files_of(export_folder(tmp_path), "RP")[0])


def with_compensator(plan: Dataset, **changes: object) -> Dataset:
    beam = next(item for item in plan.BeamSequence if item.BeamNumber == 1)
    beam.update(compensated(**changes))
    return plan


def test_of_eclipses_two_maps_the_optimal_one_is_read(plan: Dataset) -> None:
    """60 Gy in 30 fractions: a value is in units of 2 Gy."""
    with_compensator(plan, CompensatorType="TOTAL_ACTUAL", CompensatorTransmissionData=[9] * 6)
    beam = next(item for item in plan.BeamSequence if item.BeamNumber == 1)
    beam.CompensatorSequence.append(compensated(CompensatorType="OPTIMAL").CompensatorSequence[0])
    beam.NumberOfCompensators = 2
    record = read_plan(plan)
    found = next(b for b in record.plan.beams if b.number == 1).fluence
    assert found is not None
    assert found.values.tolist() == [[0, 2, 4], [6, 8, 10]]
    assert record.accessories == {}


def test_an_actual_map_alone_is_no_optimal_fluence(plan: Dataset) -> None:
    record = read_plan(with_compensator(plan, CompensatorType="TOTAL_ACTUAL"))
    assert next(b for b in record.plan.beams if b.number == 1).fluence is None
    assert record.accessories == {}


def test_an_optimal_map_of_a_plan_without_prescription_is_left_aside(plan: Dataset) -> None:
    del plan.DoseReferenceSequence
    record = read_plan(with_compensator(plan, CompensatorType="OPTIMAL"))
    assert next(b for b in record.plan.beams if b.number == 1).fluence is None
    assert record.remarks == (
        "fluence of beam 1, left aside: its unit is one prescribed dose, which the plan does not state",
    )


def test_a_fluence_of_unstated_type_without_material_is_one(plan: Dataset) -> None:
    record = read_plan(with_compensator(plan))
    found = next(b for b in record.plan.beams if b.number == 1).fluence
    assert found is not None
    assert found.values.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert record.accessories == {}


@pytest.mark.parametrize(
    "changes", [{"MaterialID": "BRASS"}, {"CompensatorType": "STANDARD"}, {"CompensatorThicknessData": [1.0] * 6}]
)
def test_a_piece_of_metal_is_an_accessory(plan: Dataset, changes: dict[str, object]) -> None:
    record = read_plan(with_compensator(plan, **changes))
    assert record.accessories == {1: ("compensator",)}
    assert next(b for b in record.plan.beams if b.number == 1).fluence is None


def test_a_compensator_that_is_only_counted_is_an_accessory(plan: Dataset) -> None:
    next(item for item in plan.BeamSequence if item.BeamNumber == 1).NumberOfCompensators = 1
    assert read_plan(plan).accessories == {1: ("compensator",)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CompensatorRows": 3}, r"3 x 3 values, found 6"),
        ({"CompensatorPixelSpacing": [2.5, 5]}, "square pixels"),
        ({"CompensatorPosition": [1]}, "must hold 2 numbers"),
    ],
)
def test_incomplete_maps_are_named(plan: Dataset, changes: dict[str, object], message: str) -> None:
    with pytest.raises(BridgeError, match=message):
        read_plan(with_compensator(plan, **changes))


def test_two_fluences_are_refused(plan: Dataset) -> None:
    with_compensator(plan)
    beam = next(item for item in plan.BeamSequence if item.BeamNumber == 1)
    beam.CompensatorSequence.append(beam.CompensatorSequence[0])
    with pytest.raises(RefusedError, match="at most one optimal fluence"):
        read_plan(plan)
