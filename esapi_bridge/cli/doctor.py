"""``esapi-bridge doctor``: what is installed, what is missing and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.errors import BridgeError

if TYPE_CHECKING:
    from esapi_bridge.cli.checkup import Finding

MARK, NAME = 7, 23
"""Characters of mark and name, so that what was found stands in line."""

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
        from rich.text import Text

        from esapi_bridge.cli.console import out

        for title, findings in found.items():
            out.print(Text(title, style="bold"))
            for finding in findings:
                mark, colour = _mark(finding)
                out.print(Text(f"{mark:<{MARK}} ", style=colour) + f"{finding.name:<{NAME}} {finding.found}")
                if finding.advice:
                    out.print(f"{'':<{MARK}} {finding.advice}")
        advice = [finding.advice for findings in found.values() for finding in findings]
        if any("pip install" in text and "[mc]" not in text for text in advice):  # which no bundle holds
            out.print(NO_INTERNET)
    if not is_healthy:
        raise typer.Exit(BridgeError.exit_code)


def _mark(finding: Finding) -> tuple[str, str]:
    """Say in a word how it stands, and in which colour."""
    if not finding.ok:
        return "missing", "red"
    return ("note", "yellow") if finding.advice else ("ok", "green")
