"""Checks around a fluence network, each with a case that it must stop or warn of, and one that it must let through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import Case, FluenceMap, PatientPosition, Technique, Unit, Volume
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.checks import Outcome
from esapi_bridge.checks.fluence import StructureDose, check_fluence_plan, check_fluence_scene
from esapi_bridge.checks.fluence_output import check_fluence_output, shadow
from esapi_bridge.checks.verdict import Verdict
from esapi_bridge.models import FluenceCard
from tests.tasks.fluence_case import GANTRY_DEG, PTV_CENTRE, PTV_RADII, make_case

CARD = FluenceCard.model_validate(
    {
        "name": "toy", "version": "1", "preset": "toy", "summary": "", "weights": {"file": "w", "sha256": "0" * 64},
        "valid_for": {"energies": ["15X"], "machines": ["TrueBeam"], "patient_positions": ["HFS"]},
        "use": {"fields": [7], "gantry_deg": list(GANTRY_DEG)},
    }
)  # fmt: skip


def by_name(verdicts: tuple[Verdict, ...]) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in verdicts}


def of_plan(case: Case, card: FluenceCard = CARD, accessories: dict[int, tuple[str, ...]] | None = None):
    return by_name(check_fluence_plan(case, card, case.plan_dose, accessories or {}))


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


def target_of(case: Case) -> StructureDose:
    assert case.plan_dose is not None
    grid = case.ct.grid
    masks = {"Body": rasterise(case.structures[0], grid), "PTV": rasterise(case.structures[-1], grid)}
    return StructureDose(grid, masks, case.plan_dose)


def test_a_plan_as_in_training_passes_everything(case: Case) -> None:
    found = {**of_plan(case), **by_name(check_fluence_scene(case, target_of(case)))}
    assert {name: v.outcome for name, v in found.items()} == dict.fromkeys(found, Outcome.PASS)
    assert len(found) == 27


def with_plan(case: Case, **changes: object) -> Case:
    return replace(case, plan=replace(case.plan, **changes))  # type: ignore[arg-type]


def of_beam(case: Case, **changes: object) -> Case:
    first = replace(case.plan.beams[0], **changes)  # type: ignore[arg-type]
    return replace(case, plan=replace(case.plan, beams=(first, *case.plan.beams[1:])))


def of_point(case: Case, **changes: object) -> Case:
    points = tuple(replace(point, **changes) for point in case.plan.beams[0].control_points)  # type: ignore[arg-type]
    return of_beam(case, control_points=points)


@pytest.mark.parametrize(
    ("edit", "check", "outcome", "found"),
    [
        (lambda c: of_beam(c, technique=Technique.ARC), "standing_gantry", "refuse", "ARC (VMAT or conformal arc) in"),
        (lambda c: of_beam(c, energy_mv=6.0), "energy", "refuse", "6X"),
        (lambda c: of_beam(c, machine="Clinac"), "machine", "refuse", "Clinac"),
        (lambda c: of_beam(c, is_setup=True), "fields", "refuse", "6"),
        (lambda c: of_point(c, gantry_deg=8.0), "arrangement", "warn", "gantry 8"),
        (lambda c: of_point(c, gantry_deg=356.0), "arrangement", "pass", "alike"),
        (lambda c: of_point(c, couch_deg=10.0), "arrangement", "warn", "couch 10"),
        (lambda c: with_plan(c, patient_position=PatientPosition.FFP), "arrangement", "warn", "FFP"),
        (lambda c: with_plan(c, fractions=None), "prescription", "refuse", "44 Gy in an unknown"),
        (lambda c: with_plan(c, prescription_gy=0.0), "prescription", "refuse", "no dose in 20"),
        (lambda c: with_plan(c, prescription_gy=None, target_doses_gy=(10.0, 44.0)), "prescription", "refuse",
         "10 or 44 Gy, by target in 20"),
        (lambda c: of_beam(c, sad_mm=100.0), "source_distance", "refuse", "100 mm"),
        (lambda c: of_beam(c, isocentre_mm=(400.0, 0.0, 0.0)), "isocentre", "refuse", "240 mm outside"),
        (lambda c: replace(c, plan_dose=None), "wanted_dose", "refuse", "none"),
    ],
)  # fmt: skip
def test_plans(case: Case, edit, check: str, outcome: str, found: str) -> None:
    verdict = of_plan(edit(case))[check]
    assert (verdict.outcome.value, verdict.check) == (outcome, check)
    assert found in verdict.found


def test_wedges_are_refused(case: Case) -> None:
    assert of_plan(case, accessories={2: ("wedge",)})["accessories"].outcome is Outcome.REFUSE


def test_a_card_without_limits_lets_any_number_of_fields_through(case: Case) -> None:
    free = CARD.model_copy(update={"use": CARD.use.model_copy(update={"fields": (), "gantry_deg": ()})})
    plan = replace(case.plan, beams=case.plan.beams[:5])
    assert of_plan(replace(case, plan=plan), free)["fields"].outcome is Outcome.PASS


def scene(case: Case) -> dict[str, Verdict]:
    return by_name(check_fluence_scene(case, target_of(case)))


def test_contours_over_air_belong_to_another_ct(case: Case) -> None:
    air = Volume(np.full(case.ct.grid.shape, -1000, np.float32), case.ct.grid, Unit.HU)
    verdict = scene(replace(case, ct=air))["contours_on_ct"]
    assert verdict.outcome is Outcome.REFUSE
    assert "0% tissue within Body" in verdict.found


def test_a_target_above_the_ct_is_refused(case: Case) -> None:
    short = replace(case.ct.grid, size=(*case.ct.grid.size[:2], 10))
    verdict = by_name(
        check_fluence_scene(replace(case, ct=Volume(case.ct.values[:10], short, Unit.HU)), target_of(case))
    )["contours_on_ct"]
    assert verdict.outcome is Outcome.REFUSE


@pytest.mark.parametrize(("factor", "outcome"), [(0.4, "refuse"), (0.8, "warn"), (1.0, "pass"), (1.6, "refuse")])
def test_dose_level(case: Case, factor: float, outcome: str) -> None:
    assert case.plan_dose is not None
    volume = replace(case.plan_dose.volume, values=case.plan_dose.gy * np.float32(factor))
    changed = replace(case, plan_dose=replace(case.plan_dose, volume=volume))
    assert scene(changed)["dose_level"].outcome.value == outcome


def test_the_shadow_is_measured_against_every_jaw(case: Case) -> None:
    """The target's edge is at X = 34 mm of an isocentre at 4 mm: 30 mm at its depth, a little more in projection."""
    points = tuple(replace(p, jaws=replace(p.jaws, x2_mm=20.0)) for p in case.plan.beams[0].control_points)
    verdict = scene(of_beam(case, control_points=points))["ptv_in_field"]
    assert verdict.outcome is Outcome.REFUSE
    assert verdict.found.endswith("of it behind X2 of beam 1 (G000)")
    assert 6 <= float(verdict.found.split(" mm")[0]) <= 13


def test_moving_jaws_count_as_wide_as_they_open(case: Case) -> None:
    first, last = case.plan.beams[0].control_points
    points = (replace(first, jaws=replace(first.jaws, x2_mm=20.0)), last)
    assert scene(of_beam(case, control_points=points))["ptv_in_field"].outcome is Outcome.PASS


def ellipse(case: Case, value: float = 0.4) -> Case:
    """Fluence of one value in the middle of the target's shadow."""
    y, x = np.mgrid[30:-31:-2.5, -40:41:2.5]
    values = (value * ((x / 22) ** 2 + (y / 18) ** 2 < 1)).astype(np.float32)
    beams = tuple(replace(b, fluence=FluenceMap(values, -40.0, 30.0)) for b in case.plan.beams)
    return replace(case, plan=replace(case.plan, beams=beams))


def output(case: Case) -> dict[str, Verdict]:
    return by_name(check_fluence_output(case.plan.beams, PatientPosition.HFS, target_of(case).points_mm("PTV"), 2.2))


def test_plausible_fluence_passes(case: Case) -> None:
    found = output(ellipse(case))
    assert {name: v.outcome for name, v in found.items()} == dict.fromkeys(
        ("importable", "not_empty", "on_target", "sum", "share"), Outcome.PASS
    )


def changed(case: Case, number: int, edit) -> Case:
    def one(beam):
        if beam.number != number:
            return beam
        return replace(beam, fluence=replace(beam.fluence, values=edit(beam.fluence.values.copy())))

    return replace(case, plan=replace(case.plan, beams=tuple(one(b) for b in case.plan.beams)))


def _nan(values: np.ndarray) -> np.ndarray:
    values[5, 5] = np.nan
    return values


@pytest.mark.parametrize(
    ("edit", "check", "outcome"),
    [
        (lambda c: changed(c, 4, _nan), "importable", "refuse"),
        (lambda c: changed(c, 4, lambda v: -v), "importable", "refuse"),
        (lambda c: changed(c, 4, lambda v: v[:1]), "importable", "refuse"),
        (lambda c: changed(c, 4, np.zeros_like), "not_empty", "refuse"),
        (lambda c: ellipse(c, 4.0), "sum", "refuse"),
        (lambda c: ellipse(c, 0.05), "sum", "refuse"),
        (lambda c: ellipse(c, 0.9), "sum", "warn"),
        (lambda c: changed(c, 4, lambda v: v * 9), "share", "warn"),
    ],
)  # fmt: skip
def test_implausible_fluence(case: Case, edit, check: str, outcome: str) -> None:
    assert output(edit(ellipse(case)))[check].outcome.value == outcome


def test_fluence_beside_the_target(case: Case) -> None:
    """Moved 60 mm along X, most of the fluence lies over 15 mm outside the shadow, which is at most 35 mm wide."""
    away = ellipse(case)
    beams = tuple(
        replace(b, fluence=replace(b.fluence, x_origin_mm=20.0)) for b in away.plan.beams if b.fluence is not None
    )
    assert output(replace(away, plan=replace(away.plan, beams=beams)))["on_target"].outcome is Outcome.REFUSE


def test_the_shadow_has_the_size_of_the_target(case: Case) -> None:
    """Seen from the front, an ellipsoid of 30 mm and 20 mm half axes around the isocentre: pi a b in pixels."""
    filled = ellipse(case)
    beam = filled.plan.beams[0]
    mask = shadow(beam, PatientPosition.HFS, target_of(case).points_mm("PTV"))
    area = mask.sum() * 2.5**2
    assert area == pytest.approx(np.pi * PTV_RADII[0] * PTV_RADII[2], rel=0.15)  # contours are stacked slabs of 5 mm
    rows, columns = np.nonzero(mask)
    assert -40 + 2.5 * columns.mean() == pytest.approx(0, abs=1.3)  # the isocentre is the target's middle
    assert 30 - 2.5 * rows.mean() == pytest.approx(0, abs=1.3)
    assert tuple(case.plan.beams[0].isocentre_mm) == tuple(PTV_CENTRE)
