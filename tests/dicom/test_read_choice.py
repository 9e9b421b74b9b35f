"""Choose first: what does not belong to the plan is counted, and cannot stop or change a reading."""

import shutil
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit

from esapi_bridge.case import FluenceMap
from esapi_bridge.dicom import find_doses, find_plans, read_ct_folder, read_export, write_rtdose, write_rtplan_copy
from esapi_bridge.dicom.results import NETWORK_DOSE
from esapi_bridge.errors import RefusedError
from tests.dicom.phantom import KEY, asymmetric_case, change, export_folder, files_of, plan_dose

MR, ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2.1"


@pytest.fixture
def folder(tmp_path):
    return export_folder(tmp_path)


def add(folder, source, edit, uid="2.25.900"):
    """Add a changed copy of a file to the folder."""
    path = folder / f"added{uid}.dcm"
    shutil.copy(source, path)

    def renamed(dataset):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        edit(dataset)
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID

    change(path, renamed)
    return path


def aside(export):
    return {(item.kind, item.reason): item.count for item in export.left_aside}


def same_case(export):
    """Whether CT, doses and structures are those of the export as it was written."""
    case, wanted = export.case, asymmetric_case()
    np.testing.assert_array_equal(case.ct.values, wanted.ct.values)
    np.testing.assert_allclose(plan_dose(case).gy, plan_dose(wanted).gy, atol=1e-6)
    return sorted(case.beam_doses) == [1, 2] and len(case.structures) == 2


def control_point(dose):
    dose.DoseSummationType = "CONTROL_POINT"


def of_another_plan(dose):
    dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "2.25.98"


def of_no_plan(dose):
    del dose.ReferencedRTPlanSequence


def effective(dose):
    dose.DoseType = "EFFECTIVE"


def dvh_only(dose):
    for keyword in ("PixelData", "Rows", "Columns", "NumberOfFrames", "GridFrameOffsetVector", "DoseGridScaling"):
        delattr(dose, keyword)
    dose.DVHSequence = [pydicom.Dataset()]


def plane(dose):
    dose.PixelData = dose.PixelData[: 4 * dose.Rows * dose.Columns]
    dose.NumberOfFrames = 1
    del dose.GridFrameOffsetVector


def fraction(dose):
    dose.DoseSummationType = "FRACTION"


def relative(dose):
    dose.DoseUnits = "RELATIVE"


def sum_of_two_plans(dose):
    other = pydicom.Dataset()
    other.ReferencedSOPClassUID, other.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.5", "2.25.98"
    dose.ReferencedRTPlanSequence.append(other)


def other_patient_in_other_unit(dose):
    of_another_plan(dose)
    dose.DoseUnits, dose.PatientID = "CGY", "SOMEBODY"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (control_point, "Dose Summation Type CONTROL_POINT"),
        (of_another_plan, "of another plan"),
        (of_no_plan, "refers to no plan"),
        (effective, "Dose Type EFFECTIVE"),
        (dvh_only, "dose-volume histograms (DVH) without a dose grid"),
        (plane, "a plane dose (a single plane)"),
        (fraction, "FRACTION dose of 30 fractions"),
        (other_patient_in_other_unit, "of another plan, of another patient"),
        (relative, "DoseUnits other than GY beside one that has it"),
        (sum_of_two_plans, "of several plans"),
    ],
)
def test_other_doses_are_left_aside_and_told(folder, edit, reason):
    add(folder, files_of(folder, "RD")[0], edit)
    export = read_export(folder, key=KEY)
    assert same_case(export)
    assert aside(export) == {("RT Dose", reason): 1}


def test_when_no_dose_is_left_the_message_says_what_there_was(folder):
    for index, path in enumerate(files_of(folder, "RD")):
        change(path, effective if index else of_another_plan)
    with pytest.raises(
        RefusedError, match=r"found none: .*\(left aside: 2 RT Doses \(Dose Type EFFECTIVE\), 1 RT Dose \("
    ):
        read_export(folder, key=KEY)


def test_a_beam_dose_that_is_no_dicom_any_more_is_told(folder):
    path = files_of(folder, "RD")[1]
    path.write_bytes(path.read_bytes().replace(b"DICM", b"DIBM", 1))
    export = read_export(folder, key=KEY)
    assert len(export.case.beam_doses) == 1
    assert aside(export) == {("file", "not DICOM"): 1}
    assert "which have no dose of their own" in export.assumed[0]


def test_a_reference_folder_may_hold_other_doses(folder):
    add(folder, files_of(folder, "RD")[0], control_point)
    assert len(find_doses(folder)) == 3


def test_images_of_other_modalities_are_named_when_no_ct_is_there(folder):
    for path in files_of(folder, "CT"):
        change(path, lambda image: setattr(image, "SOPClassUID", MR))
        change(path, lambda image: setattr(image.file_meta, "MediaStorageSOPClassUID", MR))
    with pytest.raises(RefusedError, match=r"no CT image \(left aside: 12 MR Images \(not used\)\)"):
        read_export(folder, key=KEY)


def test_an_enhanced_ct_is_named(folder):
    for path in files_of(folder, "CT")[1:]:
        path.unlink()
    add(folder, files_of(folder, "CT")[0], lambda image: setattr(image, "SOPClassUID", ENHANCED_CT))
    files_of(folder, "CT")[0].unlink()
    with pytest.raises(
        RefusedError, match=r"no CT image \(left aside: 1 Enhanced CT Image \(several frames: export single images"
    ):
        read_export(folder, key=KEY)


def scout(image):
    image.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    image.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]


def second_phase(image):
    image.AcquisitionNumber = 2


def between_two_slices(image):
    image.ImagePositionPatient[2] += 1.5


def other_matrix(image):
    image.Rows, image.PixelData = 9, image.PixelData[: len(image.PixelData) // 2]


def placeless(image):
    image.ImagePositionPatient = None


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (second_phase, "at the place of a slice"),
        (between_two_slices, "at the place of a slice"),
        (other_matrix, "lies otherwise"),
        (placeless, "without a place"),
    ],
)
def test_images_in_the_series_that_the_structure_set_does_not_name(folder, edit, reason):
    add(folder, files_of(folder, "CT")[3], edit)
    export = read_export(folder, key=KEY)
    assert same_case(export)
    assert aside(export) == {("CT Image", f"not named by the structure set, {reason}"): 1}


def series_of(structures):
    return structures.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence


def test_a_structure_set_that_names_only_the_slices_it_is_drawn_on_has_the_whole_ct(folder):
    def name_five(structures):
        del series_of(structures)[0].ContourImageSequence[5:]

    change(files_of(folder, "RS")[0], name_five)
    assert same_case(read_export(folder, key=KEY))


def localizer(image):
    scout(image)
    image.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize(("edit", "reason"), [(scout, "scout across the slices"), (localizer, "scout")])
def test_a_scout_in_the_series_is_no_slice_even_if_named(folder, edit, reason, is_named):
    def name_it(structures):
        image = pydicom.Dataset()
        image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.900"
        series_of(structures)[0].ContourImageSequence.append(image)

    add(folder, files_of(folder, "CT")[3], edit)
    if is_named:
        change(files_of(folder, "RS")[0], name_it)
    export = read_export(folder, key=KEY)
    assert same_case(export)
    assert aside(export) == {("CT Image", reason): 1}


def test_a_scout_is_left_out_where_nothing_is_named(folder):
    files_of(folder, "RS")[0].unlink()
    add(folder, files_of(folder, "CT")[3], scout)
    export = read_export(folder, key=KEY)
    assert export.case.ct.grid.size[2] == 12
    assert aside(export) == {("CT Image", "scout across the slices"): 1}


def refer_to_mr(structures):
    item = pydicom.Dataset()
    item.SeriesInstanceUID = "2.25.951"
    image = pydicom.Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = MR, "2.25.952"
    item.ContourImageSequence = [image]
    series_of(structures).append(item)


def refer_to_an_absent_phase(structures):
    item = pydicom.Dataset()
    item.SeriesInstanceUID = "2.25.951"
    image = pydicom.Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.952"
    item.ContourImageSequence = [image]
    series_of(structures).append(item)


@pytest.mark.parametrize("edit", [refer_to_mr, refer_to_an_absent_phase])
def test_a_structure_set_may_refer_to_more_than_the_ct(folder, edit):
    change(files_of(folder, "RS")[0], edit)
    assert same_case(read_export(folder, key=KEY))


def test_of_two_phases_that_the_structure_set_names_the_contours_tell_which(folder):
    phase = [
        add(folder, path, lambda image: setattr(image, "SeriesInstanceUID", "2.25.97"), f"2.25.96{index:02}")
        for index, path in enumerate(files_of(folder, "CT"))
    ]

    def refer_to_both(structures):
        item = pydicom.Dataset()
        item.SeriesInstanceUID = "2.25.97"
        images = [pydicom.Dataset() for _ in phase]
        for index, image in enumerate(images):
            image.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            image.ReferencedSOPInstanceUID = f"2.25.96{index:02}"
        item.ContourImageSequence = images
        series_of(structures).append(item)
        for region in structures.ROIContourSequence:
            for contour in region.get("ContourSequence") or []:
                contour.pop("ContourImageSequence", None)

    change(files_of(folder, "RS")[0], refer_to_both)
    with pytest.raises(RefusedError, match="the one CT series"):
        read_export(folder, key=KEY)

    def draw_on_second(structures):
        image = pydicom.Dataset()
        image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.9603"
        structures.ROIContourSequence[0].ContourSequence[0].ContourImageSequence = [image]

    change(files_of(folder, "RS")[0], draw_on_second)
    export = read_export(folder, key=KEY)
    assert export.case.uids.ct_series == "2.25.97"
    assert aside(export) == {("CT Image", "another series"): 12}
    (plan,) = find_plans(folder, None).plans
    assert plan.missing == ()
    assert read_export(plan.source, plan.uid, key=KEY).ct_files == export.ct_files


def test_a_compressed_or_damaged_image_stops_a_reading_only_where_it_is_needed(folder):
    path = add(folder, files_of(folder, "CT")[3], lambda image: setattr(image, "SeriesInstanceUID", "2.25.97"))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8"])
    dataset.save_as(path)
    assert aside(read_export(folder, key=KEY)) == {("CT Image", "another series"): 1}
    path.write_bytes(path.read_bytes()[:600])
    export = read_export(folder, key=KEY)
    assert same_case(export)
    assert list(aside(export).values()) == [1]
    needed = files_of(folder, "CT")[3]
    needed.write_bytes(needed.read_bytes()[:600])
    with pytest.raises(RefusedError):
        read_export(folder, key=KEY)


@pytest.mark.parametrize(("kind", "may_be_needed"), [("RS", False), ("RP", False), ("RD", True)])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_a_damaged_object_beside_the_plan(folder, kind, may_be_needed, share):
    path = add(folder, files_of(folder, kind)[0], lambda dataset: None)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    if may_be_needed:
        with pytest.raises(RefusedError):
            read_export(folder, "2.25.12", key=KEY)
        return
    export = read_export(folder, "2.25.12", key=KEY)
    assert same_case(export)
    assert list(aside(export).values()) == [1]


def test_a_large_object_of_another_kind_is_not_read_whole(folder, monkeypatch):
    path = add(folder, files_of(folder, "CT")[0], lambda image: setattr(image, "SOPClassUID", MR))
    monkeypatch.setattr("esapi_bridge.dicom.read.files.LARGEST_FILE_BYTES", path.stat().st_size - 1)
    for other in [*files_of(folder, "CT"), *files_of(folder, "RD"), *files_of(folder, "RP"), *files_of(folder, "RS")]:
        if other.stat().st_size >= path.stat().st_size:
            monkeypatch.setattr("esapi_bridge.dicom.read.files.LARGEST_FILE_BYTES", 2**40)
    assert aside(read_export(folder, key=KEY)) == {("MR Image", "not used"): 1}


def test_a_class_that_differs_from_the_files_own_is_damage(folder):
    path = files_of(folder, "RD")[1]
    content = path.read_bytes()
    uid = b"1.2.840.10008.5.1.4.1.1.481.2"
    path.write_bytes(content[:400] + content[400:].replace(uid, b"1.2.840.10008.5.1.4.1.1.481.9", 1))
    with pytest.raises(RefusedError, match=r"names \(RT Dose\)"):
        read_export(folder, key=KEY)


def test_an_issuer_in_one_kind_of_object_is_no_second_patient(folder):
    for path in files_of(folder, "CT"):
        change(path, lambda image: setattr(image, "IssuerOfPatientID", "PACS"))
    assert same_case(read_export(folder, key=KEY))
    change(files_of(folder, "RP")[0], lambda plan: setattr(plan, "IssuerOfPatientID", "TPS"))
    with pytest.raises(RefusedError, match=r"Issuer of Patient ID \(0010,0021\)"):
        read_export(folder, key=KEY)


def test_plans_of_one_label_are_told_by_uid(folder):
    add(folder, files_of(folder, "RP")[0], lambda plan: None, uid="2.25.22")
    with pytest.raises(RefusedError, match=r"label or UID.*'Plan 1' \(2\.25\.12\), 'Plan 1' \(2\.25\.22\)"):
        read_export(folder, "Plan 1", key=KEY)
    export = read_export(folder, "2.25.12", key=KEY)
    assert same_case(export)
    assert aside(export) == {("RT Plan", "another plan"): 1}


def test_own_results_inside_the_export_do_not_poison_the_next_run(folder):
    export = read_export(folder, key=KEY)
    result = folder / "result"
    result.mkdir()
    doses = [plan_dose(export.case), *export.case.beam_doses.values()]
    for number, dose in enumerate(doses):
        write_rtdose(dose, export.plan_file, result / f"D{number}.dcm", description=f"{NETWORK_DOSE} test 1.0")
    (result / "run.json").write_text("{}")
    again = read_export(folder, key=KEY)
    assert same_case(again)
    assert aside(again) == {("RT Dose", "result of an earlier run"): 3, ("file", "not DICOM"): 1}


def test_a_plan_copy_counts_only_where_it_is_named(folder):
    fluence = FluenceMap(np.ones((4, 4), np.float32), -3.75, 3.75)
    beams = [replace(beam, fluence=fluence) for beam in asymmetric_case().plan.treatment_beams]
    write_rtplan_copy(files_of(folder, "RP")[0], beams, folder / "copy.dcm", model="test", description="fluence")
    export = read_export(folder, key=KEY)
    assert export.case.uids.plan == "2.25.12"
    assert aside(export) == {("RT Plan", "result of an earlier run"): 1}
    with pytest.raises(RefusedError, match="dose of the plan"):
        read_export(folder, "RSCH_Plan 1", key=KEY)


def test_a_structure_in_another_frame_of_reference_is_left_out_with_the_reason(folder):
    def move(structures):
        structures.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "2.25.99"

    change(files_of(folder, "RS")[0], move)
    body, lung = read_export(folder, key=KEY).case.structures
    assert len(body.contours_mm) == 1
    assert lung.is_unread
    assert "another frame of reference" in lung.left_out[0]


def test_contours_of_no_structure_are_told(folder):
    def lose(structures):
        structures.ROIContourSequence[0].ReferencedROINumber = 77

    change(files_of(folder, "RS")[0], lose)
    told = aside(read_export(folder, key=KEY))
    assert told == {("part of the structure set", "contours of ROI 77, which the set does not list"): 1}


def test_a_plan_without_frame_of_reference_lies_in_that_of_the_ct(folder):
    change(files_of(folder, "RP")[0], lambda plan: plan.__delattr__("FrameOfReferenceUID"))
    export = read_export(folder, key=KEY)
    assert export.case.uids.frame_of_reference == "2.25.11"
    assert "frame of reference" in export.assumed[0]


def test_a_ct_folder_is_read_by_the_same_rules(folder):
    np.testing.assert_array_equal(read_ct_folder(folder).values, asymmetric_case().ct.values)
    for path in [*files_of(folder, "RS"), files_of(folder, "CT")[5]]:
        path.unlink()
    with pytest.raises(RefusedError, match="missing slices"):
        read_ct_folder(folder)


def test_a_ct_folder_of_two_series_needs_to_be_told_which(folder):
    for index, path in enumerate(files_of(folder, "CT")):
        add(folder, path, lambda image: setattr(image, "SeriesInstanceUID", "2.25.97"), f"2.25.96{index:02}")
    np.testing.assert_array_equal(read_ct_folder(folder).values, asymmetric_case().ct.values)
    files_of(folder, "RS")[0].unlink()
    with pytest.raises(RefusedError, match=r"found 2: 2\.25\.14, 2\.25\.97"):
        read_ct_folder(folder)


def test_a_dose_grid_beyond_the_ct_is_read(folder):
    def pad(dose):
        frame = bytes(4 * dose.Rows * dose.Columns)
        dose.PixelData = 5 * frame + dose.PixelData
        dose.NumberOfFrames += 5
        dose.GridFrameOffsetVector = [4 * k for k in range(dose.NumberOfFrames)]
        dose.ImagePositionPatient[2] -= 20

    for path in files_of(folder, "RD"):
        change(path, pad)
    case = read_export(folder, key=KEY).case
    assert plan_dose(case).gy[:5].max() == 0
    np.testing.assert_allclose(plan_dose(case).gy[5:], plan_dose(asymmetric_case()).gy, atol=1e-6)


def test_the_dose_of_a_field_that_does_not_treat_is_left_aside(folder):
    def of_setup_field(dose):
        group = dose.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence[0]
        group.ReferencedBeamSequence[0].ReferencedBeamNumber = 3

    add(folder, files_of(folder, "RD")[1], of_setup_field)
    export = read_export(folder, key=KEY)
    assert same_case(export)
    assert aside(export) == {("RT Dose", "of a set-up or imaging field"): 1}
