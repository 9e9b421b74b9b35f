"""What the commands on networks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from esapi_bridge.models.approvals import Decision

Name = Annotated[str, typer.Argument(metavar="MODEL", help="Installed network, or a folder with card.yaml.")]
"""Which network."""

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides: the name that is recorded.")]
"""Who decides."""


def show(decision: Decision, *, as_json: bool) -> None:
    """Print a decision."""
    if as_json:
        from esapi_bridge.cli.answer import print_json

        print_json(decision.model_dump(mode="json", by_alias=True))
        return
    from esapi_bridge.cli.console import out

    model = decision.model
    out.print(f"{decision.decision}  {model.name} {model.version} by {decision.by}, {decision.when}")
    out.print(f"weights   {model.sha256}")
    out.print(f"card      {model.card_sha256}")
    out.print(f"holds for esapi-bridge {decision.package_version}")
    if decision.reason:
        out.print(f"reason    {decision.reason}")
    for absent in [] if decision.record is None else decision.record.of_outcome("not in these cases"):
        out.print(f"not measured: {absent}")
