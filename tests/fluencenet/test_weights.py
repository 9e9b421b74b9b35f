from pathlib import Path

import pytest
import torch
import yaml

from fluencenet.weights import Model, list_cards, load_model


def test_a_shipped_model_loads_with_its_card(weights: Path, model: Model) -> None:
    assert model.card.training["steps"] == 2
    assert model.card.training["validation_loss"] > 0
    assert model.table("") is not None
    assert not model.network.training
    assert [card.name for card in list_cards(weights.parent)] == ["toy"]
    with pytest.raises(ValueError, match="one of"):
        load_model("other", weights.parent)


def test_a_model_with_other_labels_is_refused(weights: Path, tmp_path: Path) -> None:
    values = yaml.safe_load((weights / "card.yaml").read_text())
    values["labels"][1], values["labels"][2] = values["labels"][2], values["labels"][1]
    (tmp_path / "card.yaml").write_text(yaml.safe_dump(values))
    (tmp_path / "model.safetensors").write_bytes((weights / "model.safetensors").read_bytes())
    with pytest.raises(ValueError, match="labels"):
        load_model(tmp_path)


def test_half_precision_keeps_counters(weights: Path, tmp_path: Path, model: Model) -> None:
    from dosenet.model_folder import load_weights, save_weights
    from fluencenet.network import build_network
    from fluencenet.preset import NetworkConfig

    config = NetworkConfig("dual-frame", channels=4, levels=2, map_px=32)
    network = build_network(config)
    network.encoder[0][1].num_batches_tracked += 12345  # type: ignore[index]
    card = save_weights(network, model.card, tmp_path, half=True)
    other = load_weights(tmp_path, card, lambda: build_network(config))
    assert int(other.encoder[0][1].num_batches_tracked) == 12345  # type: ignore[index]
    torch.testing.assert_close(
        other.get_parameter("out.weight"), network.get_parameter("out.weight"), rtol=2**-8, atol=0
    )
