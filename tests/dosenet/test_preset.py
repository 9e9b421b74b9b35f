import pytest
import torch

from dosenet.config import preset_names
from dosenet.network import DdnLite, DeepDoseNet, build_network
from dosenet.preset import NetworkConfig, load_preset
from dosenet.srcnn import Srcnn

OWN = [-1.875, -0.625, 0.625, 1.875]


def test_presets_load_and_build() -> None:
    assert {"ddn", "ddn-lite", "srcnn"} <= set(preset_names("dosenet"))
    for name in preset_names("dosenet"):
        preset = load_preset(name)
        with torch.device("meta"):
            assert isinstance(build_network(preset.network), DeepDoseNet | DdnLite | Srcnn)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "ddn", "coarse_offsets_mm": [0.0, 5.0]}, "symmetric"),
        ({"kind": "ddn", "coarse_offsets_mm": [-5.0, 5.0]}, "symmetric"),
        ({"kind": "ddn", "depth": 3}, "depth"),
        ({"kind": "ddn", "fine_planes": 4}, "fine_planes"),
        ({"kind": "ddn-lite", "fine_planes": 2}, "fine_planes"),
        ({"kind": "ddn-lite", "beam": True}, "4 fine planes"),
        ({"kind": "ddn-lite", "energy": True}, "energy must be false"),
        ({"kind": "ddn-lite", "fine_planes": 4}, r"ct_offsets_mm .* \[-1.875"),
        ({"kind": "ddn-lite", "fine_planes": 4, "ct_offsets_mm": OWN, "ct_far": 1}, "ct_far must leave the 4 planes"),
        ({"kind": "ddn-lite", "fine_planes": 4, "ct_offsets_mm": OWN}, "whole steps of 5 mm"),
        (
            {"kind": "ddn-lite", "fine_planes": 4, "ct_offsets_mm": OWN, "coarse_offsets_mm": [-2.5, 0, 2.5]},
            "whole steps",
        ),
    ],
)
def test_a_wrong_preset_is_refused(values: dict[str, object], message: str) -> None:
    from dosenet.preset import Preset

    with pytest.raises(ValueError, match=message):
        Preset.from_dict({"name": "x", "network": values})


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="ddn-lite"):
        load_preset("nothing")
    with pytest.raises(ValueError, match="kind"):
        build_network(NetworkConfig(kind="other"))
