"""Who may send, what is kept, and what a sender is answered."""

from __future__ import annotations

import logging
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import UID, MRImageStorage, RTIonPlanStorage

from esapi_bridge.node.answer import NotKeptError, Status
from esapi_bridge.node.arrival import require_uid
from tests.dicom.phantom import PATIENT_ID, PATIENT_NAME, files_of
from tests.node.conftest import Node
from tests.node.peers import LOOPBACK, OWN_TITLE, PEER_TITLE, Answer, echo, named, settings_for, store

STORED = Answer(0x0000)

dcmtk = pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK is not installed")


def changed(path: Path, **values: object) -> Dataset:
    """An object with other values of some elements."""
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def test_an_export_is_kept_byte_for_byte(node: Node, objects: list[Path]) -> None:
    assert store(node.port, objects) == [STORED] * len(objects)
    for path in objects:
        sent = pydicom.dcmread(path)
        kept = node.inbox.path(sent.SOPInstanceUID)
        assert kept.read_bytes()[:128] == bytes(128)
        assert pydicom.dcmread(kept) == sent
        assert kept.read_bytes().endswith(path.read_bytes()[-1000:])
        assert kept.stat().st_mode & 0o077 == 0


def test_what_is_sent_again_is_acknowledged_and_not_written_again(node: Node, objects: list[Path]) -> None:
    store(node.port, objects)
    before = [(path, path.stat().st_mtime_ns, path.stat().st_ino) for path in node.files()]
    assert store(node.port, objects) == [STORED] * len(objects)
    assert [(path, path.stat().st_mtime_ns, path.stat().st_ino) for path in node.files()] == before


def test_another_object_of_a_uid_is_refused_and_the_first_stays(
    node: Node, export: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = files_of(export, "RP")[0]
    store(node.port, [path])
    with caplog.at_level(logging.INFO, "esapi_bridge"):
        (answer,) = store(node.port, [changed(path, PatientName="Mallory^M", RTPlanLabel="Other")])
    assert answer.status == Status.OTHER_CONTENT
    assert pydicom.dcmread(node.inbox.path(pydicom.dcmread(path).SOPInstanceUID)) == pydicom.dcmread(path)
    assert "other content" in caplog.text
    assert not [word for word in ("Mallory", PATIENT_ID, PATIENT_NAME.split("^")[0]) if word in caplog.text]


@pytest.mark.parametrize("sop_class", [MRImageStorage, RTIonPlanStorage])
def test_other_classes_are_refused_by_themselves(node: Node, export: Path, sop_class: str) -> None:
    """The next object of the association is still taken."""
    plan = files_of(export, "RP")[0]
    other = named(changed(plan, SOPClassUID=sop_class), "1.2.3")
    other.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    answers = store(node.port, [other, pydicom.dcmread(plan)])
    assert answers[0].status == Status.CLASS_NOT_KEPT
    assert "RTPLAN" in answers[0].comment
    assert answers[1] == STORED
    assert not node.inbox.has("1.2.3")


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI:UserWarning")
@pytest.mark.parametrize("uid", ["../../../tmp/x", "/tmp/x", "1.2.3/4", "a.b", "1..2", "1.2.\n3"])
def test_no_path_comes_from_a_peer(node: Node, export: Path, uid: str) -> None:
    """The library lets through whatever is at most 64 characters long."""
    bad = named(changed(files_of(export, "RP")[0]), uid)
    before = node.files()
    (answer,) = store(node.port, [bad])
    assert answer.status in {None, Status.NOT_UNDERSTOOD}
    assert node.files() == before


def test_a_uid_has_64_characters_at_most() -> None:
    require_uid("1." + "2" * 62, "the UID")
    with pytest.raises(NotKeptError):
        require_uid("1." + "2" * 63, "the UID")


def test_what_is_not_as_announced_is_refused(node: Node, export: Path, tmp_path: Path) -> None:
    """The request says one UID, the object another."""
    path = files_of(export, "RP")[0]
    lying = changed(path)
    lying.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4")
    lying.save_as(tmp_path / "lying.dcm", enforce_file_format=False)
    (answer,) = store(node.port, [tmp_path / "lying.dcm"])
    assert answer.status == Status.NOT_AS_ANNOUNCED
    assert not node.inbox.has("1.2.3.4")


def test_an_object_that_is_too_large_is_not_even_held_in_memory(node: Node, export: Path) -> None:
    """Beyond the limit and one part of a message the association ends; a little beyond, the object is refused."""
    path = files_of(export, "RD")[0]
    huge = named(changed(path), "1.2.3.5")
    huge.PixelData = bytes(4_000_000)
    assert store(node.port, [huge])[0].status is None
    huge.PixelData = bytes(1_200_000)
    assert store(node.port, [huge])[0].status == Status.NO_ROOM
    assert not node.inbox.has("1.2.3.5")


def test_nobody_can_announce_more_than_memory_holds(node: Node) -> None:
    with socket.create_connection((LOOPBACK, node.port), timeout=20) as connection:
        connection.sendall(struct.pack(">BBL", 1, 0, 2**32 - 1) + bytes(1000))
        connection.settimeout(20)
        assert connection.recv(1000) == b""
    assert echo(node.port)


@pytest.mark.parametrize(
    "wrong",
    [{"title": "STRANGER"}, {"called": "ANY-SCP"}, {"address": "127.0.0.2"}, {"address": "127.0.0.2", "title": "X"}],
    ids=["title", "called title", "address", "both"],
)
def test_strangers_are_not_let_in(node: Node, export: Path, wrong: dict[str, str]) -> None:
    path = files_of(export, "CT")[0]
    other = named(changed(path), "1.2.3.6")
    assert store(node.port, [other], **wrong) == [Answer(None)]
    assert not node.inbox.has("1.2.3.6")


def test_title_and_address_must_be_of_one_peer() -> None:
    settings = settings_for()
    assert settings.name_of(f"{PEER_TITLE}  ", "::ffff:127.0.0.1") == "clinic"
    assert settings.name_of(PEER_TITLE, "127.0.0.2") is None
    assert settings.name_of(OWN_TITLE, LOOPBACK) is None


def test_peers_can_ask_whether_it_is_there(node: Node) -> None:
    assert echo(node.port)
    assert not echo(node.port, "STRANGER")


@dcmtk
def test_dcmtk_stores(node: Node, objects: list[Path]) -> None:
    command = ["storescu", "-aet", PEER_TITLE, "-aec", OWN_TITLE, "-xi", LOOPBACK, str(node.port)]
    assert subprocess.run([*command, *map(str, objects)], check=False).returncode == 0
    assert all(node.inbox.has(pydicom.dcmread(path).SOPInstanceUID) for path in objects)
    command[2] = "STRANGER"
    assert subprocess.run([*command, *map(str, objects)], check=False, capture_output=True).returncode != 0


def test_an_inbox_that_is_full_says_so(node: Node, export: Path) -> None:
    """The last test of this module: the inbox stays full."""
    path = files_of(export, "CT")[0]
    new = [named(changed(path), f"1.2.9.{number}") for number in range(5)]
    answers = store(node.port, new)
    assert {answer.status for answer in answers} == {0x0000, Status.NO_ROOM}
    assert "full" in answers[-1].comment
    assert len(node.files()) == 20
