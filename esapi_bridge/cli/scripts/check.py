"""``esapi-bridge scripts check``: whether an installation is as it was installed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.errors import RefusedError


def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the installed scripts.")],
    as_json: AsJson = False,
) -> None:
    """Compare an installation with what was installed.

    A file that is missing, was changed or does not belong there ends with exit code 3.
    """
    from esapi_bridge.eclipse import install

    changed = install.check(folder)
    if as_json:
        print_json({"changed": changed})
    if changed:
        raise RefusedError(f"the installation was changed: {', '.join(changed)}; install the scripts again")
    if not as_json:
        from esapi_bridge.cli.console import out

        out.print("every file is as installed")
