"""IMRT exports: read back by the reader of exported sets and by pydicom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import PatientPosition
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.dicom import read_export
from esapi_bridge.dicom.optimal_fluence import read_optimal_fluence
from esapi_bridge.errors import BridgeError
from esapi_bridge.mock.calculate import calculate
from esapi_bridge.mock.calculation.log import Log
from esapi_bridge.mock.calculation.request import Request
from esapi_bridge.planning.export import ExportOptions, export_subject
from esapi_bridge.planning.imrt.delivery import on_grid
from esapi_bridge.planning.vocabulary import PlanTechnique
from tests.planning.imrt.tiny import tiny_patient

pytestmark = pytest.mark.slow

PATIENT = replace(tiny_patient(), site="pelvis")
OPTIONS = ExportOptions(technique=PlanTechnique.IMRT, energy="10X-FFF", beams=2, seed=3, reference=False, iterations=2)


@pytest.mark.parametrize(("position", "collimator"), [(PatientPosition.HFS, 0.0), (PatientPosition.FFP, 30.0)])
def test_an_export_holds_the_plan(tmp_path: Path, position: PatientPosition, collimator: float) -> None:
    options = replace(OPTIONS, patient_position=position, collimator_deg=collimator)
    folder = tmp_path / "out"
    plan = export_subject(PATIENT, folder, options).planned
    assert plan.plan_dose is not None
    case = read_export(folder).case
    assert case.plan.patient_position == position
    assert (case.plan.prescription_gy, case.plan.fractions) == (44.0, 20)
    assert {s.name for s in case.structures} == {"BODY", "PTV", "Rectum"}
    assert case.plan_dose is not None
    assert case.plan_dose.grid.spacing_mm == pytest.approx((2.5,) * 3)
    np.testing.assert_allclose(to_lps(case.plan_dose.volume).values, plan.plan_dose.gy, atol=1e-3)
    assert sorted(case.beam_doses) == [1, 2]
    (file,) = folder.glob("RP.*")
    ds = pydicom.dcmread(file)
    assert ds.DoseReferenceSequence[0].TargetPrescriptionDose == 44
    assert ds.FractionGroupSequence[0].NumberOfFractionsPlanned == 20
    for beam, item in zip(plan.beams, ds.BeamSequence, strict=True):
        assert item.BeamType == "DYNAMIC"
        assert item.NumberOfControlPoints == len(beam.control_points) > 100
        assert item.ControlPointSequence[0].NominalBeamEnergy == beam.energy_mv
        assert item.ControlPointSequence[0].BeamLimitingDeviceAngle == collimator
        assert beam.fluence is not None
        found = read_optimal_fluence(folder / "reference" / f"{beam.name}.optimal_fluence")
        np.testing.assert_allclose(found.values, beam.fluence.values, atol=1e-6)
        assert (found.x_origin_mm, found.y_origin_mm) == (beam.fluence.x_origin_mm, beam.fluence.y_origin_mm)


@pytest.mark.slow
def test_the_planning_system_calculates_the_exported_dose_from_the_exported_plan(tmp_path: Path) -> None:
    plan = export_subject(PATIENT, tmp_path / "out", OPTIONS).planned
    assert plan.plan_dose is not None
    case = read_export(tmp_path / "out").case
    log = Log()
    done = calculate(Request(schema=1, kind="dose", model="fast", grid_mm=2.5), case, log)
    assert done is not None, log.lines
    assert done.plan_dose is not None
    target = on_grid(PATIENT.target, PATIENT.ct.grid, plan.plan_dose.grid)
    np.testing.assert_allclose(to_lps(done.plan_dose.volume).values[target], plan.plan_dose.gy[target], rtol=0.01)


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise BridgeError("disk full")

    monkeypatch.setattr("esapi_bridge.planning.export.write_optimal_fluence", full)
    with pytest.raises(BridgeError, match="full"):
        export_subject(PATIENT, tmp_path / "out", OPTIONS)
    assert not list(tmp_path.iterdir())
