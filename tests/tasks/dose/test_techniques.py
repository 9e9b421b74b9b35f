"""Plans of every technique: what the network is given and told, and a VMAT plan of 6X from files to dose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from dosenet import Energy
from esapi_bridge.case import Beam, Case, Dose, FieldKind, Technique
from esapi_bridge.case.folder import write_case
from esapi_bridge.dicom import read_rtdose, write_export
from esapi_bridge.errors import RefusedError
from esapi_bridge.models import DoseCard, find_model
from esapi_bridge.planning.mlc import MILLENNIUM_120
from esapi_bridge.tasks import DoseResult, Networks, run_dose, run_dose_job
from esapi_bridge.tasks.dose.fields import beam_by_beam, doses_to_transform, transform
from esapi_bridge.tasks.dose.network import DoseNetwork
from tests.cases import arc_beam, open_beam, total
from tests.scripts import plans
from tests.scripts.plans import cylinder
from tests.tasks.conftest import PATIENT_ID, PATIENT_NAME, make_model


def with_beams(case: Case, *beams: Beam) -> Case:
    return replace(case, plan=replace(case.plan, beams=beams))


@pytest.fixture(scope="module")
def case() -> Case:
    """Two open fields of 10X-FFF."""
    return cylinder()


@pytest.fixture(scope="module")
def vmat() -> Case:
    """The same doses as those of two arcs of 6X."""
    return plans.vmat(cylinder())


class Listening:
    """A network that keeps what it is told, and doubles the dose."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, Any]] = []

    def transform(self, dose: Dose, _: object, source_mm: object, energy: object, *__: object) -> Dose:
        self.told.append((source_mm, energy))
        return replace(dose, volume=replace(dose.volume, values=2 * dose.gy))


def told(case: Case, *, per_beam: bool) -> list[tuple[Any, Any]]:
    network = Listening()
    doses = doses_to_transform(case, per_beam=per_beam)
    transform(case, doses, cast("DoseNetwork", network), None, None)
    return network.told


def test_a_network_is_told_the_energy_of_every_beam_and_the_source_of_those_that_stand(case: Case, vmat: Case) -> None:
    (standing, first), (turning, second) = told(with_beams(case, case.plan.beams[0], vmat.plan.beams[1]), per_beam=True)
    assert standing == pytest.approx((0.0, -1000.0, 0.0))
    assert (first, turning, second) == (Energy(10.0, fff=True), None, Energy(6.0))


def test_of_a_plan_dose_it_is_told_the_energy_that_all_beams_have(case: Case, vmat: Case) -> None:
    assert told(vmat, per_beam=False) == [(None, Energy(6.0))]
    assert told(with_beams(case, case.plan.beams[0], vmat.plan.beams[1]), per_beam=False) == [(None, None)]


@pytest.fixture(scope="module")
def anything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network for every energy, machine and kind."""
    kinds = [kind.value for kind in FieldKind]
    folder = tmp_path_factory.mktemp("models") / "anything"
    return make_model(folder, energies=(), machines=(), validity={"kinds": kinds})


def card(model: Path, *kinds: FieldKind) -> DoseCard:
    found = find_model(str(model), "dose").card
    return found.model_copy(update={"valid_for": found.valid_for.model_copy(update={"kinds": kinds})})


def test_beams_are_given_one_by_one_where_all_have_a_dose_and_the_network_knows_fields(
    vmat: Case, anything: Path
) -> None:
    assert beam_by_beam(vmat, card(anything))
    assert beam_by_beam(vmat, card(anything, FieldKind.ARC, FieldKind.PLAN))
    assert not beam_by_beam(vmat, card(anything, FieldKind.PLAN))
    half = replace(vmat, beam_doses={1: vmat.beam_doses[1]})
    assert not beam_by_beam(half, card(anything, FieldKind.ARC, FieldKind.PLAN))


@pytest.fixture(scope="module")
def export(vmat: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "vmat"
    write_export(vmat, folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    return folder


@pytest.fixture(scope="module")
def done(export: Path, anything: Path, tmp_path_factory: pytest.TempPathFactory) -> DoseResult:
    return run_dose(export, tmp_path_factory.mktemp("dose") / "out", model=str(anything), report=False)


def test_a_vmat_plan_goes_from_files_to_dose(done: DoseResult, vmat: Case) -> None:
    assert vmat.plan_dose is not None
    assert done.record.source == "field doses"
    fine = read_rtdose(done.plan_file)
    assert float(fine.gy.max()) == pytest.approx(float(vmat.plan_dose.gy.max()), rel=0.1)
    found = {verdict.check: verdict.found for verdict in done.record.checks}
    assert (found["kind"], found["energy"]) == ("arc", "6X")


def test_without_doses_of_its_arcs_the_plan_dose_is_taken_where_the_network_knows_it(
    vmat: Case, done: DoseResult, anything: Path, tmp_path: Path
) -> None:
    """The network hardly changes a dose, so both ways give about the same."""
    write_export(replace(vmat, beam_doses={}), tmp_path / "in", patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    whole = run_dose(tmp_path / "in", tmp_path / "out", model=str(anything), report=False)
    assert whole.record.source == "plan dose"
    by_beam, at_once = read_rtdose(done.plan_file).gy, read_rtdose(whole.plan_file).gy
    high = by_beam > 0.5 * by_beam.max()
    assert np.median(at_once[high] / by_beam[high]) == pytest.approx(1, abs=0.1)
    fields = make_model(tmp_path / "fields", energies=(), machines=(), validity={"kinds": ["open", "arc"]})
    with pytest.raises(RefusedError, match=r"dose_source: expected a dose for every treatment beam, found plan dose"):
        run_dose(tmp_path / "in", tmp_path / "refused", model=str(fields), report=False)


def shaped(number: int, gantry_deg: float, technique: Technique, *halves_mm: float, energy_mv: float) -> Beam:
    """A standing field whose leaves are so far from the axis at each control point."""
    pairs = len(MILLENNIUM_120.boundaries_mm) - 1
    field = open_beam(number, gantry_deg, plans.HALF_FIELD_MM, energy_mv=energy_mv, technique=technique)
    return replace(
        field,
        mlc_boundaries_mm=MILLENNIUM_120.boundaries_mm,
        control_points=tuple(
            replace(field.control_points[0], meterset_weight=w, leaves_mm=np.repeat([[-h], [h]], pairs, axis=1))
            for w, h in zip(np.linspace(0, 1, len(halves_mm)).round(2).tolist(), halves_mm, strict=True)
        ),
    )


def test_one_plan_of_every_kind_goes_through_the_workers_way(case: Case, anything: Path, tmp_path: Path) -> None:
    beams = (
        case.plan.beams[0],
        shaped(2, 90.0, Technique.STATIC, 10.0, 10.0, energy_mv=6.0),
        shaped(3, 0.0, Technique.DYNAMIC, 5.0, 5.0, 10.0, 10.0, energy_mv=18.0),
        shaped(4, 90.0, Technique.DYNAMIC, 5.0, 10.0, 8.0, energy_mv=15.0),
        arc_beam(5, 330.0, 56.0, plans.HALF_FIELD_MM),
    )
    segments = beams[2].control_points
    stepping = tuple(replace(p, meterset_weight=w) for p, w in zip(segments, (0.0, 0.5, 0.5, 1.0), strict=True))
    beams = (*beams[:2], replace(beams[2], control_points=stepping), *beams[3:])
    doses = {beam.number: replace(case.beam_doses[1 + n % 2], beam_number=beam.number) for n, beam in enumerate(beams)}
    every = replace(with_beams(case, *beams), beam_doses=doses, plan_dose=total(doses))
    (tmp_path / "out").mkdir()
    record = run_dose_job(
        write_case(every, tmp_path / "case"), tmp_path / "out", {"model": str(anything), "report": False},
        networks=Networks(),
    )  # fmt: skip
    found = {verdict.check: verdict.found for verdict in record.checks}
    assert found["kind"] == "arc, conformal, open, segments, sliding window"
    assert found["energy"] == "10X-FFF, 15X, 18X, 6X"
    assert (tmp_path / "out" / "beam_dose_5.npy").is_file()


def test_a_card_without_arcs_refuses_them_by_name(export: Path, tmp_path: Path) -> None:
    model = make_model(tmp_path / "open", energies=(), machines=(), validity={"kinds": ["open", "sliding window"]})
    with pytest.raises(RefusedError, match=r"kind: expected .*open or sliding window, found beam 1: arc, beam 2: arc"):
        run_dose(export, tmp_path / "out", model=str(model))


def test_the_shipped_networks_card_decides_about_vmat(export: Path, tmp_path: Path) -> None:
    valid = find_model("ddn-lite", "dose").card.valid_for
    if "6X" in valid.energies and FieldKind.ARC in valid.kinds:
        assert run_dose(export, tmp_path / "out", report=False).record.source == "field doses"
        return
    with pytest.raises(RefusedError) as caught:
        run_dose(export, tmp_path / "out")
    assert {"energy", "technique"} <= {found.check for found in caught.value.checks}
