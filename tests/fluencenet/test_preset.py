import pytest

from dosenet.config import preset_names
from fluencenet.preset import NetworkConfig, Preset, TrainingConfig, load_preset


def test_presets_load_and_come_back() -> None:
    assert preset_names("fluencenet") == ["dual-frame", "dual-frame-lite"]
    for name in preset_names("fluencenet"):
        preset = load_preset(name)
        assert Preset.from_dict(preset.to_dict()) == preset
    with pytest.raises(ValueError, match="kind"):
        NetworkConfig("u-net")
    with pytest.raises(ValueError, match="multiple of 16"):
        NetworkConfig("dual-frame", map_px=100)
    with pytest.raises(ValueError, match="left from right"):
        Preset("x", NetworkConfig("dual-frame"), TrainingConfig(mirror=True))
    with pytest.raises(ValueError, match="does not know"):
        Preset.from_dict({"name": "x", "network": {"kind": "dual-frame", "colour": 1}})
    with pytest.raises(ValueError, match="one of the presets"):
        load_preset("other")
