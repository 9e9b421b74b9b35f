"""``esapi-bridge doctor``: what is installed, what is missing and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.errors import BridgeError

if TYPE_CHECKING:
    from esapi_bridge.cli.checkup import Finding

WIDTHS = (7, 23, 20)
"""Characters of mark, name and finding, so that the sections stand in line."""

NO_INTERNET = "No internet here? Where there is, 'esapi-bridge bundle -o ZIP' makes one file that holds every package."


def doctor(as_json: AsJson = False) -> None:
    """Say what is installed and what is missing.

    Ends with exit code 1 if something is missing that every command needs.
    """
    from esapi_bridge.cli.checkup import sections

    found = dict(sections())
    is_healthy = all(finding.ok for findings in found.values() for finding in findings)
    if as_json:
        from dataclasses import asdict

        from esapi_bridge import __version__

        facts = [asdict(finding) | {"section": title} for title, findings in found.items() for finding in findings]
        print_json({"version": __version__, "ok": is_healthy, "findings": facts})
    else:
        from rich.table import Table
        from rich.text import Text

        from esapi_bridge.cli.console import out

        for title, findings in found.items():
            out.print(Text(title, style="bold"))
            table = Table(box=None, show_header=False)
            for width in WIDTHS:
                table.add_column(min_width=width, overflow="fold")
            for finding in findings:
                table.add_row(Text(*_mark(finding)), finding.name, finding.found, finding.advice)
            out.print(table)
        if any("pip install" in finding.advice for findings in found.values() for finding in findings):
            out.print(NO_INTERNET)
    if not is_healthy:
        raise typer.Exit(BridgeError.exit_code)


def _mark(finding: Finding) -> tuple[str, str]:
    """Say in a word how it stands, and in which colour."""
    if not finding.ok:
        return "missing", "red"
    return ("note", "yellow") if finding.advice else ("ok", "green")
