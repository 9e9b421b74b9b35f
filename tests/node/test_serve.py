"""From what is sent to the result that comes back: complete, once, whatever ends the node in between."""

from __future__ import annotations

import errno
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

import pydicom
import pytest
from pydicom.uid import RTDoseStorage

from esapi_bridge import INTENDED_USE
from esapi_bridge.batch.job import Job
from esapi_bridge.batch.outcome import End, Outcome
from esapi_bridge.dicom import ExportFiles, read_export
from esapi_bridge.dicom.uids import new_uid
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.whole import output_folder
from esapi_bridge.node import serve as serve_module
from esapi_bridge.node.choices import NodeTask
from esapi_bridge.node.record import PlanRecord, read_record
from esapi_bridge.node.serve import Duty, serve
from esapi_bridge.node.settings import NodeSettings
from tests.dicom.phantom import KEY, PATIENT_ID, PATIENT_NAME, files_of
from tests.node.peers import clinic, echo, named, settings_for, store

pytestmark = pytest.mark.slow

COLLECT = Duty(NodeTask.NONE, settle_s=0.1, quiet_s=30.0)

MOST_S = 60.0
"""Ends what would never end."""


@contextmanager
def running(folder: Path, settings: NodeSettings, duty: Duty = COLLECT, idle_s: float = 1.0) -> Iterator[None]:
    """A node in a thread, which is waited for in the end: it ends once it has had nothing to do for a moment."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            serve(folder, settings, duty, idle_timeout_s=idle_s)
        except BaseException as error:  # noqa: BLE001  asserted on by the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(MOST_S)
    assert not thread.is_alive()
    assert not failures


def send(settings: NodeSettings, files: list[Path]) -> None:
    """Send as soon as the node listens."""
    for _ in range(200):
        answers = store(settings.port, files)
        if answers[0].status is not None:
            assert {answer.status for answer in answers} == {0}
            return
        threading.Event().wait(0.02)
    raise AssertionError("the node does not listen")


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what happens in the node's thread."""
    for _ in range(int(MOST_S / 0.02)):
        if is_so():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not happen")


def record_of(folder: Path, export: Path) -> PlanRecord:
    records = [read_record(path) for path in (folder / "plans").iterdir()]
    return next(record for record in records if record.plan == plan_uid(export))


def plan_uid(export: Path) -> str:
    return str(pydicom.dcmread(files_of(export, "RP")[0]).SOPInstanceUID)


def test_a_complete_plan_is_collected_whole(export: Path, objects: list[Path], tmp_path: Path) -> None:
    settings = settings_for()
    with running(tmp_path, settings):
        send(settings, objects)
    record = record_of(tmp_path, export)
    result = tmp_path / "results" / record.key
    assert len(list(result.iterdir())) == len(objects)
    assert read_export(result, key=KEY).case.uids == read_export(export, key=KEY).case.uids
    assert (record.end, record.message, record.sending) == (End.DONE, "", None)
    text = (tmp_path / "plans" / f"{record.key}.json").read_text()
    assert json.loads(text)["intended_use"] == INTENDED_USE
    assert not [name for name in (PATIENT_ID, "Canary") if name in text]


def test_a_plan_that_lacks_a_slice_waits_then_is_refused_and_tried_again_with_it(
    export: Path, objects: list[Path], tmp_path: Path
) -> None:
    settings = settings_for()
    late = files_of(export, "CT")[4]
    with running(tmp_path, settings, replace(COLLECT, quiet_s=1.0)):
        send(settings, [path for path in objects if path != late])
    record = record_of(tmp_path, export)
    assert record.end is End.REFUSED
    assert "CT" in record.message
    assert not list((tmp_path / "results").iterdir())
    with running(tmp_path, settings):
        send(settings, [late])
    assert record_of(tmp_path, export).end is End.DONE


def test_a_disk_that_takes_no_record_ends_nothing(
    objects: list[Path], export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node goes on; the next one finds the result and records it."""
    settings = settings_for()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(PlanRecord, "write", full)
        with running(tmp_path, settings):
            send(settings, objects)
    (result,) = (tmp_path / "results").iterdir()
    assert not list((tmp_path / "plans").iterdir())
    before = result.stat().st_mtime_ns
    with running(tmp_path, settings):
        pass
    assert record_of(tmp_path, export).end is End.DONE
    assert result.stat().st_mtime_ns == before


def test_two_nodes_never_share_a_folder(tmp_path: Path) -> None:
    settings = settings_for()
    with running(tmp_path, settings):
        wait_until(lambda: echo(settings.port))
        with pytest.raises(BridgeError, match="one node"):
            serve(tmp_path, settings_for(), COLLECT)


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    settings = settings_for()
    with running(tmp_path / "a", settings):
        wait_until(lambda: echo(settings.port))
        with pytest.raises(BridgeError, match=f"port {settings.port}"):
            serve(tmp_path / "b", settings, COLLECT)


class Toy:
    """Stands in for the process with the networks: makes a dose of one plan, refuses every other."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        self.jobs: list[Job] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, job: Job) -> Outcome:
        self.jobs.append(job)
        assert isinstance(job.source, ExportFiles)
        assert read_export(job.source, job.uid, key=KEY).case.uids.plan == job.uid
        if job.uid != self.plan:
            return Outcome(End.REFUSED, "energy: expected 10X-FFF, found 6X")
        with output_folder(job.out) as folder:
            dataset = named(pydicom.dcmread(next(path for path in job.source.files if is_dose(path))), new_uid())
            dataset.save_as(folder / "RTDOSE_PLAN.dcm")
        return Outcome(End.DONE)


def is_dose(path: Path) -> bool:
    return bool(pydicom.dcmread(path).SOPClassUID == RTDoseStorage)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, export: Path) -> Path:
    """The plan of another patient: nothing but its UIDs and its patient is different."""
    folder = tmp_path_factory.mktemp("second")
    uids = {str(pydicom.dcmread(path).SOPInstanceUID) for path in export.iterdir()}
    for path in export.iterdir():
        dataset = pydicom.dcmread(path)
        for element in dataset.iterall():
            if element.VR == "UI" and element.value in uids:
                element.value = f"{element.value}.1"
        dataset.PatientID, dataset.SeriesInstanceUID = "SECRET4711", f"{dataset.SeriesInstanceUID}.1"
        for series in dataset.get("ReferencedFrameOfReferenceSequence", []):
            (one,) = series.RTReferencedStudySequence[0].RTReferencedSeriesSequence
            one.SeriesInstanceUID = f"{one.SeriesInstanceUID}.1"
        named(dataset, dataset.SOPInstanceUID).save_as(folder / path.name)
    return folder


def test_doses_go_back_once_and_what_a_check_refuses_is_named(
    objects: list[Path],
    export: Path,
    second: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two patients at once; a peer that has no room at first; a node that is killed before it records, then again."""
    monkeypatch.setattr(serve_module, "FIRST_PAUSE_S", 0.05)
    done_plan, refused_plan = plan_uid(export), plan_uid(second)
    calculation = Toy(done_plan)
    monkeypatch.setattr(serve_module, "Calculation", lambda *_: calculation)
    folder = tmp_path / "node"
    with clinic() as peer, caplog.at_level(logging.INFO, "esapi_bridge"):
        peer.refuses = 0xA700
        settings = settings_for(peer.port)
        duty = Duty(NodeTask.DOSE, send_to="clinic", settle_s=0.1)
        with running(folder, settings, duty):
            send(settings, [*sorted(second.iterdir()), *objects])
            wait_until(lambda: "refused with status 0xA700" in caplog.text)
            peer.refuses = None
        done, refused = record_of(folder, export), record_of(folder, second)
        result = folder / "results" / done.key / "RTDOSE_PLAN.dcm"
        dose = pydicom.dcmread(result).SOPInstanceUID
        assert peer.received == [dose]
        assert (done.end, refused.end) == (End.DONE, End.REFUSED)
        assert done.sending is not None
        assert done.sending.is_sent
        assert done.sending.tries > 1
        assert (refused.message, refused.sending) == ("energy: expected 10X-FFF, found 6X", None)
        assert {job.uid for job in calculation.jobs} == {done_plan, refused_plan}
        assert not list(folder.glob(".esapi-bridge-*"))
        record = folder / "plans" / f"{done.key}.json"
        record.unlink()  # as if the node had been killed before it wrote that
        with running(folder, settings, duty):
            pass
        assert len(calculation.jobs) == 2, "what has a result is not calculated again, nor what was refused"
        assert peer.received == [dose, dose], "not known to be sent: the same object once more"
        with running(folder, settings, duty):
            send(settings, objects)
        assert peer.received == [dose, dose], "known to be sent"
        assert len(calculation.jobs) == 2
    assert not [name for name in (PATIENT_ID, PATIENT_NAME, "SECRET4711", "Canary") if name in caplog.text]


def test_a_folder_is_of_one_task(tmp_path: Path) -> None:
    PlanRecord(key="x", plan="1.2.3", task="none", end=End.DONE).write(_made(tmp_path / "plans") / "x.json")
    with pytest.raises(BridgeError, match="another folder"):
        serve(tmp_path, settings_for(), Duty(NodeTask.DOSE))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
