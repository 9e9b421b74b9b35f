"""Plans are found among the files of many patients, and read as from a folder of their own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import MRImageStorage, RTIonPlanStorage

from esapi_bridge.case import Case
from esapi_bridge.case.folder import write_case
from esapi_bridge.dicom import ExportFiles, Found, FoundPlan, find_plans, kept_index, read_export, write_rtdose
from esapi_bridge.dicom.identity import KEY_VARIABLE
from esapi_bridge.dicom.index import find, plans, reading
from esapi_bridge.errors import BridgeError, DamagedError, RefusedError
from esapi_bridge.folders.sealed import write_sums
from esapi_bridge.folders.user import STATE_VARIABLE
from tests.benchmarks.many_plans import write_many
from tests.dicom.index.conftest import PATIENTS, uids
from tests.dicom.phantom import KEY, asymmetric_case, change, files_of, plan_dose


def plan_of(found: Found, patient: str) -> FoundPlan:
    (plan,) = [plan for plan in found.plans if plan.uid == uids(patient).plan]
    return plan


def files(root: Path, patient: str, kind: str) -> list[Path]:
    return sorted(root.glob(f"{PATIENTS[patient][0]}.{kind}.*"))


def read(plan: FoundPlan) -> Case:
    return read_export(plan.source, plan.uid, key=KEY).case


def aside(found: Found) -> dict[tuple[str, str], int]:
    return {(objects.kind, objects.reason): objects.count for objects in found.aside}


def test_each_plan_of_a_flat_folder_is_read_as_from_a_folder_of_its_own(flat: Path, exports: dict[str, Path]) -> None:
    found = find_plans(flat, None)
    assert [(plan.label, plan.missing) for plan in found.plans] == [("Plan 1", ())] * 2
    for patient, folder in exports.items():
        plan, wanted = plan_of(found, patient), read_export(folder, key=KEY).case
        assert isinstance(plan.source, ExportFiles)
        assert {path.name for path in plan.source.files} == {
            f"{PATIENTS[patient][0]}.{path.name}" for path in folder.iterdir()
        }
        case = read(plan)
        assert (case.uids, case.plan.name, len(case.structures)) == (wanted.uids, wanted.plan.name, 2)
        np.testing.assert_array_equal(case.ct.values, wanted.ct.values)
        np.testing.assert_array_equal(plan_dose(case).gy, plan_dose(wanted).gy)
    assert len({plan.key for plan in found.plans}) == len({plan.patient for plan in found.plans}) == 2
    assert all(re.fullmatch(r"Plan_1-[0-9a-f]{10}", plan.key) for plan in found.plans)
    assert found.plans == find_plans(flat, None).plans


def test_facts_of_a_plan(flat: Path) -> None:
    plan = plan_of(find_plans(flat, None), "1")
    assert (plan.kind, plan.beams, plan.approval) == ("dicom", 2, "UNAPPROVED")
    assert (plan.energies, plan.techniques) == (("10X-FFF", "6X"), ("ARC", "STATIC"))


def test_what_belongs_to_nobody_is_counted_by_kind(flat: Path) -> None:
    (flat / "notes.txt").write_text("notes")
    (flat / "report.pdf").write_bytes(b"%PDF-1.7")
    change(files(flat, "2", "CT")[0], lambda ds: setattr(ds.file_meta, "MediaStorageSOPClassUID", MRImageStorage))
    shutil.copy(files(flat, "1", "RS")[0], flat / "copy.dcm")
    (flat / ".hidden").mkdir()
    shutil.copy(files(flat, "1", "RP")[0], flat / ".hidden" / "plan.dcm")
    found = find_plans(flat, None)
    assert aside(found) == {
        ("file", "not DICOM"): 2,
        ("MR Image", "not used"): 1,
        ("RT Structure Set", "identical copy"): 1,
    }
    assert plan_of(found, "1").missing == ()


def _in_plan(edit: Callable[[Dataset], object]) -> Callable[[Path], None]:
    return lambda root: change(files(root, "1", "RP")[0], edit)


def _remove(kind: str) -> Callable[[Path], None]:
    def remove(root: Path) -> None:
        for path in files(root, "1", kind):
            path.unlink()

    return remove


def _in_doses(edit: Callable[[Dataset], object]) -> Callable[[Path], None]:
    def all_of_them(root: Path) -> None:
        for path in files(root, "1", "RD"):
            change(path, edit)

    return all_of_them


def _two_doses(root: Path) -> None:
    (path,) = [p for p in files(root, "1", "RD") if pydicom.dcmread(p).DoseSummationType == "PLAN"]
    shutil.copy(path, root / "second.dcm")
    change(root / "second.dcm", lambda ds: setattr(ds, "SOPInstanceUID", "2.25.99"))


def _end_slice(root: Path) -> None:
    min(files(root, "1", "CT"), key=lambda path: float(pydicom.dcmread(path).ImagePositionPatient[2])).unlink()


def _same_uid(root: Path) -> None:
    shutil.copy(files(root, "1", "RP")[0], root / "second.dcm")
    change(root / "second.dcm", lambda ds: setattr(ds, "RTPlanLabel", "Another"))


def _as_ion_plan(ds: Dataset) -> None:
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = RTIonPlanStorage


def _without_monitor_units(ds: Dataset) -> None:
    ds.ApprovalStatus = "APPROVED"
    for beam in ds.FractionGroupSequence[0].ReferencedBeamSequence:
        if "BeamMeterset" in beam:
            del beam.BeamMeterset


def _references(uid: str) -> Callable[[Dataset], object]:
    return lambda ds: setattr(ds.ReferencedRTPlanSequence[0], "ReferencedSOPInstanceUID", uid)


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no CT": (_remove("CT"), "must hold the CT series of the plan, found no CT image"),
    "no dose": (_remove("RD"), "must hold the dose of the plan"),
    "dose of another plan": (_in_doses(_references("2.25.99")), "left aside: 3 RT Doses (of another plan)"),
    "missing slice": (_end_slice, "1 of those referred to missing"),
    "two doses": (_two_doses, "a plan must have one dose, found 2"),
    "ion plan": (_in_plan(_as_ion_plan), "ion plan (RT Ion Plan)"),
    "other frame": (_in_plan(lambda ds: setattr(ds, "FrameOfReferenceUID", "1.2.3")), "share one frame of reference"),
    "two files of one UID": (_same_uid, "twice with different content"),
    "no monitor units": (_in_plan(_without_monitor_units), "meterset"),
    "other patient": (_in_doses(lambda ds: setattr(ds, "PatientID", "another")), "must belong to one patient"),
    "other structure set": (
        _in_plan(lambda ds: setattr(ds.ReferencedStructureSetSequence[0], "ReferencedSOPInstanceUID", "1.2.3")),
        "refers to structure set 1.2.3",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_before_reading_in_the_words_of_reading(flat: Path, fault: str) -> None:
    """And the other patient's plan is not touched by it."""
    break_it, words = FAULTS[fault]
    break_it(flat)
    found = find_plans(flat, None)
    plan = plan_of(found, "1")
    assert any(words in missing for missing in plan.missing), plan.missing
    with pytest.raises(RefusedError, match=re.escape(words)):
        read(plan)
    assert plan_of(found, "2").missing == ()


def test_several_faults_are_all_named(flat: Path) -> None:
    _remove("CT")(flat)
    _remove("RD")(flat)
    missing = plan_of(find_plans(flat, None), "1").missing
    assert [words for words in ("CT series", "dose of the plan") if any(words in one for one in missing)] == [
        "CT series", "dose of the plan",
    ]  # fmt: skip


def test_a_plan_without_structure_set_lacks_it_only_where_one_is_needed(flat: Path) -> None:
    _remove("RS")(flat)
    assert plan_of(find_plans(flat, None), "1").missing == ()
    (missing,) = plan_of(find_plans(flat, None, structures=True), "1").missing
    assert "must have a structure set" in missing
    assert plan_of(find_plans(flat, None, structures=True), "2").missing == ()


def test_a_cut_file_is_named_though_its_header_is_there(flat: Path) -> None:
    path = files(flat, "1", "RD")[0]
    path.write_bytes(path.read_bytes()[:-100])
    found = find_plans(flat, None)
    assert plan_of(found, "1").missing == ("RT Dose: the file is cut short, export it again",)
    with pytest.raises(RefusedError):
        read(plan_of(found, "1"))
    assert plan_of(found, "2").missing == ()


@pytest.mark.parametrize("kind", ["RP", "RS", "RD", "CT"])
def test_a_damaged_header_elsewhere_touches_nobody(flat: Path, kind: str) -> None:
    path = files(flat, "1", kind)[0]
    path.write_bytes(path.read_bytes()[:500])
    found = find_plans(flat, None)
    assert plan_of(found, "2").missing == ()
    assert read(plan_of(found, "2")).uids == uids("2")
    if kind != "RD":  # nobody can tell whose dose it was
        assert plan_of(found, "1").missing
        with pytest.raises(RefusedError):
            read(plan_of(found, "1"))


def test_a_structure_set_whose_references_cannot_be_read_is_not_passed_over(
    flat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan would be run without structures, as if it had none."""

    def damaged(header: Dataset) -> None:
        raise DamagedError("a sequence that is none")

    monkeypatch.setattr(reading, "read_drawn_on", damaged)
    plan = plan_of(find_plans(flat, None), "1")
    assert plan.missing == ("RT Structure Set: a sequence that is none",)
    assert isinstance(plan.source, ExportFiles)
    assert files(flat, "1", "RS")[0] in plan.source.files


def test_in_a_folder_of_its_own_a_plan_is_refused_for_a_file_that_nobody_can_read(
    exports: dict[str, Path], tmp_path: Path
) -> None:
    for patient, folder in exports.items():
        shutil.copytree(folder, tmp_path / "tree" / patient)
    path = files_of(tmp_path / "tree" / "1", "RD")[1]
    path.write_bytes(path.read_bytes()[:500])
    found = find_plans(tmp_path / "tree", None)
    assert plan_of(found, "1").missing
    assert plan_of(found, "2").missing == ()
    for source in (tmp_path / "tree" / "1", plan_of(found, "1").source):
        with pytest.raises(RefusedError):
            read_export(source, key=KEY)


def test_of_two_exports_of_one_plan_one_is_taken_if_they_are_identical(
    exports: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        shutil.copytree(exports["1"], tmp_path / "tree" / name)
    found = find_plans(tmp_path / "tree", None)
    (plan,) = found.plans
    assert plan.missing == ()
    assert isinstance(plan.source, ExportFiles)
    assert {path.parent.name for path in plan.source.files} == {"a"}
    assert sum(aside(found).values()) == len(plan.source.files)


def test_case_folders_are_plans_too(flat: Path) -> None:
    case = replace(asymmetric_case(), uids=uids("3"))
    write_case(case, flat / "cases" / "a")
    shutil.copytree(flat / "cases" / "a", flat / "cases" / "copy")
    write_case(replace(case, uids=uids("4"), plan_dose=None, beam_doses={}), flat / "cases" / "without dose")
    (flat / "cases" / "broken").mkdir()
    (flat / "cases" / "broken" / "case.json").write_text("{")
    (flat / "cases" / "broken" / "SHA256SUMS").write_text("")
    found = find_plans(flat, None)
    assert len(found.plans) == 5
    plan = plan_of(found, "3")
    assert (plan.kind, plan.source, plan.missing, plan.beams) == ("case", flat / "cases" / "a", (), 2)
    (missing,) = plan_of(found, "4").missing
    assert "dose of the plan" in missing
    (missing,) = next(plan for plan in found.plans if not plan.uid).missing
    assert "must be JSON" in missing
    assert aside(found) == {("case folder", "identical copy"): 1}


def test_results_of_runs_are_no_input(flat: Path) -> None:
    plan = files(flat, "1", "RP")[0]
    write_rtdose(plan_dose(asymmetric_case()), plan, flat / "result.dcm", description="Deep DoseNet ddn-lite, plan")
    found = find_plans(flat, None)
    assert aside(found) == {("RT Dose", "result of an earlier run"): 1}
    assert plan_of(found, "1").missing == ()


def test_a_listed_sum_holds_for_the_plans_own_files_only(exports: dict[str, Path], flat: Path) -> None:
    of_first = sorted(flat.glob(f"{PATIENTS['1'][0]}*"))
    write_sums(flat, of_first)
    listed = {patient: plan_of(find_plans(flat, None), patient) for patient in PATIENTS}
    assert read(listed["1"]).uids == uids("1")
    dose = files(flat, "1", "RD")[0]
    content = bytearray(dose.read_bytes())
    content[-1] ^= 1
    dose.write_bytes(content)
    assert read(listed["2"]).uids == uids("2")
    with pytest.raises(RefusedError, match="must fit its sum"):
        read(listed["1"])
    dose.unlink()
    assert read(plan_of(find_plans(flat, None), "2")).uids == uids("2")
    with pytest.raises(RefusedError, match="must be there, found one missing"):
        read(plan_of(find_plans(flat, None), "1"))


def test_what_was_read_is_kept_and_only_changes_are_read(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept.json"
    shutil.copy(files(flat, "1", "CT")[0], flat / "copy.dcm")
    first = find_plans(flat, kept)
    assert first.read == first.files == len(list(flat.iterdir()))
    with monkeypatch.context() as patch:
        for module, name in ((find, "read_row"), (plans, "judge"), (plans, "digest_of")):
            patch.setattr(module, name, lambda *_, **__: pytest.fail("read again"))
        again = find_plans(flat, kept)
    assert (again.plans, again.aside, again.read) == (first.plans, first.aside, 0)
    change(files(flat, "1", "RP")[0], lambda ds: setattr(ds, "RTPlanLabel", "Changed label"))
    files(flat, "2", "CT")[0].unlink()
    changed = find_plans(flat, kept)
    assert changed.read == 1
    assert plan_of(changed, "1").label == "Changed label"
    assert "referred to missing" in plan_of(changed, "2").missing[0]
    assert len(json.loads(kept.read_bytes().split(b"\n")[1])["files"]) == changed.files


def test_nothing_of_a_patient_is_kept(flat: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    assert len(find_plans(flat, kept).plans) == 2
    content = kept.read_text()
    assert uids("1").plan in content
    for word in ("CANARY", "Canary", "flat", ".dcm"):
        assert word not in content
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other key"])
def test_a_damaged_index_is_made_again(flat: Path, tmp_path: Path, key: Path, damage: str) -> None:
    kept = tmp_path / "kept.json"
    first = find_plans(flat, kept)
    content = kept.read_bytes()
    if damage == "other key":
        key.write_bytes(bytes(32))
    else:
        kept.write_bytes(
            {"cut": content[:-10], "changed": content.replace(b"2.25.112", b"2.25.119"), "empty": b""}[damage]
        )
    again = find_plans(flat, kept)
    assert again.read == again.files
    assert {plan.uid for plan in again.plans} == {plan.uid for plan in first.plans}
    assert find_plans(flat, kept).read == 0


def test_an_interrupted_run_keeps_what_it_read(flat: Path, tmp_path: Path) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    def stop(step: str, done: int, _total: int) -> None:
        if (step, done) == ("files", 5):
            raise Stopped

    kept = tmp_path / "kept.json"
    with pytest.raises(Stopped):
        find_plans(flat, kept, stop)
    again = find_plans(flat, kept)
    assert again.read == again.files - 5
    assert all(plan.missing == () for plan in again.plans)


def test_a_file_that_the_disk_does_not_give_is_tried_again(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, path = tmp_path / "kept.json", files(flat, "1", "RD")[0]
    real = reading.read_row

    def failing(seen, key):
        if seen.path == path:
            raise BridgeError("a DICOM file could not be read: Permission denied")
        return real(seen, key)

    with monkeypatch.context() as patch:
        patch.setattr(find, "read_row", failing)
        assert aside(find_plans(flat, kept))["DICOM object", "cannot be read"] == 1
    found = find_plans(flat, kept)
    assert (found.read, found.aside) == (1, ())


def test_who_can_keep_no_key_keeps_no_index(flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    kept = kept_index(flat)
    assert kept is not None
    assert kept == kept_index(flat) != kept_index(tmp_path)
    assert "flat" not in kept.name
    monkeypatch.setenv(KEY_VARIABLE, str(flat / "notes.txt" / "key"))
    (flat / "notes.txt").write_text("")
    assert kept_index(flat) is None
    assert len({plan.patient for plan in find_plans(flat, None).plans}) == 2


def test_a_case_folder_by_itself_is_found(tmp_path: Path) -> None:
    folder = write_case(asymmetric_case(), tmp_path / "case")
    (plan,) = find_plans(folder, None).plans
    assert (plan.kind, plan.source) == ("case", folder)


def test_the_campaign_of_many_plans_is_told_from_what_is_broken_in_it(tmp_path: Path) -> None:
    wrong = write_many(tmp_path / "many", patients=1, plans=3, broken=2, unrelated=5, spacing_mm=10.0)
    found = find_plans(tmp_path / "many", None)
    assert {plan.uid for plan in found.plans if plan.missing} == set(wrong)
    assert len(found.plans) == 3
    assert sum(aside(found).values()) == 5
    assert any("3 RT Doses (of another plan)" in missing for plan in found.plans for missing in plan.missing)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="found none"):
        find_plans(tmp_path / "nowhere", None)
