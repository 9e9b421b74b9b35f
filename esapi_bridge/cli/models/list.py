"""``esapi-bridge models list``: the installed networks, from their cards alone."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def models(
    task: Annotated[str | None, typer.Option(help="Only networks for this task: dose or fluence.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the installed networks.

    Each with the tasks and energies it is for, and whether it is approved here.
    """
    from typing import get_args

    from esapi_bridge.models import ModelCard, list_models
    from esapi_bridge.models.approvals import standing_of

    tasks = get_args(ModelCard.model_fields["task"].annotation)
    if task not in (None, *tasks):
        raise typer.BadParameter(f"--task must be {' or '.join(tasks)}, got {task}")
    found = list_models(task)
    if as_json:
        cards = [
            model.card.model_dump(mode="json", by_alias=True) | {"commissioned": standing_of(model).state}
            for model in found
        ]
        print_json({"models": cards})
        return
    from esapi_bridge.cli.console import out

    if not found:
        out.print("no network is installed")
        return
    from rich.table import Table

    table = Table("name", "version", "task", "energies", "sites", "what it does", "here", box=None)
    for model in found:
        card = model.card
        sites = ", ".join(card.valid_for.sites) or "any"
        table.add_row(
            card.name, card.version, card.task, ", ".join(card.valid_for.energies), sites, card.summary,
            standing_of(model).state,
        )  # fmt: skip
    out.print(table)
