"""``esapi-bridge models``: the installed networks, from their cards alone."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def models(
    name: Annotated[str | None, typer.Argument(help="Show the whole card of this one.")] = None,
    task: Annotated[str | None, typer.Option(help="Only networks for this task: dose or fluence.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the installed networks."""
    from typing import get_args

    from esapi_bridge.models import ModelCard, find_model, list_models

    tasks = get_args(ModelCard.model_fields["task"].annotation)
    if task not in (None, *tasks):
        raise typer.BadParameter(f"--task must be {' or '.join(tasks)}, got {task}")
    found = [find_model(name, task)] if name else list_models(task)
    if as_json:
        print_json({"models": [model.card.model_dump(mode="json", by_alias=True) for model in found]})
        return
    from esapi_bridge.cli.console import out

    if name:
        import yaml

        whole = found[0].card.model_dump(mode="json", by_alias=True)
        out.print(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).rstrip())
        return
    if not found:
        out.print("no network is installed")
        return
    from rich.table import Table

    table = Table("name", "version", "task", "energies", "sites", "what it does", box=None)
    for model in found:
        card = model.card
        sites = ", ".join(card.valid_for.sites) or "any"
        table.add_row(card.name, card.version, card.task, ", ".join(card.valid_for.energies), sites, card.summary)
    out.print(table)
