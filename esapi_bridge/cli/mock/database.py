"""``esapi-bridge mock database``: a patient database for the mock Eclipse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.mock.settings import DatabaseSettings, DoseUnit


def database(
    exports: Annotated[
        list[Path],
        typer.Argument(metavar="EXPORT_DIR...", help="Exported DICOM folders.", exists=True, file_okay=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make; must not exist or be empty.")],
    dose_unit: Annotated[DoseUnit, typer.Option(help="Unit of absolute dose.")] = DoseUnit.GY,
    sums: Annotated[bool, typer.Option("--sums", help="Add a sum of the plans on each structure set.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a patient database for the mock Eclipse from exports.

    Patients get fictional names.
    """
    from dataclasses import asdict

    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.mock.database import make_database

    with progress_bar() as progress:
        plans = make_database(exports, output, DatabaseSettings(dose_unit=dose_unit), sums=sums, progress=progress)
    if as_json:
        print_json({"database": str(output), "plans": [asdict(plan) for plan in plans]})
        return
    out.print(f"database   {output}")
    for plan in plans:
        out.print(f"plan       {plan.patient} {plan.course} {plan.plan}, {plan.beams} beams")
