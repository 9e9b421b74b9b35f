"""Models, options and calculations: rows 26 to 31. The process behind them is ``fake_calculation.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.mock.esapi.fake_calculation import LEAF_PAIRS
from tests.mock.esapi.patients import GRID_XPATH, LEAF_MODEL, MODEL, make_case

Rows = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def asked(seen: Rows, fake_calculation: Path) -> list[dict[str, Any]]:
    """What the calculation process was asked by these rows, in order."""
    lines = map(json.loads, (fake_calculation.parent / "evidence").read_text().splitlines())
    return [line for line in lines if line["request"]["kind"] != "optimise"]


def test_row_26_leaf_motions_need_both_models_and_options_of_their_class(seen: Rows) -> None:
    row = seen[26]
    for failure, word in (
        ("no_leaf_model", "PhotonLeafMotions"), ("other_class", "Smart"), ("no_dose_model", "PhotonVolumeDose")
    ):  # fmt: skip
        assert row[failure] is False
        assert [line.split(" | ")[0] for line in row[failure + "_logs"]] == ["Field 1", "Open"]
        assert all(word in line for line in row[failure + "_logs"])
    assert row["dose_without_model"] is False
    assert row["null"].startswith("ArgumentNullException")


def test_row_26_leaf_motions_reach_the_beam(seen: Rows) -> None:
    row = seen[26]
    assert row["right"] is True
    assert {"Field 1 | LMC | of all", "Field 1 | LMC | of beam 1", "Open | LMC | of all"} <= set(row["right_logs"])
    assert row["leaves"] == [[1, 0, -1, -2, -3], [11, 12, 13, 14, 15]]
    assert row["meterset"] == 204
    assert row["type"] == "DoseDynamic"
    assert row["points"] == 2


def test_row_27_beams_lacking_fluence_or_leaf_motions_fail(seen: Rows) -> None:
    row = seen[27]
    assert row["lacking"] is False
    assert [line.split(" | ")[0] for line in row["lacking_logs"]] == ["Open"]
    assert row["dose_kept"] is True
    assert row["dose_without_motions"] is row["dose"] is False
    assert any(line.startswith("Field 1 | Dose") for line in row["dose_without_motions_logs"])


def test_row_28_changes_drop_the_dose(seen: Rows) -> None:
    row = seen[28]
    assert row["before"] is True
    assert row["after_fluence"] is row["after_edit"] is row["after_option"] is False
    assert "ApplicationException" in row["held"]


def test_row_28_a_calculation_brings_the_dose_back(seen: Rows) -> None:
    row = seen[28]
    assert row["motions_and_dose"] is row["after_calculation"] is True
    gy = np.asarray(row["planes"]) * row["million"][0] * 1e-6
    # Beams 1 and 4 give 1 + i and 4 + i Gy; [plane][x][y].
    expected = np.broadcast_to((5 + 2 * np.arange(4.0))[None, :, None], (3, 4, 2))
    assert gy == pytest.approx(expected, abs=row["million"][0] * 1e-6)
    assert row["resolution"] == [2.5, 2.5, 2.5]
    assert row["beam_absolute"] == [pytest.approx(4 / 30, abs=1e-5), "Gy"]  # beam 1, one of 30 fractions


def test_row_28_what_the_process_is_asked(asked: list[dict[str, Any]]) -> None:
    kinds = [line["request"]["kind"] for line in asked]
    assert kinds == ["leaf_motion", "leaf_motion", "dose", "dose", "optimise_arcs", "dose"]  # rows 26, 28, 29 and 53
    assert all(line["arguments"] == ["-m", "esapi_bridge.mock.calculate"] for line in asked)
    first, _, dose, *_ = (line["request"] for line in asked)
    assert first["fixed_jaws"] is True
    assert first["model"] == LEAF_MODEL
    assert dose["model"] == MODEL
    assert dose["grid_mm"] == 2.5
    assert dose["options"][GRID_XPATH] == "0.25"


def test_row_28_the_process_gets_the_plan_as_it_is_now(asked: list[dict[str, Any]]) -> None:
    source = make_case().plan_dose
    assert source is not None
    motions, dose = asked[1], asked[2]
    assert motions["leaf_pairs"] == {"1": 4}
    assert dose["leaf_pairs"] == {"1": LEAF_PAIRS, "4": LEAF_PAIRS}  # after the leaf motions
    size, origin_mm, largest = dose["dose"]  # the dropped dose's grid, without its values
    assert size == list(source.grid.size)
    assert origin_mm == pytest.approx(source.grid.origin_mm)
    assert largest == 0


def test_row_29_a_result_is_a_flag_and_reasons_are_in_the_logs(seen: Rows) -> None:
    row = seen[29]
    assert row["members"] == ["get_Success", "Success"]
    assert row["failed"] is row["no_process"] is False
    assert any("Field 1 | Dose | of beam 1" in line for line in row["logs"])
    assert any("exit code 1" in line for line in row["logs"])
    assert any("ESAPI_BRIDGE_PYTHON" in line for line in row["no_process_logs"])
    assert row["dose_kept"] is True


def test_row_30_unknown_options_and_other_units_change_nothing(seen: Rows) -> None:
    row = seen[30]
    assert row["unknown_option"] is row["unknown_model"] is False
    assert "ArgumentException" in row["millimetres"]
    assert "ArgumentException" in row["comma"]
    assert row["keys"] == [GRID_XPATH, "/AAACalculationOptions/@Other"]
    assert row["found"] is row["dose_kept"] is True
    assert row["unchanged"] == "0.25"


def test_row_30_options_by_name_or_path_belong_to_one_plan(seen: Rows) -> None:
    row = seen[30]
    assert row["by_name"] is row["by_path"] is True
    assert row["options"] == "0.5OFF"
    assert row["other_plan"] == "0.25"


def test_row_43_a_plug_in_of_15_calculates_no_first_dose(seen: Rows) -> None:
    row = seen[43]
    assert row["refuses"] is True
    assert "ApplicationException" in row["plugin"]
    assert "Plan does not have a dose matrix" in row["plugin"]
    assert row["copy_dose"] is False
    assert row["copy"] == row["stand_alone"] == row["later_version"] == "none"


def test_row_31_models_are_those_installed(seen: Rows) -> None:
    row = seen[31]
    assert row["dose"] == [MODEL]
    assert row["leaf"] == [LEAF_MODEL, "Varian Smart LMC [15.6.03]"]
    assert row["none"] == []
    assert row["unset"] is True
    assert "ArgumentException" in row["unknown"]
    assert "ArgumentException" in row["other_type"]
    assert row["set"] == LEAF_MODEL
