from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dosenet.pairs import Pairs, Row
from dosenet.preset import NetworkConfig
from dosenet.sampling import PairSampler, Told
from dosenet.slices import interpolate_planes, normalise_ct, selected_planes
from dosenet.store import PairWriter, read_patients

NO_FLIP = torch.zeros(1, 4).long()


PLAIN = NetworkConfig("ddn-lite", coarse_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-5, 0, 5))
FOUR = NetworkConfig(
    "ddn-lite", fine_planes=4, coarse_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-3.125, -1.875, -0.625, 0.625, 1.875, 3.125)
)

BEAM = replace(FOUR, beam=True)
TOLD = replace(BEAM, energy=True)


def sampler(
    path: Path, network: NetworkConfig = PLAIN, *, crop_px: int = 32, batch: int = 3, seed: int = 0
) -> PairSampler:
    store = Pairs.load(path, "train", fine_planes=network.fine_planes, beam=network.beam)
    return PairSampler(store, network, crop_px=crop_px, batch=batch, seed=seed)


def test_a_crop_is_what_slicing_the_arrays_gives(toy_store: Path) -> None:
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    planes = selected_planes(pair.coarse_gy())
    maximum = pair.coarse_gy().max()
    which = 7
    plane = int(planes[which])
    batch = sampler(toy_store).cut(torch.tensor([which]), torch.tensor([[4, 10]]), NO_FLIP)
    ct = normalise_ct(patient.ct_hu()[[plane - 4, plane, plane + 4], 16:48, 40:72])
    np.testing.assert_allclose(batch.ct[0], ct, atol=1e-6)
    np.testing.assert_allclose(batch.target[0, 0], pair.fine_gy()[plane, 16:48, 40:72] / maximum, rtol=1e-5)
    index = plane / 4 - 0.375 + np.array([-1, 0, 1])
    coarse = interpolate_planes(pair.coarse_gy() / maximum, index)[:, 4:12, 10:18]
    np.testing.assert_allclose(batch.coarse[0], coarse, atol=1e-6)


def test_four_planes_at_once_are_those_of_one_raw_coarse_plane(toy_store: Path) -> None:
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    coarse = pair.coarse_gy() / pair.coarse_gy().max()
    draw = sampler(toy_store, FOUR)
    groups = np.unique(selected_planes(coarse) // 4)
    assert draw.pairs.rows[: groups.size, Row._fields.index("plane")].tolist() == (4 * groups).tolist()
    which = 2
    k = int(groups[which])
    batch = draw.cut(torch.tensor([which]), torch.tensor([[4, 10]]), NO_FLIP)
    np.testing.assert_allclose(batch.coarse[0], coarse[k - 1 : k + 2, 4:12, 10:18], atol=1e-6)
    ct = normalise_ct(patient.ct_hu()[4 * k - 1 : 4 * k + 5, 16:48, 40:72])
    np.testing.assert_allclose(batch.ct[0], ct, atol=1e-6)
    fine = pair.fine_gy()[4 * k : 4 * k + 4, 16:48, 40:72] / pair.coarse_gy().max()
    np.testing.assert_allclose(batch.target[0], fine, rtol=1e-5)


@pytest.mark.parametrize("network", [PLAIN, FOUR, BEAM])
@pytest.mark.parametrize("flips", [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 1, 1]])
def test_mirrored_crops_are_the_plain_ones_mirrored(toy_store: Path, flips: list[int], network: NetworkConfig) -> None:
    draw = sampler(toy_store, network)
    rows, top = torch.tensor([1]), torch.tensor([[3, 6]])
    plain = draw.cut(rows, top, NO_FLIP)
    mirrored = draw.cut(rows, top, torch.tensor([flips]))
    for before, after in zip(plain, mirrored, strict=True):
        expected = before.flip(1) if flips[2] and before is not plain.beam else before  # that is of one plane
        if flips[0]:
            expected = expected.flip(2)
        if flips[1]:
            expected = expected.flip(3)
        if flips[3]:
            expected = expected.transpose(2, 3)
        torch.testing.assert_close(after, expected)


def test_crops_beyond_the_lattice_are_filled_with_air_and_no_dose(toy_store: Path) -> None:
    batch = sampler(toy_store, crop_px=96).draw(1)  # the lattice has 64 x 80 pixels
    assert batch.target.shape == (3, 1, 96, 96)
    inside = torch.zeros(96, 96, dtype=torch.bool)
    for crop in batch.target[:, 0]:
        inside |= crop > 0
    assert not inside[:8].any()
    assert batch.target.amax((1, 2, 3)).min() > 0.3


def told_of(**known: list[bool]) -> Told:
    size = len(next(iter(known.values())))
    source, energy, body = (torch.tensor(known.get(name, [True] * size)) for name in ("source", "energy", "body"))
    return Told(source, energy, body, torch.zeros(size).long())


def test_the_outline_of_the_body_is_that_of_the_planes_themselves(toy_store: Path) -> None:
    patient = read_patients(toy_store, "train")[0]
    body = patient.body()
    assert body is not None
    draw = sampler(toy_store, FOUR)
    rows = torch.tensor([2, 2, int(draw.pairs.rows[:, Row._fields.index("patient")].argmax())])
    top = torch.tensor([[-1, 10], [-1, 10], [4, 10]])
    told, silent, unstored = draw.cut(rows, top, torch.zeros(3, 4).long(), told_of(body=[True, False, True])).contour
    plane = int(draw.pairs.rows[2, Row._fields.index("plane")])
    expected = np.pad(body, ((0, 0), (4, 0), (0, 0)))[plane : plane + 4, :32, 40:72]  # no body beyond the lattice
    np.testing.assert_array_equal(told, expected)
    assert (silent == -1).all()
    assert (unstored == -1).all()
    raised = told_of(body=[True] * 3)._replace(raised=torch.tensor([1, -1, 0]))
    above, below, _ = draw.cut(rows, top, torch.zeros(3, 4).long(), raised).contour
    for found, first in ((above, plane + 1), (below, plane - 1)):
        np.testing.assert_array_equal(found, np.pad(body, ((0, 0), (4, 0), (0, 0)))[first : first + 4, :32, 40:72])


def test_a_source_not_told_leaves_no_trace(toy_store: Path) -> None:
    draw = sampler(toy_store, BEAM, batch=2)
    rows, top = torch.tensor([1, 1]), torch.tensor([[3, 6], [3, 6]])
    told, silent = draw.cut(rows, top, torch.zeros(2, 4).long(), told_of(source=[True, False])).beam
    assert (told[-1] == 1).all()
    assert told[0].max() > 0.05  # more than 10 mm of water
    assert not silent.any()
    draw.known = (0.25, 1.0, 1.0)
    shares = torch.stack([draw.draw(step).beam[:, -1].amax((1, 2)) for step in range(200)])
    assert shares.mean() == pytest.approx(0.25, abs=0.07)
    assert sampler(toy_store, FOUR).draw(0).beam.shape[1] == 0


def test_depths_that_are_missing_are_asked_for(toy_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="beam=True"):
        PairSampler(Pairs.load(toy_store, "train", fine_planes=4), BEAM, crop_px=16, batch=1)
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    writer = PairWriter(tmp_path / "s.zarr")
    writer.add_patient("p", patient.ct_hu(), patient.origin_mm, split="train", site="toy")
    writer.add_field("p", "f", pair.coarse_gy(), pair.fine_gy())
    with pytest.raises(ValueError, match="source_mm"):
        Pairs.load(tmp_path / "s.zarr", "train", fine_planes=4, beam=True)


def test_above_and_below_the_ct_there_is_air(toy_store: Path) -> None:
    far = NetworkConfig("ddn-lite", coarse_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-200, 0, 200))
    batch = sampler(toy_store, far).cut(torch.tensor([7]), torch.tensor([[4, 10]]), NO_FLIP)
    assert batch.ct[0, 1].max() > 0.2
    assert batch.ct[0, [0, 2]].max() == 0  # -1000 HU


def test_random_crops_hold_dose_and_depend_on_seed_and_step_only(toy_store: Path) -> None:
    draw = sampler(toy_store, crop_px=16, batch=64)
    first, again, other = draw.draw(5), draw.draw(5), draw.draw(6)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.target, other.target)
    assert not torch.equal(first.target, sampler(toy_store, crop_px=16, batch=64, seed=2).draw(5).target)
    assert (first.coarse.amax((1, 2, 3)) > 0.09).float().mean() > 0.9


def test_one_field_can_be_drawn_from(toy_store: Path) -> None:
    store = Pairs.load(toy_store, "train")
    draw = PairSampler(store, PLAIN, crop_px=16, batch=32, seed=0)
    levels = [float(draw.draw(0, field=k).ct.max()) for k in range(4)]
    bodies = [float(normalise_ct(p.ct_hu()).max()) for p in read_patients(toy_store, "train") for _ in p.fields()]
    assert levels == pytest.approx(bodies)


@pytest.fixture(scope="module")
def mixed_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three kinds at two energies, some rare: ``open`` with few planes at 6X, ``arc`` and ``plan`` at 10X-FFF."""
    path = tmp_path_factory.mktemp("mixed") / "s.zarr"
    writer = PairWriter(path)
    ct = np.zeros((24, 32, 32), dtype=np.int16)
    writer.add_patient("p", ct, (0.0, 0.0, 0.0), split="train", site="toy")
    flat = np.ones((6, 8, 8), dtype=np.float32)
    short = flat.copy()
    short[2:] = 0.01
    fff = {"energy": "10X-FFF", "energy_mv": 10.0, "fff": True}
    six = {"energy": "6X", "energy_mv": 6.0, "fff": False, "source_mm": [0.0, -900.0, 15.0]}
    fields: dict[str, tuple[NDArray[np.float32], dict[str, Any]]] = {
        "a": (short, {"kind": "open", **six}),
        "b": (flat, {"kind": "arc", **fff}),
        "c": (flat, {"kind": "arc", **fff}),
        "d": (flat, {"kind": "plan", "energy": "mixed"}),
    }
    for name, (dose, attributes) in fields.items():
        writer.add_field("p", name, dose, np.repeat(dose, 4, 0).repeat(4, 1).repeat(4, 2), attributes=attributes)
    return path


def test_rare_kinds_and_energies_are_drawn_as_often(mixed_store: Path) -> None:
    pairs = Pairs.load(mixed_store, "train", fine_planes=4, beam=True)
    assert [(f.kind, f.energy) for f in pairs.fields] == [
        ("open", "6X"), ("arc", "10X-FFF"), ("arc", "10X-FFF"), ("plan", "mixed"),
    ]  # fmt: skip
    chances = torch.zeros(4, dtype=torch.float64).index_add(0, pairs.field_of, pairs.weights)
    assert chances.tolist() == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3])
    draw = PairSampler(pairs, TOLD, crop_px=16, batch=200)
    of_6x = draw.draw(3).beam[:, 6, 0, 0] == 0.6
    assert of_6x.float().mean() == pytest.approx(1 / 3, abs=0.1)
    few = pairs.chosen(lambda f: f.kind == "arc")
    assert set(few.field_of.tolist()) == {1, 2}
    assert few.weights.sum() == pytest.approx(1)


def test_the_network_is_told_energy_and_source_where_there_are_any(mixed_store: Path) -> None:
    pairs = Pairs.load(mixed_store, "train", fine_planes=4, beam=True)
    draw = PairSampler(pairs, TOLD, crop_px=16, batch=1)
    rows = torch.tensor([int(torch.nonzero(pairs.field_of == k)[0]) for k in (0, 1, 3)])
    top, flips = torch.zeros(3, 2).long(), torch.zeros(3, 4).long()
    one, arc, plan = draw.cut(rows, top, flips).beam
    assert (one[5] == 1).all()
    assert one[0].max() > 0
    assert not arc[:6].any()
    assert not plan.any()
    for beam, energy in ((one, (0.6, 0.0)), (arc, (1.0, 1.0))):
        for channel, value in zip(beam[6:], energy, strict=True):
            torch.testing.assert_close(channel, torch.full((4, 4), value))
    silent = draw.cut(rows, top, flips, told_of(energy=[False, True, True])).beam
    assert not silent[0, 6:].any()
    torch.testing.assert_close(silent[0, :6], one[:6])
    draw.known = (1.0, 0.0, 1.0)
    assert not draw.draw(0).beam[:, 6:].any()
    assert PairSampler(pairs, BEAM, crop_px=16, batch=1).draw(0).beam.shape[1] == 6


def test_of_a_long_field_some_planes_can_stand_for_all(mixed_store: Path) -> None:
    whole, few = (Pairs.load(mixed_store, "train", fine_planes=4, most_rows=most) for most in (None, 3))
    plane = Row._fields.index("plane")
    assert [p.rows[p.field_of == 1, plane].tolist() for p in (whole, few)] == [[0, 4, 8, 12, 16, 20], [0, 8, 20]]
    batches = []
    for pairs in (whole, few):
        sampled = PairSampler(pairs, FOUR, crop_px=16, batch=1)
        first = int(torch.nonzero(pairs.field_of == 1)[0])
        rows = first + (pairs.rows[pairs.field_of == 1, plane] == 20).nonzero()[0]
        batches.append(sampled.cut(rows, torch.zeros(1, 2).long(), NO_FLIP))
    torch.testing.assert_close(batches[0].target, batches[1].target)
    torch.testing.assert_close(batches[0].coarse, batches[1].coarse)


def test_a_split_without_fields_is_refused(toy_store: Path) -> None:
    with pytest.raises(ValueError, match="at least one complete field"):
        Pairs.load(toy_store, "none")
    with pytest.raises(ValueError, match="multiple of 4"):
        sampler(toy_store, crop_px=30)


def test_a_store_laid_out_for_another_number_of_planes_is_refused(toy_store: Path) -> None:
    # Were it not, a loss of one plane against four would pass unnoticed, for shapes broadcast.
    with pytest.raises(ValueError, match="4 fine planes"):
        PairSampler(Pairs.load(toy_store, "train"), FOUR, crop_px=16, batch=1)
