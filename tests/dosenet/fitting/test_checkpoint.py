from pathlib import Path

import torch

from dosenet.fitting.checkpoint import load_state, save_state


def test_a_state_survives_an_interrupted_write(tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    save_state(path, {"a": torch.ones(2)}, {"step": 1})
    path.with_suffix(".part").write_bytes(b"half")
    tensors, values = load_state(path)
    assert values == {"step": 1}
    assert torch.equal(tensors["a"], torch.ones(2))
