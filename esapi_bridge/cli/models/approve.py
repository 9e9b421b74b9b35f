"""``esapi-bridge models approve``: a physicist's approval of a network on its commissioning record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.models.options import By, Name, show


def approve(
    model: Name,
    record: Annotated[Path, typer.Option(metavar="FILE", help="The record that 'commission' wrote.")],
    by: By,
    despite: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Approve though limits are not met; every report repeats the reason."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Approve a network for this site on its commissioning record.

    Refused where the record is of another network, where weights or card are not those measured, where it was measured
    by another version of this package, or where limits are not met.
    """
    from esapi_bridge.models import find_model
    from esapi_bridge.models.approvals import approve as decide

    show(decide(find_model(model), record, by, despite), as_json=as_json)
