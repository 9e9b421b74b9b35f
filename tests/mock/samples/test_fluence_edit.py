"""The copy that `FluenceEdit.cs` makes: fluences cut by numpy, leaf motions that give them, the source as it was."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Beam, FluenceMap
from esapi_bridge.mock.esapi import MockAssemblies
from tests.cases import write_patient
from tests.mock.esapi.patients import make_case, make_database
from tests.mock.samples.conftest import run_sample, saved_plans

ROWS, COLUMNS = 24, 30


def bumpy() -> FluenceMap:
    """A smooth field with two hot spots, 2.5 mm pixels about the isocentre."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    hot = [np.exp(-((x - a) ** 2 + (y - b) ** 2) / 12) for a, b in ((8, 9), (21, 15))]
    return FluenceMap((0.6 + sum(hot)).astype(np.float32), -(COLUMNS - 1) * 1.25, (ROWS - 1) * 1.25)


def delivered(beam: Beam, fluence: FluenceMap) -> np.ndarray:
    """Share of the meterset for which each pixel is between its leaves."""
    boundaries = beam.mlc_boundaries_mm
    assert boundaries is not None
    rows, columns = fluence.values.shape
    x_mm = fluence.x_origin_mm + 2.5 * np.arange(columns)
    y_mm = fluence.y_origin_mm - 2.5 * np.arange(rows)
    pair = np.searchsorted(boundaries, y_mm) - 1
    leaves = np.stack([point.leaves_mm for point in beam.control_points if point.leaves_mm is not None])
    weights = np.array([point.meterset_weight for point in beam.control_points])
    open_share = np.zeros(fluence.values.shape)
    steps = 20
    for n, step in enumerate(np.diff(weights)):
        for part in (np.arange(steps) + 0.5) / steps:
            at = (1 - part) * leaves[n] + part * leaves[n + 1]
            left, right = at[0][pair][:, None], at[1][pair][:, None]
            open_share += step / steps * ((x_mm > left) & (x_mm < right))
    return open_share


@pytest.mark.slow
def test_hot_spots_are_cut_and_the_leaves_give_what_is_left(mock: MockAssemblies, tmp_path: Path) -> None:
    case = make_case()
    beam = case.plan.beams[0]
    points = tuple(replace(point, leaves_mm=None) for point in beam.control_points[::2])
    edges = np.concatenate([np.arange(-200, -100, 10), np.arange(-100, 100, 5), np.arange(100, 201, 10)]).astype(float)
    beam = replace(beam, fluence=bumpy(), control_points=points, mlc_boundaries_mm=edges, machine="TrueBeam")
    source = replace(case, plan=replace(case.plan, beams=(beam, *case.plan.beams[2:])), beam_doses={})
    database = make_database(tmp_path / "db", dose_unit="Gy", scale=1e-4, patients=())
    write_patient(database, "FLU", {"C1": {"Plan A": source}}, "Ahorn", "Alba")
    run_sample(mock, "FluenceEdit", database, "FLU", "Plan A", ESAPI_BRIDGE_PYTHON=sys.executable)
    saved = saved_plans(database, "FLU")
    kept, made = saved["Plan A"].plan.beams[0], saved["NoHotSpots"].plan.beams[0]
    assert kept.fluence is not None
    assert made.fluence is not None
    np.testing.assert_array_equal(kept.fluence.values, bumpy().values)
    wanted = np.minimum(bumpy().values, np.float32(0.75) * bumpy().values.max())
    assert (wanted < bumpy().values).any()
    np.testing.assert_array_equal(made.fluence.values, wanted)
    assert saved["NoHotSpots"].plan_dose is None
    # A pair of leaves is two rows wide and can give their mean.
    share, mean = (maps.reshape(ROWS // 2, 2, COLUMNS).mean(axis=1) for maps in (delivered(made, made.fluence), wanted))
    scale = float((share * mean).sum() / (mean**2).sum())
    np.testing.assert_allclose(share[:, 1:-1] / scale, mean[:, 1:-1], atol=0.04 * wanted.max())
    assert made.meterset_mu > 0
    assert saved["Plan A"].plan.beams[0].control_points[0].leaves_mm is None
    assert made.meterset_mu != pytest.approx(kept.meterset_mu)
