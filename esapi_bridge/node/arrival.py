"""One object that a peer sent: checked before a byte of it is written."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pydicom.uid import CTImageStorage, RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from esapi_bridge.dicom.read.elements import class_name, text
from esapi_bridge.dicom.read.files import parse_dataset
from esapi_bridge.errors import BridgeError
from esapi_bridge.node.answer import NotKeptError, Status

KEPT_CLASSES = (CTImageStorage, RTStructureSetStorage, RTPlanStorage, RTDoseStorage)
"""What a plan consists of."""

UID_FORM = re.compile(r"[0-9]+(\.[0-9]+)*")
MOST_UID = 64

NAME = re.compile(r"[0-9a-f]{40}\.dcm")
"""Names of received files."""


@dataclass(frozen=True)
class Arrival:
    """A received object.

    Parameters
    ----------
    uid, sop_class
        SOP Instance UID and SOP Class UID.
    content
        The file: an empty preamble, file meta information of this node, and the data set as it came.
    """

    uid: str
    sop_class: str
    content: bytes


def file_name(uid: str) -> str:
    """Name of the file of an object: nothing of what a peer sent gets into a path."""
    return f"{hashlib.sha256(uid.encode()).hexdigest()[:40]}.dcm"


def require_class(sop_class: str) -> None:
    """Refuse what is no part of a plan.

    Raises
    ------
    NotKeptError
        Naming the class.
    """
    if sop_class not in KEPT_CLASSES:
        raise NotKeptError(Status.CLASS_NOT_KEPT, f"kept are CT, RTSTRUCT, RTPLAN, RTDOSE; not {class_name(sop_class)}")


def require_uid(uid: str, what: str) -> None:
    """Refuse what is no UID: digits and points, 64 characters at most.

    Components that begin with 0, which old scanners write against the standard, do no harm.

    Raises
    ------
    NotKeptError
        Without quoting it.
    """
    if len(uid) > MOST_UID or not UID_FORM.fullmatch(uid):
        raise NotKeptError(Status.NOT_UNDERSTOOD, f"{what} must be a UID")


def check_arrival(sop_class: str, uid: str, content: bytes) -> Arrival:
    """Check that an object is what its sender announced and that its header can be read.

    Parameters
    ----------
    sop_class, uid
        Affected SOP Class and Instance UID of the request.
    content
        As `Arrival.content`.

    Raises
    ------
    NotKeptError
        Naming what is wrong.
    """
    require_class(sop_class)
    require_uid(uid, "the SOP Instance UID")
    try:
        header = parse_dataset(content, pixels=False)
        found = {keyword: text(header, keyword) for keyword in ("SOPInstanceUID", "SeriesInstanceUID")}
        same_class = text(header, "SOPClassUID") == sop_class
    except BridgeError as error:
        raise NotKeptError(Status.NOT_UNDERSTOOD, str(error)) from error
    if not same_class or found["SOPInstanceUID"] != uid:
        raise NotKeptError(Status.NOT_AS_ANNOUNCED, "class and UID must be those of the request")
    require_uid(found["SeriesInstanceUID"], "the Series Instance UID")
    return Arrival(uid, sop_class, content)
