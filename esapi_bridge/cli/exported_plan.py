"""What the commands ``dose`` and ``fluence`` share: the options that name an exported plan and its result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from esapi_bridge.tasks.run_record import RunRecord

ExportDir = Annotated[Path, typer.Argument(metavar="EXPORT_DIR", help="Folder with the exported plan.")]
"""The export that is read."""

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to make; must not exist or be empty.")]
"""The result folder."""

PlanName = Annotated[str | None, typer.Option(help="Label or UID of the plan, where the export holds several.")]
"""Which plan of the export."""

Model = Annotated[str, typer.Option(help="Installed network, or a folder with card.yaml.")]
"""Which network."""

Report = Annotated[bool, typer.Option("--report/--no-report", help="Write the HTML page.")]
"""Whether the result has a page."""

Pdf = Annotated[bool, typer.Option("--pdf", help="Print the page to a PDF, too, by a browser of this machine.")]
"""Whether the page is printed."""


def require_page(*, pdf: bool, report: bool) -> None:
    """Make sure that there will be a page to print."""
    if pdf and not report:
        raise typer.BadParameter("--pdf prints the page, which --no-report leaves out")


def print_warnings(record: RunRecord) -> None:
    """Show what was left aside or assumed when the export was read, and the checks that warn."""
    from esapi_bridge.cli.console import out

    for objects in record.left_aside:
        out.print(f"aside   {objects.count} {objects.kind}: {objects.reason}")
    for text in record.assumed:
        out.print(f"assumed {text}")
    for check in record.checks:
        if check.verdict == "warn":
            out.print(f"warning {check.check}: expected {check.expected}, found {check.found}")
