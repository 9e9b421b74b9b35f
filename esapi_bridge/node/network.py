"""What is common to all that speaks DICOM's network protocol: an own AE, transfer syntaxes, one C-STORE taken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import AE, _config
from pynetdicom.events import Event

from esapi_bridge.dicom.read.elements import class_name
from esapi_bridge.dicom.read.files import UNCOMPRESSED_SYNTAXES
from esapi_bridge.dicom.read.pixels import LOSSLESS_SYNTAXES
from esapi_bridge.dicom.write.files import IMPLEMENTATION_UID
from esapi_bridge.errors import BridgeError, bounded, where_in_own_code
from esapi_bridge.node.answer import MOST_COMMENT, STORED, NotKeptError, Status
from esapi_bridge.node.arrival import Arrival, check_arrival, require_class, require_uid
from esapi_bridge.node.settings import NodeSettings, Peer

SYNTAXES: list[str | UID] = [*UNCOMPRESSED_SYNTAXES, *LOSSLESS_SYNTAXES]
"""Transfer syntaxes in which objects are taken: those that can be read. A deflated object could grow without bound."""

MOST_PDU_BYTES = 128 * 1024
"""Longest part of a message that peers are asked to send at once."""

Receive = Callable[[Arrival], bool]
"""Keeps an object; returns whether it is new, raises `NotKeptError`."""

log = logging.getLogger(__name__)

# The library's log quotes what it sends and reads, a patient's name perhaps; this package says itself what happens.
logging.getLogger("pynetdicom").propagate = False
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
_config.STORE_SEND_CHUNKED_DATASET = True  # a file goes out byte for byte, and is never in memory as a whole


def own_entity(settings: NodeSettings) -> AE:
    """Make this node's application entity."""
    entity = AE(settings.ae_title)
    entity.implementation_class_uid = IMPLEMENTATION_UID
    entity.implementation_version_name = "ESAPI_BRIDGE"
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = settings.timeout_s
    entity.connection_timeout = settings.timeout_s
    entity.maximum_pdu_size = MOST_PDU_BYTES
    entity.maximum_associations = settings.limits.associations
    return entity


def no_answer(name: str, peer: Peer, rejected: bool) -> BridgeError:
    """Say why there is no association with a peer."""
    if rejected:
        return BridgeError(
            f"the peer {name!r} must accept this node, it was refused: register this node's AE title, IP address and "
            f"port there, and compare the peer's AE title"
        )
    return BridgeError(f"the peer {name!r} must answer at its address, port {peer.port}, found nobody: does it run?")


def take(event: Event, sender: str, receive: Receive) -> Dataset:
    """Answer one C-STORE request: check the object, have it kept, and only then say so.

    Parameters
    ----------
    event
        The request.
    sender
        Name of the peer, for the log.
    receive
        Keeps it.

    Returns
    -------
    Dataset
        Status and, of a refusal, the reason.
    """
    request: Any = event.request
    sop_class, uid = str(request.AffectedSOPClassUID), str(request.AffectedSOPInstanceUID)
    try:
        require_class(sop_class)
        require_uid(uid, "the SOP Instance UID")
        is_new = receive(check_arrival(sop_class, uid, event.encoded_dataset()))
    except NotKeptError as error:
        log.warning("refused an object of %s: %s", sender, error.reason)
        return _answer(error.status, error.reason)
    except Exception as error:  # noqa: BLE001  whatever an object does, the node goes on; a trace may name patients
        log.error("an object of %s: unexpected %s", sender, where_in_own_code(error))  # noqa: TRY400
        return _answer(Status.NOT_UNDERSTOOD, "unexpected error")
    log.info("%s of %s: %s", class_name(sop_class), sender, "received" if is_new else "is here already")
    return _answer(STORED)


def _answer(status: int, reason: str = "") -> Dataset:
    answer = Dataset()
    answer.Status = int(status)
    if reason:
        answer.ErrorComment = bounded(reason).encode("ascii", "replace").decode()[:MOST_COMMENT].replace("\\", "/")
    return answer
