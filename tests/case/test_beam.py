from __future__ import annotations

from dataclasses import replace

import pytest

from esapi_bridge.case import Case, FluenceMode, Jaws, Unit


@pytest.mark.parametrize(
    ("energy_mv", "mode", "label"),
    [(6.0, FluenceMode.STANDARD, "6X"), (10.0, FluenceMode.FFF, "10X-FFF"), (2.5, FluenceMode.STANDARD, "2.5X")],
)
def test_the_energy_is_written_as_eclipse_does(case: Case, energy_mv: float, mode: FluenceMode, label: str) -> None:
    assert replace(case.plan.beams[0], energy_mv=energy_mv, fluence_mode=mode).energy_label == label


def test_a_beam_needs_a_control_point(case: Case) -> None:
    with pytest.raises(ValueError, match="control point"):
        replace(case.plan.beams[0], control_points=())


@pytest.mark.parametrize("edges", [(5, -5, -5, 5), (-5, 5, 5, 5)])
def test_closed_jaws_are_refused(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="jaws must open"):
        Jaws(*edges)


@pytest.mark.parametrize(
    ("weights", "moves"), [((0.0, 0.5, 1.0), True), ((0.0, 0.0, 1.0), False), ((0.0, 1.0, 1.0), True)]
)
def test_jaws_move_only_while_the_beam_is_on(case: Case, weights: tuple[float, ...], moves: bool) -> None:
    """They are closed further from the second control point on."""
    beam = case.plan.treatment_beams[0]
    first = beam.control_points[0]
    jaws = first.jaws, *[replace(first.jaws, x1_mm=first.jaws.x1_mm + 5.0)] * 2
    points = tuple(replace(first, meterset_weight=w, jaws=j) for w, j in zip(weights, jaws, strict=True))
    assert replace(beam, control_points=points).has_moving_jaws is moves


def test_setup_fields_are_not_treatment_beams(case: Case) -> None:
    assert [beam.number for beam in case.plan.beams] == [7, 9]
    assert [beam.number for beam in case.plan.treatment_beams] == [7]


def test_the_ct_of_a_case_is_in_hu(case: Case) -> None:
    with pytest.raises(ValueError, match="HU"):
        replace(case, ct=replace(case.ct, unit=Unit.GY))
