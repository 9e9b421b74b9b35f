"""SHA-256 sums beside an export: DICOM files carry no checksum, and half of all damage would be read unnoticed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from esapi_bridge.errors import RefusedError

CHECKSUMS = "SHA256SUMS"
"""Name of the list, in the format of ``sha256sum``."""


def write_checksums(folder: Path, files: Iterable[Path]) -> Path:
    """List the sums of files of a folder."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(files)]
    path = folder / CHECKSUMS
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(lines), encoding="ascii", newline="\n")
    temporary.replace(path)
    return path


def verify_checksums(sums: Path) -> None:
    """Compare every listed file with its sum; files that are not listed are left alone.

    Raises
    ------
    RefusedError
        If a file is missing or differs.
    """
    for line in sums.read_text(encoding="ascii").splitlines():
        expected, _, name = line.partition("  ")
        path = sums.parent / Path(name).name
        if not path.is_file():
            raise RefusedError(f"every file listed in {CHECKSUMS} must be there, found one missing: export again")
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if not hmac.compare_digest(actual, expected):
            raise RefusedError(
                f"every file must fit its sum in {CHECKSUMS}, found {actual[:12]}... instead of {expected[:12]}...: "
                "the file was changed or damaged, export again"
            )
