"""``esapi-bridge models retire``: the approval of a network withdrawn."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.models.options import By, Name, show


def retire(
    model: Name,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; every report repeats it.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Withdraw the approval of a network.

    Runs warn of it from then on, or refuse it.
    """
    from esapi_bridge.models import find_model
    from esapi_bridge.models.approvals import retire as decide

    show(decide(find_model(model), by, reason), as_json=as_json)
