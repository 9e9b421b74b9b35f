from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import Dose, DoseKind, Grid, Structure, Unit, Volume
from esapi_bridge.report.dvh import make_dvhs
from tests.cases import ellipse


def gradient(spacing: float = 5.0, axis: int = 0, per_mm: float = 0.05) -> Dose:
    """Dose rising linearly along one axis, 10 Gy at the origin."""
    size = (41, 41, 41)
    origin = -spacing * 20
    grid = Grid(size, (spacing,) * 3, (origin,) * 3)
    along = 10 + per_mm * grid.coordinates_mm(axis)
    shape = [1, 1, 1]
    shape[2 - axis] = 41
    gy = np.broadcast_to(along.reshape(shape), grid.shape).astype(np.float32)
    return Dose(Volume(gy, grid, Unit.GY), DoseKind.PLAN)


def sphere(radius: float, step: float, offset: tuple[float, float] = (0.0, 0.0)) -> Structure:
    # Planes half a step off the poles, so that the slabs tile the sphere.
    z = np.arange(-radius + step / 2, radius, step)
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    contours = []
    for height in z:
        r = np.sqrt(radius**2 - height**2)
        contours.append(
            np.column_stack([offset[0] + r * np.cos(angle), offset[1] + r * np.sin(angle), np.full(180, height)])
        )
    return Structure(1, "Sphere", "PTV", (255, 0, 0), tuple(contours))


@pytest.mark.parametrize(
    ("radius", "step", "volume_tolerance"), [(20.0, 2.5, 0.01), (30.0, 2.5, 0.01), (6.0, 1.0, 0.03)]
)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_sphere_in_a_linear_gradient(radius: float, step: float, volume_tolerance: float, axis: int) -> None:
    (dvh,) = make_dvhs([gradient(axis=axis)], sphere(radius, step))
    analytic = 4 / 3 * np.pi * radius**3 / 1000
    assert dvh.volume_cm3 == pytest.approx(analytic, rel=volume_tolerance)
    assert dvh.mean_gy == pytest.approx(10.0, rel=0.005)
    # Share of a ball beyond a plane at distance h from its centre: (2R^3 - 3R^2 h + h^3) / 4R^3.
    for h in (-0.8 * radius, -0.4 * radius, 0.0, 0.4 * radius, 0.8 * radius):
        share = (2 * radius**3 - 3 * radius**2 * h + h**3) / (4 * radius**3)
        found = dvh.volume_at_percent(np.array([10 + 0.05 * h]))[0]
        assert found == pytest.approx(100 * share, abs=1.5)
    # D95: the distance beyond which 95 % of the ball lies solves the same cubic.
    roots = np.roots([1, 0, -3 * radius**2, 2 * radius**3 - 0.95 * 4 * radius**3])
    h95 = next(r.real for r in roots if abs(r.imag) < 1e-9 and -radius <= r.real <= radius)
    assert dvh.dose_at_gy(95) == pytest.approx(10 + 0.05 * h95, rel=0.005)


def test_hole_is_left_out() -> None:
    z = np.arange(-18.75, 19, 2.5)
    outer, inner = ellipse((0, 0), (20, 20), z), ellipse((0, 0), (10, 10), z)
    ring = Structure(1, "Ring", "ORGAN", (0, 0, 255), (*outer, *inner))
    (dvh,) = make_dvhs([gradient()], ring)
    assert dvh.volume_cm3 == pytest.approx(np.pi * (20**2 - 10**2) * 40 / 1000, rel=0.01)


def test_extremes_of_a_histogram() -> None:
    (dvh,) = make_dvhs([gradient()], sphere(20, 2.5))
    assert dvh.volume_at_percent(np.array([0.0]))[0] == 100.0
    assert dvh.volume_at_percent(np.array([99.0]))[0] == 0.0
    curve = dvh.volume_at_percent(np.linspace(0, 20, 300))
    assert (np.diff(curve) <= 0).all()


def test_structure_without_contours_has_no_histogram() -> None:
    assert make_dvhs([gradient()], Structure(1, "Empty", "", (0, 0, 0), ())) == ()


def test_small_structure_between_dose_voxels_has_its_volume() -> None:
    (dvh,) = make_dvhs([gradient(spacing=5.0)], sphere(2.0, 0.5, offset=(2.5, 2.5)))
    assert dvh.volume_cm3 == pytest.approx(4 / 3 * np.pi * 8 / 1000, rel=0.03)
    assert dvh.mean_gy == pytest.approx(10 + 0.05 * 2.5, rel=0.005)
