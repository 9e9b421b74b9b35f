import numpy as np
import pytest

from esapi_bridge.case import Grid, Unit, Volume
from esapi_bridge.planning.outline import inside, tissue_share
from esapi_bridge.planning.phantoms.contours import contour_structures


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])  # whichever side of the surface the mask of whole voxels errs on
def test_outline_and_contours_lie_half_way_between_air_and_water(threshold: float) -> None:
    """A ball with a partial-volume edge: on a fine grid its mask has the ball's volume, without the CT's steps."""
    grid = Grid((40, 40, 40), (3.0, 3.0, 3.0), (-58.5, -58.5, -58.5))
    centres = np.stack(np.meshgrid(*[grid.coordinates_mm(a) for a in (2, 1, 0)], indexing="ij"), axis=-1)
    radius = np.linalg.norm(centres, axis=-1)
    share = np.clip((40.0 - radius) / 3.0 + 0.5, 0.0, 1.0)
    ct = Volume((1000.0 * share - 1000.0).astype(np.float32), grid, Unit.HU)
    fine = Grid((96, 96, 96), (1.25, 1.25, 1.25), (-59.375, -59.375, -59.375))
    points = np.stack(np.meshgrid(*[fine.coordinates_mm(a) for a in (2, 1, 0)], indexing="ij"), axis=-1)
    expected = np.linalg.norm(points, axis=-1) < 40.0
    body = share > threshold
    assert (inside(ct, body, fine) ^ expected).sum() / expected.sum() < 0.02
    (drawn,) = contour_structures({"BODY": body}, grid, tissue_share(ct, body))
    for contour in drawn.contours_mm:
        off = np.linalg.norm(contour, axis=1) - 40.0
        assert np.abs(off).max() < 0.5
