"""Exports: read back with the reader of exported sets."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
import pytest
from scipy import ndimage

from esapi_bridge.case import Beam, Dose, DoseKind, Grid, PatientPosition, Volume
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.dicom import list_plans, read_export, read_identity, read_rtdose
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.mock.database import make_database
from esapi_bridge.planning.arcs import still_parts
from esapi_bridge.planning.engines import Engines
from esapi_bridge.planning.export import Exported, ExportOptions, export_subject
from esapi_bridge.planning.imrt.delivery import on_grid
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.vocabulary import PlanTechnique
from esapi_bridge.tasks import run_dose
from tests.patience import LONGEST_S
from tests.planning.imrt.tiny import tiny_patient
from tests.planning.water import ENGINES, RADIUS_MM, box_engine, water_cylinder
from tests.tasks.conftest import make_model


def plan_doses(folder: Path) -> list[Path]:
    files = [path for path in folder.glob("*.dcm") if pydicom.dcmread(path).Modality == "RTDOSE"]
    return [path for path in files if pydicom.dcmread(path).DoseSummationType == "PLAN"]


@pytest.mark.parametrize(("position", "energy"), [(PatientPosition.HFS, "10X-FFF"), (PatientPosition.FFP, "15X")])
@pytest.mark.parametrize("random", [False, True])
def test_export_reads_back_as_it_was_planned(
    tmp_path: Path, position: PatientPosition, energy: str, random: bool
) -> None:
    subject = water_cylinder()
    options = ExportOptions(beams=3, random=random, seed=4, patient_position=position, energy=energy)
    steps: list[tuple[int, int]] = []
    folder = export_subject(
        subject, tmp_path / "out", options, engines=ENGINES, progress=lambda _, done, total: steps.append((done, total))
    ).folder
    case = read_export(folder).case
    assert case.plan.patient_position == position
    assert [b.number for b in case.plan.treatment_beams] == [1, 2, 3]
    assert {b.energy_label for b in case.plan.beams} == {energy}
    ct = case.ct
    assert (ct.values > -500).sum() == subject.body.sum()
    centre = np.argwhere(ct.values > -500).mean(axis=0)[::-1]
    np.testing.assert_allclose(ct.grid.to_patient(centre), [0, 0, -2], atol=1.5)
    body = next(s for s in case.structures if s.dicom_type == "EXTERNAL")
    assert rasterise(body, subject.ct.grid).sum() == pytest.approx(subject.body.sum(), rel=0.01)
    assert case.plan_dose is not None
    total = sum(case.beam_doses[n].gy for n in (1, 2, 3))
    np.testing.assert_allclose(case.plan_dose.gy, total, atol=1e-5)
    for beam in case.plan.beams:
        found = to_lps(case.beam_doses[beam.number].volume)
        expected = box_engine(subject.ct, beam, found.grid, position)
        radius = np.hypot(found.grid.coordinates_mm(0)[None, :], found.grid.coordinates_mm(1)[:, None])
        deep = np.broadcast_to(radius < RADIUS_MM - 4, found.grid.shape)
        np.testing.assert_allclose(found.values[deep], expected.gy[deep], atol=1e-5)
        assert not found.values[np.broadcast_to(radius > RADIUS_MM + 4, found.grid.shape)].any(), "no dose outside"
    assert steps[-1][0] == steps[-1][1]
    assert steps == sorted(steps, key=lambda step: step[0])


PLANS: dict[str, tuple[PlanTechnique, dict[str, Any]]] = {
    "open": (PlanTechnique.OPEN, {"beams": 2}),
    "conformal": (PlanTechnique.CONFORMAL, {"beams": 2, "isocentres": 2, "grid_mm": 2.5, "reference": True}),
    "segments": (PlanTechnique.SEGMENTS, {"beams": 1, "energy": "6X-FFF"}),
    "imrt": (PlanTechnique.IMRT, {"beams": 1, "isocentres": 2, "collimator_deg": 15.0}),
    "vmat": (PlanTechnique.VMAT, {}),
}


class Made(NamedTuple):
    """An export, and what it told of its progress."""

    export: Exported
    steps: list[tuple[int, int]]


def box_by_meterset(ct: Volume, beam: Beam, grid: Grid, position: PatientPosition) -> Dose:
    """The dose of `box_engine` for 100 MU, for the monitor units of a beam."""
    dose = box_engine(ct, beam, grid, position)
    return replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(beam.meterset_mu / 100.0)))


def quick_pencil_beam(ct: Volume, beam: Beam, grid: Grid, position: PatientPosition) -> Dose:
    """The fast engine for every third part of an arc, and rays far apart, which a cylinder of water does not mind."""
    if round(beam.control_points[0].gantry_deg / 2) % 3:
        nothing = box_engine(ct, beam, grid, position)
        zero = replace(nothing.volume, values=np.zeros(grid.shape, np.float32))
        return replace(nothing, volume=zero, algorithm="pencil beam")
    thrice = replace(beam, meterset_mu=3 * beam.meterset_mu)
    return pencil_beam(ct, thrice, load_beam_model(beam.energy_label), grid, position, ray_spacing_mm=10.0)


@pytest.fixture(scope="module", params=PLANS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A plan of each technique, doses by an engine that is simple, or of the arc quick."""
    technique, further = PLANS[request.param]
    options = ExportOptions(technique=technique, couch_deg=350.0, iterations=2, **{"reference": False, **further})
    folder = tmp_path_factory.mktemp("plans") / technique
    steps: list[tuple[int, int]] = []
    engine = quick_pencil_beam if technique is PlanTechnique.VMAT else box_by_meterset
    export = export_subject(
        tiny_patient(), folder, options, engines=Engines(engine, engine),
        progress=lambda _, done, total: steps.append((done, total)),
    )  # fmt: skip
    return Made(export, steps)


@pytest.fixture
def exported(made: Made) -> Exported:
    return made.export


@pytest.mark.slow
def test_beams_read_back_as_they_were_planned(exported: Exported) -> None:
    case = read_export(exported.folder).case
    planned = exported.planned
    assert (case.plan.prescription_gy, case.plan.fractions) == (planned.prescription_gy, planned.fractions)
    for beam, wanted in zip(case.plan.beams, planned.beams, strict=True):
        for name in (
            "number", "name", "machine", "energy_label", "technique", "sad_mm", "is_arc", "is_setup", "isocentre_mm",
        ):  # fmt: skip
            assert getattr(beam, name) == getattr(wanted, name), name
        assert beam.meterset_mu == pytest.approx(wanted.meterset_mu, rel=1e-12)
        assert (beam.fluence is None) == (wanted.fluence is None)
        for point, given in zip(beam.control_points, wanted.control_points, strict=True):
            assert point.jaws == given.jaws
            assert (point.collimator_deg, point.couch_deg) == (given.collimator_deg, given.couch_deg)
            assert point.gantry_deg == pytest.approx(given.gantry_deg, abs=1e-9)
            assert point.meterset_weight == pytest.approx(given.meterset_weight, abs=1e-13)
            assert (point.leaves_mm is None) == (given.leaves_mm is None)
            if given.leaves_mm is not None and point.leaves_mm is not None:
                np.testing.assert_allclose(point.leaves_mm, given.leaves_mm, atol=1e-9)
                np.testing.assert_array_equal(beam.mlc_boundaries_mm, wanted.mlc_boundaries_mm)


@pytest.mark.slow
def test_pydicom_and_dciodvfy_find_a_sound_plan(exported: Exported) -> None:
    (file,) = exported.folder.glob("RP.*")
    ds = pydicom.dcmread(file)
    assert len({beam.BeamName for beam in ds.BeamSequence}) == ds.FractionGroupSequence[0].NumberOfBeams
    for beam, wanted in zip(ds.BeamSequence, exported.planned.beams, strict=True):
        points = beam.ControlPointSequence
        assert beam.NumberOfControlPoints == len(points) == len(wanted.control_points)
        assert points[-1].CumulativeMetersetWeight == beam.FinalCumulativeMetersetWeight == 1
        assert points[0].PatientSupportAngle == 350
    if shutil.which("dciodvfy") is not None:
        found = subprocess.run(["dciodvfy", file], capture_output=True, text=True, check=False, timeout=LONGEST_S)
        assert "RTPlan" in found.stderr + found.stdout
        errors = {line for line in (found.stderr + found.stdout).splitlines() if line.startswith("Error")}
        # Eclipse's own fluences are compensators without thickness, too.
        assert all("CompensatorThicknessData" in line for line in errors), errors


def test_the_target_gets_the_prescribed_dose_on_average(exported: Exported) -> None:
    planned = exported.planned
    assert planned.plan_dose is not None
    inside = on_grid(tiny_patient().target, tiny_patient().ct.grid, planned.plan_dose.grid)
    mean_gy = planned.plan_dose.gy[inside].mean()
    assert mean_gy == pytest.approx(planned.prescription_gy or 2.0, rel=1e-5)


def test_an_isocentre_lies_in_the_middle_of_each_part_of_the_target(exported: Exported) -> None:
    z_mm = sorted({beam.isocentre_mm[2] for beam in exported.planned.beams})
    z = tiny_patient().ct.grid.coordinates_mm(2)[tiny_patient().target.any(axis=(1, 2))]
    middle = (z[0] + z[-1]) / 2
    if len(z_mm) == 1:
        assert z_mm[0] == pytest.approx(middle, abs=1.0)
    else:
        half_a_slice_mm = 2.0  # nine slices cannot be halved
        assert z_mm == pytest.approx([(z[0] + middle) / 2, (z[-1] + middle) / 2], abs=half_a_slice_mm + 0.1)


def test_a_boost_is_a_second_plan_on_the_same_structures_that_a_sum_takes(tmp_path: Path) -> None:
    options = ExportOptions(technique=PlanTechnique.CONFORMAL, beams=1, boost=True)
    folder = tmp_path / "out"
    done = export_subject(tiny_patient(), folder, options, engines=Engines(box_by_meterset, box_by_meterset))
    cases = [read_export(folder, plan.uid).case for plan in list_plans(folder)]
    found = {case.plan.name: case for case in cases}
    assert sorted(found) == ["ct3D1", "ct3D1B"]
    first, boost = found["ct3D1"], found["ct3D1B"]
    assert replace(boost.uids, plan=first.uids.plan) == first.uids
    assert boost.patient_key == first.patient_key
    assert [(case.plan.prescription_gy, case.plan.fractions) for case in (first, boost)] == [(50.0, 25), (10.0, 5)]
    wide, narrow = (case.plan.beams[0].control_points[0].jaws for case in (first, boost))
    assert narrow.x2_mm - narrow.x1_mm == pytest.approx(wide.x2_mm - wide.x1_mm - 10, abs=2.1)
    assert done.reference is not None
    assert {read_identity(path).plan_uids for path in done.reference.glob("*.dcm")} == {(first.uids.plan,)}
    make_database([folder], tmp_path / "db", sums=True)
    patient = json.loads((tmp_path / "db" / "patients" / "MOCK0001" / "patient.json").read_text())
    (total,) = patient["courses"][0]["plan_sums"]
    assert sorted(part["plan"] for part in total["plans"]) == ["ct3D1", "ct3D1B"]


def test_a_boost_needs_an_inside(tmp_path: Path) -> None:
    subject = tiny_patient()
    rim = subject.target & ~ndimage.binary_erosion(subject.target)
    with pytest.raises(RefusedError, match="thicker than 10 mm"):
        export_subject(replace(subject, target=rim), tmp_path / "out", ExportOptions(boost=True), engines=ENGINES)
    assert list(tmp_path.iterdir()) == []


def test_more_isocentres_than_slices_of_the_target_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="slice for each of 40 isocentres, found 9"):
        export_subject(tiny_patient(), tmp_path / "out", ExportOptions(isocentres=40), engines=ENGINES)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_for_every_beam_and_part_of_an_arc(made: Made) -> None:
    beam = made.export.planned.beams[0]
    parts = len(still_parts(beam))
    assert not beam.is_arc or parts >= len(beam.control_points) - 1, "these stand less than two degrees apart"
    passes = 1 if made.export.reference is None or not list(made.export.reference.glob("*.dcm")) else 2
    total = passes * parts * len(made.export.planned.beams)
    assert made.steps[-1] == (total, total)
    told = [done for done, of in made.steps if of == total]
    assert told == sorted(told)
    assert set(told) == set(range(total + 1))


@pytest.mark.parametrize("made", ["vmat"], indirect=True)
def test_a_planned_arc_goes_through_a_dose_network_that_takes_arcs(exported: Exported, tmp_path: Path) -> None:
    taken = {"kinds": ["open", "arc"], "patient_positions": ["HFS"]}
    model = make_model(tmp_path / "tiny", energies=("6X", "10X-FFF"), validity=taken)
    done = run_dose(exported.folder, tmp_path / "out", model=str(model), report=False)
    fine, coarse = read_rtdose(done.plan_file), exported.planned.plan_dose
    assert coarse is not None
    assert fine.grid.spacing_mm == pytest.approx((1.25,) * 3)
    inside = on_grid(tiny_patient().target, tiny_patient().ct.grid, fine.grid)
    assert float(fine.gy[inside].mean()) == pytest.approx(50.0, rel=0.05)  # the tiny network changes little
    none = make_model(tmp_path / "still", energies=("6X",), validity={**taken, "kinds": ["open"]})
    with pytest.raises(RefusedError, match=r"kind.*arc"):
        run_dose(exported.folder, tmp_path / "none", model=str(none), report=False)


def test_doses_are_of_all_fractions_on_the_grid_asked_for(exported: Exported) -> None:
    planned = exported.planned
    assert planned.plan_dose is not None
    assert planned.plan_dose.grid.spacing_mm == pytest.approx(
        (2.5 if exported.folder.name == "conformal" else 5.0,) * 3
    )
    if exported.folder.name != "conformal":
        return
    assert exported.reference is not None
    fine = read_rtdose(exported.reference / "RD.plan.dcm")
    assert fine.grid.spacing_mm == pytest.approx((1.25,) * 3)
    for dose in (planned.plan_dose, fine):
        # The simple engine gives 1 Gy for 100 MU; four fields on two isocentres, of which two show any one plane.
        largest = max(sum(beam.meterset_mu for beam in planned.beams[n : n + 2]) for n in (0, 2))
        others = sum(beam.meterset_mu for beam in planned.beams) - largest
        assert float(dose.gy.max()) >= 25 * (largest + 0.01 * others) / 100 - 1e-3
    assert float(fine.gy.max()) == pytest.approx(float(planned.plan_dose.gy.max()), rel=1e-5)


def test_doses_are_in_millionths_of_the_plans_maximum(tmp_path: Path) -> None:
    """As Eclipse scales them; these plans have no prescription, so that 100 % is their maximum."""
    options = ExportOptions(beams=2, random=True, seed=4, reference=False)
    folder = export_subject(water_cylinder(), tmp_path / "out", options, engines=ENGINES).folder
    doses = [d for d in map(pydicom.dcmread, folder.glob("*.dcm")) if d.Modality == "RTDOSE"]
    assert len({float(dose.DoseGridScaling) for dose in doses}) == 1
    (plan,) = (dose for dose in doses if dose.DoseSummationType == "PLAN")
    assert int(plan.pixel_array.max()) == pytest.approx(1_000_000, abs=1)


def test_one_plan_dose_in_the_folder_and_one_in_reference(tmp_path: Path) -> None:
    folder = export_subject(water_cylinder(), tmp_path / "out", ExportOptions(beams=2), engines=ENGINES).folder
    assert len(plan_doses(folder)) == 1
    assert len(plan_doses(folder / "reference")) == 1
    coarse, fine = (read_rtdose(plan_doses(f)[0]) for f in (folder, folder / "reference"))
    assert fine.grid.spacing_mm == pytest.approx((1.25,) * 3)
    assert fine.grid.size == tuple(4 * n for n in coarse.grid.size)
    assert fine.grid.origin_mm == pytest.approx(tuple(o - 1.875 for o in coarse.grid.origin_mm), abs=1e-4)
    beams = [read_rtdose(path) for path in sorted((folder / "reference").glob("*.dcm"))]
    assert {dose.beam_number for dose in beams if dose.kind is DoseKind.BEAM} == {1, 2}
    plan_uid = read_export(folder).case.uids.plan
    for path in (folder / "reference").glob("*.dcm"):
        assert pydicom.dcmread(path).ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan_uid


def test_reference_can_be_left_out(tmp_path: Path) -> None:
    options = ExportOptions(beams=1, reference=False)
    folder = export_subject(water_cylinder(), tmp_path / "out", options, engines=ENGINES).folder
    assert not (folder / "reference").exists()


def test_a_folder_in_use_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BridgeError, match="empty"):
        export_subject(water_cylinder(), tmp_path, ExportOptions(), engines=ENGINES)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_nothing_is_left_when_an_engine_fails(tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no dose today")

    engines = type(ENGINES)(coarse=box_engine, fine=broken)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="no dose"):
        export_subject(water_cylinder(), tmp_path / "out", ExportOptions(beams=1), engines=engines)
    assert list(tmp_path.iterdir()) == []


def test_fields_before_planning_have_contours_and_prescription_but_neither_fluence_nor_dose(tmp_path: Path) -> None:
    options = ExportOptions(technique=PlanTechnique.IMRT, unplanned=True)
    done = export_subject(replace(tiny_patient(), site="pelvis"), tmp_path / "out", options)
    assert done.reference is None
    case = read_export(done.folder, need_dose=False).case
    assert case.plan_dose is None
    assert not case.beam_doses
    assert case.plan.prescription_gy == 44.0
    assert {b.control_points[0].gantry_deg for b in case.plan.beams} == {0, 51, 103, 154, 206, 257, 309}
    assert all(b.fluence is None and b.meterset_mu == 0 for b in case.plan.beams)


def test_fields_before_planning_are_those_of_a_prostate(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="an imrt plan of a pelvis"):
        export_subject(water_cylinder(), tmp_path / "out", ExportOptions(unplanned=True))
    assert not (tmp_path / "out").exists()
