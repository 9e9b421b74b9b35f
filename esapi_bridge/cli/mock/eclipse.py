"""``esapi-bridge mock eclipse``: the mock Eclipse with its window, or one script in it without."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson


def eclipse(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="Exported DICOM folders, or one database made by 'mock database'.",
            exists=True,
            file_okay=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Database to make of the exports. [default: EXPORT-eclipse beside the first]"
        ),
    ] = None,
    scripts: Annotated[
        Path | None,
        typer.Option(help="Folder of compiled scripts for the menu. [default: those of this package, compiled]"),
    ] = None,
    script: Annotated[
        str | None,
        typer.Option(
            "--run", help="Run this script without a window: *.esapi.dll, one file *.cs, or a name in the menu."
        ),
    ] = None,
    patient: Annotated[str | None, typer.Option(help="Patient to open. [default: who has the plan]")] = None,
    course: Annotated[str | None, typer.Option(help="Course to open. [default: that of the plan]")] = None,
    plan: Annotated[str | None, typer.Option(help="Plan to open. [default: none]")] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep what the script changed, if it ended well.")] = False,
    screenshots: Annotated[
        Path | None, typer.Option(help="Take pictures of the window into this folder and close.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="With --screenshots: the script to photograph at work.")] = None,
    no_licence: Annotated[bool, typer.Option("--no-licence", help="A site that may not write by script.")] = False,
    clinical: Annotated[bool, typer.Option("--clinical", help="A clinical system: scripts need an approval.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the mock Eclipse, or run one script in it.

    The exit code is the script's. A database that was made of the same exports before is opened as it was left.
    """
    if save and script is None:
        raise typer.BadParameter("--save goes with --run")
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.mock.eclipse import HostOptions, run_host
    from esapi_bridge.mock.eclipse.opening import compile_scripts, open_database

    with progress_bar() as progress:
        database = open_database(folders, output, progress=progress)
        if scripts is None and not (script and Path(script).is_file()):
            scripts = compile_scripts(database, progress=progress)
    options = HostOptions(
        database=database,
        scripts=scripts,
        patient=patient,
        course=course,
        plan=plan,
        run=script,
        save=save,
        as_json=as_json,
        screenshots=screenshots,
        start=start,
        no_licence=no_licence,
        clinical=clinical,
    )
    raise typer.Exit(run_host(options))
