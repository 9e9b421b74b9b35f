"""Finds every plan below a folder: one flat folder of thousands of files of many patients, or any tree.

An index of the files' headers is made once and kept; a file is read again when its size or time has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from esapi_bridge.dicom.identity import NoKeyError, installation_key, key_of_run, keyed_hash
from esapi_bridge.dicom.index import kept as keeping
from esapi_bridge.dicom.index.catalogue import File
from esapi_bridge.dicom.index.found import Found
from esapi_bridge.dicom.index.kept import Kept, KeptFile
from esapi_bridge.dicom.index.plans import UNREADABLE, case_plans, exported_plans, sort_out
from esapi_bridge.dicom.index.reading import read_row
from esapi_bridge.dicom.index.row import Row
from esapi_bridge.dicom.index.walk import Seen, walk
from esapi_bridge.dicom.read.aside import LeftAside
from esapi_bridge.errors import BridgeError, RefusedError, os_reason
from esapi_bridge.folders.user import state_folder
from esapi_bridge.progress import Progress

ID_CHARACTERS = 32
"""Of keyed hashes of paths."""


def kept_index(root: Path) -> Path | None:
    """File of this user's state folder that the index of a folder is kept in; None for a user who can keep none."""
    try:
        name = keyed_hash(installation_key(), str(root.resolve()))[:ID_CHARACTERS]
        return state_folder() / "index" / f"{name}.json"
    except (NoKeyError, OSError):
        return None


def find_plans(root: Path, kept: Path | None, progress: Progress | None = None, *, structures: bool = False) -> Found:
    """Find every photon plan below a folder, with the files that belong to it and what is missing.

    Parameters
    ----------
    root
        Exported DICOM files and case folders in any order; only read. Hidden files and folders, and folders named
        ``reference``, are not looked at.
    kept
        Where the index is kept (see `kept_index`); None: nowhere. One that is damaged is made again.
    progress
        Called for every file and every plan.
    structures
        Whether a plan needs a structure set.

    Raises
    ------
    RefusedError
        If the folder is absent.
    """
    if not root.is_dir():
        raise RefusedError("the plans must be below a folder, found none of that name")
    key = key_of_run()
    seen, unreadable = walk(root)
    before = keeping.load(kept, key)
    now = Kept(verdicts=dict(before.verdicts))
    try:
        files, read = _read_changed(seen, before, now, key, progress)
        parts, cases, aside = sort_out(files, now)
        plans = exported_plans(parts, aside, now, progress, structures) + case_plans(cases, aside, structures)
        now.verdicts = {plan.key: now.verdicts[plan.key] for plan in plans if plan.key in now.verdicts}
    finally:
        if kept is not None and now != before:
            _try_to_save(now, kept, key)
    if unreadable:
        aside["folder", UNREADABLE] += unreadable
    return Found(
        tuple(sorted(plans, key=lambda plan: (plan.patient, plan.label, plan.key))),
        tuple(LeftAside(kind, reason, count) for (kind, reason), count in sorted(aside.items())),
        len(seen),
        read,
    )


def _read_changed(
    seen: Sequence[Seen], before: Kept, now: Kept, key: bytes, progress: Progress | None
) -> tuple[list[File], int]:
    """Take over what was read of files that are as they were, and read the others; returns how many these were."""
    names = [keyed_hash(key, one.inside)[:ID_CHARACTERS] for one in seen]
    for one, name in zip(seen, names, strict=True):
        held = before.files.get(name)
        if held is not None and held.state == one.state:
            now.files[name] = held
    others = [(one, name) for one, name in zip(seen, names, strict=True) if name not in now.files]
    failed: dict[str, Row] = {}
    for number, (one, name) in enumerate(others):
        if progress is not None:
            progress("files", number, len(others))
        try:
            now.files[name] = KeptFile(one.state, read_row(one, key))
        except BridgeError as error:  # of the disk: perhaps another time
            failed[name] = Row("", fault=str(error))
    rows = (failed[name] if name in failed else now.files[name].row for name in names)
    return [File(one, name, row) for one, name, row in zip(seen, names, rows, strict=True)], len(others)


def _try_to_save(now: Kept, kept: Path, key: bytes) -> None:
    """Keep the index; where the disk refuses, the next run reads all files again."""
    try:
        keeping.save(now, kept, key)
    except OSError as error:
        logging.getLogger(__name__).warning("the index could not be kept: %s", os_reason(error))
