"""What a C-STORE is answered when an object is not kept (DICOM PS3.4 B.2.3, PS3.7 annex C)."""

from __future__ import annotations

from enum import IntEnum

STORED = 0x0000

MOST_COMMENT = 64
"""Characters of Error Comment (0000,0902)."""


class Status(IntEnum):
    """Status (0000,0900) of a refusal."""

    OTHER_CONTENT = 0x0111
    """An object of this UID with other content is here (Duplicate SOP Instance)."""
    CLASS_NOT_KEPT = 0x0122
    """SOP Class Not Supported."""
    NO_ROOM = 0xA700
    """Out of Resources: quota, size, disk."""
    NOT_AS_ANNOUNCED = 0xA900
    """Data Set does not match SOP Class, or has another UID than was announced."""
    NOT_UNDERSTOOD = 0xC000
    """Cannot Understand."""


class NotKeptError(Exception):
    """An object is not kept; the peer is told why.

    Parameters
    ----------
    status
        What is answered.
    reason
        A few words without identity, for the peer and the log.
    """

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason
