"""Where Eclipse's scripting assemblies are on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

API_ASSEMBLY = "VMS.TPS.Common.Model.API.dll"


def find_esapi_folders(root: Path | None = None) -> dict[str, Path]:
    r"""Folders with the assemblies of the Eclipse Scripting API by Eclipse's version, oldest first.

    Parameters
    ----------
    root
        Folder of the programs, ``C:\Program Files (x86)`` by default.
    """
    programs = root or Path(os.environ.get("PROGRAMFILES(X86)") or r"C:\Program Files (x86)")
    found = {path.parents[2].name: path.parent for path in programs.glob(f"Varian/RTM/*/esapi/API/{API_ASSEMBLY}")}
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in re.findall(r"\d+", item[0])]))
