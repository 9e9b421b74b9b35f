"""The local correction: where it acts, and that a prediction with it is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dosenet.energy import Energy
from dosenet.lattice import BodyMask, Lattice
from dosenet.local_correction import LocalCorrection, Looked, Place, correct
from dosenet.network import DdnLite, build_network
from dosenet.prediction import CoarseDose, CtGrid, body_lattice, predict
from dosenet.preset import NetworkConfig
from dosenet.slices import normalise_ct
from dosenet.surroundings_kernel import SPREAD_DOSE
from dosenet.surroundings_layout import BOXED, SKIN_KIND
from tests.dosenet.toy import box_dose, model_of

SHAPE = (24, 30, 32)
LATTICE = Lattice(SHAPE[::-1], (1.25,) * 3, (-20.0, -18.0, 5.0))
SOURCE_MM = (3.0, -1000.0, 20.0)
CONFIG = NetworkConfig(
    kind="ddn-lite", channels=8, blocks=1, head_kernel=3, correction=8, coarse_offsets_mm=(-5, 0, 5),
    ct_offsets_mm=(-5, 0, 5),
)  # fmt: skip


def place(*, body: bool = True, source_mm: tuple[float, float, float] | None = SOURCE_MM) -> Place:
    inside = np.zeros(SHAPE, bool)
    inside[:, 4:-4, 4:-4] = True
    return Place(LATTICE, source_mm, Energy(6.0), BodyMask(inside, LATTICE) if body else None)


def dose() -> NDArray[np.float32]:
    share = box_dose(SHAPE, 1.25, np.zeros(3), 9.0, 5.0)
    share /= share.max()
    return share


def water(planes: NDArray[np.intp]) -> NDArray[np.float32]:
    """CT of 0 HU, normalised."""
    return np.full((planes.size, *SHAPE[1:]), 1000 / 4500, np.float32)


def doubling() -> LocalCorrection:
    """A correction that adds a voxel's own dose to it: the last layer of a linear one by itself."""
    correction = LocalCorrection(1).eval()
    correction.layers = torch.nn.Sequential(torch.nn.Identity())
    correction.last = torch.nn.Linear(2 * BOXED + 38 + 4 + 2, 1)
    torch.nn.init.zeros_(correction.last.weight)
    with torch.no_grad():
        correction.last.weight[0, BOXED + 62] = SPREAD_DOSE
        correction.last.bias.fill_(0.4)
    return correction


def test_a_new_one_changes_nothing() -> None:
    share = dose()
    correct(LocalCorrection(8).eval(), share, np.arange(24), water, place())
    np.testing.assert_array_equal(share, dose())


def test_voxels_of_skin_and_steep_dose_are_corrected_and_no_others() -> None:
    share, chosen = dose(), np.arange(6, 15)
    looked = Looked.at(share, chosen, water, place())
    weight = np.zeros(SHAPE, np.float32)
    weight[looked.planes] = looked.weight
    assert 0 < (weight > 0).sum() < share.size
    correct(doubling(), share, chosen, water, place())
    np.testing.assert_allclose(share, dose() * (1 + weight), rtol=1e-5, atol=1e-6)
    assert not weight[[0, 1, 2, 3, 4, 5, 15, 16]].any()


def test_no_dose_falls_below_zero() -> None:
    share, correction = dose(), doubling()
    with torch.no_grad():
        correction.last.bias.fill_(-9.0)
    correct(correction, share, np.arange(24), water, place())
    assert share.min() == 0


@pytest.mark.parametrize("threads", [1, 3])
def test_however_many_voxels_are_looked_at_together(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    correction = LocalCorrection(4).eval()
    torch.nn.init.normal_(correction.last.weight)
    expected, share = dose(), dose()
    correct(correction, expected, np.arange(24), water, place())
    assert np.abs(expected - share).max() > 0.01
    monkeypatch.setattr("dosenet.local_correction.AT_ONCE", 100)
    torch.set_num_threads(threads)
    correct(correction, share, np.arange(24), water, place())
    np.testing.assert_allclose(share, expected, atol=1e-5)


def test_the_air_around_a_known_body_counts_as_nothing() -> None:
    known, unknown = (Looked.at(dose(), np.arange(24), water, place(body=body)) for body in (True, False))
    assert known.around.density[0, 0, 0] == 0
    assert known.around.density[10, 10, 10] == pytest.approx(1.0)
    assert unknown.around.density[0, 0, 0] == pytest.approx(1.0)
    assert not known.kinds[:, :4].any()
    assert (unknown.kinds != SKIN_KIND).all(), "nobody knows where the skin is"
    assert (known.kinds == SKIN_KIND).any()


def test_the_source_lies_where_it_lies_in_the_patient() -> None:
    looked = Looked.at(dose(), np.arange(14, 24), water, place())
    assert looked.planes == slice(2, 24)
    expected = (np.array(SOURCE_MM) - LATTICE.origin_mm) / 1.25 - [0, 0, 2]
    assert looked.around.source == pytest.approx(tuple(expected))


def test_a_prediction_is_corrected_where_the_network_answers() -> None:
    """Of a plan in Gy at another place: the same as correcting the dose of the network without, by hand."""
    torch.manual_seed(0)
    network = build_network(CONFIG).eval()
    assert isinstance(network, DdnLite)
    assert network.correction is not None
    torch.nn.init.normal_(network.last.weight, std=0.05)
    torch.nn.init.normal_(network.correction.last.weight, std=0.3)
    coarse = CoarseDose(2 * box_dose((8, 12, 10), 5.0, np.zeros(3), 12.0, 6.0), (5.0,) * 3, (-40.0, 12.0, 7.0))
    ct = CtGrid(
        np.random.default_rng(2).uniform(-900, 900, (32, 48, 40)).astype(np.float32),
        (1.25,) * 3,
        (-41.875, 10.125, 5.125),
    )
    lattice = body_lattice(coarse.lattice)
    assert ct.lattice == lattice
    body = BodyMask(np.ones(lattice.size[::-1], bool), lattice)
    body.inside[:, :6] = False
    found = predict(model_of(network), coarse, ct, SOURCE_MM, energy=Energy(6.0), body=body).values
    correction, network.correction = network.correction, None
    without = predict(model_of(network), coarse, ct, SOURCE_MM, energy=Energy(6.0), body=body).values
    maximum = coarse.values.max()
    by_hand = without / maximum
    chosen = np.flatnonzero(np.abs(found - without).max((1, 2)) > 0)
    assert 8 < chosen.size < 32
    where = Place(lattice, SOURCE_MM, Energy(6.0), body)
    correct(correction, by_hand, chosen, lambda planes: normalise_ct(ct.values[planes]), where)
    np.testing.assert_allclose(found, by_hand * maximum, atol=1e-4)
    assert np.abs(found - without).max() > 0.05


def test_only_this_projects_own_network_has_one() -> None:
    with pytest.raises(ValueError, match="correction must be 0 unless"):
        replace(CONFIG, kind="ddn", coarse_offsets_mm=(0,), ct_offsets_mm=(0,))
