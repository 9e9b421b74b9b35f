import numpy as np
import pytest
from scipy import ndimage

from dosenet.anatomy import DEPTH_MM, TISSUES, Anatomy
from dosenet.slices import FINE_MM


def ball(radius_mm: float = 27.0, size: int = 48) -> np.ndarray:
    place = (np.arange(size) - size / 2 + 0.3) * FINE_MM
    return np.asarray(place[:, None, None] ** 2 + (1.2 * place[:, None]) ** 2 + place**2 < radius_mm**2)


def test_depth_is_the_distance_from_the_surface_as_scipy_has_it() -> None:
    body = ball()
    body[20:24, 20:22, :8] = False  # a canal from the skin, whose walls are surface too
    depth_mm = ndimage.distance_transform_edt(body, sampling=FINE_MM) - FINE_MM / 2
    expected = np.where(body, 1 + np.digitize(depth_mm, DEPTH_MM), 0)
    found = Anatomy.of(np.zeros(body.shape, np.int16), body)
    assert found.depth is not None
    assert np.array_equal(found.depth, expected)
    assert set(np.unique(expected)) == {0, 1, 2, 3}
    assert np.array_equal(found.depth > 0, body)


def test_where_the_ct_ends_the_body_does_not() -> None:
    whole = Anatomy.of(np.zeros((4, 10, 40), np.int16), np.ones((4, 10, 40), np.bool_))
    assert whole.depth is not None
    assert (whole.depth == 3).all()


@pytest.mark.parametrize(
    ("hu", "tissue"), [(-1000, "air"), (-951, "air"), (-950, "lung"), (-301, "lung"), (-300, "soft tissue"),
                       (149, "soft tissue"), (150, "bone"), (3000, "bone")],
)  # fmt: skip
def test_tissues_are_told_by_ct_number(hu: int, tissue: str) -> None:
    found = Anatomy.of(np.full((1, 1, 1), hu, np.int16), None)
    assert TISSUES[found.tissue[0, 0, 0]] == tissue
    assert found.body is None


def test_planes_are_those_of_the_whole() -> None:
    hu = np.random.default_rng(1).integers(-1000, 1000, (48, 48, 48)).astype(np.int16)
    whole = Anatomy.of(hu, ball())
    some = whole.planes(20, 5)
    assert whole.depth is not None
    assert some.depth is not None
    assert np.array_equal(some.depth, whole.depth[20:25])
    assert np.array_equal(some.tissue, whole.tissue[20:25])
