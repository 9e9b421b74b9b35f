import copy

import numpy as np
import pytest
import torch
from torch import nn

from dosenet import precision
from dosenet.lattice import CoarseDose, CtGrid
from dosenet.network import build_network
from dosenet.precision import Precision, cast, used_on
from dosenet.prediction import predict
from dosenet.preset import NetworkConfig
from tests.dosenet.toy import box_dose, model_of, toy_model

CPU = torch.device("cpu")
FIRST = "head.weight"


@pytest.mark.parametrize(
    ("capability", "capabilities", "expected"),
    [
        ("AVX512", {"amx_bf16": True}, "bfloat16"),
        ("AVX512", {"avx512_bf16": True, "amx_bf16": False}, "bfloat16"),
        ("AVX512", {"avx512_bf16": False, "amx_bf16": False}, "float32"),
        ("AVX2", {"avx512_bf16": True, "amx_bf16": True}, "float32"),  # held to less by the environment
        ("DEFAULT", {"neon": True}, "float32"),
    ],
)
def test_the_processor_decides(
    capability: str, capabilities: dict[str, bool], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    precision._processor_has_bfloat16.cache_clear()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert used_on(CPU) == expected
    precision._processor_has_bfloat16.cache_clear()


def test_tests_calculate_in_float32_whatever_the_processor() -> None:
    assert used_on(CPU) is Precision.FLOAT32


def test_gpus_take_bfloat16_and_what_is_asked_for_is_done() -> None:
    assert used_on(torch.device("cuda")) is Precision.BFLOAT16
    for wanted in (Precision.FLOAT32, Precision.BFLOAT16):
        assert used_on(CPU, wanted) is wanted
        assert used_on(torch.device("cuda"), wanted) is wanted
    with pytest.raises(ValueError, match="float16"):
        Precision("float16")


def test_the_convolutions_of_a_copy_are_cast_once_and_the_network_stays() -> None:
    network = toy_model().network
    before = copy.deepcopy(network.state_dict())
    assert cast(network, Precision.FLOAT32) is network
    made = cast(network, Precision.BFLOAT16)
    assert cast(network, Precision.BFLOAT16) is made
    assert {p.dtype for p in made.parameters()} == {torch.bfloat16}
    assert all(torch.equal(before[name], now) for name, now in network.state_dict().items())
    with torch.no_grad():
        network.get_parameter(FIRST).mul_(2.0)  # as a step of training does
    again = cast(network, Precision.BFLOAT16)
    assert again is not made
    assert torch.equal(again.get_parameter(FIRST), network.get_parameter(FIRST).bfloat16())


@pytest.mark.parametrize(("kind", "correction"), [("ddn-lite", 0), ("ddn-lite", 8), ("ddn", 0)])
def test_bfloat16_is_nearly_float32_and_what_is_not_learned_is_the_same(kind: str, correction: int) -> None:
    config = NetworkConfig(
        kind=kind, channels=8, blocks=1, growth=8, mid_channels=8, head_kernel=3, correction=correction
    )
    torch.manual_seed(0)
    network = build_network(config)
    shape, place = (6, 14, 12), ((5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    dose = CoarseDose(box_dose(shape, 5.0, np.zeros(3), 15.0, 6.0), *place)
    image = CtGrid(np.random.default_rng(0).uniform(-100, 100, shape).astype(np.float32), *place)
    model = model_of(network)

    def both() -> tuple[np.ndarray, np.ndarray]:
        full, half = (predict(model, dose, image, precision=p).values for p in ("float32", "bfloat16"))
        return full, half

    full, half = both()
    assert np.array_equal(full, half)  # linear up-sampling, which is never calculated in bfloat16
    nn.init.normal_(network.get_parameter("correction.last.weight" if correction else "last.weight"), std=0.05)
    full, half = both()
    assert 0 < np.abs(full - half).max() < 0.02
    assert np.abs(full - half).mean() < 1e-3
