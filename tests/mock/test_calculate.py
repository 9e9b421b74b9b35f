"""The calculation process: doses and leaf motions as the mock Eclipse asks for them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Beam, Case, FluenceMap, FluenceMode, Jaws, PatientPosition, Plan, Technique, Uids, Volume
from esapi_bridge.case.folder import read_case, write_case
from esapi_bridge.case.orientation import axes_of_position, reindex, to_lps
from esapi_bridge.mock.calculate import main
from esapi_bridge.planning.fields import open_beam
from esapi_bridge.planning.physics import load_beam_model, pencil_beam
from esapi_bridge.planning.physics.fluence_unit import mu_per_fluence
from tests.planning.water import RADIUS_MM, water_cylinder

MODEL = load_beam_model("10X-FFF")

PENCIL, CONE, LEAVES = "pencil beam [mock]", "collapsed cone [mock]", "Varian Leaf Motion Calculator [mock]"


def square(number: int = 1, gantry_deg: float = 0.0, **changes: Any) -> Beam:
    return replace(open_beam(number, (0.0, 0.0, 0.0), Jaws(-20, 20, -20, 20), gantry_deg), **changes)


def water_case(*beams: Beam, position: PatientPosition = PatientPosition.HFS, **plan: Any) -> Case:
    """A water cylinder in the orientation that a scanner gives it in a patient position."""
    subject = water_cylinder()
    return Case(
        ct=reindex(subject.ct, axes_of_position(position)),
        plan=Plan("water", beams, position, **plan),
        plan_dose=None,
        beam_doses={},
        structures=subject.structures,
        uids=Uids("1.2.3", "1.2.4"),
        patient_key="test",
    )


def run(folder: Path, case: Case, **request: Any) -> tuple[int, dict[str, Any], Case | None]:
    write_case(case, folder / "case")
    (folder / "request.json").write_text(json.dumps({"schema": 1, **request}))
    code = main([str(folder)])
    log = json.loads((folder / "log.json").read_text())
    assert log["success"] == (code == 0) == (folder / "result").exists()
    assert "Research use only" in log["lines"][0]
    return code, log, read_case(folder / "result") if code == 0 else None


def dose_job(folder: Path, case: Case, **request: Any) -> Case:
    code, log, result = run(folder, case, **{"kind": "dose", "model": PENCIL, "grid_mm": 5.0, **request})
    assert code == 0, log
    assert result is not None
    return result


def at(volume: Volume, *point_mm: float) -> float:
    i, j, k = np.rint(volume.grid.to_index(point_mm)).astype(int)
    return float(volume.values[k, j, i])


def turning(number: int, standing: Beam, turn_deg: float) -> Beam:
    """The field while its gantry turns."""
    first, last = standing.control_points[0], standing.control_points[-1]
    points = tuple(
        replace(last if share else first, meterset_weight=share, gantry_deg=(first.gantry_deg + share * turn_deg) % 360)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return replace(standing, number=number, technique=Technique.ARC, control_points=points)


@pytest.mark.slow
def test_an_arc_around_the_axis_of_a_cylinder_gives_the_axis_what_a_standing_field_does(tmp_path: Path) -> None:
    """From every angle there is the same water before it; of two energies, one of each without flattening filter."""
    standing = (
        square(1, energy_mv=6.0, fluence_mode=FluenceMode.STANDARD),
        square(3, 90.0, energy_mv=10.0, fluence_mode=FluenceMode.FFF),
    )
    beams = (standing[0], turning(2, standing[0], 60.0), standing[1], turning(4, standing[1], -30.0))
    code, log, found = run(tmp_path, water_case(*beams), kind="dose", model=PENCIL, grid_mm=5.0)
    assert code == 0, log
    assert found is not None
    for one, arc, parts in ((1, 2, 76), (3, 4, 52)):  # of 0.83 and 0.59 degrees at most, in four sectors
        doses = [at(found.beam_doses[number].volume, 0.0, 0.0, 0.0) for number in (one, arc)]
        assert doses[1] == pytest.approx(doses[0], rel=0.02)
        assert f": arc in {parts} parts, 100.0 MU" in log["beams"][str(arc)][0]
        assert "parts" not in log["beams"][str(one)][0]


def test_dose_is_the_engines_for_all_fractions(tmp_path: Path) -> None:
    beams = (square(1, meterset_mu=80.0), square(2, 90.0, is_setup=True), square(3, 120.0, meterset_mu=50.0))
    case = dose_job(tmp_path, water_case(*beams, fractions=5))
    assert set(case.beam_doses) == {1, 3}
    assert case.plan_dose is not None
    np.testing.assert_allclose(case.plan_dose.gy, case.beam_doses[1].gy + case.beam_doses[3].gy, rtol=1e-5, atol=1e-7)
    dose = case.beam_doses[3]
    alone = pencil_beam(water_cylinder().ct, beams[2], MODEL, dose.grid)
    deep = alone.gy > 0.2 * alone.gy.max()
    x, y, _ = np.moveaxis(dose.grid.to_patient(np.argwhere(deep)[:, ::-1]), -1, 0)
    inner = np.hypot(x, y) < RADIUS_MM - 8
    np.testing.assert_allclose(dose.gy[deep][inner], 5 * alone.gy[deep][inner], rtol=0.01)
    assert case.plan.beams == beams


@pytest.mark.parametrize(
    ("position", "entry"),
    [
        (PatientPosition.HFS, -40.0),
        (PatientPosition.HFP, 40.0),
        (PatientPosition.FFS, -40.0),
        (PatientPosition.FFP, 40.0),
    ],
)
def test_a_beam_from_above_enters_where_the_patient_faces(
    tmp_path: Path, position: PatientPosition, entry: float
) -> None:
    """Supine: from anterior (-y of LPS); prone: from posterior. The dose lies on the axes of the CT."""
    case = dose_job(tmp_path, water_case(square(), position=position))
    assert case.plan_dose is not None
    np.testing.assert_allclose(case.plan_dose.grid.axes, case.ct.grid.axes)
    dose = to_lps(case.plan_dose.volume)
    assert at(dose, 0, entry, 0) > 1.2 * at(dose, 0, -entry, 0)


def test_patient_position_turns_left_and_right(tmp_path: Path) -> None:
    """A half-open field at gantry 0: X2 is the patient's left when supine head first, the right feet first."""
    half = square()
    half = replace(half, control_points=tuple(replace(p, jaws=Jaws(0, 30, -20, 20)) for p in half.control_points))
    for position, side in (
        (PatientPosition.HFS, 1),
        (PatientPosition.HFP, -1),
        (PatientPosition.FFS, -1),
        (PatientPosition.FFP, 1),
    ):
        case = dose_job(tmp_path / position, water_case(half, position=position))
        assert case.plan_dose is not None
        dose = to_lps(case.plan_dose.volume)
        assert at(dose, side * 15, 0, 0) > 5 * at(dose, -side * 15, 0, 0)


def test_the_grid_is_as_asked_and_keeps_the_box_of_an_earlier_dose(tmp_path: Path) -> None:
    case = water_case(square(), calculation_options={"CalculationGridSizeInCM": "0.4"})
    first = dose_job(tmp_path / "a", case, grid_mm=None)
    assert first.plan_dose is not None
    assert first.plan_dose.grid.spacing_mm == pytest.approx((4.0, 4.0, 4.0))
    coarse = dose_job(tmp_path / "b", case, grid_mm=5.0)
    fine = dose_job(tmp_path / "c", coarse, grid_mm=2.5)
    assert coarse.plan_dose is not None
    assert fine.plan_dose is not None
    assert fine.plan_dose.grid.size == tuple(2 * n for n in coarse.plan_dose.grid.size)
    np.testing.assert_allclose(
        fine.plan_dose.grid.to_patient((0.5, 0.5, 0.5)), coarse.plan_dose.grid.to_patient((0, 0, 0))
    )


def test_a_beam_without_meterset_gets_one_and_it_is_said(tmp_path: Path) -> None:
    _, log, case = run(tmp_path, water_case(square(meterset_mu=0.0)), kind="dose", model=PENCIL, grid_mm=5.0)
    assert case is not None
    assert case.plan.beams[0].meterset_mu == 100.0
    assert "100 MU assumed" in " ".join(log["beams"]["1"])


def test_the_accurate_engine_goes_by_its_model(tmp_path: Path) -> None:
    case = dose_job(tmp_path, water_case(square()), model=CONE, grid_mm=5.0)
    assert case.plan_dose is not None
    assert case.plan_dose.algorithm == "collapsed cone"


def uniform(cells: int) -> FluenceMap:
    return FluenceMap(np.ones((cells, cells), np.float32), -1.25 * (cells - 1), 1.25 * (cells - 1))


def test_a_uniform_map_gives_the_dose_of_the_open_field(tmp_path: Path) -> None:
    wide = square(fluence=uniform(16))
    wide = replace(wide, control_points=tuple(replace(p, jaws=Jaws(-90, 90, -90, 90)) for p in wide.control_points))
    code, log, moved = run(tmp_path / "leaves", water_case(wide), kind="leaf_motion", model=LEAVES)
    assert code == 0, log
    assert moved is not None
    assert moved.plan_dose is None
    beam = moved.plan.beams[0]
    assert beam.control_points[0].jaws == Jaws(-20, 20, -20, 20)
    assert "sliding window" in " ".join(log["beams"]["1"]).lower()
    delivered = dose_job(tmp_path / "dose", moved).plan_dose
    opened = dose_job(tmp_path / "open", water_case(square(meterset_mu=mu_per_fluence(MODEL)))).plan_dose
    assert delivered is not None
    assert opened is not None
    assert delivered.grid.matches(opened.grid)
    assert np.abs(delivered.gy - opened.gy).max() < 0.002 * opened.gy.max()


def test_carriage_groups_of_a_wide_fluence_are_said(tmp_path: Path) -> None:
    code, log, moved = run(tmp_path, water_case(square(fluence=uniform(60))), kind="leaf_motion", model=LEAVES)
    assert code == 0, log
    assert "2 carriage groups" in " ".join(log["beams"]["1"])
    assert moved is not None
    weights = [point.meterset_weight for point in moved.plan.beams[0].control_points]
    assert len(weights) - len(set(weights)) == 1, "the beam is off while the carriages move"


def test_fluence_outside_fixed_jaws_is_said(tmp_path: Path) -> None:
    case = water_case(square(fluence=uniform(32)))
    _, log, _ = run(tmp_path, case, kind="leaf_motion", model=LEAVES, fixed_jaws=True)
    assert "75.0 % of the fluence lies outside" in " ".join(log["beams"]["1"])


@pytest.mark.parametrize(
    ("case", "request_of", "message"),
    [
        (water_case(square(1, fluence=uniform(8)), square(2)), {"kind": "leaf_motion", "model": LEAVES}, "found none"),
        (water_case(square(is_setup=True)), {"kind": "dose", "model": PENCIL}, "treatment beams"),
        (water_case(square(energy_mv=4.0)), {"kind": "dose", "model": PENCIL}, "no beam model '4X-FFF'"),
        (water_case(square(technique=Technique.ARC)), {"kind": "leaf_motion", "model": LEAVES}, "arc"),
        (replace(water_case(square()), structures=()), {"kind": "dose", "model": PENCIL}, "EXTERNAL"),
        (water_case(square()), {"kind": "dose", "model": PENCIL, "grid_mm": 50.0}, "grid_mm"),
        (
            water_case(square(), calculation_options={"CalculationGridSizeInCM": "wide"}),
            {"kind": "dose", "model": PENCIL},
            "centimetres",
        ),
        (water_case(square()), {"kind": "simulate", "model": PENCIL}, "kind"),
    ],
)
def test_what_cannot_be_calculated_is_logged(
    tmp_path: Path, case: Case, request_of: dict[str, Any], message: str
) -> None:
    code, log, _ = run(tmp_path, case, **request_of)
    assert code == 1
    assert message in json.dumps(log)
    assert str(tmp_path) not in json.dumps(log)


def test_a_beam_that_fails_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    case = water_case(square(1, fluence=uniform(8)), square(2))
    _, log, _ = run(tmp_path, case, kind="leaf_motion", model=LEAVES)
    assert any(line.startswith("Error:") for line in log["beams"]["2"])
    assert not any(line.startswith("Error:") for line in log["beams"]["1"])


def test_a_damaged_case_is_a_failure(tmp_path: Path) -> None:
    write_case(water_case(square()), tmp_path / "case")
    with (tmp_path / "case/ct.npy").open("r+b") as file:
        file.seek(500)
        file.write(b"\x01")
    (tmp_path / "request.json").write_text(json.dumps({"schema": 1, "kind": "dose", "model": PENCIL}))
    assert main([str(tmp_path)]) == 1
    assert "SHA-256" in (tmp_path / "log.json").read_text()


def test_it_runs_as_a_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "esapi_bridge.mock.calculate", str(tmp_path)], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert "request.json" in (tmp_path / "log.json").read_text()
    assert main([]) == 1
