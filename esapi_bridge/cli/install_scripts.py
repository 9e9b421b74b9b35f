"""``esapi-bridge install-scripts``: build the Eclipse scripts for this site, or check an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE


def install_scripts(
    target: Annotated[Path, typer.Option(help="Folder of the scripts, such as Eclipse's system scripts folder.")],
    esapi: Annotated[
        Path | None, typer.Option(help="Folder of Eclipse's esapi/API assemblies (or the mock's).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare an installation with its lists.")] = False,
    python_home: Annotated[Path | None, typer.Option(help="Python to start inside Eclipse; default this one.")] = None,
    jobs: Annotated[Path | None, typer.Option(help="Folder of jobs; default one of each user.")] = None,
    exports: Annotated[Path | None, typer.Option(help="Folder of exported cases; default in the documents.")] = None,
    model: Annotated[str, typer.Option(help="Network for DeepDoseNet.")] = "ddn-lite",
    write_grid: Annotated[
        str, typer.Option(help="fine: calculate a copy on a fine grid to write on; source: write on the plan's grid.")
    ] = "fine",
    course: Annotated[str, typer.Option(help="Course that receives new plans.")] = "DDN_RESEARCH",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Build the scripts for Eclipse and install them.

    They are compiled against this site's own Eclipse. With --check, compare an installation with what was installed.
    """
    import json

    from esapi_bridge.cli.console import out
    from esapi_bridge.eclipse import install as installer
    from esapi_bridge.errors import RefusedError

    if check:
        changed = installer.check(target)
        if changed:
            raise RefusedError(f"the installation was changed: {', '.join(changed)}; install the scripts again")
        if as_json:
            typer.echo(json.dumps({"changed": changed, "intended_use": INTENDED_USE}, indent=2))
        else:
            out.print("every file is as installed")
        return
    if esapi is None:
        raise typer.BadParameter("give Eclipse's esapi/API folder", param_hint="--esapi")
    options = installer.InstallOptions(
        esapi=esapi,
        target=target,
        python_home=python_home,
        jobs=jobs,
        exports=exports,
        model=model,
        write_grid=write_grid,
        course=course,
    )
    installed = installer.install(options)
    if as_json:
        facts = {
            "version": installed.version,
            "scripts": installed.scripts,
            "unchanged": installed.is_unchanged,
            "intended_use": INTENDED_USE,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    state = "there already, unchanged" if installed.is_unchanged else "installed"
    out.print(f"{', '.join(installed.scripts)} {state}; version {installed.version}")
    if not installed.is_unchanged:
        out.print("restart Eclipse to use this version; in a clinical database it must be approved first")
