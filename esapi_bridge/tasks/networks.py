"""The networks of a process: each is loaded once and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from esapi_bridge.checks import Outcome, Verdict, refusal
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models import AnyCard, InstalledModel

if TYPE_CHECKING:
    from torch import nn

AnyNetwork = TypeVar("AnyNetwork")


class HasNetwork(Protocol):
    """A model of `dosenet` or `fluencenet`."""

    @property
    def network(self) -> nn.Module: ...  # noqa: D102


AnyModel = TypeVar("AnyModel", bound=HasNetwork)


LONGEST_REASON = 300
"""Characters of a reason that are shown."""


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


def load_installed(model: InstalledModel[AnyCard], load: Callable[[Path], AnyModel]) -> AnyModel:
    """Load a network, onto the GPU where there is one.

    Parameters
    ----------
    model
        What to load; its weights are checked against the card.
    load
        Loads it from its folder.

    Raises
    ------
    BridgeError
        If the weights do not fit the card.
    """
    import torch

    try:
        loaded = load(model.folder)
    except Exception as error:  # what a card describes may be anything that cannot be built
        reason = " ".join(f"{type(error).__name__} {error}".split())
        raise BridgeError(f"model {model.card.name} cannot be loaded: {reason[:LONGEST_REASON]}") from error
    if torch.cuda.is_available():
        loaded.network.cuda()
    return loaded


def refused_by_network(error: ValueError) -> RefusedError:
    """Turn a network's refusal of its input, or of its own output, into that of a check."""
    verdict = Verdict("network", Outcome.REFUSE, "values that the network can use", f"others: {error}")
    return refusal([verdict])
