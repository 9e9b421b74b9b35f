"""A fluence network on a clinic's plans: with its own fluences it is without fault, with others the fault is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case.folder import write_case
from esapi_bridge.case.resample import resample
from esapi_bridge.commissioning.cases import Source
from esapi_bridge.commissioning.fluence.quantities import (
    D2,
    D95,
    FLUENCE_QUANTITIES,
    GAMMA,
    GOALS,
    HOMOGENEITY,
    ORGANS,
    SUM,
)
from esapi_bridge.commissioning.fluence.run import commission_fluence
from esapi_bridge.commissioning.record import Commissioned
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import find_model
from esapi_bridge.models.approvals import approve, standing_of
from esapi_bridge.models.site import SITE_VARIABLE
from esapi_bridge.report import style
from esapi_bridge.tasks.fluence.plan import Deliver, Delivery, FluencePlan
from esapi_bridge.tasks.fluence.run import FluenceRun
from esapi_bridge.tasks.fluence.structure_names import read_table
from esapi_bridge.tasks.networks import Networks
from tests.tasks import fluence_case

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fluence_case.make_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def own(model: Path) -> FluencePlan:
    """What the network makes of the case."""
    return FluenceRun(str(model), Networks()).calculate(fluence_case.make_case(), read_table(None), to_commission=True)


def clinic(folder: Path, own: FluencePlan, times: float) -> None:
    """A case folder whose clinical fluences are so many times the network's."""
    found = {beam.number: beam.fluence for beam in own.beams}
    case = fluence_case.make_case()
    beams = []
    for beam in case.plan.beams:
        fluence = found[beam.number]
        assert fluence is not None
        beams.append(replace(beam, fluence=replace(fluence, values=fluence.values * np.float32(times))))
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_case(replace(case, plan=replace(case.plan, beams=tuple(beams))), folder)


def as_much_as_is_open(own: FluencePlan) -> Deliver:
    """A delivery that is linear in the fluences: the wanted dose of the network's own ones."""
    usual = sum(float(beam.fluence.values.sum(dtype=np.float64)) for beam in own.beams if beam.fluence is not None)

    def deliver(plan: FluencePlan) -> Delivery:
        here = sum(float(beam.fluence.values.sum(dtype=np.float64)) for beam in plan.beams if beam.fluence is not None)
        dose = plan.wanted_dose
        gy = dose.gy * np.float32(here / usual)
        return Delivery("linear", replace(dose, volume=replace(dose.volume, values=gy)), {}, ())

    return deliver


def measured(root: Path, model: Path, own: FluencePlan, monkeypatch: pytest.MonkeyPatch) -> Commissioned:
    monkeypatch.setattr("esapi_bridge.report.dvh.MOST_SAMPLES", 20_000)
    monkeypatch.setattr(style, "DPI", 20)
    deliver = as_much_as_is_open(own)
    return commission_fluence([Source(root / "cases", "pelvis")], root / "page.html", model=str(model), deliver=deliver)


def test_beside_its_own_fluences_a_network_is_without_fault_and_can_be_approved(
    model: Path, own: FluencePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic(tmp_path / "cases" / "a", own, 1.0)
    bare = fluence_case.make_case(name="Zz")
    write_case(replace(bare, uids=replace(bare.uids, plan="1.2.99")), tmp_path / "cases" / "b")
    done = measured(tmp_path, model, own, monkeypatch)
    record = done.record
    assert (record.cases.plans, record.cases.fields, record.cases.sites) == (1, 7, {"pelvis": 1})
    assert [reason.partition(":")[0] for reason in record.cases.refused] == ["case 2"], "it has no fluences"
    found = {result.quantity: result.worst for result in record.results}
    assert list(found) == list(FLUENCE_QUANTITIES)
    for name in (GOALS, D95, D2, HOMOGENEITY, ORGANS, SUM):
        assert found[name] == pytest.approx(0, abs=1e-3), name
    assert found[GAMMA] == 100.0
    assert record.passed
    page = done.page.read_text()
    for words in ("predicted beside the clinic", "signature", "no report limits predicted plans", "Worst D95: case 1"):
        assert words in page
    monkeypatch.setenv(SITE_VARIABLE, str(tmp_path / "site"))
    installed = find_model(model)
    assert standing_of(installed).state == "not commissioned"
    approve(installed, done.record_file, "A. Physicist")
    assert standing_of(installed).is_approved


def test_what_is_a_fifth_less_than_clinical_is_told(
    model: Path, own: FluencePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic(tmp_path / "cases" / "a", own, 1.25)
    found = {result.quantity: result for result in measured(tmp_path, model, own, monkeypatch).record.results}
    assert found[SUM].worst == pytest.approx(20.0, abs=0.01)
    prescribed = fluence_case.PRESCRIPTION_GY
    d95_gy = np.quantile(resample(own.wanted_dose.volume, own.grid, 0.0).values[own.masks["PTV"]], 0.05)
    assert found[D95].worst == pytest.approx(25.0 * d95_gy / prescribed, rel=0.02)
    assert found[D95].outcome == "not met"
    assert found[ORGANS].worst == 0.0, "organs get less, which is no fault"


def test_plans_without_fluences_are_no_cases(
    model: Path, own: FluencePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases").mkdir()
    write_case(fluence_case.make_case(), tmp_path / "cases" / "b")
    with pytest.raises(RefusedError, match="a clinical fluence of every treatment beam is needed"):
        measured(tmp_path, model, own, monkeypatch)
    assert not (tmp_path / "page.html").exists()
    assert not (tmp_path / "page.json").exists()
