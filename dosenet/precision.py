"""Numbers that convolutions and matrices are calculated with; everything around them is always float32.

bfloat16 has the range of float32 and 8 of its 24 bits. It is several times as fast where the processor multiplies it
in one instruction (AMX or AVX512_BF16), and slower where it does not. Two machines give slightly different doses then.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import torch
    from torch import nn


class Precision(StrEnum):
    """Which numbers: chosen by the device, or always one of two."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


AnyNetwork = TypeVar("AnyNetwork", bound="nn.Module")


def used_on(device: torch.device, wanted: Precision = Precision.AUTO) -> Precision:
    """Return what is calculated with on a device: float32 or bfloat16.

    Automatically that is bfloat16 on GPUs, and on processors made for it.
    """
    if wanted is not Precision.AUTO:
        return wanted
    fast = device.type == "cuda" or (device.type == "cpu" and _processor_has_bfloat16())
    return Precision.BFLOAT16 if fast else Precision.FLOAT32


@cache
def _processor_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16; not where ATEN_CPU_CAPABILITY holds torch to less than AVX512."""
    import torch

    # Not in the oldest torch that is allowed.
    known: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    held = not torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    has_kernels = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return has_kernels and not held and bool(known.get("amx_bf16") or known.get("avx512_bf16"))


_CAST: WeakKeyDictionary[nn.Module, tuple[object, nn.Module]] = WeakKeyDictionary()
"""The copy of each network in bfloat16, and of which weights it is one."""


def cast(network: AnyNetwork, precision: Precision) -> AnyNetwork:
    """Return a network that calculates in a precision: itself, or a copy that is kept beside it."""
    if precision is not Precision.BFLOAT16:
        return network
    import torch
    from torch import nn

    state = [(weights.device, weights.data_ptr(), weights._version) for weights in network.parameters()]  # noqa: SLF001
    kept = _CAST.get(network)
    if kept is None or kept[0] != state:
        made = copy.deepcopy(network).eval()
        for module in made.modules():
            if isinstance(module, nn.Conv2d):
                module.to(torch.bfloat16, memory_format=torch.channels_last)  # type: ignore[call-overload]
            elif isinstance(module, nn.Linear):
                module.to(torch.bfloat16)
        kept = _CAST[network] = (state, made)
    return kept[1]  # type: ignore[return-value]
