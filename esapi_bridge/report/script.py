"""Scripts of a page: our own few, inside it, named by their hashes in its security policy; nothing is ever fetched.

A part of a page that comes alive has a folder with plain JavaScript beside the Python that chooses its data. The page
shows everything without scripts too. Parts tell each other which structure the user points at by the event
``structure`` on the document: its ``detail`` is the structure's number, or null.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class PageScript:
    """A script with the data that it reads.

    Parameters
    ----------
    name
        The data stand in the element ``NAME-data``.
    package
        Package that holds the files.
    files
        JavaScript, joined in this order, whose names other scripts do not see; and style sheets.
    data
        What can be written as JSON.
    """

    name: str
    package: str
    files: tuple[str, ...]
    data: Mapping[str, object]

    @property
    def code(self) -> str:
        """The script as it stands in the page."""
        return f'\n(() => {{\n"use strict";\n{self._joined(".js")}\n}})();\n'

    @property
    def style(self) -> str:
        """Its style sheets."""
        return self._joined(".css")

    @property
    def sha256(self) -> str:
        """Hash of the code, as a security policy names it."""
        return base64.b64encode(hashlib.sha256(self.code.encode()).digest()).decode("ascii")

    def _joined(self, kind: str) -> str:
        folder = resources.files(self.package)
        return "\n".join((folder / name).read_text(encoding="utf-8") for name in self.files if name.endswith(kind))


def security_policy(scripts: Sequence[PageScript]) -> str:
    """Content security policy of a page: pictures inside it, its own styles, these scripts, and nothing else at all."""
    allowed = " ".join(f"'sha256-{script.sha256}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
