"""Doses against what the source states of them: beam doses of the plan, histograms beside the dose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence

from esapi_bridge.case import Case, Dose, Grid, Unit, Volume
from esapi_bridge.case.orientation import dose_along_patient_axes
from esapi_bridge.case.stated import PointDose, Stated
from esapi_bridge.checks import Outcome
from esapi_bridge.checks.on_beam import dose_per_mu, plan_level
from esapi_bridge.checks.stated import check_stated, stated_beam_doses, stated_means
from esapi_bridge.dicom import read_export, read_rtdose, write_export
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.dicom.read.rtstruct import read_structure_set
from esapi_bridge.dicom.read.stated import read_stated
from tests.report.synthetic import ISOCENTRE, make_case


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(2)[0]


def at_isocentre(case: Case, number: int) -> float:
    """The voxels around it, which lie half a voxel away along each axis."""
    dose = case.beam_doses[number]
    i, j, k = np.floor(dose.grid.to_index(ISOCENTRE)).astype(int)
    weights = dose.grid.to_index(ISOCENTRE) - (i, j, k)
    corner = dose.gy[k : k + 2, j : j + 2, i : i + 2].astype(float)
    for weight in weights:
        corner = corner[..., 0] * (1 - weight) + corner[..., 1] * weight
    return float(corner)


@pytest.mark.parametrize(
    ("factor", "outcome"),
    [(1.0, "pass"), (0.95, "pass"), (1.2, "warn"), (0.7, "warn"), (2.0, "refuse"), (0.04, "refuse")],
)
def test_a_beam_has_the_dose_that_is_stated_at_a_point(case: Case, factor: float, outcome: str) -> None:
    said = {n: PointDose(at_isocentre(case, n) * (factor if n == 2 else 1.0), ISOCENTRE) for n in (1, 2)}
    found = stated_beam_doses(case, Stated(said))
    assert found.outcome.value == outcome
    assert outcome == "pass" or found.found.startswith("beam 2: ")


@pytest.mark.parametrize(("factor", "outcome"), [(0.1, "pass"), (1.0, "pass"), (2.0, "warn"), (25.0, "refuse")])
def test_a_dose_stated_nowhere_is_no_more_than_the_maximum(case: Case, factor: float, outcome: str) -> None:
    said = {1: PointDose(float(case.beam_doses[1].gy.max()) * factor, None)}
    assert stated_beam_doses(case, Stated(said)).outcome.value == outcome


def test_nothing_stated_is_nothing_to_compare(case: Case) -> None:
    assert {(v.outcome, v.found) for v in check_stated(case, Stated())} == {
        (Outcome.PASS, "none stated"), (Outcome.PASS, "none to compare"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def breast(shared_data: Path) -> tuple[Case, Stated]:
    """A genuine plan of Eclipse with Eclipse's own histograms of nine structures; its CT is not there."""
    home = shared_data / "eclipse"
    plan, dose = (pydicom.dcmread(home / f"eclipse_breast2009_{kind}.dcm") for kind in ("RP", "RD_plan_2.5x2.5x3"))
    structures = read_structure_set(pydicom.dcmread(home / "eclipse_breast2009_RS.dcm"))
    volume = dose_along_patient_axes(read_rtdose(home / "eclipse_breast2009_RD_plan_2.5x2.5x3.dcm"))
    grid = Grid((2, 2, 2), (5.0, 5.0, 3.0), volume.grid.origin_mm)
    case = make_case(1)[0]
    case = replace(
        case, ct=Volume(np.zeros((2, 2, 2), np.float32), grid, Unit.HU), plan=read_plan(plan).plan, plan_dose=volume,
        beam_doses={}, structures=structures.structures,
    )  # fmt: skip
    return case, read_stated(plan, dose, structures.uid)


def test_the_histograms_of_eclipse_are_those_of_its_dose(breast: tuple[Case, Stated]) -> None:
    case, said = breast
    assert len(said.mean_gy) == 9
    assert set(said.beam_doses) == {1, 2, 3, 4}
    assert stated_means(case, said).outcome is Outcome.PASS


@pytest.mark.parametrize(("factor", "outcome"), [(1.05, "warn"), (0.8, "refuse"), (7.0, "refuse")])
def test_a_dose_that_was_changed_misses_them(breast: tuple[Case, Stated], factor: float, outcome: str) -> None:
    case, said = breast
    assert case.plan_dose is not None
    volume = case.plan_dose.volume
    changed = replace(case.plan_dose, volume=replace(volume, values=volume.values * np.float32(factor)))
    assert stated_means(replace(case, plan_dose=changed), said).outcome.value == outcome


def shifted(dose: Dose, mm: float) -> Dose:
    x, y, z = dose.grid.origin_mm
    return replace(dose, volume=replace(dose.volume, grid=replace(dose.grid, origin_mm=(x + mm, y, z))))


def test_a_dose_that_was_moved_misses_them(breast: tuple[Case, Stated]) -> None:
    case, said = breast
    assert case.plan_dose is not None
    assert stated_means(replace(case, plan_dose=shifted(case.plan_dose, 15.0)), said).outcome is not Outcome.PASS


def test_a_histogram_that_cannot_be_understood_is_left_out() -> None:
    """It serves a comparison only, and stops nothing."""
    dose, bad = Dataset(), Dataset()
    bad.DoseUnits, bad.DVHType, bad.DVHData = "GY", "CUMULATIVE", [1.0, 2.0, 3.0]
    bad.DVHReferencedROISequence = Sequence([Dataset()])
    dose.DVHSequence = Sequence([bad])
    assert read_stated(Dataset(), dose, None) == Stated({}, {})


@pytest.mark.parametrize("kind", ["CUMULATIVE", "DIFFERENTIAL"])
def test_the_mean_of_a_histogram(kind: str) -> None:
    """10 cm3 at doses spread evenly between 1 and 3 Gy: 2 Gy on average."""
    dose, item, region = Dataset(), Dataset(), Dataset()
    region.ReferencedROINumber, region.DVHROIContributionType = 4, "INCLUDED"
    item.DVHReferencedROISequence = Sequence([region])
    item.DoseUnits, item.DVHType, item.DVHDoseScaling = "GY", kind, "0.1"
    edges = np.arange(0, 3, 0.1)
    volumes = 10 * np.clip((3 - edges) / 2, 0, 1) if kind == "CUMULATIVE" else np.where(edges > 0.99, 0.5, 0.0)
    item.DVHData = [v for volume in volumes for v in (1.0, float(volume))]
    dose.DVHSequence = Sequence([item])
    assert read_stated(Dataset(), dose, None).mean_gy[4] == pytest.approx(2.0, abs=0.01)


def test_an_export_carries_what_it_states(tmp_path: Path) -> None:
    files = write_export(make_case(1)[0], tmp_path / "plan", patient_id="1", patient_name="A")
    path = files["plan"]
    assert isinstance(path, Path)
    dataset = pydicom.dcmread(path)
    item = dataset.FractionGroupSequence[0].ReferencedBeamSequence[0]
    item.BeamDose, item.BeamDoseSpecificationPoint = 0.5, [1.0, 2.0, 3.0]
    dataset.save_as(path)
    (tmp_path / "plan" / "SHA256SUMS").unlink()
    assert read_export(tmp_path / "plan").stated.beam_doses == {1: PointDose(0.5, (1.0, 2.0, 3.0))}


def test_a_genuine_plan_of_raystation_states_the_dose_of_its_beam(shared_data: Path) -> None:
    """Beam Dose at Beam Dose Specification Point, and the dose of that beam; monitor units and prescription fit too."""
    home = shared_data / "alderson_raystation"
    plan = pydicom.dcmread(next(home.glob("RP*.dcm")))
    doses = [dose_along_patient_axes(read_rtdose(path)) for path in sorted(home.glob("RD*.dcm"))]
    (whole,) = (dose for dose in doses if dose.beam_number is None)
    case = replace(
        make_case(1)[0], plan=read_plan(plan).plan, plan_dose=whole,
        beam_doses={dose.beam_number: dose for dose in doses if dose.beam_number is not None},
    )  # fmt: skip
    said = read_stated(plan, None, None)
    assert said.beam_doses[1].gy == pytest.approx(3.020775)
    for verdict in (stated_beam_doses(case, said), dose_per_mu(case), plan_level(case)):
        assert verdict.outcome is Outcome.PASS, verdict
    twice = Stated({1: replace(said.beam_doses[1], gy=2 * said.beam_doses[1].gy)})
    assert stated_beam_doses(case, twice).outcome is Outcome.REFUSE
