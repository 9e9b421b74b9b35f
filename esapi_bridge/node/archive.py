"""Asks a peer what it has (C-FIND) and has it sent (C-GET where the peer offers it, else C-MOVE)."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import build_role, evt
from pynetdicom.association import Association
from pynetdicom.status import code_to_category

from esapi_bridge.errors import BridgeError
from esapi_bridge.node.arrival import KEPT_CLASSES
from esapi_bridge.node.choices import By
from esapi_bridge.node.listener import LOOPBACK, Listener
from esapi_bridge.node.network import SYNTAXES, Receive, no_answer, own_entity, take
from esapi_bridge.node.settings import NodeSettings

FIND, MOVE, GET = (UID(f"1.2.840.10008.5.1.4.1.2.2.{number}") for number in (1, 2, 3))
"""Study Root Query/Retrieve Information Model."""

MOST_TIMEOUTS = 20
"""A peer that sends by C-MOVE need not say so in between: it may be silent for so many times the usual."""


class Level(StrEnum):
    """Query/Retrieve Level (0008,0052)."""

    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


class Archive:
    """An association with a peer's query and retrieve services; a context manager, within which it is there.

    Parameters
    ----------
    settings
        Who this node is, and the peers.
    name
        The peer.
    receive
        Keeps what comes.
    bind
        Address to listen on while objects come by C-MOVE.
    by
        How they come; None for C-GET where the peer offers it, else C-MOVE.

    Raises
    ------
    BridgeError
        On entering, if the peer cannot be reached or offers no such service.
    """

    def __init__(
        self, settings: NodeSettings, name: str, receive: Receive, *, bind: str = LOOPBACK, by: By | None = None
    ) -> None:
        self._settings, self._name, self._receive, self._bind = settings, name, receive, bind
        self._by = by
        self._association: Association
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        peer = self._settings.peer(self._name)
        entity = own_entity(self._settings)
        entity.dimse_timeout = MOST_TIMEOUTS * self._settings.timeout_s
        models = {FIND, *((MOVE,) if self._by is not By.GET else ()), *((GET,) if self._by is not By.MOVE else ())}
        for model in sorted(models):
            entity.add_requested_context(model)
        roles = []
        for sop_class in KEPT_CLASSES if GET in models else ():
            entity.add_requested_context(sop_class, SYNTAXES)
            roles.append(build_role(sop_class, scp_role=True))
        handlers: list[Any] = [(evt.EVT_C_STORE, lambda event: take(event, self._name, self._receive))]
        self._association = entity.associate(
            peer.host, peer.port or 0, ae_title=peer.ae_title, ext_neg=list(roles), evt_handlers=handlers
        )
        if not self._association.is_established:
            raise no_answer(self._name, peer, rejected=self._association.is_rejected)
        self._closing.callback(self._association.release)
        try:
            self._agree()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _agree(self) -> None:
        """See what the peer offers, and listen if objects come by C-MOVE."""
        offered = {context.abstract_syntax for context in self._association.accepted_contexts}
        if FIND not in offered or not offered & {GET, MOVE}:
            raise BridgeError(
                f"the peer {self._name!r} must offer query and retrieve by study (C-FIND; C-MOVE or C-GET), found less"
            )
        self._by = By.GET if GET in offered else By.MOVE
        if self._by is By.MOVE:
            self._closing.enter_context(Listener(self._settings, self._receive, self._bind))

    def find(self, level: Level, returned: tuple[str, ...] = (), **keys: str) -> list[Dataset]:
        """Ask for everything at a level that has the values of some keys.

        Parameters
        ----------
        level
            Study, series or image.
        returned
            Keywords of what is wanted of each besides.
        **keys
            Values by keyword.

        Raises
        ------
        BridgeError
            If the peer does not answer or cannot.
        """
        question = _question(level, keys)
        for keyword in returned:
            setattr(question, keyword, [] if keyword.endswith("Sequence") else "")
        found = []
        for status, identifier in self._association.send_c_find(question, FIND):
            self._require(status, "to answer a question")
            if identifier is not None:
                found.append(identifier)
        return found

    def retrieve(self, level: Level, **keys: str) -> None:
        """Have everything sent that `find` would find; returns once the peer says that it was.

        Raises
        ------
        BridgeError
            If it was not all sent.
        """
        question = _question(level, keys)
        answers = (
            self._association.send_c_get(question, GET)
            if self._by is By.GET
            else self._association.send_c_move(question, self._settings.ae_title, MOVE)
        )
        hint = (
            f"; it must know {self._settings.ae_title} at this machine's address, port {self._settings.port}"
            if self._by is By.MOVE
            else ""
        )
        failed = 0
        for status, _ in answers:
            self._require(status, "to send what was asked for", hint)
            failed = int(status.get("NumberOfFailedSuboperations") or 0)
        if failed:
            raise BridgeError(f"the peer {self._name!r} must send all that was asked for, {failed} objects failed")

    def _require(self, status: Dataset, what: str, hint: str = "") -> None:
        """End on whatever is neither success nor pending."""
        if "Status" not in status:
            raise BridgeError(f"the peer {self._name!r} must go on answering, it fell silent or hung up")
        if code_to_category(status.Status) in {"Success", "Pending", "Warning"}:
            return
        raise BridgeError(
            f"the peer {self._name!r} must be able {what}, it answered with status 0x{status.Status:04X}{hint}"
        )


def _question(level: Level, keys: dict[str, str]) -> Dataset:
    question = Dataset()
    question.QueryRetrieveLevel = level.value
    for keyword, value in keys.items():
        setattr(question, keyword, value)
    return question
