"""Turns every exception raised while handling DICOM into a BridgeError, and silences warnings."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from esapi_bridge.errors import BridgeError


@contextmanager
def bridge_errors_only(what: str, action: str = "read") -> Iterator[None]:
    """Let nothing but `BridgeError` leave a piece of code.

    A damaged file makes pydicom and numpy raise almost anything (ValueError, AttributeError, NotImplementedError,
    OverflowError, RecursionError ...), which is why the clause is as wide as it is. The text of the original error,
    warnings and what pydicom logs are left out, as they may quote the patient's name.

    Parameters
    ----------
    what
        What is handled, for the message.
    action
        Past participle of what is done with it.
    """
    log = logging.getLogger("pydicom")
    was_disabled, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BridgeError:
        raise
    except Exception as error:  # noqa: BLE001 - any error at all must become one of ours
        raise BridgeError(
            f"{what} could not be {action} ({type(error).__name__}): "
            "the file or its source is damaged or not as DICOM demands, export it again"
        ) from None
    finally:
        log.disabled = was_disabled
