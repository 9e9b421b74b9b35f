"""Gamma against pymedphys voxel by voxel, against answers by formula, and against published images."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dosenet.gamma import (
    PASS_LIMIT,
    Criterion,
    Distribution,
    gamma_index,
    image_pass_rate,
    pass_percent,
    volume_pass_rate,
)
from dosenet.lattice import Lattice

AGREEMENT = 0.01
"""Where gamma is below 1, voxels may differ by so much from pymedphys, whose arithmetic has more digits."""

STEP_ERROR = 0.1
"""Searching in steps finds up to one too much: the positions of a circle need not include the very nearest one."""

VOLUME = Lattice((17, 15, 12), (1.5, 2.0, 2.5), (-31.7, -12.3, 7.9))
IMAGE = Lattice((60, 50, 1), (1.0, 1.0, 1.0), (-31.7, -12.3, 0.0))


def hills(lattice: Lattice, seed: int = 1, error: float = 0.0) -> Distribution:
    """Some hills of 3 to 8 mm and, with `error`, others on top; their positions are those of the volume."""
    random = np.random.default_rng(seed)
    x, y, z = (lattice.centres_mm(axis) for axis in range(3))
    values = np.full(lattice.size[::-1], 1.0)
    for height, some in ((1.0, random), (error, np.random.default_rng(seed + 1))):
        for _ in range(25):
            width, at_x, at_y, at_z = (
                some.uniform(3, 8),
                some.uniform(-30, 10),
                some.uniform(-12, 35),
                some.uniform(8, 45),
            )
            squared = (x - at_x) ** 2 + (y[:, None] - at_y) ** 2
            if lattice.size[2] > 1:
                squared = squared + (z[:, None, None] - at_z) ** 2
            values = values + height * some.uniform(0.3, 1.0) * np.exp(-squared / (2 * width**2))
    return Distribution(values.astype(np.float32), lattice)


def by_pymedphys(
    reference: Distribution, evaluated: Distribution, criterion: Criterion, *, local: bool, limit: float
) -> NDArray[np.float64]:
    import pymedphys

    def arrays(one: Distribution) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
        axes = tuple(one.lattice.centres_mm(axis) for axis in (2, 1, 0) if one.lattice.size[axis] > 1)
        return axes, one.values.astype(np.float64).squeeze()

    found = pymedphys.gamma(
        *arrays(reference), *arrays(evaluated), criterion.dose_percent, criterion.distance_mm,
        lower_percent_dose_cutoff=10, interp_fraction=10, max_gamma=limit, local_gamma=local,
    )  # fmt: skip
    return np.asarray(found).reshape(reference.values.shape)


def inner(values: NDArray[Any]) -> NDArray[Any]:
    """All but the outermost voxels: pymedphys drops positions on the outer faces or not, as rounding has it."""
    return values[tuple(slice(1, -1) if size > 1 else slice(None) for size in values.shape)]


@pytest.mark.slow
@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("limit", [PASS_LIMIT, 2.0])
@pytest.mark.parametrize("lattice", [VOLUME, IMAGE], ids=["3-D", "2-D"])
def test_every_voxel_is_as_in_pymedphys(lattice: Lattice, limit: float, local: bool) -> None:
    reference, evaluated, criterion = hills(lattice), hills(lattice, error=0.15), Criterion(2, 2)
    found = inner(gamma_index(reference=reference, evaluated=evaluated, criterion=criterion, local=local, limit=limit))
    expected = inner(by_pymedphys(reference, evaluated, criterion, local=local, limit=limit))
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert 50 < pass_percent(found) < 99.5
    assert np.nanmax(np.abs(found - expected)) < AGREEMENT


@pytest.mark.slow
@pytest.mark.parametrize("local", [False, True])
def test_pass_rates_of_volumes_are_as_in_pymedphys(local: bool) -> None:
    """Local gamma is stricter where dose is low; the border has none, as it is no border to pymedphys."""
    lattice = Lattice((20, 18, 14), (1.25, 1.25, 1.25), (-28.0, -10.0, 12.0))
    window = np.pad(np.ones((8, 12, 14), np.float32), 3)
    reference, evaluated = (
        Distribution((hills(lattice, error=error).values - 0.9) * window, lattice) for error in (0.0, 0.06)
    )
    gamma = by_pymedphys(reference, evaluated, Criterion(1, 1), local=local, limit=PASS_LIMIT)
    expected = 100 * float((gamma[np.isfinite(gamma)] <= 1).mean())
    assert 20 < expected < 98
    found = volume_pass_rate(reference.values, evaluated.values, Criterion(1, 1), local=local)
    assert found == pytest.approx(expected, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("local", [False, True])
def test_noise_is_as_in_pymedphys(local: bool) -> None:
    """Nothing is smooth here, so that every position counts."""
    random = np.random.default_rng(3)
    reference, evaluated = (
        Distribution(random.normal(1.0, 0.1, VOLUME.size[::-1]).astype(np.float32), VOLUME) for _ in range(2)
    )
    criterion = Criterion(2, 2)
    found = inner(gamma_index(reference=reference, evaluated=evaluated, criterion=criterion, local=local, limit=2.0))
    expected = inner(by_pymedphys(reference, evaluated, criterion, local=local, limit=2.0))
    assert np.nanmax(np.abs(found - expected)) < AGREEMENT


@pytest.mark.parametrize(
    "spacing_mm", [(1.3, 1.7, 0.9), (1.5, 2.0, 2.5), (4.0, 3.0, 5.0)], ids=["finer", "same step", "coarser"]
)
def test_doses_on_different_lattices_are_as_in_pymedphys(spacing_mm: tuple[float, float, float]) -> None:
    size = tuple(math.ceil((n + 8) * s / t) for n, s, t in zip(VOLUME.size, VOLUME.spacing_mm, spacing_mm, strict=True))
    origin = tuple(o - 3.9 * s for o, s in zip(VOLUME.origin_mm, VOLUME.spacing_mm, strict=True))
    lattice = Lattice((size[0], size[1], size[2]), spacing_mm, (origin[0], origin[1], origin[2]))
    reference, evaluated, criterion = hills(VOLUME), hills(lattice, error=0.06), Criterion(3, 1.5)
    found = gamma_index(reference=reference, evaluated=evaluated, criterion=criterion, limit=2.0)
    expected = by_pymedphys(reference, evaluated, criterion, local=False, limit=2.0)
    assert not np.isnan(found).any()
    assert np.abs(found - expected).max() < AGREEMENT


@pytest.mark.slow
@pytest.mark.parametrize("shift_mm", [0.4, 1.0, 1.7])
def test_a_shifted_gaussian_has_the_gamma_of_the_formula(shift_mm: float) -> None:
    lattice = Lattice((241, 5, 1), (0.25, 0.25, 0.25), (-30.0, 0.0, 0.0))

    def ridge(at_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-(at_mm**2) / (2 * 8.0**2))

    x = lattice.centres_mm(0)
    one, other = (
        Distribution(np.broadcast_to(ridge(x - shift), (1, 5, 241)).astype(np.float32), lattice)
        for shift in (0.0, shift_mm)
    )
    found = gamma_index(reference=one, evaluated=other, criterion=Criterion(2, 2), limit=2.0)[0, 2]
    judged = np.isfinite(found)
    assert np.array_equal(judged, ridge(x) >= 0.1)
    # Low et al.: the least over all distances r, along the only direction in which dose changes.
    r = np.arange(-4, 4, 0.002)
    difference = ridge(x[judged, None] + r - shift_mm) - ridge(x[judged, None])
    expected = np.hypot(r / 2, difference / 0.02).min(axis=1)
    excess = found[judged] - expected
    sagitta = 0.25**2 / 8 / 8.0**2  # of straight lines between voxels
    assert excess.min() > -sagitta / 0.02
    assert excess.max() < STEP_ERROR / 2


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "limit"), [(1, 1.1), (2, 1.1), (3, 2.0), (5, 1.1)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_shifted_step_is_as_far_as_it_was_shifted(shift: int, limit: float, dimensions: int) -> None:
    def step(edge: int) -> NDArray[np.float32]:
        shape = (9, 8, 40)[3 - dimensions :]
        return np.broadcast_to(np.where(np.arange(40) < edge, 1.0, 0.2), shape).astype(np.float32)

    one, other = (Distribution.spaced(step(edge), 1.0) for edge in (20, 20 - shift))
    found = gamma_index(reference=one, evaluated=other, criterion=Criterion(1, 2), limit=limit)
    # Voxels between the two edges find their dose on the other side of the shifted one, a whole number of mm away.
    expected = np.zeros(40)
    expected[20 - shift : 20] = np.minimum(limit, np.arange(1, shift + 1) / 2)
    excess = found - expected
    assert excess.min() > -1e-6
    assert excess.max() < STEP_ERROR + 1e-6
    assert (excess[..., expected == 0] == 0).all()
    assert excess[..., expected == limit] == pytest.approx(0, abs=1e-6)


def test_a_difference_in_a_flat_dose_counts_by_itself() -> None:
    flat = np.full((4, 5, 40), 2.0, np.float32)
    for off, expected in ((0.01, 0.25), (-0.03, 0.75), (0.1, PASS_LIMIT)):
        one, other = Distribution.spaced(flat, 2.5), Distribution.spaced(flat + np.float32(off), 2.5)
        found = gamma_index(reference=one, evaluated=other, criterion=Criterion(2, 3))
        assert found == pytest.approx(np.full(flat.shape, expected), abs=1e-4)


@pytest.mark.parametrize("local", [False, True])
def test_equal_doses_have_gamma_zero(local: bool) -> None:
    dose = hills(VOLUME)
    found = gamma_index(reference=dose, evaluated=dose, criterion=Criterion(1, 1), local=local)
    assert (found == 0).all()


def test_local_gamma_takes_the_tolerance_of_each_voxel() -> None:
    values = np.where(np.arange(40) < 20, 1.0, 0.3).astype(np.float32) * np.ones((1, 9, 1), np.float32)
    one, other = Distribution.spaced(values, 10.0), Distribution.spaced(values + np.float32(0.006), 10.0)
    found = gamma_index(reference=one, evaluated=other, criterion=Criterion(2, 1), local=True, limit=3.0)
    assert found[..., :19] == pytest.approx(0.3, abs=1e-4)
    assert found[..., 20:] == pytest.approx(1.0, abs=1e-4)


def test_axes_stand_for_each_other() -> None:
    def turned(one: Distribution) -> Distribution:
        lattice = one.lattice
        swapped = Lattice(lattice.size[::-1], lattice.spacing_mm[::-1], lattice.origin_mm[::-1])
        return Distribution(np.ascontiguousarray(one.values.transpose(2, 1, 0)), swapped)

    one, other = hills(VOLUME), hills(VOLUME, error=0.06)
    criterion = Criterion(2, 2)
    straight = gamma_index(reference=one, evaluated=other, criterion=criterion, limit=2.0)
    across = gamma_index(reference=turned(one), evaluated=turned(other), criterion=criterion, limit=2.0)
    difference = np.abs(straight - across.transpose(2, 1, 0))
    # Positions on the spheres are not the same ones.
    assert difference.mean() < 0.01
    assert pass_percent(straight) == pytest.approx(pass_percent(across), abs=0.5)


def test_threads_change_nothing() -> None:
    import numba

    one, other, before = hills(VOLUME), hills(VOLUME, error=0.06), numba.get_num_threads()
    results = []
    try:
        for threads in sorted({1, before}):
            numba.set_num_threads(threads)
            results.append(gamma_index(reference=one, evaluated=other, criterion=Criterion(2, 2)))
    finally:
        numba.set_num_threads(before)
    assert all(np.array_equal(results[0], result, equal_nan=True) for result in results)


def test_a_reference_that_juts_out_is_judged_up_to_the_outer_faces() -> None:
    """Voxels within are as without the rest; the dose of the outermost voxels holds for half a voxel, then ends."""
    evaluated = hills(VOLUME, error=0.06)
    nx, ny, nz = VOLUME.size
    half = tuple(s / 2 for s in VOLUME.spacing_mm)
    start = tuple(o - s for o, s in zip(VOLUME.origin_mm, VOLUME.spacing_mm, strict=True))
    size = (2 * nx + 3, 2 * ny + 3, 2 * nz + 3)
    wider = Lattice(size, (half[0], half[1], half[2]), (start[0], start[1], start[2]))
    found = gamma_index(reference=hills(wider), evaluated=evaluated, criterion=Criterion(2, 2), maximum=3.0)
    assert np.isnan(found[[0, -1]]).all()
    assert np.isnan(found[:, [0, -1]]).all()
    assert np.isnan(found[:, :, [0, -1]]).all()
    assert np.isfinite(found[1:-1, 1:-1, 1:-1]).all()
    within = gamma_index(reference=hills(VOLUME), evaluated=evaluated, criterion=Criterion(2, 2), maximum=3.0)
    assert found[2:-2:2, 2:-2:2, 2:-2:2] == pytest.approx(within, abs=1e-4)
    flat = Distribution(np.ones_like(evaluated.values), VOLUME)
    fine = Distribution(np.ones(wider.size[::-1], np.float32), wider)
    held = gamma_index(reference=fine, evaluated=flat, criterion=Criterion(2, 2))
    assert (held[1:-1, 1:-1, 1:-1] == 0).all()


def test_a_single_plane_is_searched_through_the_whole_volume() -> None:
    """A plane of the reference finds what lies above it, where an image of that plane does not."""
    values = np.where(np.arange(9)[:, None, None] < 5, 1.0, 2.0).astype(np.float32) * np.ones((1, 6, 6), np.float32)
    evaluated = Distribution.spaced(values, 1.0)
    plane = Distribution(np.full((1, 6, 6), 2.0, np.float32), Lattice((6, 6, 1), (1.0,) * 3, (0.0, 0.0, 4.0)))
    found = gamma_index(reference=plane, evaluated=evaluated, criterion=Criterion(1, 2))
    assert found == pytest.approx(np.full((1, 6, 6), 0.5), abs=1e-6)
    image = Distribution(values[4:5], plane.lattice)
    assert (gamma_index(reference=plane, evaluated=image, criterion=Criterion(1, 2)) == np.float32(PASS_LIMIT)).all()


def test_voxels_below_the_cut_off_and_without_dose_are_not_judged() -> None:
    values = np.repeat(np.array([0.0, 0.05, 0.3, 1.0], np.float32), 10)[None]
    dose = Distribution.spaced(values, 1.0)
    for cutoff, judged in ((0.0, 30), (5.0, 30), (10.0, 20), (40.0, 10)):
        found = gamma_index(reference=dose, evaluated=dose, criterion=Criterion(2, 2), cutoff_percent=cutoff)
        assert np.isfinite(found).sum() == judged
    half = gamma_index(reference=dose, evaluated=dose, criterion=Criterion(2, 2), maximum=4.0)
    assert np.isfinite(half).sum() == 10


def test_what_cannot_be_judged_is_refused() -> None:
    empty = Distribution.spaced(np.zeros((3, 4), np.float32), 1.0)
    with pytest.raises(ValueError, match="above zero, found a maximum of 0"):
        gamma_index(reference=empty, evaluated=empty, criterion=Criterion(2, 2))
    with pytest.raises(ValueError, match="NaN"):
        Distribution.spaced(np.full((3, 4), np.nan, np.float32), 1.0)
    with pytest.raises(ValueError, match=r"expected values \(1, 4, 3\)"):
        Distribution(np.zeros((1, 3, 4), np.float32), Lattice((3, 4, 1), (1.0,) * 3, (0.0,) * 3))
    with pytest.raises(ValueError, match="two numbers above zero"):
        Criterion(0, 2)
    assert math.isnan(pass_percent(np.full(3, np.nan, np.float32)))
    assert math.isnan(image_pass_rate(empty.values[0], empty.values[0], Criterion(2, 2), 1.0))
    assert math.isnan(
        volume_pass_rate(np.zeros((3, 3, 3), np.float32), np.ones((3, 3, 3), np.float32), Criterion(2, 2))
    )


@pytest.mark.parametrize("text", ["2%/2mm", "2/2", " 2 % / 2 mm ", "2.0 %/2. mm", str(Criterion(2, 2))])
def test_a_criterion_is_read_and_written_one_way(text: str) -> None:
    assert Criterion.parse(text) == Criterion(2, 2)
    assert str(Criterion.parse(text)) == "2 %/2 mm"


@pytest.mark.parametrize("text", ["2%", "0/2", "a/b", "2%/2cm", "", "1.2.3/2", "./2", "-1/2", "nan/2"])
def test_a_criterion_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2%/2mm"):
        Criterion.parse(text)


@pytest.mark.parametrize(
    ("kind", "published_percent"),
    [
        # Global gamma, as the paper has it: a square of 4 % of the image is 5 % wrong; edges lie elsewhere.
        ("GeometricSquare DD_Test", {"1mm": 96.0, "0_25mm": 96.0}),
        ("GeometricSquare DTA_Test", {"1mm": 92.3, "0_25mm": 92.3}),
        # Local gamma above 20 %, as pymedphys publishes for these images.
        ("H&N_VMAT", {"1mm": 93.6, "0_25mm": 96.9}),
    ],
)
@pytest.mark.parametrize("pixel", ["1mm", "0_25mm"])
def test_images_of_agnew_and_mcgarry_pass_as_published(
    shared_data: Path, kind: str, published_percent: dict[str, float], pixel: str
) -> None:
    """Gamma 1 %/1 mm of Agnew and McGarry, Radiother. Oncol. 118 (2016)."""
    import pydicom

    folder = shared_data / "agnew_mcgarry"
    if not folder.is_dir():
        pytest.skip("no images of Agnew and McGarry beside the checkout")
    name, _, test = kind.partition(" ")

    def read(role: str) -> Distribution:
        ds = pydicom.dcmread(folder / f"{name}_{role}.dcm")
        return Distribution.spaced(
            (ds.pixel_array * float(ds.DoseGridScaling)).astype(np.float32), float(ds.PixelSpacing[0])
        )

    reference = read(f"Reference_{pixel}Px")
    evaluated = read(f"Evaluated_{pixel}Px" + (f"_{test}" if test else ""))
    local = name == "H&N_VMAT"
    found = gamma_index(
        reference=reference,
        evaluated=evaluated,
        criterion=Criterion(1, 1),
        cutoff_percent=20 if local else 0,
        local=local,
    )
    assert pass_percent(found) == pytest.approx(published_percent[pixel], abs=0.1)
