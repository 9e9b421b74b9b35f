"""The versions that were tested together: ``constraints.txt``, which an installation carries."""

from __future__ import annotations

import re
from pathlib import Path

import esapi_bridge
from esapi_bridge.errors import BridgeError

PINS_FILE = "constraints.txt"


def pinned_versions() -> dict[str, str]:
    """Versions by the normalised names of packages.

    Raises
    ------
    BridgeError
        If the list is not there.
    """
    from packaging.utils import canonicalize_name

    package = Path(esapi_bridge.__file__).resolve().parent
    for folder in (package.parent, package / "bundle"):  # a checkout; an installation
        if (folder / PINS_FILE).is_file():
            text = (folder / PINS_FILE).read_text(encoding="utf-8")
            pins = re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE)
            return {canonicalize_name(name): version for name, version in pins}
    raise BridgeError(f"expected {PINS_FILE} in the installation, found none; install esapi-bridge again")
