import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dosenet.fitting.checkpoint import load_state, load_values, save_state


def test_a_state_survives_an_interrupted_write(tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    save_state(path, {"a": torch.ones(2)}, {"step": 1})
    path.with_suffix(".part").write_bytes(b"half")
    tensors, values = load_state(path)
    assert values == load_values(path) == {"step": 1}
    assert torch.equal(tensors["a"], torch.ones(2))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_others_may_read_a_state_as_any_new_file(tmp_path: Path) -> None:
    save_state(tmp_path / "s.safetensors", {"a": torch.ones(2)}, {})
    (tmp_path / "new").touch()
    assert (tmp_path / "s.safetensors").stat().st_mode == (tmp_path / "new").stat().st_mode


@pytest.mark.parametrize("damaged", [b"", b"half", b"{}" * 40])
def test_what_is_no_state_is_said_so(damaged: bytes, tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="expected the state of a training run in s"):
        load_state(path)
    with pytest.raises(ValueError, match="expected the state of a training run in s"):
        load_values(path)


def test_weights_alone_are_no_state(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(ValueError, match="another file"):
        load_state(path)


def test_a_state_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_state(tmp_path / "gone" / "s.safetensors", {"a": torch.ones(2)}, {})
