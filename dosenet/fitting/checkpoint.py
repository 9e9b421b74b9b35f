"""State of a training run as one safetensors file: tensors, and plain values as JSON in its header."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

LAST, BEST = "last.safetensors", "best.safetensors"
"""Files of a training run: everything needed to resume, and the averaged weights of the best validation."""


def save_state(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and plain values to `path`; an interruption leaves the previous file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    part = path.with_suffix(".part")
    ready = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    # Not by save_file, whose files nobody but their owner may read.
    content = save(ready, metadata={"values": json.dumps(values)})
    with part.open("wb") as handle:
        handle.write(content)
        os.fsync(handle.fileno())
    part.replace(path)


def save_text(path: Path, text: str) -> None:
    """Write text to `path`; an interruption leaves the previous file."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file of `save_state` onto the CPU.

    Raises
    ------
    ValueError
        If it is none, or damaged.
    """
    with _opened(path) as handle:
        return {name: handle.get_tensor(name) for name in handle.keys()}, _values(handle)  # noqa: SIM118 - no mapping


def load_values(path: Path) -> dict[str, Any]:
    """Read the plain values alone of a file of `save_state`.

    Raises
    ------
    ValueError
        If it is none, or damaged.
    """
    with _opened(path) as handle:
        return _values(handle)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(str(path), framework="pt") as handle:
            yield handle
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"expected the state of a training run in {path.name}, found a damaged or another file; restore it, or "
            "begin anew in another folder"
        ) from error


def _values(handle: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(handle.metadata()["values"])
    return values


def optimiser_tensors(optimiser: torch.optim.Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Return the optimiser's moments, named after their parameters."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in network.named_parameters():
        for key, value in optimiser.state.get(parameter, {}).items():
            tensors[f"optimiser/{name}/{key}"] = torch.as_tensor(value)
    return tensors


def restore_optimiser(optimiser: torch.optim.Optimizer, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Restore the moments that `optimiser_tensors` returned."""
    for name, parameter in network.named_parameters():
        prefix = f"optimiser/{name}/"
        state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        if state:
            # Adam counts its steps on the CPU.
            optimiser.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device) for key, value in state.items()
            }


def prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Add a prefix to all names."""
    return {prefix + name: tensor for name, tensor in tensors.items()}


def unprefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Select the names with a prefix and remove it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
