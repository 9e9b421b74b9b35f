"""What a set says twice is compared: one thing changed in a good case, and the check that must notice it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Beam, Case, ControlPoint, Dose, PatientPosition, Structure, Technique
from esapi_bridge.checks import Outcome
from tests.checks.test_checks import verdicts
from tests.report.synthetic import make_case

Edit = Callable[[Case], Case]


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(2)[0]


def beams(change: Callable[[Beam], Beam]) -> Edit:
    return lambda case: replace(case, plan=replace(case.plan, beams=tuple(change(b) for b in case.plan.beams)))


def points(change: Callable[[ControlPoint], ControlPoint]) -> Edit:
    return beams(lambda beam: replace(beam, control_points=tuple(change(p) for p in beam.control_points)))


def turned(by_deg: float) -> Edit:
    return points(lambda point: replace(point, gantry_deg=(point.gantry_deg + by_deg) % 360))


def plan(**changes: object) -> Edit:
    return lambda case: replace(case, plan=replace(case.plan, **changes))  # type: ignore[arg-type]


def isocentres(move: Callable[[float], float]) -> Edit:
    return beams(lambda beam: replace(beam, isocentre_mm=tuple(move(v) for v in beam.isocentre_mm)))  # type: ignore[arg-type]


def ct(change: Callable[[np.ndarray], np.ndarray]) -> Edit:
    return lambda case: replace(case, ct=replace(case.ct, values=np.ascontiguousarray(change(case.ct.values))))


def ct_moved(*by_mm: float) -> Edit:
    def move(case: Case) -> Case:
        x, y, z = np.add(case.ct.grid.origin_mm, by_mm).tolist()
        return replace(case, ct=replace(case.ct, grid=replace(case.ct.grid, origin_mm=(x, y, z))))

    return move


def swapped(case: Case) -> Case:
    one, two = case.beam_doses[1], case.beam_doses[2]
    return replace(case, beam_doses={1: replace(two, beam_number=1), 2: replace(one, beam_number=2)})


def doses(factor: float) -> Edit:
    def scaled(dose: Dose) -> Dose:
        return replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(factor)))

    return lambda case: replace(case, beam_doses={n: scaled(d) for n, d in case.beam_doses.items()}, plan_dose=None)


def structure(name: str, change: Callable[[Structure], Structure]) -> Edit:
    return lambda case: replace(case, structures=tuple(change(s) if s.name == name else s for s in case.structures))


def moved(by_mm: float) -> Callable[[Structure], Structure]:
    return lambda s: replace(s, contours_mm=tuple(c + np.array([0.0, 0.0, by_mm]) for c in s.contours_mm))


MODULATED = beams(lambda beam: replace(beam, technique=Technique.DYNAMIC, meterset_mu=1000.0))


@pytest.mark.parametrize(
    ("edit", "check", "outcome"),
    [
        (beams(lambda b: replace(b, sad_mm=0.0)), "source_distance", "refuse"),
        (beams(lambda b: replace(b, sad_mm=100.0)), "source_distance", "refuse"),
        (beams(lambda b: replace(b, sad_mm=1050.0)), "source_distance", "pass"),
        (turned(90.0), "dose_in_field", "refuse"),
        (turned(180.0), "dose_from_source", "refuse"),
        (turned(5.0), "dose_in_field", "pass"),
        (points(lambda p: replace(p, gantry_deg=1e308)), "angles", "refuse"),
        (points(lambda p: replace(p, collimator_deg=float("nan"))), "angles", "refuse"),
        (points(lambda p: replace(p, gantry_deg=360.0)), "angles", "pass"),
        (swapped, "dose_in_field", "refuse"),
        (plan(patient_position=PatientPosition.HFP), "dose_from_source", "refuse"),
        (isocentres(lambda v: v * 100), "isocentre", "refuse"),
        (isocentres(lambda v: v + 50), "dose_in_field", "refuse"),
        (isocentres(lambda v: v + 3), "dose_in_field", "pass"),
        (ct(lambda hu: hu + 200), "air_level", "refuse"),
        (ct(lambda hu: hu + 20), "air_level", "pass"),
        (ct_moved(10.0, 0.0, 0.0), "body_on_ct", "warn"),
        (ct_moved(0.0, 20.0, 0.0), "body_on_ct", "refuse"),
        (ct_moved(0.0, 1.0, 0.0), "body_on_ct", "pass"),
        (ct_moved(0.0, 0.0, 1.2), "contour_planes", "warn"),
        (ct(lambda hu: np.roll(hu, 40, axis=2)), "lungs_on_ct", "warn"),
        (ct(lambda hu: np.where(hu < -600, 30, hu)), "lungs_on_ct", "refuse"),
        (structure("BODY", moved(500.0)), "body_on_ct", "refuse"),
        (doses(30.0), "dose_per_mu", "refuse"),
        (doses(0.01), "dose_per_mu", "refuse"),
        (doses(1 / 8), "dose_per_mu", "warn"),
        (MODULATED, "dose_per_mu", "pass"),
        (plan(prescription_gy=50.0, fractions=25), "plan_level", "refuse"),
        (plan(prescription_gy=1.2, fractions=1), "plan_level", "pass"),
        (plan(prescription_gy=4.0, fractions=1), "plan_level", "warn"),
        (plan(prescription_gy=20.0, fractions=1), "plan_level", "refuse"),
        (plan(prescription_gy=None, target_doses_gy=(1.0, 50.0)), "plan_level", "pass"),
    ],
)
def test_a_contradiction_is_noticed(case: Case, edit: Edit, check: str, outcome: str) -> None:
    assert verdicts(edit(case))[check].outcome.value == outcome


def test_beams_of_one_fraction_are_named_as_such(case: Case) -> None:
    """Beam doses of one fraction, 25 prescribed."""
    maximum = float(np.add.reduce([d.gy for d in case.beam_doses.values()]).max())
    found = verdicts(replace(plan(prescription_gy=25 * maximum, fractions=25)(case), plan_dose=None))["plan_level"]
    assert found.outcome is Outcome.REFUSE
    assert "one of the 25 fractions" in found.found


@pytest.mark.parametrize("name", ["Lung R", "lungs", "LUNG_L", "Lung Total", "Rt lung", "Right_Lung"])
def test_lungs_are_known_by_name(case: Case, name: str) -> None:
    solid = replace(case, ct=replace(case.ct, values=np.full_like(case.ct.values, 30)))
    renamed = structure("Lung R", lambda s: replace(s, name=name))(solid)
    kept = tuple(s for s in renamed.structures if s.name != "Lung L")
    assert verdicts(replace(renamed, structures=kept))["lungs_on_ct"].outcome is Outcome.REFUSE


@pytest.mark.parametrize("name", ["Lung PTV", "GTV_lung", "Lungs-GTV", "plunge"])
def test_what_only_sounds_like_a_lung_is_not_judged(case: Case, name: str) -> None:
    solid = replace(case, ct=replace(case.ct, values=np.full_like(case.ct.values, 30)))
    renamed = structure("Lung R", lambda s: replace(s, name=name))(solid)
    kept = tuple(s for s in renamed.structures if s.name != "Lung L")
    assert verdicts(replace(renamed, structures=kept))["lungs_on_ct"].found == "none of that name"


def test_an_oblique_body_is_a_warning(case: Case) -> None:
    """It serves checks only."""
    tilted = structure(
        "BODY", lambda s: replace(s, contours_mm=tuple(c + np.outer(c[:, 0], [0, 0, 0.03]) for c in s.contours_mm))
    )
    found = verdicts(tilted(case))
    assert found["body"].outcome is Outcome.WARN
    assert "parallel" in found["body"].found
    assert found["body_on_ct"].outcome is Outcome.PASS


def test_an_arc_has_no_one_direction(case: Case) -> None:
    arcs = beams(lambda beam: replace(beam, technique=Technique.ARC))
    assert verdicts(arcs(case))["dose_in_field"].found == "no beam dose to look at"
