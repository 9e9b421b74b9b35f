from dataclasses import replace
from typing import cast

import numpy as np

from esapi_bridge.case import Case, Dose
from esapi_bridge.tasks.dose.fields import transform
from esapi_bridge.tasks.dose.network import DoseNetwork
from tests.report.synthetic import SLIM, make_case


def test_of_beams_that_are_not_kept_only_the_sum_is(case: Case) -> None:
    class Doubling:
        def transform(self, dose: Dose, *_: object) -> Dose:
            return replace(dose, volume=replace(dose.volume, values=2 * dose.gy))

    doses = list(case.beam_doses.values())
    network = cast("DoseNetwork", Doubling())
    _, summed = transform(case, doses, network, None, None, {2})
    _, every = transform(case, doses, network, None, None)
    assert (set(summed.beams), set(every.beams)) == ({2}, {1, 2})
    wanted = np.sum([2.0 * dose.gy.astype(np.float64) for dose in doses], axis=0).astype(np.float32)
    assert np.array_equal(summed.plan.gy, wanted)
    assert np.array_equal(every.plan.gy, wanted)


def test_the_network_is_told_where_the_source_of_each_beam_stands_and_of_no_arc_or_plan() -> None:
    class Listener:
        card = None

        def __init__(self) -> None:
            self.sources: list[tuple[float, float, float] | None] = []

        def transform(self, dose: Dose, _: object, source_mm: tuple[float, float, float] | None, *__: object) -> Dose:
            self.sources.append(source_mm)
            return dose

    case = make_case(4, across_factor=SLIM)[0]
    first, second, third, fourth = case.plan.beams
    start = third.control_points[0]
    arc = replace(third, control_points=(start, replace(start, gantry_deg=start.gantry_deg + 2, meterset_weight=1.0)))
    leaves = replace(fourth, control_points=(fourth.control_points[0], fourth.control_points[0]))
    case = replace(case, plan=replace(case.plan, beams=(first, second, arc, leaves)))
    network = Listener()
    transform(case, list(case.beam_doses.values()), network, None, None)  # type: ignore[arg-type]
    above, beside, none, static = network.sources
    isocentre = np.array(first.isocentre_mm)
    assert above is not None
    assert beside is not None
    assert static is not None
    np.testing.assert_allclose(above - isocentre, (0, -1000, 0), atol=1e-9)
    angle = np.radians(100.0)  # clockwise seen from the foot end: towards the patient's left, and down
    np.testing.assert_allclose(beside - isocentre, (1000 * np.sin(angle), -1000 * np.cos(angle), 0), atol=1e-9)
    assert none is None
    assert case.plan_dose is not None
    transform(case, [case.plan_dose], network, None, None)  # type: ignore[arg-type]
    assert network.sources[-1] is None
