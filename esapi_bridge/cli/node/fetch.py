"""``esapi-bridge node fetch``: a plan with all that belongs to it, from a peer."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.exported_plan import Output
from esapi_bridge.cli.node.options import Bind, Config, PeerName
from esapi_bridge.node.choices import By


def fetch(
    peer: PeerName,
    output: Output,
    plan: Annotated[
        str | None, typer.Option(help="SOP Instance UID of the plan; with --patient also its label.")
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option(help="Patient ID; - asks for it, so that it is in no history of commands."),
    ] = None,
    config: Config = None,
    bind: Bind = "127.0.0.1",
    by: Annotated[
        By | None,
        typer.Option(help="C-GET or C-MOVE. [default: C-GET where the peer offers it, else C-MOVE]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a plan with all that belongs to it from a peer."""
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.node.fetch import Wanted
    from esapi_bridge.node.fetch import fetch as fetch_plan
    from esapi_bridge.node.settings import read_node_settings

    if plan is None and patient is None:
        raise typer.BadParameter("name the plan by --plan or the patient by --patient")
    if patient == "-":
        patient = typer.prompt("Patient ID", hide_input=True, err=True)
    settings = read_node_settings(config)
    with progress_bar() as progress:
        found = fetch_plan(settings, peer, output, Wanted(plan, patient), bind=bind, by=by, progress=progress)
    if as_json:
        print_json({"plan": found.plan, "objects": found.objects})
        return
    from esapi_bridge.cli.console import out

    out.print(f"export  {found.folder}: {found.objects} objects of plan {found.plan}")
