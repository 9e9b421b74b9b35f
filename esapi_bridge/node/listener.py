"""Takes associations from the peers that are allowed, and from nobody else, and hands on what they send."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AllStoragePresentationContexts, evt
from pynetdicom.association import Association
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.node.arrival import KEPT_CLASSES
from esapi_bridge.node.network import MOST_PDU_BYTES, SYNTAXES, Receive, own_entity, take
from esapi_bridge.node.settings import MEGABYTE, NodeSettings, plain_address

REJECTED_PERMANENT, BY_USER, CALLING_AE_UNKNOWN = 1, 1, 3
"""A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

MOST_PART_BYTES = 8 * MOST_PDU_BYTES
"""Length a peer may announce for one part of a message; the library would wait for whatever is announced."""

LOOPBACK = "127.0.0.1"
POLL_S = 0.1

log = logging.getLogger(__name__)


class Listener:
    """A storage and verification service; a context manager, within which it runs.

    Objects of all storage classes are let come, so that each that is not kept can be answered by itself, as a sender
    expects that goes through an export one by one.

    Parameters
    ----------
    settings
        Who may connect, as whom, and how much they may send.
    receive
        Keeps an object; called by the thread of the association, several at a time.
    bind
        Address to listen on.

    Raises
    ------
    BridgeError
        On entering, if the port cannot be had.
    """

    def __init__(self, settings: NodeSettings, receive: Receive, bind: str = LOOPBACK) -> None:
        self._settings, self._receive, self._bind = settings, receive, bind
        self._under_way: WeakKeyDictionary[Association, int] = WeakKeyDictionary()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        entity = own_entity(self._settings)
        entity.require_called_aet = True
        for context in AllStoragePresentationContexts:
            is_kept = context.abstract_syntax in KEPT_CLASSES
            entity.add_supported_context(str(context.abstract_syntax), SYNTAXES if is_kept else ImplicitVRLittleEndian)
        entity.add_supported_context(Verification)
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, self._bound_parts),
            (evt.EVT_REQUESTED, self._require_peer),
            (evt.EVT_DATA_RECV, self._count),
            (evt.EVT_DIMSE_SENT, self._answered),
            (evt.EVT_C_STORE, self._store),
        ]
        try:
            server: Any = entity.make_server(
                (self._bind, self._settings.port),
                evt_handlers=handlers,
                server_class=_Server,
                is_known=lambda host: any(peer.host == host for peer in self._settings.peers.values()),
                timeout_s=self._settings.timeout_s,
            )
        except OSError as error:
            raise BridgeError(
                f"port {self._settings.port} at {self._bind} cannot be listened on: {os_reason(error)}; another "
                "program has it, or this machine has no such address"
            ) from error
        threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
        self._server = server
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.shutdown()

    @property
    def is_called(self) -> bool:
        """Whether a peer has an association with it."""
        return self._server is not None and bool(self._server.active_associations)

    def _bound_parts(self, event: Event) -> None:
        """Let nobody announce more than memory can hold."""
        connection: Any = event.assoc.dul.socket
        read = connection.recv

        def bounded_read(length: int) -> bytearray:
            if length > MOST_PART_BYTES:
                raise OSError("a peer announced too long a part of a message")
            return read(length)  # type: ignore[no-any-return]

        connection.recv = bounded_read

    def _require_peer(self, event: Event) -> None:
        """Reject who calls itself otherwise than the peer at its address."""
        if self._name_of(event) is None:
            log.warning("rejected an association: no peer of this AE title at this address")
            event.assoc.acse.send_reject(REJECTED_PERMANENT, BY_USER, CALLING_AE_UNKNOWN)
            event.assoc.kill()

    def _count(self, event: Event) -> None:
        """End an association whose message is longer than an object may be: it lies in memory until it is whole."""
        count = self._under_way.get(event.assoc, 0) + len(event.data)
        self._under_way[event.assoc] = count
        if count > self._settings.limits.object_mb * MEGABYTE + MOST_PART_BYTES:
            log.warning("ended an association of %s: too large an object", self._name_of(event))
            event.assoc.abort()

    def _answered(self, event: Event) -> None:
        self._under_way[event.assoc] = 0

    def _store(self, event: Event) -> Dataset:
        return take(event, self._name_of(event) or "nobody", self._receive)

    def _name_of(self, event: Event) -> str | None:
        requestor = event.assoc.requestor
        title = requestor.primitive.calling_ae_title if requestor.primitive else ""
        return self._settings.name_of(title, requestor.address)


class _Server(ThreadedAssociationServer):
    """Hangs up on unknown addresses before anything of them is read."""

    def __init__(self, *given: Any, is_known: Callable[[str], bool], timeout_s: float, **options: Any) -> None:
        self._is_known, self._timeout_s = is_known, timeout_s
        super().__init__(*given, **options)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.settimeout(self._timeout_s)  # a peer that stops within a message
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002  the base class gives it
        known = self._is_known(plain_address(client_address[0]))
        if not known:
            log.warning("hung up on an address that is no peer's")
        return known

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the base class gives it
        """Say nothing of a trace, which may name a patient."""
        log.error("a connection failed")

    def shutdown(self) -> None:
        """End every association and stop listening."""
        for association in self.active_associations:
            association.abort()
        socketserver.BaseServer.shutdown(self)
        self.server_close()
