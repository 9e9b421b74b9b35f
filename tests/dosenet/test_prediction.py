from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from numpy.typing import NDArray
from scipy import ndimage

from dosenet.dosed_part import MARGIN
from dosenet.energy import Energy
from dosenet.lattice import Lattice, resample
from dosenet.network import build_network
from dosenet.pairs import Pairs
from dosenet.prediction import BodyMask, CoarseDose, CtGrid, body_lattice, predict
from dosenet.preset import NetworkConfig
from dosenet.sampling import PairSampler
from dosenet.slices import normalise_ct, selected_planes
from dosenet.store import read_patients
from dosenet.weights import Model, load_model
from tests.dosenet.toy import box_dose, model_of

CONFIG = NetworkConfig(
    kind="ddn-lite", channels=8, blocks=1, head_kernel=3, coarse_offsets_mm=(-5, 0, 5), ct_offsets_mm=(-5, 0, 5)
)
FOUR = NetworkConfig(
    kind="ddn-lite",
    channels=8,
    blocks=1,
    head_kernel=3,
    fine_planes=4,
    coarse_offsets_mm=(-5, 0, 5),
    ct_offsets_mm=(-3.125, -1.875, -0.625, 0.625, 1.875, 3.125),
)
BOTH = pytest.mark.parametrize("config", [CONFIG, FOUR], ids=["one", "four"])
ORIGIN = (-40.0, 12.0, 7.0)


def model_with(active: bool = True, config: NetworkConfig = CONFIG) -> Model:
    torch.manual_seed(0)
    network = build_network(config).eval()
    if active:
        torch.nn.init.normal_(network.last.weight, std=0.05)
        torch.nn.init.normal_(network.get_parameter("last.bias"), std=0.05)
    return model_of(network)


def coarse(shape: tuple[int, int, int] = (8, 12, 10), scale: float = 2.0) -> CoarseDose:
    return CoarseDose(scale * box_dose(shape, 5.0, np.zeros(3), 12.0, 6.0), (5.0, 5.0, 5.0), ORIGIN)


def ct() -> CtGrid:
    rng = np.random.default_rng(2)
    return CtGrid(rng.uniform(-900, 900, (24, 70, 60)).astype(np.float32), (1.0, 1.2, 2.0), (-45.0, 5.0, 3.0))


@BOTH
def test_an_untrained_network_interpolates_linearly_in_all_three_directions(config: NetworkConfig) -> None:
    dose = coarse()
    fine = predict(model_with(active=False, config=config), dose, ct())
    image = sitk.GetImageFromArray(dose.values)
    image.SetSpacing(dose.spacing_mm)
    image.SetOrigin(dose.origin_mm)
    grid = sitk.Image(*(4 * n for n in dose.values.shape[::-1]), sitk.sitkFloat32)
    grid.SetSpacing((1.25, 1.25, 1.25))
    grid.SetOrigin([v - 1.875 for v in ORIGIN])
    expected = sitk.GetArrayFromImage(sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear, -1.0))
    assert fine.origin_mm == grid.GetOrigin()
    assert fine.spacing_mm == grid.GetSpacing()
    inside = expected >= 0  # SimpleITK knows nothing beyond the outermost voxel faces
    assert inside.all()
    np.testing.assert_allclose(fine.values, expected, atol=2e-6)


def test_the_prediction_scales_with_monitor_units() -> None:
    model = model_with()
    one, many = predict(model, coarse(scale=1.0), ct()), predict(model, coarse(scale=173.0), ct())
    assert np.abs(many.values / 173.0 - one.values).max() <= 1e-5 * one.values.max()


def test_no_dose_gives_no_dose() -> None:
    dose = CoarseDose(np.zeros((3, 5, 4), dtype=np.float32), (5.0, 5.0, 5.0), ORIGIN)
    fine = predict(model_with(), dose, ct())
    assert fine.values.shape == (12, 20, 16)
    assert fine.values.max() == 0


@BOTH
def test_planes_under_the_threshold_are_interpolated_and_all_others_go_through_the_network(
    config: NetworkConfig,
) -> None:
    dose = coarse()
    plain, learned = (predict(model_with(active, config), dose, ct()) for active in (False, True))
    changed = np.flatnonzero(np.abs(plain.values - learned.values).max((1, 2)) > 1e-3)
    assert changed.tolist() == selected_planes(dose.values).tolist()
    assert 0 < changed.size < plain.values.shape[0]


@BOTH
def test_batches_do_not_matter(config: NetworkConfig) -> None:
    one, nine = (predict(model_with(config=config), coarse(), ct(), batch=n) for n in (1, 9))
    np.testing.assert_allclose(one.values, nine.values, atol=1e-5)


@BOTH
def test_what_the_network_is_given_and_where_its_answer_goes(config: NetworkConfig) -> None:
    # A network that answers with the CT of its own planes: the CT must come out where it is in space.
    class Echo(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config = config
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, coarse: torch.Tensor, ct: torch.Tensor, *_: torch.Tensor | None) -> torch.Tensor:
            below = (ct.shape[1] - config.fine_planes) // 2
            return ct[:, below : below + config.fine_planes]

    dose = coarse()
    fine = predict(model_of(Echo()), dose, ct(), threshold=0.0)
    image = ct()
    lattice = Lattice(fine.values.shape[::-1], fine.spacing_mm, fine.origin_mm)
    expected = normalise_ct(resample(image, lattice, outside=-1000.0)) * dose.values.max()
    np.testing.assert_allclose(fine.values, expected, atol=1e-5)


@pytest.mark.parametrize(("slices", "above"), [(40, 500.0), (8, -1000.0)], ids=["the CT goes on", "the CT ends"])
def test_above_the_dose_the_network_sees_what_the_ct_shows_or_air(slices: int, above: float) -> None:
    class Above(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config = replace(CONFIG, ct_offsets_mm=(-10, 0, 10))
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, coarse: torch.Tensor, ct: torch.Tensor, *_: torch.Tensor | None) -> torch.Tensor:
            return ct[:, 2:]

    dose = coarse()  # planes from 4.5 to 44.5 mm
    image = CtGrid(np.full((slices, 70, 60), 500.0, dtype=np.float32), (1.0, 1.2, 5.0), (-45.0, 5.0, 5.0))
    top = predict(model_of(Above()), dose, image, threshold=0.0).values[-1] / dose.values.max()
    np.testing.assert_allclose(top[8:-8, 8:-8], normalise_ct(np.array(above)), atol=1e-5)


class Listener(torch.nn.Module):
    def __init__(self, *, energy: bool = False) -> None:
        super().__init__()
        self.config = replace(FOUR, beam=True, energy=energy)
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.heard: list[torch.Tensor] = []

    def forward(self, coarse: torch.Tensor, ct: torch.Tensor, *told: torch.Tensor | None) -> torch.Tensor:
        self.heard += [coarse, ct, *(known for known in told if known is not None)]
        return ct[:, 1:5]


def test_training_and_prediction_tell_the_network_the_same(toy_store: Path) -> None:
    network = Listener()
    store = Pairs.load(toy_store, "train", fine_planes=4, beam=True)
    batch = PairSampler(store, network.config, crop_px=64, batch=1).cut(
        torch.tensor([0]), torch.tensor([[0, 2]]), torch.zeros(1, 4).long()
    )
    patient = read_patients(toy_store, "train")[0]
    pair = next(iter(patient.fields()))
    x, y, z = (v + 1.875 for v in patient.origin_mm)
    image = CtGrid(patient.ct_hu().astype(np.float32), (1.25, 1.25, 1.25), patient.origin_mm)
    given = CoarseDose(pair.coarse_gy(), (5.0, 5.0, 5.0), (x, y, z))
    stored = patient.body()
    assert stored is not None
    body = BodyMask(stored, image.lattice)
    predict(model_of(network), given, image, pair.source_mm, body=body, batch=4)
    told_both = (batch.coarse, batch.ct, batch.beam, batch.contour)
    for told, heard, shrink in zip(told_both, network.heard[:4], (1, 4, 1, 4), strict=True):
        edge = MARGIN * shrink
        inner = heard[0, :, edge:-edge, edge:-edge][:, :, 2 * shrink : 18 * shrink]
        torch.testing.assert_close(told[0], inner, atol=2e-3, rtol=1e-3)  # 16 bit in the store
    network.heard.clear()
    predict(model_of(network), given, image, batch=4)
    assert [t.shape[1] for t in network.heard[:4]] == [3, 6, 3, 6]  # dose and CT only


@BOTH
def test_a_voxel_outside_the_body_there_is_no_dose_and_beyond_the_grid_it_is_not_known(config: NetworkConfig) -> None:
    lattice = body_lattice(coarse().lattice)
    inside = np.zeros(lattice.size[::-1], dtype=np.bool_)
    inside[:, 6:-7, 5:-9] = True
    model = model_with(config=config)
    free, bound = (predict(model, coarse(), ct(), body=body).values for body in (None, BodyMask(inside, lattice)))
    far = ~ndimage.binary_dilation(inside, np.ones((1, 3, 3)))
    far[:, [0, -1]] = far[:, :, [0, -1]] = False  # beside what is not known
    assert not bound[far].any()
    assert free[far].max() > 0
    assert bound.max() > 0.5 * free.max()
    network = Listener()
    predict(model_of(network), coarse(), ct(), body=BodyMask(inside, lattice), batch=4)
    contour = network.heard[2]
    edge = 4 * MARGIN
    assert (contour[:, :, :edge] == -1).all()
    assert (contour[:, :, edge:-edge, edge:-edge] >= 0).all()


def test_a_body_on_another_lattice_is_refused() -> None:
    lattice = body_lattice(coarse().lattice)
    x, y, z = lattice.origin_mm
    inside = np.ones(lattice.size[::-1], dtype=np.bool_)
    for wrong in (replace(lattice, origin_mm=(x + 0.625, y, z)), replace(lattice, size=(40, 48, 28))):
        mask = BodyMask(inside[: wrong.size[2]], wrong)
        with pytest.raises(ValueError, match="body on the fine lattice"):
            predict(model_with(), coarse(), ct(), body=mask)
    with pytest.raises(ValueError, match="mask of shape"):
        BodyMask(inside[1:], lattice)


def test_the_network_is_told_the_energy_with_or_without_a_source() -> None:
    for source_mm in (None, (0.0, -900.0, 15.0)):
        network, without = Listener(energy=True), Listener()
        predict(model_of(network), coarse(), ct(), source_mm, energy=Energy(6.0, fff=True), batch=4)
        predict(model_of(without), coarse(), ct(), source_mm, energy=Energy(6.0, fff=True), batch=4)
        beam = network.heard[2]
        assert beam[:, 6].unique().tolist() == pytest.approx([0.6])
        assert beam[:, 7].unique().tolist() == [1.0]
        assert bool(beam[:, :6].any()) == (source_mm is not None)
        if source_mm is not None:
            torch.testing.assert_close(beam[:, :6], without.heard[2])
            predict(model_of(network), coarse(), ct(), source_mm, batch=4)
            assert not network.heard[-1][:, 6:].any()
    assert network.heard[-1].shape[1] == 8


def test_an_energy_is_above_zero() -> None:
    assert Energy(15.0).channels == (1.5, 0.0)
    for wrong in (0.0, -6.0, float("nan")):
        with pytest.raises(ValueError, match="above 0 MV"):
            Energy(wrong)


def test_a_dose_grid_that_cuts_the_body_off_hides_no_depth() -> None:
    # Fields on a body of 300 mm: the grid holds all of it, or only the lower half and a part of its width.
    values = np.zeros((6, 80, 70), dtype=np.float32)
    values[:, 10:70, 5:65] = 1.0
    hu = np.where(np.repeat(values, 2, axis=0) > 0, 30.0, -1000.0).astype(np.float32)
    image = CtGrid(hu, (5.0, 5.0, 2.5), (ORIGIN[0], ORIGIN[1], ORIGIN[2] - 1.25))
    whole = CoarseDose(values, (5.0, 5.0, 5.0), ORIGIN)
    part = CoarseDose(values[:, 40:75, 20:60], (5.0, 5.0, 5.0), (ORIGIN[0] + 100.0, ORIGIN[1] + 200.0, ORIGIN[2]))
    told = []
    for dose in (whole, part):
        network = Listener()
        predict(model_of(network), dose, image, (100.0, -900.0, 15.0), least=0.0)
        told.append(network.heard[2][0, :, MARGIN:-MARGIN, MARGIN:-MARGIN])
    assert told[1][0].max() > 1.3  # 260 mm of water
    torch.testing.assert_close(told[1], told[0][:, 40:75, 20:60], atol=0.02, rtol=0)


def test_doses_next_to_nothing_may_be_rounded_to_zero() -> None:
    # Planning systems round; where the body ends must not follow from a millionth of the dose.
    dose = coarse((8, 24, 24))
    assert ((dose.values > 0) & (dose.values < 1e-6 * dose.values.max())).sum() > 100
    rounded = np.where(dose.values < 1e-6 * dose.values.max(), 0, dose.values).astype(np.float32)
    differences = []
    for empty_below in (1e-4, 0.0):
        model = model_with(config=replace(FOUR, empty_below=empty_below))
        found = (predict(model, CoarseDose(v, dose.spacing_mm, ORIGIN), ct()).values for v in (dose.values, rounded))
        differences.append(float(np.abs(np.subtract(*found)).max() / dose.values.max()))
    assert differences[0] < 1e-5
    assert differences[1] > 1e-3  # what it would be without the threshold


@pytest.mark.parametrize(
    ("source_mm", "total", "values"),
    [
        (None, 18116.80, [1.958582, 0.57193, 0.903959, 0.001488]),
        ((400.0, -900.0, 12.0), 18387.59, [1.955445, 0.577718, 0.936162, 0.001147]),
    ],
    ids=["source unknown", "source known"],
)
def test_the_shipped_weights_answer_as_they_did_when_they_were_made(
    source_mm: tuple[float, float, float] | None, total: float, values: list[float]
) -> None:
    """Values of version 0.8 on a case given by formulas, so that a change of code shows."""
    model = load_model("ddn-lite")
    assert model.card.version == "0.8"
    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in (6, 14, 12)), indexing="ij")
    from_axis = (x - 5.5) ** 2 + (y - 6.5) ** 2
    dose = 2 * np.exp(-((x - 5.3) ** 2 + (y - 6.1) ** 2) / 18) / (1 + np.exp(3.1 * (abs(z - 2.4) - 1.7)))
    dose[from_axis > 30] = 0
    hu = np.where(from_axis > 26, -1000, 40 + 300 * np.sin(x + y + z))
    place = ((5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    image = CtGrid(hu.astype(np.float32), *place)
    fine = predict(model, CoarseDose(dose.astype(np.float32), *place), image, source_mm).values
    assert fine.sum(dtype=np.float64) == pytest.approx(total, rel=1e-5)
    found = [fine[at] for at in ((10, 24, 22), (4, 20, 30), (17, 30, 14), (11, 6, 24))]
    assert found == pytest.approx(values, abs=2e-5)


@pytest.mark.parametrize(
    ("shipped", "allowed"), [(False, 1e-4), (True, 1e-3)], ids=["seeing no further than the margin", "shipped"]
)
def test_a_larger_field_of_view_gives_the_same_dose_where_it_matters(shipped: bool, allowed: float) -> None:
    # Zero dose all around: what the network says must not depend on how much of it is there.
    small = coarse((8, 30, 30))
    wide = CoarseDose(
        np.pad(small.values, ((0, 0), (6, 6), (9, 9))), (5.0, 5.0, 5.0), (ORIGIN[0] - 45, ORIGIN[1] - 30, ORIGIN[2])
    )
    model = load_model("ddn-lite") if shipped else model_with(config=replace(CONFIG, blocks=0))
    first, second = predict(model, small, ct()), predict(model, wide, ct())
    np.testing.assert_allclose(second.values[:, 24:-24, 36:-36], first.values, atol=allowed * first.values.max())


def test_the_prediction_is_local_in_physical_space_not_in_indices() -> None:
    # Moving dose and CT together by any distance moves the result and changes nothing else.
    model, dose, image = model_with(), coarse(), ct()
    shift = np.array([3.3, -7.1, 100.0])
    moved = predict(
        model,
        CoarseDose(dose.values, dose.spacing_mm, tuple(dose.origin_mm + shift)),
        CtGrid(image.values, image.spacing_mm, tuple(image.origin_mm + shift)),
    )
    still = predict(model, dose, image)
    np.testing.assert_allclose(moved.origin_mm, still.origin_mm + shift)
    np.testing.assert_allclose(moved.values, still.values, atol=1e-4)


@pytest.mark.parametrize("spacing", [2.5, 3.0])
def test_a_dose_of_another_spacing_is_resampled_first(spacing: float) -> None:
    # A linear dose is reproduced exactly by linear interpolation, whatever the lattices.
    shape = (12, 16, 14)

    def ramp(spacing_mm: float, origin: tuple[float, ...], size: tuple[int, ...]) -> NDArray[np.float64]:
        z, y, x = (origin[2 - a] + spacing_mm * np.arange(size[a]) for a in range(3))
        values: NDArray[np.float64] = 50 + 0.3 * z[:, None, None] + 0.2 * y[:, None] - 0.1 * x
        return values

    dose = CoarseDose(ramp(spacing, ORIGIN, shape).astype(np.float32), (spacing,) * 3, ORIGIN)
    fine = predict(model_with(active=False), dose, ct())
    expected = ramp(1.25, fine.origin_mm, fine.values.shape)
    inner = (slice(8, -8),) * 3
    np.testing.assert_allclose(fine.values[inner], expected[inner], rtol=1e-5)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    predict(model_with(), coarse(), ct(), batch=4, progress=lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_an_exception_of_the_progress_ends_the_prediction() -> None:
    told: list[int] = []

    def stop(done: int, total: int) -> None:
        told.append(done)
        raise InterruptedError(total)

    with pytest.raises(InterruptedError):
        predict(model_with(), coarse(), ct(), batch=1, progress=stop)
    assert told == [1]


def test_public_name_is_the_function() -> None:
    """The package's `predict` must not be shadowed by a module of that name."""
    import dosenet

    assert dosenet.predict is predict
