"""Turns every exception raised while handling DICOM into one of this project's, and silences warnings."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from esapi_bridge.errors import BridgeError, DamagedError, RefusedError, os_reason


@contextmanager
def bridge_errors_only(what: str, action: str = "read") -> Iterator[None]:
    """Let nothing but errors of this project leave a piece of code.

    A damaged file makes pydicom and numpy raise almost anything (ValueError, AttributeError, NotImplementedError,
    OverflowError, RecursionError ...), which is why the clause is as wide as it is. The text of the original error,
    warnings and what pydicom logs are left out, as they may quote the patient's name.

    Parameters
    ----------
    what
        What is handled, for the message.
    action
        Past participle of what is done with it. What is wrong in a file that is *read* is a refusal.
    """
    log = logging.getLogger("pydicom")
    was_disabled, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except RefusedError:
        raise
    except BridgeError as error:
        raise DamagedError(str(error)) if action == "read" else error from None
    except Exception as error:  # noqa: BLE001 - any error at all must become one of ours
        if isinstance(error, OSError) and error.errno is not None:  # pydicom raises others, of what it reads
            raise BridgeError(f"{what} could not be {action}: {os_reason(error)}") from None
        kind = DamagedError if action == "read" else BridgeError
        raise kind(
            f"{what} could not be {action} ({type(error).__name__}): "
            "the file or its source is damaged or not as DICOM demands, export it again"
        ) from None
    finally:
        log.disabled = was_disabled


@contextmanager
def named(kind: str) -> Iterator[None]:
    """Say in the message of every refusal which kind of object it is about: ``RT Dose: Pixel Spacing (0028,0030) ...``.

    Parameters
    ----------
    kind
        Name of the object's kind, or of a part of an object: ``beam 3``.
    """
    try:
        with bridge_errors_only(f"the {kind}"):
            yield
    except RefusedError as error:
        if kind not in str(error):
            error.args = (f"{kind}: {error}",)
        raise
