"""The networks of a process: loaded once, and a refusal of one reads as that of a check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from esapi_bridge.models import DoseCard, InstalledModel, find_model
from esapi_bridge.tasks import Networks
from esapi_bridge.tasks.networks import refused_by_network


def test_a_network_is_loaded_once_and_again_when_its_card_has_changed(model: Path) -> None:
    loaded: list[str] = []

    def load(given: InstalledModel[DoseCard]) -> object:
        loaded.append(given.card.version)
        return object()

    found, networks = find_model(str(model), "dose"), Networks()
    changed = replace(found, card=found.card.model_copy(update={"version": "1"}))
    first = networks.get(found, load)
    assert networks.get(found, load) is first
    assert networks.get(changed, load) is not first
    assert loaded == ["0", "1"]


def test_a_network_that_cannot_be_loaded_is_tried_again(model: Path) -> None:
    def fail(_: InstalledModel[DoseCard]) -> object:
        raise OSError

    found, networks = find_model(str(model), "dose"), Networks()
    with pytest.raises(OSError):  # noqa: PT011  any
        networks.get(found, fail)
    assert networks.get(found, lambda _: "there") == "there"


def test_what_a_network_refuses_is_refused_by_a_check() -> None:
    message = str(refused_by_network(ValueError("expected finite values, found NaN or infinity")))
    assert message.startswith("refused by 1 check: network: expected ")
    assert message.endswith("found others: expected finite values, found NaN or infinity")
