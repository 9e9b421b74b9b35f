"""``esapi-bridge models verify``: whether the weights of networks are those of their cards."""

from __future__ import annotations

from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def verify(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Network or folder. [default: all that are installed]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare weights with the digests on their cards."""
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.models import find_model, list_models
    from esapi_bridge.models.approvals import standing_of

    found = [find_model(model)] if model else list_models()
    rows, faults = [], []
    for one in found:
        try:
            rows.append((one, one.verify(), standing_of(one)))
        except RefusedError as error:
            faults.append(str(error))
    if as_json:
        print_json(
            {
                "verified": [
                    {
                        "name": one.card.name, "version": one.card.version, "sha256": digest,
                        "card_sha256": one.card_sha256, "commissioned": standing.state, "told": standing.told,
                    }
                    for one, digest, standing in rows
                ],
                "faults": faults,
            }
        )  # fmt: skip
    else:
        from esapi_bridge.cli.console import out

        for one, digest, standing in rows:
            out.print(f"{one.card.name} {one.card.version}: weights {digest} are those of its card; {standing.told}")
    if faults:
        raise RefusedError("; ".join(faults))
