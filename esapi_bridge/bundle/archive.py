"""ZIP archives whose bytes depend on their contents only."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every member: the first that the format knows."""

FILE_MODE, PROGRAM_MODE = 0o644, 0o755


def write_archive(stream: BinaryIO, members: Mapping[str, bytes | Path]) -> None:
    """Write an archive.

    Parameters
    ----------
    stream
        Where to.
    members
        Contents, or the file that holds them, by name, in the order in which they are written. Wheels, which are
        compressed, are stored as they are.
    """
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, DATE)
            info.create_system = 3  # Unix, whose permissions these are, on Windows too
            info.external_attr = (stat.S_IFREG | (PROGRAM_MODE if name.endswith(".sh") else FILE_MODE)) << 16
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                archive.writestr(info, content)
            else:
                info.file_size = content.stat().st_size
                with content.open("rb") as source, archive.open(info, "w") as member:
                    shutil.copyfileobj(source, member, 1 << 20)
