import copy
import shutil

import numpy as np
import pydicom
import pytest

from esapi_bridge.dicom import list_plans, read_export
from esapi_bridge.dicom.identity import patient_key
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import KEY, PATIENT_ID, PATIENT_NAME, change, export_folder, files_of, plan_dose


@pytest.fixture
def folder(tmp_path):
    return export_folder(tmp_path)


def refused(folder, message, **options):
    with pytest.raises(RefusedError, match=message) as caught:
        read_export(folder, key=KEY, **options)
    text = str(caught.value)
    assert PATIENT_ID not in text
    assert "Canary" not in text
    assert str(folder) not in text


def setter(keyword, value):
    return lambda dataset: setattr(dataset, keyword, value)


def test_files_are_found_in_sub_folders_but_not_in_reference(folder):
    (folder / "doses").mkdir()
    for path in files_of(folder, "RD"):
        path.rename(folder / "doses" / path.name)
    (folder / "Reference").mkdir()
    for path in files_of(folder / "doses", "RD"):
        shutil.copy(path, folder / "Reference" / path.name)
    (folder / "notes.txt").write_text("not DICOM")
    export = read_export(folder, key=KEY)
    assert export.plan_dose_file in files_of(folder / "doses", "RD")
    assert sorted(export.beam_dose_files) == [1, 2]
    assert len(export.ct_files) == 12
    assert export.plan_file == files_of(folder, "RP")[0]
    assert export.structure_file == files_of(folder, "RS")[0]


def second_plan(folder, label="Plan 2", uid="2.25.22"):
    path = folder / "RP.second.dcm"
    shutil.copy(files_of(folder, "RP")[0], path)

    def rename(plan):
        plan.RTPlanLabel = label
        plan.SOPInstanceUID = plan.file_meta.MediaStorageSOPInstanceUID = uid
        plan.ApprovalStatus = "APPROVED"

    change(path, rename)
    return path


def test_several_plans_are_listed_and_chosen_by_name(folder):
    second_plan(folder)
    listed = {(plan.name, plan.uid, plan.approval, plan.beams) for plan in list_plans(folder)}
    assert listed == {("Plan 1", "2.25.12", "UNAPPROVED", 3), ("Plan 2", "2.25.22", "APPROVED", 3)}
    assert read_export(folder, "Plan 1", key=KEY).case.uids.plan == "2.25.12"
    assert read_export(folder, "2.25.12", key=KEY).case.plan.name == "Plan 1"
    refused(folder, r"found 2 to choose from: 'Plan 1' \(2\.25\.12\), 'Plan 2' \(2\.25\.22\)")
    refused(folder, r"'Plan 3', found 'Plan 1' \(2\.25\.12\), 'Plan 2'", plan="Plan 3")
    refused(folder, "must hold the dose of the plan", plan="Plan 2")


def test_approval_is_read(folder):
    change(files_of(folder, "RP")[0], setter("ApprovalStatus", "APPROVED"))
    assert read_export(folder, key=KEY).case.plan.approval == "APPROVED"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("CT", "no CT image"),
        ("RP", r"photon plan \(RT Plan\), found none"),
        ("RD", r"dose of the plan \(RT Dose\), found none"),
    ],
)
def test_missing_parts_are_named(folder, kind, message):
    for path in files_of(folder, kind):
        path.unlink()
    refused(folder, message)


def test_structures_may_be_missing(folder):
    files_of(folder, "RS")[0].unlink()
    case = read_export(folder, key=KEY).case
    assert case.structures == ()
    assert case.uids.structure_set is None


def test_beam_doses_alone_are_enough_if_complete(folder):
    of_plan, first, _ = files_of(folder, "RD")
    of_plan.unlink()
    case = read_export(folder, key=KEY).case
    assert case.plan_dose is None
    assert set(case.beam_doses) == {1, 2}
    number = pydicom.dcmread(first).ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence[0]
    number = number.ReferencedBeamSequence[0].ReferencedBeamNumber
    first.unlink()
    refused(folder, rf"beams \[1, 2\], found \[{3 - number}\]")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("RP", r"plan and CT must share one frame of reference, found 2\.25\.99 and 2\.25\.11"),
        ("RD", r"dose and CT must share one frame of reference, found 2\.25\.99 and 2\.25\.11"),
    ],
)
def test_frames_of_reference_that_differ_are_both_named(folder, kind, message):
    change(files_of(folder, kind)[0], setter("FrameOfReferenceUID", "2.25.99"))
    refused(folder, message)


def test_structures_in_another_frame_of_reference_are_refused(folder):
    def move(structures):
        for roi in structures.StructureSetROISequence:
            roi.ReferencedFrameOfReferenceUID = "2.25.99"

    change(files_of(folder, "RS")[0], move)
    refused(folder, r"structures and CT must share one frame of reference, found 2\.25\.99 and 2\.25\.11")


@pytest.mark.parametrize("missing", [0, 5, 11], ids=["first", "middle", "last"])
def test_missing_slice_is_refused_even_at_the_ends(folder, missing):
    files_of(folder, "CT")[missing].unlink()
    refused(folder, "missing slices" if missing == 5 else "refers to 12 CT slices, found 11")


def test_another_structure_set_than_the_plans_is_refused(folder):
    def redirect(plan):
        plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = "2.25.98"

    change(files_of(folder, "RP")[0], redirect)
    refused(folder, r"refers to structure set 2\.25\.98, found 2\.25\.13")


def test_structure_set_on_another_ct_is_refused(folder):
    for path in files_of(folder, "CT"):
        change(path, setter("SeriesInstanceUID", "2.25.97"))
    refused(folder, r"series 2\.25\.14\), found 1: 2\.25\.97")


def test_second_ct_series_is_left_aside_if_the_structure_set_tells_which(folder):
    for index, path in enumerate(files_of(folder, "CT")):
        copy = folder / f"other{index}.dcm"
        shutil.copy(path, copy)

        def to_other_series(image, index=index):
            image.SeriesInstanceUID = "2.25.97"
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.970{index + 1}"

        change(copy, to_other_series)
    assert read_export(folder, key=KEY).case.uids.ct_series == "2.25.14"
    files_of(folder, "RS")[0].unlink()
    refused(folder, r"found 2: 2\.25\.14, 2\.25\.97")


def test_files_of_two_patients_are_refused_without_naming_them(folder):
    change(files_of(folder, "RD")[1], setter("PatientID", f"{PATIENT_ID}-B"))
    refused(folder, r"another Patient ID \(0010,0020\) in RT Dose than in CT Image")


@pytest.mark.parametrize("kind", ["CT", "RS", "RP", "RD"])
def test_two_objects_of_one_uid_are_refused_unless_they_are_the_same_bytes(folder, kind):
    shutil.copy(files_of(folder, kind)[0], folder / "copy.dcm")
    export = read_export(folder, key=KEY)
    assert [(item.reason, item.count) for item in export.left_aside] == [("identical copy", 1)]
    change(folder / "copy.dcm", setter("StudyDescription", "changed"))
    refused(folder, "twice with different content")


def test_two_plan_doses_are_refused(folder):
    path = folder / "copy.dcm"
    shutil.copy(files_of(folder, "RD")[0], path)
    change(path, setter("SOPInstanceUID", "2.25.96"))
    refused(folder, "one dose, found 2")


def test_ion_plan_is_refused(folder):
    def to_ion(plan):
        plan.SOPClassUID = plan.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"

    change(files_of(folder, "RP")[0], to_ion)
    refused(folder, r"found 1 ion plan \(RT Ion Plan\)")


def test_plan_of_no_patient_is_refused(folder):
    change(files_of(folder, "RP")[0], setter("RTPlanGeometry", "TREATMENT_DEVICE"))
    refused(folder, "PATIENT, found TREATMENT_DEVICE")


def test_beam_doses_of_one_fraction_are_refused(folder):
    for path in files_of(folder, "RD")[1:]:
        change(path, lambda dose: setattr(dose, "DoseGridScaling", f"{float(dose.DoseGridScaling) / 30:.9e}"))
    refused(folder, "must add up to the plan dose, found .* Gy and .* Gy .*30 fractions")


def test_relative_plan_dose_is_scaled_by_the_prescription(folder):
    gy = plan_dose(read_export(folder, key=KEY).case).gy

    def to_per_cent(dose):
        dose.DoseUnits, dose.DoseGridScaling = "RELATIVE", f"{float(dose.DoseGridScaling) / 60 * 100:.9e}"

    change(files_of(folder, "RD")[0], to_per_cent)
    np.testing.assert_allclose(plan_dose(read_export(folder, key=KEY).case).gy, gy, rtol=1e-5, atol=1e-5)
    change(files_of(folder, "RP")[0], lambda plan: plan.__delattr__("DoseReferenceSequence"))
    refused(folder, "prescription")


def test_dose_of_several_plans_is_left_aside(folder):
    path = folder / "sum.dcm"
    shutil.copy(files_of(folder, "RD")[0], path)

    def to_sum(dose):
        dose.SOPInstanceUID, dose.DoseSummationType = "2.25.96", "MULTI_PLAN"

    change(path, to_sum)
    assert read_export(folder, key=KEY).plan_dose_file == files_of(folder, "RD")[0]


def test_accessories_are_told(folder):
    def add_wedge(plan):
        plan.BeamSequence[1].NumberOfWedges = 1

    change(files_of(folder, "RP")[0], add_wedge)
    assert read_export(folder, key=KEY).beam_accessories == {1: ("wedge",)}


def test_case_holds_no_identity_but_a_keyed_hash(folder):
    case = read_export(folder, key=KEY).case
    header = pydicom.dcmread(files_of(folder, "RP")[0])
    assert case.patient_key == patient_key(header, KEY) != patient_key(header, b"another key")
    assert PATIENT_ID not in repr(case)
    assert PATIENT_NAME not in repr(case)


@pytest.mark.parametrize("kind", ["CT", "RS", "RP", "RD"])
def test_any_changed_byte_is_found_by_the_sums(tmp_path, kind):
    folder = export_folder(tmp_path, checksums=True)
    path = files_of(folder, kind)[0]
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    refused(folder, "SHA256SUMS")
    path.unlink()
    refused(folder, "found one missing")


def test_a_dose_of_a_field_that_has_no_monitor_units_is_refused(folder):
    """Without leaves and Beam Dose it would be taken as a set-up field, and its dose left out of the plan's."""
    change(files_of(folder, "RP")[0], lambda plan: plan.FractionGroupSequence[0].ReferencedBeamSequence.pop(0))
    refused(folder, "beam 1 must have a meterset in the plan, as there is a dose of it")


def test_what_a_structure_set_holds_beside_the_structures_of_this_ct_is_told(folder):
    """One region in another frame of reference and contours of no region stop nothing, but are not lost in silence."""

    def move(structures):
        other = copy.deepcopy(structures.StructureSetROISequence[0])
        other.ROINumber, other.ReferencedFrameOfReferenceUID = 77, "2.25.99"
        structures.StructureSetROISequence.append(other)
        for number in (77, 88):
            contours = copy.deepcopy(structures.ROIContourSequence[0])
            contours.ReferencedROINumber = number
            structures.ROIContourSequence.append(contours)

    change(files_of(folder, "RS")[0], move)
    export = read_export(folder, key=KEY)
    body, *_, moved = export.case.structures
    assert body.is_body
    assert moved.is_unread
    assert [str(item) for item in export.left_aside] == [
        "1 part of the structure set (contours of ROI 88, which the set does not list)"
    ]
