"""A plan with all that belongs to it comes from a peer, or nothing does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from esapi_bridge.dicom import read_export
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.node.choices import By
from esapi_bridge.node.fetch import Fetched, Wanted, fetch
from tests.dicom.phantom import KEY, PATIENT_ID, files_of
from tests.node.peers import Clinic, clinic, named, settings_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def objects(export: Path) -> list[Path]:
    return sorted(export.glob("*.dcm"))


def fetched(place: Clinic, out: Path, wanted: Wanted, by: By | None = None) -> Fetched:
    settings = settings_for(place.port)
    place.move_to = settings.port
    return fetch(settings, "clinic", out, wanted, by=by)


def another(path: Path, edit: Callable[[Dataset], object], uid: str) -> Dataset:
    """Another object of the same series."""
    dataset = pydicom.dcmread(path)
    edit(dataset)
    return named(dataset, uid)


def uids(folder: Path) -> set[str]:
    return {pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID for path in folder.glob("*.dcm")}


@pytest.mark.parametrize("by", [By.MOVE, None], ids=["move", "get, as offered"])
def test_a_plan_comes_with_all_that_belongs_to_it(
    export: Path, objects: list[Path], tmp_path: Path, by: By | None
) -> None:
    """Other plans' doses of the same series, another patient's series: none of it comes along."""

    def of_another_plan(dataset: Dataset) -> None:
        dataset.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.3"

    def of_another_patient(dataset: Dataset) -> None:
        dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "OTHER", "1.2.5", "1.2.6"

    with clinic(objects, offers_get=by is not By.MOVE) as place:
        place.objects += [
            another(files_of(export, "RD")[0], of_another_plan, "1.2.4"),
            another(files_of(export, "RP")[0], of_another_patient, "1.2.7"),
        ]
        plan = str(pydicom.dcmread(files_of(export, "RP")[0]).SOPInstanceUID)
        found = fetched(place, tmp_path / "out", Wanted(patient=PATIENT_ID), by)
        assert "1.2.4" not in place.sent
    assert (found.plan, found.objects) == (plan, len(objects))
    assert uids(tmp_path / "out") == uids(export)
    assert read_export(tmp_path / "out", key=KEY).case.uids == read_export(export, key=KEY).case.uids


def test_the_uid_of_the_plan_will_do_where_the_peer_can(export: Path, objects: list[Path], tmp_path: Path) -> None:
    plan = str(pydicom.dcmread(files_of(export, "RP")[0]).SOPInstanceUID)
    with clinic(objects) as place:
        place.tells_plan_of_dose = False
        fetched(place, tmp_path / "out", Wanted(plan))
        assert uids(tmp_path / "out") == uids(export)
        place.by_uid_alone = False
        with pytest.raises(RefusedError, match="--patient"):
            fetched(place, tmp_path / "other", Wanted(plan))
        assert not (tmp_path / "other").exists()
        assert fetched(place, tmp_path / "other", Wanted(plan, PATIENT_ID)).plan == plan


def test_of_doses_whose_plan_the_peer_does_not_tell_those_of_the_plan_stay(
    export: Path, objects: list[Path], tmp_path: Path
) -> None:
    def of_another_plan(dataset: Dataset) -> None:
        dataset.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.3"

    with clinic(objects) as place:
        place.tells_plan_of_dose = False
        place.objects.append(another(files_of(export, "RD")[0], of_another_plan, "1.2.4"))
        fetched(place, tmp_path / "out", Wanted(patient=PATIENT_ID))
        assert "1.2.4" in place.sent
    assert uids(tmp_path / "out") == uids(export)


def test_one_of_several_plans_must_be_chosen(export: Path, objects: list[Path], tmp_path: Path) -> None:
    def relabel(dataset: Dataset) -> None:
        dataset.RTPlanLabel = "Plan 2"

    with clinic(objects) as place:
        place.objects.append(another(files_of(export, "RP")[0], relabel, "1.2.3"))
        with pytest.raises(RefusedError, match=r"'Plan 1' .*'Plan 2' \(1\.2\.3\)"):
            fetched(place, tmp_path / "out", Wanted(patient=PATIENT_ID))
        assert fetched(place, tmp_path / "out", Wanted("Plan 1", PATIENT_ID)).plan != "1.2.3"
        with pytest.raises(RefusedError, match="must hold the dose"):
            fetched(place, tmp_path / "second", Wanted("1.2.3", PATIENT_ID))


@pytest.mark.parametrize(("kind", "words"), [("CT", "CT"), ("RS", "structure set"), ("RD", "dose")])
def test_what_the_peer_lacks_is_named_and_nothing_is_left(
    export: Path, objects: list[Path], tmp_path: Path, kind: str, words: str
) -> None:
    gone = files_of(export, kind)[:1] if kind == "CT" else files_of(export, kind)
    with clinic([path for path in objects if path not in gone]) as place, pytest.raises(RefusedError, match=words):
        fetched(place, tmp_path / "out", Wanted(patient=PATIENT_ID))
    assert not list(tmp_path.iterdir())


def test_faults_of_the_peer_are_told_apart(export: Path, objects: list[Path], tmp_path: Path) -> None:
    settings = settings_for(settings_for().port)
    with pytest.raises(BridgeError, match="found nobody"):
        fetch(settings, "clinic", tmp_path / "out", Wanted("1.2.3"))
    with clinic(objects) as place:
        settings = settings_for(place.port)
        with pytest.raises(BridgeError, match="must know ESAPI_BRIDGE"):
            fetch(settings, "clinic", tmp_path / "out", Wanted(patient=PATIENT_ID), by=By.MOVE)
        place.hides = {str(place.objects[0].SOPInstanceUID)}
        with pytest.raises(BridgeError, match=r"must have all|sent none"):
            fetched(place, tmp_path / "out", Wanted(patient=PATIENT_ID), By.GET)
        with pytest.raises(RefusedError, match="found none"):
            fetched(place, tmp_path / "out", Wanted(patient="NOBODY"))
        with pytest.raises(RefusedError, match="wildcard"):
            fetched(place, tmp_path / "out", Wanted(patient="A*"))
    assert not list(tmp_path.iterdir())
