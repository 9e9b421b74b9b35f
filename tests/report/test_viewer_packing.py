"""Arrays inside a page: read back by the standard library alone they are the ones that were packed."""

from __future__ import annotations

import base64
import zlib
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Grid, Structure, Unit, Volume
from esapi_bridge.report.viewer import lattices
from esapi_bridge.report.viewer.packing import DOSE_STEPS, Steps, pack_mask, pack_volume
from tests.cases import ellipse

GRID = Grid((5, 4, 3), (1.25, 2.0, 2.5), (-3.125, 7.0, -40.0))


def unpacked(packed: dict[str, Any]) -> np.ndarray:
    """Counts ``(z, y, x)``: another way round than the page's script, by cumulative sums of wide integers."""
    raw = np.frombuffer(zlib.decompress(base64.b64decode(packed["data"])), np.uint8).astype(np.int64)
    folded = sum(plane << (8 * n) for n, plane in enumerate(raw.reshape(packed["bytes"], -1)))
    found = np.where(folded % 2, -(folded + 1) // 2, folded // 2).reshape(packed["size"][::-1])
    for name in packed["differences"]:
        found = np.cumsum(found, axis="zyx".index(name))
    return np.asarray(found % 256 ** packed["bytes"])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("differences", ["", "x", "xyz"])
def test_counts_come_back_as_they_were(kind: type[np.unsignedinteger[Any]], differences: str) -> None:
    counts = np.random.default_rng(2).integers(0, np.iinfo(kind).max, GRID.shape, kind, endpoint=True)
    packed = pack_volume("Input", GRID, counts, Steps(0.001, 3), None, differences)
    assert np.array_equal(unpacked(packed), counts)
    assert (packed["size"], packed["spacing_mm"], packed["origin_mm"]) == (GRID.size, GRID.spacing_mm, GRID.origin_mm)


def test_smooth_values_become_short() -> None:
    grid = Grid((60, 50, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    z, y, x = np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij")
    counts = (8000 * np.exp(-((x - 30) ** 2 + (y - 20) ** 2 + (z - 20) ** 2) / 800)).astype(np.uint16)
    packed = pack_volume("Input", grid, counts, Steps(0.001, 3), None, "xyz")
    assert len(str(packed["data"])) < 0.5 * counts.nbytes


@pytest.mark.parametrize("top_gy", [0.0123, 1.0, 1.9999, 2.0, 2.31, 5.0, 44.1, 50.0, 66.0, 78.3, 120.0])
def test_a_dose_has_steps_that_its_digits_show_exactly(top_gy: float) -> None:
    steps = Steps.of_dose(top_gy)
    step = Decimal(str(steps.step))
    assert step.normalize().as_tuple().digits in {(1,), (2,), (5,)}
    assert 0.4 * DOSE_STEPS * (1 - 1e-9) <= top_gy / steps.step <= DOSE_STEPS * (1 + 1e-9)
    assert Decimal(f"{steps.step:.{steps.digits}f}") == step
    counts = steps.counts(np.array([top_gy, top_gy / 3, 0.0, -1.0], np.float32), 65534)
    assert counts[2] == counts[3] == 0
    assert np.abs(counts[:2] * steps.step - [top_gy, top_gy / 3]).max() <= 0.501 * steps.step


def test_a_mask_comes_back_as_it_was() -> None:
    mask = np.random.default_rng(3).random((4, 5, 11)) < 0.4
    packed = pack_mask(mask, Grid((11, 5, 4), (1.0, 1.0, 2.5), (0.0, 0.0, 0.0)))
    rows = np.frombuffer(zlib.decompress(base64.b64decode(str(packed["data"]))), np.uint8).reshape(4, 5, 2)
    found = np.unpackbits(np.bitwise_xor.accumulate(rows, axis=0), axis=2)[:, :, :11]
    assert np.array_equal(found, mask)


def ramp(size: tuple[int, int, int], spacing: tuple[float, float, float]) -> Volume:
    """A CT whose every voxel holds its own number."""
    values = np.arange(np.prod(size)).reshape(size[::-1]).astype(np.float32)
    return Volume(values, Grid(size, spacing, (-100.0, -80.0, -60.0)), Unit.HU)


def test_a_thinned_ct_holds_voxels_of_the_original_where_they_were() -> None:
    ct = ramp((60, 50, 40), (0.97, 0.97, 3.0))
    kept, every = lattices.ct_for_page(ct, (-90.0, -75.0, -30.0), (-60.0, -50.0, 20.0))
    assert every == (2, 2, 1)
    corners = [(0, 0, 0), tuple(n - 1 for n in kept.grid.size), (3, 2, 1)]
    for i, j, k in corners:
        point = kept.grid.to_patient((i, j, k))
        original = np.rint(ct.grid.to_index(point)).astype(int)
        assert np.abs(ct.grid.to_patient(original) - point).max() < 1e-6
        assert kept.values[k, j, i] == ct.values[original[2], original[1], original[0]]
    assert kept.grid.holds([(-90.0, -75.0, -30.0), (-61.0, -51.0, 19.0)]).all()


def test_large_volumes_are_thinned_until_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattices, "MOST_CT_VOXELS", 2000)
    monkeypatch.setattr(lattices, "MOST_DOSE_VOXELS", 2000)
    ct = ramp((60, 50, 40), (2.0, 2.0, 2.0))
    low, high = (-100.0, -80.0, -60.0), (100.0, 80.0, 60.0)
    kept, _ = lattices.ct_for_page(ct, low, high)
    assert 200 < kept.values.size <= 2000
    every = lattices.dose_every(ct.grid)
    assert lattices.thinned(ct.values, ct.grid, every)[0].size <= 2000
    n = every[0] - 1
    assert lattices.thinned(ct.values, ct.grid, (n, n, n))[0].size > 2000


def test_a_structure_outside_the_box_has_no_lattice() -> None:
    ct = Grid((40, 40, 40), (2.5, 2.5, 2.5), (-50.0, -50.0, -50.0))
    low, high = (-50.0, -50.0, -20.0), (45.0, 45.0, 20.0)
    inside = Structure(1, "In", "ORGAN", (1, 2, 3), ellipse((0, 0), (10, 12), np.arange(-10.0, 11, 2.5)))
    beyond = Structure(2, "Out", "ORGAN", (1, 2, 3), ellipse((0, 0), (10, 12), np.arange(30.0, 41, 2.5)))
    grid = lattices.outline_grid(inside, ct, low, high)
    assert grid is not None
    corners = grid.corners_mm()
    assert (corners.min(axis=0) <= [-10, -12, -10]).all()
    assert (corners.max(axis=0) >= [10, 12, 10]).all()
    planes = (corners[:, 2] - ct.origin_mm[2]) / ct.spacing_mm[2]
    assert np.abs(planes - np.rint(planes)).max() < 1e-9  # the CT's own planes
    assert lattices.outline_grid(beyond, ct, low, high) is None
