"""From a clinic's own fields to a network that loads: collect, train a moment, ship."""

from __future__ import annotations

from pathlib import Path

import yaml

import dosenet
from dosenet.store import content_sha256
from esapi_bridge.models.dosenet_card import read_dosenet_card
from tests.cli.conftest import Run
from tests.collected import write_image
from tests.dosenet.toy import PRESET
from tests.training_data.paired import field_beam, water_case, water_field


def test_own_fields_become_a_network_whose_card_says_what_they_are(tmp_path: Path, esapi: Run) -> None:
    pairs, preset, own = tmp_path / "pairs.zarr", tmp_path / "toy.yaml", tmp_path / "own"
    preset.write_text(yaml.safe_dump(PRESET.to_dict()))
    fields = [
        water_field(),
        water_field("random-0001", field_beam(2, 200.0)),
        water_field("random-0002", field_beam(3, 90.0)),
    ]
    for name, split, hu in (("dose-0000000000000001", "train", 0.0), ("dose-0000000000000002", "validation", 40.0)):
        image = write_image(tmp_path / split, name, water_case(f"{split:0>16}", hu), fields)
        done = esapi("data", "collect", "dose", image, "-o", pairs, "--site", "pelvis", "--split", split)
        assert "3 added" in done.out
    trained = esapi(
        "train", "dose", pairs, "-o", tmp_path / "run", "--steps", 2, "--preset", preset, "--crop", 32, "--batch", 2,
        "--threads", 1,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    assert esapi("ship", "dose", tmp_path / "run", "--pairs", pairs, "-o", own).code == 0
    model, card = dosenet.load_model(own), read_dosenet_card(own)
    assert (model.card.training["steps"], model.card.training["data_sha256"]) == (2, content_sha256(pairs))
    assert model.card.training["fields"] == {"train": 3, "validation": 3, "test": 0}
    assert card.inputs.dose.algorithms == ("AAA 15.6.06",)
    assert (card.output.algorithm, card.output.medium) == ("AcurosXB 15.6.06, dose to medium", "dose to medium")
    limits = card.valid_for
    assert (limits.energies, limits.machines, limits.sites) == (("6X",), ("TrueBeam",), ("pelvis",))
    assert (limits.field_size_mm, limits.apertures) == ((30.0, 40.0), ("jaws",))
    assert limits.ct_hu is not None
    assert limits.ct_hu[1] == 0.0, "of the patient for training; the other's 40 HU were only validated with"
