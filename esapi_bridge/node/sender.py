"""Sends files to a peer by C-STORE, byte for byte."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pydicom
from pydicom.uid import UID

from esapi_bridge.dicom.guard import bridge_errors_only
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.node.answer import STORED
from esapi_bridge.node.arrival import KEPT_CLASSES
from esapi_bridge.node.network import no_answer, own_entity
from esapi_bridge.node.settings import NodeSettings

WARNINGS = (0xB000, 0xB006, 0xB007)
"""The peer has the object, with remarks (PS3.4 B.2.3)."""

log = logging.getLogger(__name__)


def send_files(settings: NodeSettings, name: str, files: Sequence[Path]) -> None:
    """Send files to a peer; returns once it has all of them.

    Parameters
    ----------
    settings
        Who this node is, and the peers.
    name
        The peer.
    files
        CT, structure sets, plans and doses.

    Raises
    ------
    RefusedError
        If a file is nothing of a plan.
    BridgeError
        If the peer cannot be reached or does not take one.
    """
    peer = settings.peer(name)
    kinds = [_kind_of(file) for file in files]
    entity = own_entity(settings)
    for sop_class, syntax in dict.fromkeys(kinds):
        entity.add_requested_context(sop_class, syntax)
    association = entity.associate(peer.host, peer.port or 0, ae_title=peer.ae_title)
    if not association.is_established:
        raise no_answer(name, peer, rejected=association.is_rejected)
    try:
        for number, file in enumerate(files, 1):
            try:
                status = association.send_c_store(file)
            except (ValueError, RuntimeError) as error:
                raise BridgeError(
                    f"the peer {name!r} must take what is sent, it does not take this kind of object in its "
                    f"transfer syntax: see its conformance statement"
                ) from error
            if "Status" not in status:
                raise BridgeError(f"the peer {name!r} must answer within {settings.timeout_s:g} s, found no answer")
            if status.Status != STORED and status.Status not in WARNINGS:
                raise BridgeError(
                    f"the peer {name!r} must take what is sent, it refused with status 0x{status.Status:04X}: "
                    "see its log"
                )
            log.info("sent %d of %d to %s", number, len(files), name)
    finally:
        association.release()


def _kind_of(file: Path) -> tuple[UID, UID]:
    """SOP class and transfer syntax that a file states."""
    with bridge_errors_only("a file to send"):
        meta = pydicom.dcmread(file, specific_tags=["SOPClassUID"], stop_before_pixels=True).file_meta
        kind = meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID
    if kind[0] not in KEPT_CLASSES:
        raise RefusedError("a file to send must be CT, RT Structure Set, RT Plan or RT Dose, found something else")
    return kind
