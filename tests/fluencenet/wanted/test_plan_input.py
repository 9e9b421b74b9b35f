from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fluencenet.field import PTV
from fluencenet.scene import FluenceCase, Lattice
from fluencenet.simple_dose import fit
from fluencenet.wanted.plan_input import (
    CHANNELS,
    FAR_MM,
    FINE_CHANNELS,
    NEAR_MM,
    Contours,
    PlanInput,
    plan_input,
    wide_lattice,
)
from tests.fluencenet.toy import HALF_X_MM, HALF_Y_MM, TARGET_MM


@pytest.fixture(scope="module")
def given(case: FluenceCase) -> PlanInput:
    return plan_input(Contours.of(case.scene), [beam.axes for beam in case.beams], fit([case]), 4)


def channel(given: PlanInput, name: str) -> torch.Tensor:
    return given.wide[CHANNELS.index(name)]


def test_lattices_tile(given: PlanInput, case: FluenceCase) -> None:
    assert given.fine.shape[1:] == tuple(2 * n for n in given.wide.shape[1:])
    assert all(n % 4 == 0 for n in given.wide.shape[1:])
    lattice = Lattice((2.5, 2.5, 2.5), (10.0, 20.0, 30.0), np.diag([1.0, -1.0, -1.0]))
    assert wide_lattice(lattice).origin_mm == (11.25, 18.75, 28.75)
    assert wide_lattice(lattice).spacing_mm == (5.0, 5.0, 5.0)


def test_structures_keep_their_volumes(given: PlanInput, case: FluenceCase) -> None:
    labels = case.scene.labels
    assert float(channel(given, "body").sum()) * 8 == pytest.approx((labels > 0).sum())
    assert float(channel(given, "PTV").sum()) * 8 == pytest.approx((labels == PTV).sum())
    assert float(given.fine[FINE_CHANNELS.index("PTV")].sum()) == (labels == PTV).sum()


def test_distances_are_those_of_a_ball_and_a_cylinder(given: PlanInput, case: FluenceCase) -> None:
    scene = case.scene
    lattice = scene.label_lattice
    z, y, x = np.meshgrid(
        *(o + 2.5 * np.arange(n) for o, n in zip(lattice.origin_mm[::-1], scene.labels.shape, strict=True)),
        indexing="ij",
    )
    centre = case.beams[0].axes.isocentre_mm
    ball = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2) - TARGET_MM
    near = np.abs(ball) < NEAR_MM - 5
    found = given.fine[0].numpy()[tuple(slice(n) for n in ball.shape)] * NEAR_MM
    assert np.abs(found - ball)[near].max() < 4.5  # the toy's ball is made of voxels of 4 mm
    assert np.abs((found - ball)[near].mean()) < 0.6
    skin = channel(given, "skin distance").max().item() * FAR_MM
    assert skin == pytest.approx(min(HALF_X_MM, HALF_Y_MM), abs=7.0)


def test_open_fields_give_the_target_one_and_lie_where_the_beams_do(given: PlanInput, case: FluenceCase) -> None:
    opened, target = channel(given, "open fields"), channel(given, "PTV")
    assert float((opened * target).sum() / target.sum()) == pytest.approx(1.0, abs=1e-5)
    fields = channel(given, "fields")
    assert fields[target > 0.99].min() > 0.999, "all fields show the target"
    assert fields[channel(given, "body") == 0].max() == 0
    levels = torch.unique((fields * len(case.beams)).round())
    assert set(levels.tolist()) <= {0.0, 1.0, 2.0, 3.0}


def test_what_does_not_fit_is_refused(case: FluenceCase) -> None:
    scene = case.scene
    with pytest.raises(ValueError, match=r"labels of 2\.5 mm"):
        Contours(scene.labels, replace(scene.label_lattice, spacing_mm=(3.0, 3.0, 3.0)))
    with pytest.raises(ValueError, match="expected a PTV"):
        Contours(np.minimum(scene.labels, 1), scene.label_lattice)
