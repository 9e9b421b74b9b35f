"""Patient identity as a keyed hash: two exports of one patient can be matched, but nobody can be named."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydicom import Dataset

from esapi_bridge.dicom.read.elements import text
from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.user import config_folder

KEY_BYTES, MOST_BYTES = 32, 1024

KEY_VARIABLE = "ESAPI_BRIDGE_PATIENT_KEY"
"""Environment variable that names another file for the key, for machines whose settings cannot be written."""


class NoKeyError(BridgeError):
    """The key of this installation can be neither read nor made."""


def key_of_run() -> bytes:
    """Read the key of this installation or, where none can be kept, make one for this run alone.

    For runs that write no patient key: what they write can be matched with nothing, whichever key it was.
    """
    try:
        return installation_key()
    except NoKeyError:
        return secrets.token_bytes(KEY_BYTES)


def installation_key() -> bytes:
    """Read the random key of this installation, making it at first use (readable by the user only).

    Raises
    ------
    NoKeyError
        If the key file cannot be made or read.
    BridgeError
        If it is not a key.
    """
    named = os.environ.get(KEY_VARIABLE)
    try:
        path = Path(named) if named else config_folder() / "patient.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            try:
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as stream:
                    stream.write(secrets.token_bytes(KEY_BYTES))
                with suppress(FileExistsError):
                    os.link(temporary, path)  # fails, rather than replaces, if another process was first
            finally:
                temporary.unlink(missing_ok=True)
        key = read_plain(path, MOST_BYTES, "the patient key")
    except OSError as error:
        raise NoKeyError(
            f"the patient key of this installation cannot be kept: {os_reason(error)}; name a file for it in the "
            f"environment variable {KEY_VARIABLE}"
        ) from error
    if len(key) != KEY_BYTES:
        raise BridgeError(f"the patient key of this installation must have {KEY_BYTES} bytes, found {len(key)}")
    return key


def patient_key(dataset: Dataset, key: bytes) -> str:
    """Hash Patient ID (0010,0020) and its issuer with HMAC-SHA-256.

    Parameters
    ----------
    dataset
        Any object of the patient.
    key
        Secret of the installation; without it the hash could be undone by trying all ids.
    """
    return keyed_hash(key, text(dataset, "PatientID"), text(dataset, "IssuerOfPatientID"))


def keyed_hash(key: bytes, *parts: str) -> str:
    """Hash texts with HMAC-SHA-256."""
    return hmac.new(key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
