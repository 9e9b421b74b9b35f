"""``esapi-bridge models show``: the whole card of a network, and what was decided on it."""

from __future__ import annotations

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.models.options import Name


def show(model: Name, as_json: AsJson = False) -> None:
    """Show the card of a network and the decisions on it."""
    from esapi_bridge.models import find_model
    from esapi_bridge.models.approvals import decisions, standing_of

    found = find_model(model)
    whole = found.card.model_dump(mode="json", by_alias=True)
    standing, history = standing_of(found), decisions(found.card.name)
    if as_json:
        made = [entry.model_dump(mode="json", by_alias=True) for entry in history]
        print_json({"card": whole, "commissioned": {"state": standing.state, "told": standing.told}, "decisions": made})
        return
    import yaml

    from esapi_bridge.cli.console import out

    out.print(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).rstrip())
    out.print(f"# here: {standing.told}")
    for entry in history:
        why = f": {entry.reason}" if entry.reason else ""
        out.print(f"# {entry.day} {entry.decision} by {entry.by}, weights {entry.model.sha256[:16]}{why}")
