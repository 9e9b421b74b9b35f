"""An output folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.durable import rename, sync_file, sync_folder


def require_free(out: Path) -> None:
    """Make sure that nothing would be overwritten.

    Raises
    ------
    BridgeError
        If `out` is a file or a folder that holds something.
    """
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() or out.is_symlink():
        raise BridgeError("the output folder must not exist or be empty, found one in use; choose another name")


@contextmanager
def output_folder(out: Path, *, mode: int = 0o755) -> Iterator[Path]:
    """Give a temporary folder beside `out` that becomes `out`, on disk to the last byte, when the block ends well.

    On any error, and on an interrupt, the temporary folder is removed and `out` stays as it was.

    Parameters
    ----------
    out
        The folder to make; its parents are made if need be.
    mode
        Its permissions.

    Raises
    ------
    BridgeError
        If `out` is in use or cannot be made.
    """
    require_free(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".esapi-bridge-", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise BridgeError(f"the output folder could not be made: {error.strerror}; choose another place") from error
    try:
        yield partial
        for path in [partial, *partial.rglob("*")]:
            sync_folder(path) if path.is_dir() else sync_file(path)
        require_free(out)
        if out.exists():
            out.rmdir()
        partial.chmod(mode)
        rename(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
