from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from esapi_bridge.case import (
    Case,
    ControlPoint,
    Dose,
    DoseKind,
    FluenceMode,
    Grid,
    Jaws,
    PatientPosition,
    Technique,
    Unit,
    Volume,
)
from esapi_bridge.checks import Outcome, Verdict, check_input, check_output, require
from esapi_bridge.errors import FailedCheck, RefusedError
from esapi_bridge.models.card import CtInput, DoseCard, DoseInput, Inputs, Output, Validity, Weights
from tests.cases import total
from tests.report.synthetic import make_case

CARD = DoseCard(
    name="tiny",
    version="0",
    task="dose",
    preset="tiny",
    summary="a test",
    weights=Weights(file="model.safetensors", sha256="0" * 64),
    inputs=Inputs(
        dose=DoseInput(spacing_mm=(5, 5, 5), algorithms=("AAA", "pencil beam")), ct=CtInput(range=(-1000, 3500))
    ),
    output=Output(spacing_mm=(1.25, 1.25, 1.25), algorithm="collapsed cone", medium="dose to medium"),
    valid_for=Validity(
        energies=("10X-FFF",), machines=("TrueBeam",), techniques=("STATIC",), patient_positions=("HFS", "HFP")
    ),
)


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(2)[0]


def verdicts(case: Case, card: DoseCard = CARD, *, per_beam: bool = True, **options: object) -> dict[str, Verdict]:
    doses = list(case.beam_doses.values()) if per_beam else [case.plan_dose] if case.plan_dose else []
    return {v.check: v for v in check_input(case, card, doses, per_beam=per_beam, **options)}  # type: ignore[arg-type]


def with_beams(case: Case, **changes: object) -> Case:
    first, *rest = case.plan.beams
    changed = replace(first, **changes)  # type: ignore[arg-type]
    return replace(case, plan=replace(case.plan, beams=(changed, *rest)))


def with_doses(case: Case, change: Callable[[Dose], Dose]) -> Case:
    return replace(case, beam_doses={n: change(d) for n, d in case.beam_doses.items()}, plan_dose=None)


def with_spacing(dose: Dose, spacing: tuple[float, float, float]) -> Dose:
    return replace(dose, volume=replace(dose.volume, grid=replace(dose.grid, spacing_mm=spacing)))


def test_a_fitting_case_passes_every_check(case: Case) -> None:
    assert {v.check: v.outcome for v in verdicts(case).values() if v.outcome is not Outcome.PASS} == {}


@pytest.mark.parametrize(
    ("check", "change", "found"),
    [
        ("energy", lambda c: with_beams(c, energy_mv=6.0), "6X-FFF"),
        ("energy", lambda c: with_beams(c, fluence_mode=FluenceMode.STANDARD), "10X"),
        ("machine", lambda c: with_beams(c, machine="Halcyon"), "Halcyon"),
        ("technique", lambda c: with_beams(c, technique=Technique.ARC), "ARC"),
        ("algorithm", lambda c: with_doses(c, lambda d: replace(d, algorithm="AcurosXB_1610")), "AcurosXB_1610"),
        ("orientation", lambda c: replace(c, plan=replace(c.plan, patient_position=PatientPosition.FFS)), "FFS"),
        ("dose_grid", lambda c: with_doses(c, lambda d: with_spacing(d, (2.5, 2.5, 2.5))), "2.5 x 2.5 x 2.5 mm"),
        ("ct_range", lambda c: replace(c, ct=replace(c.ct, values=c.ct.values + 1200)), "to"),
        ("has_dose", lambda c: replace(c, beam_doses={1: c.beam_doses[1]}), "beam 2"),
        ("frame_of_reference", lambda c: replace(c, uids=replace(c.uids, frame_of_reference="")), "none"),
    ],
)
def test_what_the_card_does_not_cover_is_refused(
    case: Case, check: str, change: Callable[[Case], Case], found: str
) -> None:
    verdict = verdicts(change(case))[check]
    assert verdict.outcome is Outcome.REFUSE
    assert found in verdict.found
    with pytest.raises(RefusedError, match=f"{check}: expected .*found"):
        require([verdict])


def test_accessories_are_refused(case: Case) -> None:
    verdict = verdicts(case, accessories={1: (), 2: ("wedge",)})["accessories"]
    assert verdict.outcome is Outcome.REFUSE
    assert verdict.found == "beam 2: wedge"


def test_algorithm_versions_are_covered_and_an_unstated_one_warns(case: Case) -> None:
    versioned = with_doses(case, lambda d: replace(d, algorithm="AAA_15606"))
    assert verdicts(versioned)["algorithm"].outcome is Outcome.PASS
    unstated = with_doses(case, lambda d: replace(d, algorithm=None))
    assert verdicts(unstated)["algorithm"].outcome is Outcome.WARN
    # A name that merely begins alike is another algorithm.
    other = with_doses(case, lambda d: replace(d, algorithm="AAAX"))
    assert verdicts(other)["algorithm"].outcome is Outcome.REFUSE


def test_doses_of_two_algorithms_are_refused_and_listed(case: Case) -> None:
    """Both are in the card; the sum would be said to be by the first."""
    second = replace(case.beam_doses[2], algorithm="AAA_15606")
    found = verdicts(replace(case, beam_doses={**case.beam_doses, 2: second}))["algorithm"]
    assert found.outcome is Outcome.REFUSE
    assert found.found == "AAA_15606, pencil beam 1"


def test_an_empty_list_in_the_card_means_any(case: Case) -> None:
    card = CARD.model_copy(update={"valid_for": Validity(energies=("10X-FFF",))})
    odd = with_beams(case, machine="Halcyon", technique=Technique.ARC)
    found = verdicts(odd, card)
    assert found["machine"].outcome is found["technique"].outcome is Outcome.PASS


def test_set_up_fields_need_no_dose(case: Case) -> None:
    setup = replace(case.plan.beams[0], number=9, is_setup=True, energy_mv=6.0)
    plan = replace(case.plan, beams=(*case.plan.beams, setup))
    assert all(v.outcome is Outcome.PASS for v in verdicts(replace(case, plan=plan)).values())


def test_slightly_different_spacing_warns(case: Case) -> None:
    found = verdicts(with_doses(case, lambda d: with_spacing(d, (5.0, 5.0, 4.5))))["dose_grid"]
    assert (found.outcome, found.found) == (Outcome.WARN, "5 x 5 x 4.5 mm")


def test_plan_dose_warns_that_training_was_by_field(case: Case) -> None:
    found = verdicts(case, per_beam=False)
    assert found["dose_source"].outcome is Outcome.WARN
    assert found["has_dose"].outcome is Outcome.PASS


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.03, "warn"), (2.0, "refuse")])
def test_beams_must_add_up_to_the_plan(case: Case, factor: float, outcome: str) -> None:
    whole = total(dict(case.beam_doses))
    scaled = replace(whole, volume=replace(whole.volume, values=whole.gy * factor))
    assert verdicts(replace(case, plan_dose=scaled))["beam_sum"].outcome.value == outcome


@pytest.mark.parametrize(("shift", "outcome"), [(0.0, "pass"), (-25.0, "warn"), (130.0, "refuse")])
def test_ct_must_cover_the_dose(case: Case, shift: float, outcome: str) -> None:
    x, y, z = case.ct.grid.origin_mm
    moved = replace(case.ct, grid=replace(case.ct.grid, origin_mm=(x + shift, y, z)))
    assert verdicts(replace(case, ct=moved))["ct_covers_dose"].outcome.value == outcome


@pytest.mark.parametrize(
    ("axis", "part", "side"),
    [(2, slice(None, -9), "left"), (1, slice(9, None), "anterior"), (0, slice(18, None), "inferior")],
)
def test_a_patient_cut_off_beside_the_dose_is_warned_of(case: Case, axis: int, part: slice, side: str) -> None:
    """The CT is cut where the whole grid has dose, so that it ends in tissue."""
    assert verdicts(case)["ct_goes_on"].outcome is Outcome.PASS
    cut = _part(case.ct, axis, part)
    flat = {n: replace(d, volume=replace(d.volume, values=np.ones_like(d.gy))) for n, d in case.beam_doses.items()}
    found = verdicts(replace(case, ct=cut, beam_doses=flat))["ct_goes_on"]
    assert found.outcome is Outcome.WARN
    assert found.found == f"the patient cut off beside such dose: {side}"


def _part(ct: Volume, axis: int, part: slice) -> Volume:
    values = np.take(ct.values, np.arange(ct.values.shape[axis])[part], axis)
    nz, ny, nx = values.shape
    first = np.zeros(3)
    first[2 - axis] = part.start or 0
    x, y, z = ct.grid.to_patient(first).tolist()
    return replace(ct, values=values, grid=replace(ct.grid, size=(nx, ny, nz), origin_mm=(x, y, z)))


def test_tilted_slices_are_refused(case: Case) -> None:
    c, s = np.cos(0.1), np.sin(0.1)
    tilted = replace(case.ct.grid, direction=(1, 0, 0, 0, c, -s, 0, s, c))
    found = verdicts(replace(case, ct=replace(case.ct, grid=tilted)))["orientation"]
    assert (found.outcome, found.found) == (Outcome.REFUSE, "HFS, tilted slices")


def test_a_missing_body_warns(case: Case) -> None:
    assert verdicts(replace(case, structures=case.structures[1:]))["body"].outcome is Outcome.WARN


def test_couch_angle_does_not_matter(case: Case) -> None:
    point = ControlPoint(0, 0, 0, 45, Jaws(-60, 60, -60, 60))  # wide enough for the field as it was, turned or not
    turned = with_beams(case, control_points=(point,))
    assert all(v.outcome is Outcome.PASS for v in verdicts(turned).values())


GRID = Grid((40, 40, 20), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))


def box(gy: float, *, air: float = 0.0) -> Dose:
    values = np.full(GRID.shape, air, np.float32)
    values[5:15, 12:28, 12:28] = gy
    return Dose(Volume(values, GRID, Unit.GY), DoseKind.PLAN)


def after(got: Dose) -> dict[str, Outcome]:
    inside = np.zeros(GRID.shape, dtype=np.bool_)
    inside[3:17, 10:30, 10:30] = True
    return {v.check: v.outcome for v in check_output(box(2.0), box(2.0).gy, got, inside)}


@pytest.mark.parametrize(
    ("got", "check", "outcome"),
    [
        (box(2.1), "maximum", Outcome.PASS),
        (box(2.7), "maximum", Outcome.WARN),
        (box(4.2), "maximum", Outcome.REFUSE),
        (box(2.1), "integral", Outcome.PASS),
        (box(1.7), "integral", Outcome.WARN),
        (box(1.4), "integral", Outcome.REFUSE),
        (box(2.0, air=0.02), "outside_body", Outcome.PASS),
        (box(2.0, air=0.1), "outside_body", Outcome.WARN),
        (box(2.0, air=-0.01), "non_negative", Outcome.REFUSE),
    ],
)
def test_output_checks(got: Dose, check: str, outcome: Outcome) -> None:
    assert after(got)[check] is outcome


@pytest.mark.parametrize("seed", range(12))
def test_a_stray_dose_counts_from_20_mm_outside_the_body_on(seed: int) -> None:
    """By the distance to every voxel of the body, in a body with corners and voxels that are no cubes."""
    chance = np.random.default_rng(seed)
    grid = Grid((40, 36, 30), (1.5, 2.0, 2.5), (0.0, 0.0, 0.0))
    inside = np.zeros(grid.shape, dtype=np.bool_)
    inside[8:12, 12:20, 4:14] = True
    outside = np.argwhere(~inside)
    where = outside[chance.integers(len(outside))]
    values = np.where(inside, np.float32(2.0), np.float32(0.0))
    values[tuple(where)] = 0.1
    given = Dose(Volume(values * inside, grid, Unit.GY), DoseKind.PLAN)
    got = Dose(Volume(values, grid, Unit.GY), DoseKind.PLAN)
    apart_mm = np.linalg.norm((np.argwhere(inside) - where) * grid.spacing_mm[::-1], axis=1).min()
    found = {v.check: v for v in check_output(given, given.gy, got, inside)}["outside_body"]
    assert (found.outcome is Outcome.WARN) is bool(apart_mm > 20)
    assert found.found == ("5.00% of the maximum more" if apart_mm > 20 else "at most 0.1% of the maximum more")


def test_refusal_names_every_refusing_check() -> None:
    given = [
        Verdict("a", Outcome.REFUSE, "1", "2"),
        Verdict("b", Outcome.WARN, "3", "4"),
        Verdict("c", Outcome.REFUSE, "5", "6"),
    ]
    with pytest.raises(
        RefusedError, match="refused by 2 checks: a: expected 1, found 2; c: expected 5, found 6"
    ) as refusal:
        require(given)
    assert refusal.value.checks == (FailedCheck("a", "1", "2"), FailedCheck("c", "5", "6"))
    require(given[1:2])
