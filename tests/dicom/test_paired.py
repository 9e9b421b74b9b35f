"""Exported plans that were calculated twice: a plan and its copy find each other, in one folder or in two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Beam, Case, Dose, DoseKind, DoseMedium, Grid
from esapi_bridge.case.dose_set import sum_doses
from esapi_bridge.dicom import StatedOfDoses, paired_exports, write_export, write_further_plan
from esapi_bridge.errors import RefusedError
from tests.training_data.paired import COARSE_GRID, FINE_GRID, dose_on, field_beam, water_case

KEY = b"k" * 32
STATED = StatedOfDoses("AAA 15.6.06", "Acuros XB", DoseMedium.MEDIUM)
FRACTIONS = 4
BEAMS = (field_beam(1), field_beam(2, 200.0))


def plan_case(grid: Grid, plan: str, beams: tuple[Beam, ...] = BEAMS, *, beam_doses: bool = True) -> Case:
    """A plan of the water body, all fractions, as an export has it."""
    case = water_case()
    doses = {}
    for beam in beams:
        dose = dose_on(grid, beam, 5.0)
        doses[beam.number] = replace(dose, volume=replace(dose.volume, values=FRACTIONS * dose.gy))
    return replace(
        case,
        plan=replace(case.plan, name=plan, beams=beams, fractions=FRACTIONS, prescription_gy=4.0),
        plan_dose=sum_doses(doses.values()),
        beam_doses=doses if beam_doses else {},
        uids=replace(case.uids, plan=f"1.2.4.{len(plan)}"),
    )


COARSE, FINE = plan_case(COARSE_GRID, "AAA"), plan_case(FINE_GRID, "Acuros")


def one_folder(path: Path, *cases: Case) -> list[Path]:
    first, *others = cases
    written = write_export(first, path, patient_id="CANARY-1", patient_name="Canary^Carl")
    for other in others:
        assert isinstance(written["plan"], Path)
        write_further_plan(other, path, written["plan"])
    return [path]


def two_folders(path: Path, *cases: Case) -> list[Path]:
    return [folder for n, case in enumerate(cases) for folder in one_folder(path / f"{n}", case)]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both plans in one folder."""
    return one_folder(tmp_path_factory.mktemp("export") / "x", COARSE, FINE)


@pytest.mark.parametrize("place", ["one folder", "two folders"])
def test_a_plan_and_its_copy(export: list[Path], tmp_path: Path, place: str) -> None:
    folders = export if place == "one folder" else two_folders(tmp_path / "x", FINE, COARSE)
    (image,) = paired_exports(folders, STATED, key=KEY)
    assert image.name.startswith("dose-")
    plan, first, second = sorted(image.field_names, key=lambda name: (len(name), name))
    assert (first, second) == (f"{plan}-1", f"{plan}-2")
    assert "CANARY" not in image.name + plan
    np.testing.assert_array_equal(image.case().ct.values, np.rint(water_case().ct.values))
    for name, beam in ((first, BEAMS[0]), (second, BEAMS[1])):
        field = image.field(name)
        assert [b.number for b in field.beams] == [beam.number]
        assert (field.coarse.algorithm, field.coarse.version) == ("AAA", "15.6.06")
        assert (field.fine.algorithm, field.fine.version, field.fine.dose.medium) == (
            "Acuros XB",
            "",
            DoseMedium.MEDIUM,
        )
        for found, grid in ((field.coarse.dose, COARSE_GRID), (field.fine.dose, FINE_GRID)):
            assert found.grid.matches(grid)
            # One fraction, as the beam's monitor units are.
            np.testing.assert_allclose(found.gy, dose_on(grid, beam, 5.0).gy, atol=1e-6)
    total = image.field(plan)
    assert [b.number for b in total.beams] == [1, 2]
    wanted = sum(dose_on(FINE_GRID, beam, 5.0).gy for beam in BEAMS)
    np.testing.assert_allclose(total.fine.dose.gy, wanted, atol=2e-6)


def test_plan_doses_alone(tmp_path: Path) -> None:
    cases = [plan_case(grid, name, beam_doses=False) for grid, name in ((COARSE_GRID, "AAA"), (FINE_GRID, "Acuros"))]
    (image,) = paired_exports(one_folder(tmp_path / "x", *cases), STATED, key=KEY)
    (name,) = image.field_names
    assert image.field(name).fine.dose.kind is DoseKind.PLAN


def test_one_image_and_one_patient_have_one_name(export: list[Path], tmp_path: Path) -> None:
    again = [
        replace(case, uids=replace(case.uids, plan=f"{case.uids.plan}.7"), plan=replace(case.plan, beams=BEAMS[:1]))
        for case in (plan_case(COARSE_GRID, "AAA", BEAMS[:1]), plan_case(FINE_GRID, "Acuros", BEAMS[:1]))
    ]
    first, second = paired_exports(one_folder(tmp_path / "x", COARSE, FINE, *again), STATED, key=KEY)
    assert first.name == second.name
    assert not set(first.field_names) & set(second.field_names)
    (other,) = paired_exports(export, STATED, key=b"q" * 32)
    assert other.name != first.name


def other_gantry(beam: Beam) -> Beam:
    return replace(beam, control_points=tuple(replace(p, gantry_deg=31.0) for p in beam.control_points))


DIFFERENT: dict[str, Callable[[Case], Case]] = {
    "alone": lambda case: replace(case, plan_dose=COARSE.plan_dose, beam_doses=COARSE.beam_doses),
    "other angle": lambda case: with_beams(case, other_gantry),
    "other meterset": lambda case: with_beams(case, lambda b: replace(b, meterset_mu=b.meterset_mu * 1.01)),
    "other energy": lambda case: with_beams(case, lambda b: replace(b, energy_mv=15.0)),
    "other isocentre": lambda case: with_beams(
        case, lambda b: replace(b, isocentre_mm=(b.isocentre_mm[0] + 1.0, *b.isocentre_mm[1:]))
    ),
}


def with_beams(case: Case, change: Callable[[Beam], Beam]) -> Case:
    return replace(case, plan=replace(case.plan, beams=tuple(change(beam) for beam in case.plan.beams)))


def test_plans_that_are_no_copies_are_not_paired(tmp_path: Path) -> None:
    others = [
        replace(change(FINE), uids=replace(FINE.uids, plan=f"1.2.5.{number}"))
        for number, change in enumerate(DIFFERENT.values())
    ]
    found = list(paired_exports(one_folder(tmp_path / "x", COARSE, *others), STATED, key=KEY))
    assert [image.name for image in found] == [f"export 1, plan {n}" for n in range(1, 2 + len(DIFFERENT))]
    for image in found:
        with pytest.raises(RefusedError, match="a plan and its copy on one CT"):
            image.field_names  # noqa: B018 - asking for them is what is refused


@pytest.mark.parametrize(
    ("stated", "option"),
    [(StatedOfDoses(fine="AXB"), "--coarse-algorithm"), (StatedOfDoses("AAA"), "--fine-algorithm"), (None, "--coarse")],
)
def test_what_files_do_not_state_must_be_told(export: list[Path], stated: StatedOfDoses | None, option: str) -> None:
    (image,) = paired_exports(export, stated, key=KEY)
    with pytest.raises(RefusedError, match=option):
        image.field_names  # noqa: B018


def test_what_files_state_goes_before(tmp_path: Path) -> None:
    def told(case: Case, algorithm: str, medium: DoseMedium) -> Case:
        def named(dose: Dose) -> Dose:
            return replace(dose, algorithm=algorithm, medium=medium)

        assert case.plan_dose is not None
        return replace(
            case, plan_dose=named(case.plan_dose), beam_doses={n: named(d) for n, d in case.beam_doses.items()}
        )

    cases = told(COARSE, "PBC 11.0", DoseMedium.WATER), told(FINE, "MC 2", DoseMedium.WATER)
    (image,) = paired_exports(one_folder(tmp_path / "x", *cases), STATED, key=KEY)
    field = image.field(image.field_names[0])
    assert (field.coarse.named, field.fine.named, field.fine.dose.medium) == ("PBC 11.0", "MC 2", DoseMedium.WATER)


def test_what_is_no_export_is_said_and_the_rest_is_read(export: list[Path], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    failed, image = paired_exports([tmp_path / "none", *export], STATED, key=KEY)
    assert (failed.name, len(image.field_names)) == ("export 1", 3)
    with pytest.raises(RefusedError):
        failed.field_names  # noqa: B018
