"""Peers on the loop-back interface: one that sends, one that takes in, one that is asked."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import AssociationSocket

from esapi_bridge.node.settings import Limits, NodeSettings, Peer

FIND, MOVE, GET = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 2, 3))
LOOPBACK = "127.0.0.1"
OWN_TITLE, PEER_TITLE = "ESAPI_BRIDGE", "CLINIC"
SYNTAXES = [ImplicitVRLittleEndian, ExplicitVRLittleEndian]


def _close(connection: AssociationSocket) -> None:
    """Close a socket that the other side has shut down already: the library leaves it to the garbage collector."""
    if connection.socket is not None:
        with contextlib.suppress(OSError):
            connection.socket.shutdown(socket.SHUT_RDWR)
        connection.socket.close()


# Or every test would have to wait for the threads of the library, and collect.
setattr(AssociationSocket, "_shutdown_socket", _close)  # noqa: B010  a method, for the type checker

KEYS = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}
"""What tells the answers of a level apart."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def settings_for(peer_port: int | None = None, **limits: Any) -> NodeSettings:
    """Settings of a node with one peer, ``clinic``, at a free port of its own."""
    peer = Peer(ae_title=PEER_TITLE, address=LOOPBACK, port=peer_port)  # type: ignore[arg-type]
    wanted = {"free_gb": 0.0, **limits}
    return NodeSettings(port=free_port(), peers={"clinic": peer}, timeout_s=20.0, limits=Limits(**wanted))


def named(dataset: Dataset, uid: str) -> Dataset:
    """Give an object another SOP Instance UID."""
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(uid)
    return dataset


@dataclass(frozen=True)
class Answer:
    """What a sender was answered: a status, or that there was no association."""

    status: int | None
    comment: str = ""


def store(
    port: int,
    objects: Sequence[Path | Dataset],
    *,
    title: str = PEER_TITLE,
    called: str = OWN_TITLE,
    address: str = LOOPBACK,
) -> list[Answer]:
    """Send objects one by one in one association."""
    entity = AE(title)
    entity.dimse_timeout = entity.acse_timeout = 20
    for item in objects:
        dataset = pydicom.dcmread(item) if isinstance(item, Path) else item
        context = (str(dataset.file_meta.MediaStorageSOPClassUID), str(dataset.file_meta.TransferSyntaxUID))
        if context not in [(str(c.abstract_syntax), str(c.transfer_syntax[0])) for c in entity.requested_contexts]:
            entity.add_requested_context(*context)
    association = entity.associate(LOOPBACK, port, ae_title=called, bind_address=(address, 0))
    if not association.is_established:
        return [Answer(None) for _ in objects]
    answers = [_answer_to(association, item) for item in objects]
    association.release()
    return answers


def _answer_to(association: Association, item: Path | Dataset) -> Answer:
    if not association.is_established:  # the node ended it
        return Answer(None)
    status = association.send_c_store(item)
    return Answer(status.get("Status"), str(status.get("ErrorComment", "")))


def echo(port: int, title: str = PEER_TITLE, called: str = OWN_TITLE) -> bool:
    """Whether a node answers a C-ECHO."""
    entity = AE(title)
    entity.add_requested_context(Verification)
    association = entity.associate(LOOPBACK, port, ae_title=called)
    if not association.is_established:
        return False
    status = association.send_c_echo()
    association.release()
    return bool(status.get("Status", 1) == 0)


@dataclass
class Clinic:
    """A peer that takes in what it is sent, and can be asked for what it has.

    Parameters
    ----------
    port
        Where it listens.
    objects
        What it has.
    received
        SOP Instance UIDs of what was sent to it, in order.
    refuses
        Status it answers instead of taking anything in.
    move_to
        Port of the node it sends to by C-MOVE; None where it knows none.
    by_uid_alone
        Whether it answers questions for an image without its study and series.
    tells_plan_of_dose
        Whether it tells which plan a dose refers to.
    hides
        UIDs of images it finds but does not send.
    """

    port: int
    objects: list[Dataset] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    refuses: int | None = None
    move_to: int | None = None
    by_uid_alone: bool = True
    tells_plan_of_dose: bool = True
    hides: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)

    def take(self, event: evt.Event) -> int:
        request: Any = event.request
        if self.refuses is not None:
            return self.refuses
        self.received.append(str(request.AffectedSOPInstanceUID))
        return 0x0000

    def matching(self, question: Dataset) -> list[Dataset]:
        level = question.QueryRetrieveLevel
        needed = ["StudyInstanceUID", "SeriesInstanceUID"][: ["STUDY", "SERIES", "IMAGE"].index(level)]
        if not all(question.get(keyword) for keyword in needed) and not self.by_uid_alone:
            return []
        asked = {
            element.keyword: str(element.value)
            for element in question
            if element.VR != "SQ" and element.value and element.keyword != "QueryRetrieveLevel"
        }
        return [ds for ds in self.objects if all(str(ds.get(key, "")) == value for key, value in asked.items())]

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        question = event.identifier
        level = question.QueryRetrieveLevel
        for dataset in {str(ds[KEYS[level]].value): ds for ds in self.matching(question)}.values():
            answer = Dataset()
            answer.QueryRetrieveLevel = level
            setattr(answer, KEYS[level], dataset[KEYS[level]].value)
            for element in question:
                known = element.keyword in dataset and (element.VR != "SQ" or self.tells_plan_of_dose)
                if element.keyword not in answer and known:
                    answer.add(dataset[element.tag])
            yield 0xFF00, answer
        yield 0x0000, None

    def move(self, event: evt.Event) -> Iterator[Any]:
        found = [ds for ds in self.matching(event.identifier) if ds.SOPInstanceUID not in self.hides]
        if self.move_to is None:
            yield None, None
            return
        yield LOOPBACK, self.move_to
        yield from self._sent(found)

    def get(self, event: evt.Event) -> Iterator[Any]:
        yield from self._sent([ds for ds in self.matching(event.identifier) if ds.SOPInstanceUID not in self.hides])

    def _sent(self, found: list[Dataset]) -> Iterator[Any]:
        yield len(found)
        for dataset in found:
            self.sent.append(str(dataset.SOPInstanceUID))
            yield 0xFF00, dataset


@contextmanager
def clinic(objects: list[Path] | None = None, *, offers_get: bool = True) -> Iterator[Clinic]:
    """Run a peer."""
    place = Clinic(free_port(), [pydicom.dcmread(path) for path in objects or []])
    entity = AE(PEER_TITLE)
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(str(context.abstract_syntax), SYNTAXES, scu_role=True, scp_role=True)
    for dataset in place.objects:
        entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    for model in (FIND, MOVE, *((GET,) if offers_get else ())):
        entity.add_supported_context(model)
    handlers: list[Any] = [
        (evt.EVT_C_STORE, place.take),
        (evt.EVT_C_FIND, place.find),
        (evt.EVT_C_MOVE, place.move),
        (evt.EVT_C_GET, place.get),
    ]
    server = entity.start_server((LOOPBACK, place.port), block=False, evt_handlers=handlers)
    try:
        yield place
    finally:
        assert server is not None
        server.shutdown()
