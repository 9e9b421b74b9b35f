"""What is evaluated is named, and another question has another digest, so that no stored answer is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError
from esapi_bridge.evaluation.fluence.network import NetworkChoice, load_network
from tests.tasks.fluence_case import make_dose_model, make_model


def test_every_question_has_a_name_and_a_digest_of_its_own(tmp_path: Path) -> None:
    model, planner = str(make_model(tmp_path / "tiny")), str(make_dose_model(tmp_path / "tiny-dose"))
    choices = [
        NetworkChoice(model),
        NetworkChoice(model, planner),
        NetworkChoice(model, spare={"Rectum": 1.5}),
        NetworkChoice(model, spare={"Rectum": 2.0}),
        NetworkChoice(model, planner, {"Rectum": 1.5}),
    ]
    loaded = [load_network(choice) for choice in choices]
    assert len({network.sha256 for network in loaded}) == len({network.name for network in loaded}) == len(choices)
    assert loaded[4].name.endswith(", from contours by tiny-dose 0, sparing Rectum 1.5")


def test_a_network_that_is_not_there_is_refused() -> None:
    with pytest.raises(BridgeError, match="none-such"):
        load_network(NetworkChoice("none-such"))
