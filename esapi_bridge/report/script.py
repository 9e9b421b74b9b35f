"""Scripts of a page: our own few, inside it, named by their hashes in its security policy; nothing is ever fetched.

Plain JavaScript, and a style sheet where one is needed, in ``scripts/``: a file for a small part of a page, a folder
for a large one. What a script reads stands in the part's own template.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILES: dict[str, tuple[str, ...]] = {
    "viewer": (
        "viewer/unpack.js", "viewer/lattice.js", "viewer/isolines.js", "viewer/layers.js", "viewer/worst.js",
        "viewer/plane_view.js", "viewer/state.js", "viewer/controls.js", "viewer/start.js", "viewer/viewer.css",
    ),
    "dvh_chart": ("dvh_chart.js", "dvh_chart.css"),
    "fluence_view": ("fluence_view.js", "fluence_view.css"),
}  # fmt: skip
"""Every script by name, its files in the order in which they are joined."""


@dataclass(frozen=True)
class PageScript:
    """A script as it stands in a page.

    Parameters
    ----------
    code
        JavaScript, whose names other scripts do not see.
    style
        Style sheet; may be empty.
    """

    code: str
    style: str

    @property
    def sha256(self) -> str:
        """Hash of the code, as a security policy names it."""
        return base64.b64encode(hashlib.sha256(self.code.encode()).digest()).decode("ascii")


@cache
def page_script(name: str) -> PageScript:
    """Read a script of `FILES`."""
    folder = resources.files("esapi_bridge.report") / "scripts"
    texts = [(file, (folder / file).read_text(encoding="utf-8")) for file in FILES[name]]
    code = "\n".join(text for file, text in texts if file.endswith(".js"))
    style = "\n".join(text for file, text in texts if file.endswith(".css"))
    return PageScript(f'\n(() => {{\n"use strict";\n{code}\n}})();\n', style)


def security_policy(scripts: Sequence[PageScript]) -> str:
    """Content security policy of a page: pictures inside it, its own styles, these scripts, and nothing else at all."""
    allowed = " ".join(f"'sha256-{script.sha256}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
