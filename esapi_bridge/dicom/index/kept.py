"""The index as it is kept between runs: one file of JSON lines, whole or not there.

It holds no name of a file or folder, which may hold a patient's name: files are told by keyed hashes of their paths.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.dicom.identity import keyed_hash
from esapi_bridge.dicom.index.row import Row
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.durable import write_whole_file
from esapi_bridge.folders.plain import read_plain

VERSION = 2
"""Raised when what is kept, or how a plan is judged, changes."""

MOST_BYTES = 2**30


@dataclass(frozen=True)
class KeptFile:
    """A file as it was when it was read, and what was read."""

    state: tuple[int, ...]
    row: Row


@dataclass(frozen=True)
class Verdict:
    """What was found of a plan, and of which files in which state."""

    fingerprint: str
    missing: tuple[str, ...]


@dataclass
class Kept:
    """What was read before.

    Parameters
    ----------
    files
        By keyed hash of the path.
    verdicts
        By key of the plan.
    """

    files: dict[str, KeptFile] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def load(path: Path | None, key: bytes) -> Kept:
    """Read what is kept; nothing where there is none, it is damaged, or of another key or version."""
    with suppress(OSError, RefusedError, ValueError, TypeError, KeyError):
        if path is not None:
            head, _, content = read_plain(path, MOST_BYTES, "the index").partition(b"\n")
            if json.loads(head) == _head(content, key):
                held = json.loads(content)
                return Kept(
                    {name: KeptFile(tuple(state), Row.from_json(row)) for name, (state, row) in held["files"].items()},
                    {name: Verdict(found, tuple(missing)) for name, (found, missing) in held["verdicts"].items()},
                )
    return Kept()


def save(kept: Kept, path: Path, key: bytes) -> None:
    """Write what is kept, in place of what was.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    held = {
        "files": {name: (file.state, file.row.to_json()) for name, file in kept.files.items()},
        "verdicts": {name: (verdict.fingerprint, verdict.missing) for name, verdict in kept.verdicts.items()},
    }
    content = json.dumps(held, separators=(",", ":")).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole_file(path, json.dumps(_head(content, key)).encode() + b"\n" + content)


def _head(content: bytes, key: bytes) -> dict[str, Any]:
    return {
        "index": VERSION,
        "intended_use": INTENDED_USE,
        "esapi-bridge": __version__,
        "key": keyed_hash(key, "index")[:16],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
