"""A dose under the label of another energy, calculated by this project's pencil beam, which the label cannot change."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dosenet.depth_fall import EnergyFall
from esapi_bridge.case import Case, PatientPosition, Plan, Structure
from esapi_bridge.case.folder import write_case
from esapi_bridge.checks.energy_of_dose import energy_of_dose
from esapi_bridge.dicom import write_export
from esapi_bridge.errors import RefusedError
from esapi_bridge.planning.fields import ENERGIES
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.tasks import Networks, run_dose, run_dose_job
from tests.cases import PATIENT_KEY, UIDS, ellipse, grid_around, hounsfield, open_beam, points_of, total
from tests.checks.test_checks import CARD
from tests.tasks.conftest import PATIENT_ID, PATIENT_NAME, make_model

KNOWN = {
    "6X": EnergyFall(0.0380, -0.0050, 0.00154, 19),
    "6X-FFF": EnergyFall(0.0409, -0.0062, 0.00128, 19),
    "10X": EnergyFall(0.0289, -0.0035, 0.00130, 19),
    "10X-FFF": EnergyFall(0.0297, -0.0052, 0.00093, 19),
    "15X": EnergyFall(0.0257, -0.0028, 0.00106, 19),
}
"""As ``python -m tests.benchmarks.energy_of_dose`` printed it."""

SIX, TEN_AND_MORE = {"6X", "6X-FFF"}, {"10X", "10X-FFF", "15X"}


@cache
def treated_with(energy: str) -> Case:
    """A field of 8 cm on an ellipse of water, 30 cm by 20 cm."""
    grid = grid_around((5.0, 5.0, 5.0), (160.0, 110.0, 60.0))
    place = points_of(grid)
    water = (place[..., 0] / 150) ** 2 + (place[..., 1] / 100) ** 2 < 1
    ct = hounsfield(np.where(water, 0.0, -1000.0), grid)
    mv, mode = ENERGIES[energy]
    beam = replace(open_beam(1, 0.0, 40.0), energy_mv=mv, fluence_mode=mode)
    dose = pencil_beam(ct, beam, load_beam_model(energy), grid, PatientPosition.HFS, ray_spacing_mm=5.0)
    dose = replace(dose, volume=replace(dose.volume, values=dose.gy * water))
    body = Structure(1, "BODY", "EXTERNAL", (0, 255, 0), ellipse((0, 0), (150, 100), grid.coordinates_mm(2)))
    plan = Plan("Plan1", (beam,), PatientPosition.HFS)
    return Case(ct, plan, total({1: dose}), {1: dose}, (body,), UIDS, PATIENT_KEY)


def labelled(case: Case, energy: str) -> Case:
    mv, mode = ENERGIES[energy]
    beam = replace(case.plan.beams[0], energy_mv=mv, fluence_mode=mode)
    return replace(case, plan=replace(case.plan, beams=(beam,)))


def outcome(case: Case) -> str:
    dose = CARD.inputs.dose.model_copy(update={"depth_fall": KNOWN})
    card = CARD.model_copy(update={"inputs": CARD.inputs.model_copy(update={"dose": dose})})
    return energy_of_dose(case, card).outcome.value


@pytest.mark.parametrize("energy", ENERGIES)
def test_a_dose_passes_under_its_own_label(energy: str) -> None:
    assert outcome(treated_with(energy)) == "pass"


@pytest.mark.parametrize("energy", ENERGIES)
def test_six_and_ten_megavolt_are_always_told_apart(energy: str) -> None:
    others = TEN_AND_MORE if energy in SIX else SIX
    assert {label: outcome(labelled(treated_with(energy), label)) for label in others} == dict.fromkeys(
        others, "refuse"
    )


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of all energies whose card says how the dose of each falls."""
    falls = {name: vars(fall) for name, fall in KNOWN.items()}
    return make_model(
        tmp_path_factory.mktemp("models") / "tiny",
        version="3", energies=tuple(ENERGIES), inputs={"coarse_dose": {"depth_fall": falls}},
    )  # fmt: skip


FALSE = (
    "refused by 1 check: energy_of_dose: expected beams whose dose falls with depth as that of their energy does, "
    r"found beam 1: 3\.\d+% per g/cm2 where 10X-FFF has 3\.\d+% \(.* standard deviations off\), as 6X does"
)


def test_an_export_with_a_false_label_is_refused(knowing: Path, tmp_path: Path) -> None:
    case = labelled(treated_with("6X"), "10X-FFF")
    write_export(case, tmp_path / "plan", patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    with pytest.raises(RefusedError, match=FALSE):
        run_dose(tmp_path / "plan", tmp_path / "out", model=str(knowing), report=False)


def test_a_case_from_eclipse_with_a_false_label_is_refused(knowing: Path, tmp_path: Path) -> None:
    folder = write_case(labelled(treated_with("6X"), "10X-FFF"), tmp_path / "case")
    (tmp_path / "out").mkdir()
    with pytest.raises(RefusedError, match=FALSE):
        run_dose_job(folder, tmp_path / "out", {"model": str(knowing)}, networks=Networks())


def test_a_card_that_says_nothing_of_it_compares_nothing() -> None:
    verdict = energy_of_dose(labelled(treated_with("6X"), "15X"), CARD)
    assert (verdict.outcome.value, verdict.found) == ("pass", "not compared")
