"""A case in which no two things are alike, so that a swap cannot go unseen."""

from __future__ import annotations

import numpy as np
import pytest

from esapi_bridge.case import (
    Approval,
    Beam,
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    DoseMedium,
    FluenceMap,
    FluenceMode,
    Grid,
    Jaws,
    PatientPosition,
    Plan,
    Structure,
    Technique,
    Uids,
    Unit,
    Volume,
)

TURNED = (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Direction of a lattice turned by 90 degrees about S."""


def volume(size: tuple[int, int, int], unit: Unit, seed: int, direction: tuple[float, ...] = TURNED) -> Volume:
    """Random values on a lattice with three different spacings."""
    grid = Grid(size, (1.1, 2.3, 3.7), (-12.5, 7.25, 100.125), direction)
    return Volume(np.random.default_rng(seed).normal(0, 100, grid.shape).astype(np.float32), grid, unit)


@pytest.fixture
def case() -> Case:
    rng = np.random.default_rng(1)
    leaves = np.sort(rng.normal(0, 30, (2, 5)), axis=0)
    jaws = Jaws(-11.0, 22.5, -33.0, 44.1)
    arc = Beam(
        number=7,
        name="Arc 1",
        machine="TB1",
        energy_mv=10.0,
        fluence_mode=FluenceMode.FFF,
        technique=Technique.ARC,
        isocentre_mm=(1.5, -2.5, 3.25),
        sad_mm=1000.0,
        meterset_mu=123.4,
        control_points=(
            ControlPoint(0.0, 181.0, 30.0, 5.0, jaws, leaves),
            ControlPoint(0.4, 90.0, 30.0, 5.0, Jaws(-1.0, 2.0, -3.0, 4.0)),
            ControlPoint(1.0, 0.1, 30.0, 5.0, jaws, leaves + 1),
        ),
        fluence=FluenceMap(rng.random((4, 6)).astype(np.float32), -7.5, 5.0),
        mlc_boundaries_mm=np.array([-20.0, -10.0, -5.0, 0.0, 5.0, 15.0]),
    )
    setup = Beam(9, "CBCT", "TB1", 6.0, FluenceMode.STANDARD, Technique.STATIC, (0.0, 0.0, 0.0), 1000.0, 0.0,
                 (ControlPoint(0.0, 0.0, 0.0, 0.0, jaws),), is_setup=True)  # fmt: skip
    square = np.array([[0.0, 0.0, 5.0], [10.0, 0.0, 5.0], [10.0, 8.0, 5.0], [0.0, 8.0, 5.0]])
    return Case(
        ct=volume((5, 4, 3), Unit.HU, 2),
        plan=Plan(
            "Plän A",
            (arc, setup),
            PatientPosition.HFP,
            60.0,
            30,
            98.5,
            {"PHOTON_DOSE": "AAA"},
            {"grid": "0.5"},
            Approval.REVIEWED,
        ),
        plan_dose=Dose(volume((2, 3, 4), Unit.GY, 3), DoseKind.PLAN, None, "AAA 15.6", DoseMedium.WATER),
        beam_doses={7: Dose(volume((2, 2, 2), Unit.GY, 4), DoseKind.BEAM, 7)},
        structures=(
            Structure(1, "PTV", "PTV", (255, 0, 10), (square, square[:3] + 1.0)),
            Structure(4, "empty", "", (1, 2, 3), ()),
        ),
        uids=Uids("1.2.3", "1.2.4", None, "1.2.6"),
        patient_key="a1b2c3",
    )
