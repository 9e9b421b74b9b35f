import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fluencenet.bev import ISOCENTRE_PLANE, PLANE_DEPTHS_MM, PLANES, BevGrid, beams_eye_view
from fluencenet.scene import BeamAxes, FluenceImage, Lattice, Scene

GRID = BevGrid(9, 13, -20.0, 15.0, 2.5)


def beam(gantry_deg: float = 0.0, turn_deg: float = 0.0, isocentre=(0.0, 0.0, 0.0), sad_mm: float = 1000.0) -> BeamAxes:
    """A beam of a head-first supine patient, built by hand: gantry 0 from the front (-y), 90 from the left (+x)."""
    gantry, turn = np.radians([gantry_deg, turn_deg])
    to_source = np.array([np.sin(gantry), -np.cos(gantry), 0.0])
    x = np.array([np.cos(gantry), np.sin(gantry), 0.0])
    y = np.array([0.0, 0.0, 1.0])
    middle = np.asarray(isocentre, dtype=np.float64)
    x, y = np.cos(turn) * x + np.sin(turn) * y, -np.sin(turn) * x + np.cos(turn) * y
    return BeamAxes(middle + sad_mm * to_source, middle, x, y)


def moved(axes: BeamAxes, turn: NDArray[np.float64], shift: NDArray[np.float64]) -> BeamAxes:
    return BeamAxes(
        turn @ axes.source_mm + shift, turn @ axes.isocentre_mm + shift, turn @ axes.x_axis, turn @ axes.y_axis
    )


def random_turn(seed: int) -> NDArray[np.float64]:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q if np.linalg.det(q) > 0 else -q


def voxels_mm(shape: tuple[int, int, int], lattice: Lattice) -> NDArray[np.float64]:
    """Patient coordinates ``(z, y, x, 3)`` of all voxel centres."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    steps = np.stack([x, y, z], -1) * np.asarray(lattice.spacing_mm)
    places: NDArray[np.float64] = np.asarray(lattice.origin_mm) + steps @ np.asarray(lattice.direction).T
    return places


def lattice_about(shape: tuple[int, int, int], spacing, direction=None) -> Lattice:
    direction = np.eye(3) if direction is None else direction
    half = (np.array(shape[::-1]) - 1) / 2 * np.asarray(spacing)
    return Lattice(tuple(spacing), tuple(-direction @ half), direction)


def scene_of(lattice: Lattice, dose: NDArray[np.float64], labels: NDArray[np.uint8] | None = None) -> Scene:
    labels = np.zeros(dose.shape, dtype=np.uint8) if labels is None else labels
    return Scene(labels, lattice, dose.astype(np.float32), lattice, 2.2)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_points_lie_where_rays_cross_the_planes(seed: int) -> None:
    # A dose that is the coordinate itself is reproduced exactly by linear interpolation, so the view shows positions.
    shape = (60, 62, 64)
    lattice = lattice_about(shape, (11.0, 12.0, 13.0), random_turn(seed))
    axes = moved(beam(isocentre=(5, -8, 12)), random_turn(seed + 10), np.array([3.0, 4.0, -6.0]))
    places = voxels_mm(shape, lattice)
    found = np.stack(
        [beams_eye_view(scene_of(lattice, places[..., k]), axes, GRID).dose_gy.numpy() for k in range(3)], -1
    )
    normal = (axes.isocentre_mm - axes.source_mm) / 1000.0
    for plane, row, column in itertools.product((0, 17, 32, 63), (0, 8), (0, 5, 12)):
        x, y = -20.0 + 2.5 * column, 15.0 - 2.5 * row
        ray = axes.isocentre_mm + x * axes.x_axis + y * axes.y_axis - axes.source_mm
        on_plane = axes.isocentre_mm + 10.0 * (plane - 32) * normal
        reach = (on_plane - axes.source_mm) @ normal / (ray @ normal)
        np.testing.assert_allclose(found[plane, row, column], axes.source_mm + reach * ray, atol=0.01)


def test_a_cone_from_the_source_is_the_same_disc_on_every_plane() -> None:
    shape, radius = (50, 90, 90), 22.0
    lattice = lattice_about(shape, (1.5, 1.5, 2.0))
    axes = beam(gantry_deg=30.0, isocentre=(6, 3, -4))
    to_point = voxels_mm(shape, lattice) - axes.source_mm
    axial = to_point @ ((axes.isocentre_mm - axes.source_mm) / 1000)
    off_axis = np.sqrt(np.maximum((to_point**2).sum(-1) - axial**2, 0)) * 1000 / axial
    labels = np.where(off_axis <= radius, 10, 1).astype(np.uint8)
    grid = BevGrid.centred(101, 101, 0.6)
    view = beams_eye_view(scene_of(lattice, off_axis, labels), axes, grid)
    x, y = np.meshgrid(grid.x_mm, grid.y_mm)
    rho = np.hypot(x, y)
    for plane in range(ISOCENTRE_PLANE - 3, ISOCENTRE_PLANE + 4):
        area = float((view.labels[plane] == 10).sum()) * 0.6**2
        assert area == pytest.approx(np.pi * radius**2, rel=0.02)
        away = rho > 6  # where a cone's tip does not bend between voxels
        np.testing.assert_allclose(view.dose_gy[plane].numpy()[away], rho[away], atol=0.1)
        assert abs(view.dose_gy[plane].numpy()[away] - rho[away]).mean() < 0.02


def test_row_zero_is_plus_y_and_columns_run_to_plus_x() -> None:
    shape = (41, 41, 41)
    lattice = lattice_about(shape, (2.5, 2.5, 2.5))
    labels = np.ones(shape, dtype=np.uint8)
    labels[20 + 8, 20, 20 + 4] = 9  # 20 mm superior, 10 mm to the patient's left, in the plane of the isocentre
    grid = BevGrid.centred(33, 33, 2.5)
    view = beams_eye_view(scene_of(lattice, labels.astype(float), labels), beam(), grid)
    assert torch.nonzero(view.labels[32] == 9).tolist() == [[16 - 8, 16 + 4]]
    # seen from the left (gantry 90) the collimator's +X points to the back of the patient
    labels = np.ones(shape, dtype=np.uint8)
    labels[20 + 8, 20 + 4, 20] = 9
    view = beams_eye_view(scene_of(lattice, labels.astype(float), labels), beam(90.0), grid)
    assert torch.nonzero(view.labels[32] == 9).tolist() == [[16 - 8, 16 + 4]]


def test_a_collimator_turned_by_90_degrees_turns_the_view() -> None:
    lattice = lattice_about((24, 30, 36), (3.0, 3.0, 3.0))
    rng = np.random.default_rng(0)
    scene = scene_of(lattice, rng.random((24, 30, 36)), rng.integers(0, 11, (24, 30, 36), dtype=np.uint8))
    grid = BevGrid.centred(20, 20)
    straight, turned = (beams_eye_view(scene, beam(51.4, turn), grid) for turn in (0.0, 90.0))
    expected = np.rot90(straight.dose_gy.numpy(), -1, axes=(1, 2))
    np.testing.assert_allclose(turned.dose_gy.numpy(), expected, atol=1e-4)
    agree = turned.labels.numpy() == np.rot90(straight.labels.numpy(), -1, axes=(1, 2))
    assert agree.mean() > 0.999  # but for points half way between two voxels


@pytest.mark.parametrize("turn", [np.diag(s) for s in itertools.product((1.0, -1.0), repeat=3) if np.prod(s) > 0])
@pytest.mark.parametrize("swap", [(0, 1, 2), (1, 0, 2)])
def test_moving_patient_and_beam_together_changes_nothing(turn: NDArray[np.float64], swap: tuple[int, ...]) -> None:
    # The eight patient positions differ by such turns; swapping two axes needs a mirror to stay a rotation.
    turn = turn[:, list(swap)]
    turn = turn if np.linalg.det(turn) > 0 else -turn
    shape, shift = (20, 24, 28), np.array([30.0, -70.0, 110.0])
    lattice = lattice_about(shape, (3.0, 4.0, 5.0))
    rng = np.random.default_rng(1)
    dose, labels = rng.random(shape), rng.integers(0, 11, shape, dtype=np.uint8)
    there = Lattice(lattice.spacing_mm, tuple(turn @ np.array(lattice.origin_mm) + shift), turn)
    axes = beam(103.0, 30.0, (4.0, 5.0, 6.0))
    one = beams_eye_view(scene_of(lattice, dose, labels), axes, GRID)
    other = beams_eye_view(scene_of(there, dose, labels), moved(axes, turn, shift), GRID)
    np.testing.assert_allclose(other.dose_gy, one.dose_gy, atol=1e-4)
    assert (other.labels == one.labels).float().mean() > 0.999


def test_outside_the_scene_there_is_nothing() -> None:
    lattice = lattice_about((11, 11, 11), (2.0, 2.0, 2.0))
    labels = np.full((11, 11, 11), 10, dtype=np.uint8)
    view = beams_eye_view(scene_of(lattice, np.ones((11, 11, 11)), labels), beam(), BevGrid.centred(16, 16, 4.0))
    assert view.labels.shape == view.dose_gy.shape == (PLANES, 16, 16)
    assert len(PLANE_DEPTHS_MM) == PLANES
    near = {k for k in range(PLANES) if abs(PLANE_DEPTHS_MM[k]) <= 11}
    assert {k for k in range(PLANES) if view.labels[k].any()} == near
    assert {k for k in range(PLANES) if view.dose_gy[k].any()} == near
    assert view.labels[32, 8, 0] == 0
    assert view.dose_gy[32, 8, 0] == 0
    assert view.dose_gy[32, 8, 8] == 1


def test_the_grid_of_a_fluence_map_is_the_maps() -> None:
    image = FluenceImage(np.zeros((3, 5), np.float32), -12.5, 7.5)
    grid = BevGrid.of(image)
    assert grid.x_mm.tolist() == [-12.5, -10.0, -7.5, -5.0, -2.5]
    assert grid.y_mm.tolist() == [7.5, 5.0, 2.5]
    assert BevGrid.centred(3, 5) == BevGrid(3, 5, -5.0, 2.5)
    with pytest.raises(ValueError, match="positive"):
        BevGrid(0, 5, 0.0, 0.0)
