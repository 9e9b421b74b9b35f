import gc

import numpy as np
import pytest
from numpy.typing import NDArray

from dosenet import kept_ct
from dosenet.kept_ct import ct_on
from dosenet.lattice import CtGrid, Lattice, resample

LATTICES = [Lattice((6, 5, 9), (1.0, 1.0, spacing), (-1.0, 2.0, 0.5)) for spacing in (1.0, 1.25, 2.0)]


def ct() -> CtGrid:
    values = np.random.default_rng(0).normal(0, 100, (7, 8, 9)).astype(np.float32)
    return CtGrid(values, (1.0, 1.0, 1.5), (-2.0, 1.0, 0.0))


@pytest.fixture
def resampled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of planes that were resampled."""
    planes: list[int] = []

    def counted(image: CtGrid, lattice: Lattice, outside: float) -> NDArray[np.float32]:
        planes.append(lattice.size[2])
        return resample(image, lattice, outside)

    monkeypatch.setattr(kept_ct, "resample", counted)
    return planes


def test_planes_are_resampled_when_first_wanted_and_then_kept(resampled: list[int]) -> None:
    image, lattice = ct(), LATTICES[1]
    whole = resample(image, lattice, outside=-1000.0)
    wanted = np.array([[1, 2], [2, 6]])
    assert np.allclose(ct_on(image, lattice, wanted)[wanted], whole[wanted], atol=1e-3)
    assert resampled == [2, 1]
    assert np.allclose(ct_on(image, lattice, np.array([1, 2, 3]))[:4][1:], whole[1:4], atol=1e-3)
    assert resampled == [2, 1, 1]
    assert np.allclose(ct_on(image, lattice), whole, atol=1e-3)
    assert sum(resampled) == lattice.size[2]


def test_another_ct_lattice_or_change_is_another_result(resampled: list[int]) -> None:
    one, other = ct(), ct()
    ct_on(one, LATTICES[0])
    for image, change in ((other, None), (one, np.abs)):
        found = ct_on(image, LATTICES[0], change=change)
        expected = resample(image, LATTICES[0], outside=-1000.0)
        assert np.allclose(found, expected if change is None else np.abs(expected))
    assert len(resampled) == 3


def test_no_more_is_kept_than_is_used_and_nothing_longer_than_the_ct(resampled: list[int]) -> None:
    image = ct()
    before = len(kept_ct._KEPT)
    for lattice in (*LATTICES, LATTICES[2], LATTICES[1], LATTICES[0]):
        ct_on(image, lattice)
    assert len(resampled) == 4  # the last one had been given up
    assert len(kept_ct._KEPT) == before + 1
    del image
    gc.collect()
    assert len(kept_ct._KEPT) == before
