"""Running the network on a part of every plane, against running it on whole planes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dosenet.dosed_part import CONTEXT, LEAST_DOSE, MARGIN, SEAM, Part, sees
from dosenet.lattice import BodyMask, CoarseDose, CtGrid
from dosenet.network import build_network
from dosenet.prediction import body_lattice, predict
from dosenet.preset import NetworkConfig
from dosenet.weights import load_model
from tests.dosenet.toy import box_dose, model_of

ONE = NetworkConfig(kind="ddn-lite", channels=8, blocks=1, head_kernel=3, shares=True)
FOUR = replace(
    ONE,
    fine_planes=4,
    coarse_offsets_mm=(-5, 0, 5),
    ct_offsets_mm=(-3.125, -1.875, -0.625, 0.625, 1.875, 3.125),
    beam=True,
)
PAPER = NetworkConfig(kind="ddn", channels=4, blocks=1, growth=4, mid_channels=4, tail_channels=4, head_kernel=3)
SHAPE = (4, 44, 60)
SPACING, ORIGIN = (5.0, 5.0, 5.0), (-147.5, -107.5, 10.0)


def field(row_mm: float = 0.0) -> CoarseDose:
    """A field of 4 cm, 5 Gy, with nothing far from it, and somewhere else."""
    values = 5 * box_dose(SHAPE, 5.0, np.array([0.0, row_mm, -60.0]), 20.0, 6.0)
    return CoarseDose(np.where(values < 1e-4, 0, values).astype(np.float32), SPACING, ORIGIN)


def ct(spread_hu: float = 900.0) -> CtGrid:
    rng = np.random.default_rng(3)
    return CtGrid(
        rng.uniform(-spread_hu, spread_hu, (8, 120, 160)).astype(np.float32), (2.0, 2.0, 4.0), (-160.0, -120.0, 4.0)
    )


def active(config: NetworkConfig) -> torch.nn.Module:
    torch.manual_seed(1)
    network = build_network(config).eval()
    for name in ("last.weight", "last.bias"):
        torch.nn.init.normal_(network.get_parameter(name), std=0.05)
    return network


@pytest.mark.parametrize("config", [ONE, FOUR, PAPER], ids=["one", "four", "ddn"])
def test_what_a_network_sees(config: NetworkConfig) -> None:
    """The dose at a voxel does not change with anything farther away, and does with something less far."""
    network, far = active(config), sees(config)
    n, c = config.fine_planes, len(config.coarse_offsets_mm)
    size = 2 * far + 5
    coarse, hu = torch.rand(1, c, size, size) + 0.1, torch.rand(1, len(config.ct_offsets_mm), 4 * size, 4 * size)
    beam = torch.rand(1, 6, size, size)
    contour = torch.ones(1, n, 4 * size, 4 * size)
    middle = size // 2
    with torch.inference_mode():
        before = network(coarse, hu, beam, contour)
        for away, changes in ((far + 1, False), (1, True)):
            at = middle + away
            other = coarse.clone(), hu.clone(), beam.clone(), contour.clone()
            for planes, ratio in zip(other, (1, 4, 1, 4), strict=True):
                planes[..., ratio * at :] = 0.0
            after = network(*other)
            there = (..., slice(4 * middle, 4 * middle + 4))
            assert torch.equal(before[there], after[there]) is not changes


@pytest.mark.parametrize("config", [ONE, FOUR], ids=["one", "four"])
@pytest.mark.parametrize("row_mm", [0.0, 90.0], ids=["amid", "at the edge"])
@pytest.mark.parametrize("told", [False, True], ids=["no body", "body"])
def test_where_there_is_dose_a_part_answers_as_the_whole_plane(
    config: NetworkConfig, row_mm: float, told: bool
) -> None:
    dose, model = field(row_mm), model_of(active(config))
    lattice = body_lattice(dose.lattice)
    inside = np.zeros(lattice.size[::-1], dtype=np.bool_)
    inside[:, 10:, 20:-30] = True
    body = BodyMask(inside, lattice) if told else None
    whole, part = (
        predict(model, dose, ct(), (0.0, -1000.0, 15.0), body=body, least=least).values for least in (0.0, LEAST_DOSE)
    )
    # On planes without a margin; what the network answers well away from the seam does not depend on what was cut off.
    near = np.kron(dose.values.max(0) >= LEAST_DOSE * dose.values.max(), np.ones((4, 4), dtype=np.bool_))
    assert 0.02 < near.mean() < 0.2
    np.testing.assert_allclose(part[:, near], whole[:, near], atol=1e-5 * dose.values.max())
    far = np.kron(np.arange(SHAPE[2]) > 45, np.ones(4, dtype=np.bool_))
    assert not part[:, :, far].any()  # where a random network answers something on whole planes
    assert whole[:, :, far].any()


def test_the_shipped_network_answers_within_a_thousandth() -> None:
    """On a body that ends where its dose does."""
    dose, image, model = field(), ct(100.0), load_model("ddn-lite")
    for axis, middle_mm in ((1, 0.0), (2, -60.0)):
        beyond = abs(image.lattice.centres_mm(2 - axis) - middle_mm) > 32.0
        image.values[(slice(None),) * axis + (beyond,)] = -1000.0
    whole, part = (predict(model, dose, image, (0.0, -1000.0, 15.0), least=least).values for least in (0.0, LEAST_DOSE))
    assert np.abs(part - whole).max() < 1e-3 * whole.max()
    assert not np.array_equal(part, whole)


def test_the_seam_goes_over_linearly_and_only_where_the_plane_goes_on() -> None:
    dose = np.zeros((2, 30 + 2 * MARGIN, 50 + 2 * MARGIN), dtype=np.float32)
    dose[1, MARGIN + 1, MARGIN + 25] = 1.0  # near the top
    part = Part.around(dose, 0.5, 4)
    assert (part.y, part.x, part.whole) == ((3, 12), (27, 36), False)
    shown = np.ones((3, 36, 36), dtype=np.float32)
    found = part.put(shown, np.zeros((3, 120, 200), dtype=np.float32))
    row, column = found[0, :, 100], found[0, 10]
    fall = (np.arange(4 * SEAM) + 0.5) / (4 * SEAM)
    np.testing.assert_allclose(column[84 : 84 + 36], np.concatenate([fall, np.ones(20), fall[::-1]]), atol=1e-6)
    assert row[0] == pytest.approx(1.0)  # the seam above lies in the margin
    np.testing.assert_allclose(row[16:24], fall[::-1], atol=1e-6)
    assert not row[24:].any()
    assert column.sum() == pytest.approx(20 + 2 * fall.sum())


def test_dose_everywhere_is_the_whole_plane() -> None:
    dose = np.ones((2, 20, 24), dtype=np.float32)
    part = Part.around(dose, 0.001, CONTEXT)
    assert part.whole
    planes = np.random.default_rng(0).random((4, 80, 96), dtype=np.float32)
    answer = part.put(planes, np.zeros((4, 32, 48), dtype=np.float32))
    edge = 4 * MARGIN
    assert np.array_equal(answer, planes[:, edge:-edge, edge:-edge])
