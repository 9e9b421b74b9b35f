from pathlib import Path

import pytest

from dosenet.network import build_network
from dosenet.pairs import FieldLabel, Pairs
from dosenet.preset import NetworkConfig, Preset, TrainingConfig
from dosenet.validation import FieldErrors, Validation, validate

PRESET = Preset("toy", NetworkConfig("ddn-lite", channels=8, blocks=1), TrainingConfig(crop_px=48, batch=4))


def test_an_untrained_network_is_as_wrong_as_linear_up_sampling(toy_store: Path) -> None:
    pairs = Pairs.load(toy_store, "train")
    pairs.body[:] = -1  # an outline would cut the dose off
    found = validate(build_network(PRESET.network).eval(), pairs, PRESET)
    assert [f.field for f in found.fields] == list(pairs.fields)
    assert [f.ratio for f in found.fields] == pytest.approx([1.0] * 4)
    assert found.linear_mse > 0
    assert found == validate(build_network(PRESET.network).eval(), pairs, PRESET)
    assert "ratio open" not in found.score("mse").figures  # there is no other kind


def test_figures_are_means_over_fields_by_kind_and_by_energy() -> None:
    found = Validation(
        (
            FieldErrors(FieldLabel("p", "a", "open", "6X"), 1.0, 8.0),
            FieldErrors(FieldLabel("p", "b", "arc", "6X"), 2.0, 8.0),
            FieldErrors(FieldLabel("p", "c", "arc", "15X"), 4.0, 8.0),
        )
    )
    figures = found.score("mse").figures
    assert found.score("mse").value == pytest.approx(7 / 3)
    assert found.score("relative").value == pytest.approx(7 / 24, rel=1e-5), "of each field's own"
    assert figures["field_ratio"] == pytest.approx((8 + 4 + 2) / 3)
    assert figures["worst_field_ratio"] == 2
    ratios = {name: value for name, value in figures.items() if name.startswith("ratio ")}
    assert ratios == {"ratio arc": 3, "ratio open": 8, "ratio 15X": 2, "ratio 6X": 6}
