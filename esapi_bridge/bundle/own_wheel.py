"""The wheel of this project itself: built from a checkout, or packed again from the files of an installation."""

from __future__ import annotations

import base64
import hashlib
from importlib import metadata
from pathlib import Path

import esapi_bridge
from esapi_bridge.bundle.archive import write_archive
from esapi_bridge.bundle.pip import run_pip
from esapi_bridge.errors import BridgeError, RefusedError

PROJECT = "esapi-bridge"

BY_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
"""Files of the metadata that an installer writes."""


def own_wheel(folder: Path) -> Path:
    """Make the wheel of what runs here, in a folder.

    Raises
    ------
    RefusedError
        If a file is not as it was installed.
    BridgeError
        If the wheel cannot be made.
    """
    root = Path(esapi_bridge.__file__).resolve().parents[1]
    if (root / "pyproject.toml").is_file():
        run_pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(root))
        (wheel,) = folder.glob("*.whl")
        return wheel
    return pack_again(metadata.distribution(PROJECT), folder)


def pack_again(installed: metadata.Distribution, folder: Path) -> Path:
    """Make a wheel of an installed package: the same files, each compared with the digest of the installation.

    Raises
    ------
    RefusedError
        If a file is missing or changed.
    BridgeError
        If the installation has no list of its files.
    """
    members: dict[str, bytes] = {}
    record = []
    for file in sorted(installed.files or [], key=str):
        in_metadata = file.parts[0].endswith(".dist-info")
        if file.parts[0] == ".." or "__pycache__" in file.parts or (in_metadata and file.name in BY_INSTALLER):
            continue
        name = file.as_posix()
        try:
            members[name] = file.read_binary()
        except OSError:
            members[name] = b""
        digest = base64.urlsafe_b64encode(hashlib.sha256(members[name]).digest()).rstrip(b"=").decode()
        if file.hash is None or (file.hash.mode, file.hash.value) != ("sha256", digest):
            raise RefusedError(f"{file.name} must be as it was installed, it was changed or removed: install again")
        record.append(f"{name},sha256={digest},{len(members[name])}")
    place = next((name.partition("/")[0] for name in members if name.endswith(".dist-info/WHEEL")), None)
    if place is None:
        raise BridgeError("expected an installation that lists its files, found none; name a wheel with --wheel")
    members[f"{place}/RECORD"] = "".join(f"{line}\n" for line in [*record, f"{place}/RECORD,,"]).encode()
    wheel = folder / f"{place.removesuffix('.dist-info')}-py3-none-any.whl"
    with wheel.open("wb") as stream:
        write_archive(stream, members)
    return wheel
