"""Fluences of plans without a dose: a network predicts the one that they shall give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case
from esapi_bridge.case.folder import write_case
from esapi_bridge.checks.wanted_dose import check_prediction
from esapi_bridge.dicom import write_export
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import find_model
from esapi_bridge.tasks.fluence.export import run_fluence
from esapi_bridge.tasks.fluence.job import run_fluence_job
from esapi_bridge.tasks.fluence.plan import FluencePlan
from esapi_bridge.tasks.fluence.run import FluenceRun
from esapi_bridge.tasks.fluence.structure_names import read_table
from esapi_bridge.tasks.networks import Networks
from tests.tasks.fluence_case import (
    GANTRY_DEG,
    PRESCRIPTION_GY,
    PTV_CENTRE,
    PTV_RADII,
    beam,
    make_case,
    make_dose_model,
    make_model,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def dose_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dose_model(tmp_path_factory.mktemp("models") / "tiny-dose")


@pytest.fixture(scope="module")
def without_dose() -> Case:
    return replace(make_case(), plan_dose=None)


def calculated(case: Case, model: Path, dose_model: Path, *, from_contours: bool = False) -> FluencePlan:
    run = FluenceRun(str(model), Networks())
    return run.calculate(case, read_table(None), dose_model=str(dose_model), from_contours=from_contours)


@pytest.fixture(scope="module")
def plan(without_dose: Case, model: Path, dose_model: Path) -> FluencePlan:
    return calculated(without_dose, model, dose_model)


def test_the_prediction_has_the_prescription_in_the_target_and_nothing_outside_the_body(plan: FluencePlan) -> None:
    dose = plan.wanted_dose
    points = dose.grid.to_patient(np.argwhere(np.ones(dose.grid.shape, bool))[:, ::-1]).reshape(*dose.grid.shape, 3)
    in_target = ((points - PTV_CENTRE) / PTV_RADII) ** 2
    # Open fields over their mean in the target: the made-up contours are an ellipsoid's.
    assert dose.gy[in_target.sum(-1) < 0.8].mean() == pytest.approx(PRESCRIPTION_GY, rel=0.03)
    assert dose.gy[~plan.masks["Body"]].max() == 0
    assert len([b for b in plan.beams if b.fluence is not None and b.fluence.values.max() > 0]) == len(GANTRY_DEG)
    assert plan.normalisation.mean_gy == PRESCRIPTION_GY


def test_it_is_said_everywhere(plan: FluencePlan) -> None:
    assert plan.predictor is not None
    assert plan.predictor.name == "tiny-dose"
    assert plan.wanted_dose.algorithm == "tiny-dose 0, predicted from contours, as fields can give it"
    assert [shown.name for shown in plan.beside] == ["Predicted"]
    (said,) = (verdict for verdict in plan.verdicts if verdict.check == "wanted_dose")
    assert (said.outcome.value, said.found) == ("warn", "predicted from contours by tiny-dose 0")


def test_a_plan_with_a_dose_keeps_it_unless_asked_otherwise(model: Path, dose_model: Path, plan: FluencePlan) -> None:
    case = make_case()
    own = calculated(case, model, dose_model)
    assert own.predictor is None
    assert own.wanted_dose.algorithm == "pencil beam 1"
    asked = calculated(case, model, dose_model, from_contours=True)
    assert [shown.name for shown in asked.beside] == ["Plan", "Predicted"]
    np.testing.assert_array_equal(asked.wanted_dose.gy, plan.wanted_dose.gy)


def test_without_a_network_a_plan_without_a_dose_is_refused(
    without_dose: Case, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esapi_bridge.tasks.fluence.wanted_dose.list_models", lambda _: [])
    with pytest.raises(RefusedError, match="wanted_dose: expected a dose of the whole plan, found none"):
        FluenceRun(str(model), Networks()).calculate(without_dose, read_table(None))


def test_an_export_and_a_case_folder_without_a_dose_have_the_same_fluences(
    without_dose: Case, model: Path, dose_model: Path, plan: FluencePlan, tmp_path: Path
) -> None:
    export = tmp_path / "export"
    write_export(without_dose, export, patient_id="SECRET4711", patient_name="Doe^Canary")
    names = {"model": str(model), "dose_model": str(dose_model)}
    of_export = run_fluence(export, tmp_path / "one", report=True, **names)  # type: ignore[arg-type]
    write_case(without_dose, tmp_path / "case")
    (tmp_path / "two").mkdir()
    of_case = run_fluence_job(tmp_path / "case", tmp_path / "two", {**names, "report": False}, networks=Networks())
    for record in (of_export.record, of_case):
        assert record.wanted_dose_by == plan.predictor
        assert [b.maximum for b in record.beams] == pytest.approx(
            [float(b.fluence.values.max()) for b in plan.beams if b.fluence], rel=0.02
        )
    page = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert "tiny-dose 0, predicted from contours" in page
    assert "Canary" not in page


@pytest.mark.parametrize(
    ("change", "check", "outcome"),
    [
        ({}, "prediction_fields", "pass"),
        ({"beams": tuple(beam(n, g) for n, g in enumerate(GANTRY_DEG[:5], 1))}, "prediction_fields", "refuse"),
        ({"beams": tuple(beam(n, g + 20) for n, g in enumerate(GANTRY_DEG, 1))}, "prediction_arrangement", "warn"),
        (
            {"beams": tuple(replace(beam(n, g), energy_mv=6.0) for n, g in enumerate(GANTRY_DEG, 1))},
            "prediction_energy",
            "refuse",
        ),
    ],
)
def test_plans_unlike_those_it_learned_from(
    change: dict[str, object], check: str, outcome: str, dose_model: Path
) -> None:
    verdicts = check_prediction(make_case(**change), find_model(dose_model, "wanted dose").card)
    assert {verdict.check: verdict.outcome.value for verdict in verdicts}[check] == outcome


def test_metal_is_warned_of_where_the_predicted_dose_is(without_dose: Case, model: Path, tmp_path: Path) -> None:
    """Contours say nothing of it, and before the prediction there was no dose to look for it in."""
    dose_model = make_dose_model(tmp_path / "bounded", validity={"ct_hu": [-1000, 1600], "patient_positions": ["HFS"]})
    ct = without_dose.ct
    places = ct.grid.to_patient(np.argwhere(np.ones(ct.values.shape, bool))[:, ::-1])
    ball = (((places - PTV_CENTRE) ** 2).sum(-1) <= 10.0**2).reshape(ct.values.shape)
    metal = replace(without_dose, ct=replace(ct, values=np.where(ball, np.float32(3000), ct.values)))

    def said(case: Case) -> tuple[str, str]:
        found = {v.check: v for v in calculated(case, model, dose_model).verdicts}["prediction_ct_trained"]
        return found.outcome.value, found.found

    assert said(without_dose)[0] == "pass"
    outcome, words = said(metal)
    assert outcome == "warn"
    assert words.endswith("up to 3000 HU")
