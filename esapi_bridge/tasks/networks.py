"""The networks of a process: each is loaded once and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from esapi_bridge.checks import Outcome, Verdict, refusal
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import AnyCard, InstalledModel

AnyNetwork = TypeVar("AnyNetwork")


class Networks:
    """The networks loaded so far."""

    def __init__(self) -> None:
        self._loaded: dict[str, object] = {}

    def get(self, model: InstalledModel[AnyCard], load: Callable[[InstalledModel[AnyCard]], AnyNetwork]) -> AnyNetwork:
        """Return a network, loading it the first time; a changed card, and so other weights, is another network.

        Parameters
        ----------
        model
            Which network.
        load
            Loads it.

        Raises
        ------
        BridgeError
            If the weights do not fit the card.
        """
        card = model.card.model_dump_json()
        if card not in self._loaded:
            self._loaded[card] = load(model)
        return cast("AnyNetwork", self._loaded[card])


def refused_by_network(error: ValueError) -> RefusedError:
    """Turn a network's refusal of its input, or of its own output, into that of a check."""
    verdict = Verdict("network", Outcome.REFUSE, "values that the network can use", f"others: {error}")
    return refusal([verdict])
