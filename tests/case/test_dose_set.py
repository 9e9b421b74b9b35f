"""Doses of a plan summed, and facts of a plan that several rooms ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, Grid, Prescription, Technique, Unit, Volume
from esapi_bridge.case.dose_set import on_grid, sum_doses, total_dose, treatment_doses
from tests.tasks.fluence_case import make_case

GRID = Grid((3, 2, 2), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))


def dose(number: int, value: float, grid: Grid = GRID) -> Dose:
    values = np.full(grid.shape, value, np.float32)
    return Dose(Volume(values, grid, Unit.GY), DoseKind.BEAM, number, f"algorithm {number}")


def with_doses(doses: dict[int, Dose], plan_dose: Dose | None = None) -> Case:
    case = make_case()
    plan = replace(case.plan, beams=case.plan.beams[:2])
    return replace(case, plan=plan, plan_dose=plan_dose, beam_doses=doses)


def test_a_sum_is_rounded_once() -> None:
    """64 beams of 2^-25 Gy beside one of 1 Gy: added one by one in single precision, each of them would be lost."""
    total = sum_doses([dose(1, 1.0), *[dose(2, 2.0**-25)] * 64])
    assert float(total.gy.min()) == float(total.gy.max()) == 1 + 2.0**-19
    assert (total.kind, total.beam_number, total.algorithm) == (DoseKind.PLAN, None, "algorithm 1")
    assert total.grid == GRID


def test_the_total_is_the_stored_dose_else_the_sum_of_all_treatment_beams_on_one_grid() -> None:
    beams = {1: dose(1, 1.0), 2: dose(2, 0.5)}
    stored = replace(dose(1, 7.0), kind=DoseKind.PLAN, beam_number=None)
    assert total_dose(with_doses(beams, stored)) is stored
    summed = total_dose(with_doses(beams))
    assert summed is not None
    np.testing.assert_array_equal(summed.gy, 1.5)
    assert [d.beam_number for d in treatment_doses(with_doses(beams))] == [1, 2]
    assert total_dose(with_doses({1: beams[1]})) is None
    other = Grid((3, 2, 2), (5.0, 5.0, 5.0), (1.0, 0.0, 0.0))
    assert total_dose(with_doses({1: beams[1], 2: dose(2, 0.5, other)})) is None


def test_a_dose_on_another_grid_is_interpolated_and_zero_outside() -> None:
    ramp = np.broadcast_to(np.array([0.0, 1.0, 2.0], np.float32), GRID.shape)
    given = replace(dose(1, 0.0), volume=Volume(np.ascontiguousarray(ramp), GRID, Unit.GY))
    like = dose(1, 0.0, Grid((3, 1, 1), (5.0, 5.0, 5.0), (2.0, 0.0, 0.0)))
    np.testing.assert_allclose(on_grid(given, like)[0, 0], [0.4, 1.4, 2.0], atol=1e-6)  # half a voxel is held
    far = dose(1, 0.0, Grid((2, 1, 1), (5.0, 5.0, 5.0), (50.0, 0.0, 0.0)))
    np.testing.assert_array_equal(on_grid(given, far), 0.0)


@pytest.mark.parametrize(("dose_gy", "fractions"), [(None, 20), (44.0, None), (0.0, 20), (-1.0, 20), (44.0, 0)])
def test_a_prescription_is_whole_or_none(dose_gy: float | None, fractions: int | None) -> None:
    plan = make_case().plan
    assert plan.prescription == Prescription(44.0, 20)
    assert Prescription(44.0, 20).fraction_gy == pytest.approx(2.2)
    assert replace(plan, prescription_gy=dose_gy, fractions=fractions).prescription is None


def test_only_a_contoured_external_structure_is_a_body_outline() -> None:
    case = make_case()
    (body,) = case.body_outlines
    empty, lower = replace(body, contours_mm=()), replace(body, dicom_type="external")
    others = tuple(s for s in case.structures if s is not body)
    assert replace(case, structures=(empty, *others)).body_outlines == ()
    assert replace(case, structures=(lower, *others)).body_outlines == (lower,)


@pytest.mark.parametrize("angle", ["gantry_deg", "collimator_deg", "couch_deg"])
def test_a_beam_is_an_arc_by_name_or_by_any_angle_that_moves(angle: str) -> None:
    beam = make_case().plan.beams[0]
    (first, *_) = beam.control_points
    moved = replace(first, **{angle: getattr(first, angle) + 1.0})
    assert not replace(beam, control_points=(first, replace(first, meterset_weight=1.0))).is_arc
    assert replace(beam, control_points=(first, moved)).is_arc
    assert replace(beam, technique=Technique.ARC, control_points=(first, first)).is_arc
