"""Messages between client and worker: JSON objects of at most 64 KiB, after both sides have proved to know the key.

Carried by `multiprocessing.connection` (a Unix socket or a Windows pipe), with ``send_bytes`` and ``recv_bytes`` alone:
its ``recv`` would unpickle, that is run, what it is sent.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any

from esapi_bridge.errors import BridgeError

PROTOCOL = 1
"""Raised with every change that an older client or worker would misread."""

MOST_BYTES = 64 * 1024

Message = dict[str, Any]

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection

    AnyConnection = Connection | PipeConnection
else:
    AnyConnection = Connection


class BadMessageError(BridgeError):
    """What came is not a message."""


def send(connection: AnyConnection, message: Mapping[str, Any]) -> None:
    """Send a message."""
    connection.send_bytes(json.dumps(message, ensure_ascii=False).encode())


def receive(connection: AnyConnection, timeout_s: float | None = None) -> Message:
    """Wait for a message.

    Raises
    ------
    BadMessageError
        If what came is not a JSON object with a ``type``.
    TimeoutError
        If nothing came in time.
    OSError
        If the other side is gone.
    """
    if not connection.poll(timeout_s):
        raise TimeoutError
    data = connection.recv_bytes(MOST_BYTES)
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadMessageError("a message must be JSON, it is not") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessageError("a message must be a JSON object with a type, it is not")
    return message


def prove_first(connection: AnyConnection, key: bytes, timeout_s: float) -> None:
    """Prove to know the key, then have the other side prove it: the client's part.

    Raises
    ------
    AuthenticationError
        If the keys differ.
    OSError
        If the other side is gone or silent (`TimeoutError`).
    """
    patient = _Patient(connection, timeout_s)
    answer_challenge(patient, key)  # type: ignore[arg-type]
    deliver_challenge(patient, key)  # type: ignore[arg-type]


def prove_second(connection: AnyConnection, key: bytes, timeout_s: float) -> None:
    """Have the other side prove to know the key, then prove it: the worker's part; raises as `prove_first`."""
    patient = _Patient(connection, timeout_s)
    deliver_challenge(patient, key)  # type: ignore[arg-type]
    answer_challenge(patient, key)  # type: ignore[arg-type]


class _Patient:
    """A connection that waits for bytes for a limited time: the library's hand-shake would wait for ever."""

    def __init__(self, connection: AnyConnection, timeout_s: float) -> None:
        self._connection, self._deadline = connection, time.monotonic() + timeout_s
        self.send_bytes = connection.send_bytes

    def recv_bytes(self, most: int) -> bytes:
        if not self._connection.poll(max(0.0, self._deadline - time.monotonic())):
            raise TimeoutError
        return self._connection.recv_bytes(most)


__all__ = [
    "MOST_BYTES",
    "PROTOCOL",
    "AnyConnection",
    "AuthenticationError",
    "BadMessageError",
    "Message",
    "prove_first",
    "prove_second",
    "receive",
    "send",
]
