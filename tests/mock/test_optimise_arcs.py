"""Optimisation of arcs as the mock Eclipse asks for it, against the dose that the arc delivers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Beam, ControlPoint, Jaws, Technique
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.mlc import MILLENNIUM_120
from tests.mock.test_calculate import dose_job, run
from tests.mock.test_optimise import FIELDS, LOWER, ORGAN, TARGET, UPPER, case, inside, mean, wanted

pytestmark = pytest.mark.slow

PAIRS = len(MILLENNIUM_120.boundaries_mm) - 1


def arc(number: int, start_deg: float, turn_deg: float, points: int = 4) -> Beam:
    """An arc as a script adds it: jaws and leaves open 10 x 10 cm2."""
    jaws, leaves = Jaws(-50, 50, -50, 50), np.repeat([[-50.0], [50.0]], PAIRS, axis=1)
    return replace(
        open_beam(number, (0.0, 0.0, 0.0), jaws, start_deg),
        technique=Technique.ARC,
        control_points=tuple(
            ControlPoint(s, (start_deg + s * turn_deg) % 360.0, 0.0, 0.0, jaws, leaves)
            for s in np.linspace(0, 1, points)
        ),
        mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm,
    )


ARC = arc(1, 60.0, -120.0)
"""Counter-clockwise over the front, over 0 degrees."""


def test_an_arc_delivers_what_the_objectives_ask_for(tmp_path: Path) -> None:
    given = case((ARC,))
    code, log, found = run(
        tmp_path, given, kind="optimise_arcs", model="m", iterations=12,
        optimisation=wanted(LOWER, UPPER, mean(ORGAN, 3.0, 50.0)),
    )  # fmt: skip
    assert code == 0, log
    assert found is not None
    assert "no optimisation of apertures" in log["beams"]["1"][0]
    (made,) = found.plan.beams
    points = made.control_points
    assert made.technique is Technique.ARC
    assert made.meterset_mu > 0
    assert len(points) == 61
    np.testing.assert_allclose([p.gantry_deg for p in points], (60.0 - 2.0 * np.arange(61)) % 360.0, atol=1e-9)
    weights = np.array([p.meterset_weight for p in points])
    assert (weights[0], weights[-1]) == (0.0, pytest.approx(1.0))
    assert (np.diff(weights) > 0).all()
    leaves = np.array([p.leaves_mm for p in points])
    assert leaves.shape == (61, 2, PAIRS)
    assert (leaves[:, 1] >= leaves[:, 0]).all()
    jaws = points[0].jaws
    assert all(p.jaws == jaws for p in points)
    open_at = leaves[:, 1] - leaves[:, 0] > 1.0
    assert leaves[:, 0][open_at].min() >= jaws.x1_mm - 1e-6
    assert leaves[:, 1][open_at].max() <= jaws.x2_mm + 1e-6
    speed_mm_mu = np.abs(np.diff(leaves, axis=0)).max(axis=(1, 2)) / (np.diff(weights) * made.meterset_mu)
    assert speed_mm_mu.max() < 1.01 * MILLENNIUM_120.speed_mm_mu
    dose = dose_job(tmp_path / "dose", found, grid_mm=5.0).plan_dose
    assert dose is not None
    target, organ = inside(dose, found, TARGET), inside(dose, found, ORGAN)
    assert target.mean() == pytest.approx(10.25, rel=0.1)
    assert np.quantile(target, 0.05) > 9.0
    assert organ.mean() < 0.6 * target.mean()


@pytest.mark.parametrize(
    ("beam", "objectives", "message"),
    [
        (FIELDS[0], (LOWER,), "arcs with an MLC"),
        (ARC, (UPPER,), "lower objective"),
    ],
)
def test_what_cannot_be_optimised_is_logged(tmp_path: Path, beam: Beam, objectives: Any, message: str) -> None:
    code, log, _ = run(tmp_path, case((beam,)), kind="optimise_arcs", model="m", optimisation=wanted(*objectives))
    assert code == 1
    assert message in json.dumps(log)
