"""An output folder that appears whole or not at all, and is its owner's alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.errors import BridgeError, os_reason
from esapi_bridge.folders.durable import PRIVATE_FILE, PRIVATE_FOLDER, rename, sync_file, sync_folder
from esapi_bridge.folders.unfinished import sweep, unfinished_folder


def require_free(out: Path) -> None:
    """Make sure that nothing would be overwritten.

    Raises
    ------
    BridgeError
        If `out` is a file or a folder that holds something, or cannot be the name of one.
    """
    try:
        if out.is_dir() and not any(out.iterdir()):
            return
        in_use = out.exists() or out.is_symlink()
    except OSError as error:
        raise BridgeError(f"the output folder cannot be used: {os_reason(error)}; choose another name") from error
    if in_use:
        raise BridgeError("the output folder must not exist or be empty, found one in use; choose another name")


@contextmanager
def output_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside `out` that becomes `out`, on disk to the last byte, when the block ends well.

    On any error, and on an interrupt, the temporary folder is removed and `out` stays as it was; what a process that
    was killed has left is removed by the next one, see `unfinished`. A patient's dose is nobody else's to read, so the
    folder and all in it are the user's alone, whatever the process masks.

    Parameters
    ----------
    out
        The folder to make; its parents are made if need be.

    Raises
    ------
    BridgeError
        If `out` is in use or cannot be made, or the disk refuses what the block writes.
    """
    require_free(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        sweep(out.parent)
        with unfinished_folder(out.parent) as partial:
            yield partial
            for path in [partial, *partial.rglob("*")]:
                is_folder = path.is_dir()
                path.chmod(PRIVATE_FOLDER if is_folder else PRIVATE_FILE)
                sync_folder(path) if is_folder else sync_file(path)
            require_free(out)
            if out.exists():
                out.rmdir()
            rename(partial, out)
    except OSError as error:
        raise BridgeError(
            f"the output folder could not be written: {os_reason(error)}; free space or choose another place"
        ) from error
