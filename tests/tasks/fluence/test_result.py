"""The result folder of a fluence job, looked at with JSON and numpy alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import FluenceMap, Prescription
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.sealed import seal
from esapi_bridge.goals import GoalResult, PlanGoal
from esapi_bridge.tasks import read_doses
from esapi_bridge.tasks.fluence.goals import goal_parts
from esapi_bridge.tasks.fluence.plan import Normalisation
from esapi_bridge.tasks.fluence.result import PlanFluences, read_fluences, write_fluences
from tests.cases import open_beam
from tests.tasks.fluence_case import structures


def result() -> PlanFluences:
    maps = [
        FluenceMap(np.random.default_rng(n).random((20, 30)).astype(np.float32), -10.0 - n, 21.25 + n) for n in (1, 3)
    ]
    beams = tuple(
        replace(open_beam(number, 50.0 * number, 35.0), fluence=values)
        for number, values in zip((1, 3), maps, strict=True)
    )
    return PlanFluences(beams, Prescription(44.0, 20), Normalisation(structure="PTV_44", mean_gy=44.7))


def test_it_is_what_the_scripts_read(tmp_path: Path) -> None:
    wanted = result()
    files = write_fluences(wanted, tmp_path)
    assert sorted(f.name for f in files) == ["fluence_1.npy", "fluence_3.npy", "result.json"]
    found = json.loads((tmp_path / "result.json").read_text())
    assert set(found) == {
        "schema", "intended_use", "task", "prescription_gy", "fractions", "normalisation", "fluences", "goals"
    }  # fmt: skip
    assert (found["schema"], found["task"], found["intended_use"]) == (1, "fluence", INTENDED_USE)
    assert (found["prescription_gy"], found["fractions"]) == (44.0, 20)
    assert found["normalisation"] == {"rule": "prescription", "structure": "PTV_44", "mean_gy": 44.7}
    second = found["fluences"][1]
    assert second == {
        "beam_number": 3, "beam_name": "Field 3", "x_origin_mm": -13.0, "y_origin_mm": 24.25, "spacing_mm": 2.5,
        "array": {"file": "fluence_3.npy", "dtype": "<f4", "shape": [20, 30]},
    }  # fmt: skip
    assert np.load(tmp_path / "fluence_3.npy").tolist() == wanted.beams[1].fluence.values.tolist()  # type: ignore[union-attr]


def test_goals_name_the_structures_of_the_plan_and_their_wanted_value(tmp_path: Path) -> None:
    by_label = {{"BODY": "Body", "PTV_44": "PTV"}.get(s.name, s.name): (s,) for s in structures()}
    asked = [
        (
            PlanGoal(labels=("Rectum",), quantity="V", at=36.36, relation="<=", limit=35, unit="%", source="QUANTEC"),
            5.25,
        ),
        (
            PlanGoal(labels=("FemoralHead_R", "FemoralHead_L"), quantity="Dmax", relation="<=", limit=30.3, unit="Gy"),
            9.5,
        ),
        (PlanGoal(labels=("PTV",), quantity="conformity", relation="<=", limit=1.5), float("nan")),
    ]
    goals = goal_parts([GoalResult(*each) for each in asked], by_label)
    write_fluences(replace(result(), goals=goals), tmp_path)
    rectum, heads, conformity = json.loads((tmp_path / "result.json").read_text())["goals"]
    assert rectum == {
        "text": "Rectum V36.4Gy <= 35 %", "structures": ["Rectum"], "quantity": "V", "at": 36.36, "unit": "%",
        "relation": "<=", "limit": 35.0, "wanted": 5.25, "source": "QUANTEC",
    }  # fmt: skip
    assert (heads["structures"], heads["at"]) == (["FemoralHead_R", "FemoralHead_L"], None)
    assert (conformity["structures"], conformity["wanted"], conformity["unit"]) == (["PTV_44", "BODY"], None, "")


def test_round_trip_of_a_sealed_folder(tmp_path: Path) -> None:
    write_fluences(result(), tmp_path)
    seal(tmp_path)
    description, fluences = read_fluences(tmp_path)
    assert description.normalisation.mean_gy == 44.7
    assert list(fluences) == [1, 3]
    wanted = result().beams[0].fluence
    assert wanted is not None
    assert fluences[1].values.tolist() == wanted.values.tolist()
    assert fluences[1].x_origin_mm == wanted.x_origin_mm
    with pytest.raises(RefusedError, match="contradict"):
        read_doses(tmp_path)  # not a dose job's


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    write_fluences(result(), tmp_path)
    seal(tmp_path)
    data = bytearray((tmp_path / "fluence_1.npy").read_bytes())
    data[-2] ^= 1
    (tmp_path / "fluence_1.npy").write_bytes(data)
    with pytest.raises(RefusedError, match=r"fluence_1\.npy must be as written"):
        read_fluences(tmp_path)


@pytest.mark.parametrize("value", [np.nan, -1.0])
def test_a_map_that_eclipse_would_not_take_is_refused(tmp_path: Path, value: float) -> None:
    wrong = result()
    fluence = wrong.beams[0].fluence
    assert fluence is not None
    fluence.values[3, 4] = value
    write_fluences(wrong, tmp_path)
    seal(tmp_path)
    with pytest.raises(RefusedError, match="beam 1"):
        read_fluences(tmp_path)


def test_another_shape_than_described_is_refused(tmp_path: Path) -> None:
    write_fluences(result(), tmp_path)
    np.save(tmp_path / "fluence_1.npy", np.zeros((2, 2), np.float32))
    seal(tmp_path)
    with pytest.raises(RefusedError, match="contradict"):
        read_fluences(tmp_path)
