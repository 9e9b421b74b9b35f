"""Patient identity as a keyed hash: two exports of one patient can be matched, but nobody can be named."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pydicom import Dataset

from esapi_bridge.dicom.read.elements import text
from esapi_bridge.errors import BridgeError

KEY_BYTES = 32


def config_folder() -> Path:
    """Folder of the user's settings: ``%APPDATA%`` on Windows, ``$XDG_CONFIG_HOME`` or ``~/.config`` elsewhere."""
    if os.name == "nt":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "esapi-bridge"


def installation_key() -> bytes:
    """Read the random key of this installation, making it at first use (readable by the user only).

    Raises
    ------
    BridgeError
        If the key file cannot be made or is not a key.
    """
    path = config_folder() / "patient.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(KEY_BYTES))
            try:
                os.link(temporary, path)  # fails, rather than replaces, if another process was first
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise BridgeError(f"the patient key of this installation cannot be kept: {error.strerror}") from error
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
    identity = "\0".join((text(dataset, "PatientID"), text(dataset, "IssuerOfPatientID")))
    return hmac.new(key, identity.encode(), hashlib.sha256).hexdigest()
