"""Mean absolute errors against plain sums over masks, and against answers by formula."""

import numpy as np
import pytest

from dosenet.anatomy import DEPTHS, TISSUES, Anatomy
from dosenet.mean_errors import ErrorTable

SHAPE = (12, 40, 44)


def random_case(*, body: bool = True) -> tuple[np.ndarray, dict[str, np.ndarray], Anatomy]:
    random = np.random.default_rng(4)
    reference = random.uniform(0, 2.5, SHAPE).astype(np.float32) * random.integers(0, 2, SHAPE, dtype=np.uint8)
    doses = {name: (reference + random.normal(0, s, SHAPE)).astype(np.float32) for name, s in (("a", 0.1), ("b", 0.3))}
    where = random.integers(0, 4, SHAPE).astype(np.uint8)
    anatomy = Anatomy(random.integers(0, 4, SHAPE).astype(np.uint8), where if body else None)
    return reference, doses, anatomy


def plain(reference: np.ndarray, dose: np.ndarray, mask: np.ndarray) -> float:
    return 100 * float(np.abs(dose - reference)[mask].mean(dtype=np.float64)) / float(reference.max())


def test_the_masked_error_is_the_mean_where_the_reference_is_a_tenth_of_its_maximum() -> None:
    reference, doses, anatomy = random_case()
    found = ErrorTable.of(reference, doses, anatomy).masked()
    for name, dose in doses.items():
        assert found[name] == pytest.approx(plain(reference, dose, reference >= 0.1 * reference.max()), rel=1e-6)


def test_a_dose_two_per_cent_too_high_has_two_per_cent_of_the_mean_dose() -> None:
    # A wedge from 0 to 1: the mean above 0.1 is 0.55, those between 0.1, 0.3, 0.8 and 1 are 0.2, 0.55 and 0.9.
    wedge = np.tile(np.linspace(0, 1, 1000, dtype=np.float32), (1, 2, 1))
    anatomy = Anatomy(np.full(wedge.shape, 2, np.uint8), np.full(wedge.shape, 3, np.uint8))
    table = ErrorTable.of(wedge, {"a": np.float32(1.02) * wedge}, anatomy)
    assert table.masked()["a"] == pytest.approx(2 * 0.55, rel=2e-3)
    assert table.stratified()["a"] == pytest.approx(2 * (0.2 + 0.55 + 0.9) / 3, rel=2e-3)
    bands = table.bands()
    assert bands["dose"]["30-60 %"]["a"] == pytest.approx(2 * 0.45, rel=2e-3)
    assert bands["tissue"] == {"soft tissue": {"a": pytest.approx(table.masked()["a"])}}
    assert bands["depth"] == {"over 20 mm": {"a": pytest.approx(table.masked()["a"])}}


def test_strata_are_those_of_the_challenge() -> None:
    reference, doses, anatomy = random_case()
    share = reference / reference.max()
    strata = [(share >= low) & (share < high) for low, high in ((0.1, 0.3), (0.3, 0.8), (0.8, 2.0))]
    found = ErrorTable.of(reference, doses, anatomy).stratified()
    for name, dose in doses.items():
        assert found[name] == pytest.approx(np.mean([plain(reference, dose, mask) for mask in strata]), rel=1e-6)


def test_bands_are_of_the_body() -> None:
    reference, doses, anatomy = random_case()
    assert anatomy.depth is not None
    share, inside = reference / reference.max(), anatomy.depth > 0
    bands = ErrorTable.of(reference, doses, anatomy).bands()
    high = inside & (share >= 0.1)
    masks = {
        ("dose", "0-10 %"): inside & (share < 0.1),
        ("dose", "60-100 %"): inside & (share >= 0.6),
        **{("tissue", name): high & (anatomy.tissue == k) for k, name in enumerate(TISSUES)},
        **{("depth", name): high & (anatomy.depth == k + 1) for k, name in enumerate(DEPTHS)},
    }
    assert {kind: len(found) for kind, found in bands.items()} == {"dose": 4, "tissue": 4, "depth": 3}
    for (kind, name), mask in masks.items():
        assert bands[kind][name]["b"] == pytest.approx(plain(reference, doses["b"], mask), rel=1e-6)


def test_without_a_body_there_is_no_depth_and_voxels_with_dose_count() -> None:
    reference, doses, anatomy = random_case(body=False)
    bands = ErrorTable.of(reference, doses, anatomy).bands()
    assert set(bands) == {"dose", "tissue"}
    low = (reference > 0) & (reference < 0.1 * reference.max())
    assert bands["dose"]["0-10 %"]["a"] == pytest.approx(plain(reference, doses["a"], low), rel=1e-6)


def test_a_band_of_a_few_voxels_is_left_out() -> None:
    reference, doses, anatomy = random_case()
    tissue = np.full(SHAPE, 2, np.uint8)
    tissue[0, 0, :50] = 3
    bands = ErrorTable.of(reference, doses, Anatomy(tissue, anatomy.depth)).bands()
    assert set(bands["tissue"]) == {"soft tissue"}


def test_a_reference_without_dose_is_refused() -> None:
    reference, doses, anatomy = random_case()
    with pytest.raises(ValueError, match="maximum of 0"):
        ErrorTable.of(0 * reference, doses, anatomy)
