"""``esapi-bridge data dose|fluence|collect dose|collect fluence|picture``: options handed on, answers, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from dosenet.store import read_patients
from esapi_bridge.case import FieldKind
from esapi_bridge.case.folder import write_case
from esapi_bridge.errors import BridgeError
from esapi_bridge.executors.processes import Processes
from esapi_bridge.training_data.dose_pairs import PairsMade
from esapi_bridge.training_data.field_mix import Mix
from esapi_bridge.training_data.fluence_plans import PlansMade
from esapi_bridge.training_data.pair_patients import PatientPlan
from fluencenet.store import FluenceStore
from tests.cli.conftest import Run
from tests.collected import write_image
from tests.dicom.test_paired import plan_case, two_folders
from tests.scripts import prostate
from tests.training_data import paired

Calls = list[tuple[tuple[object, ...], dict[str, object]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the makers of data are asked for; they take minutes and are tested in their own room."""
    made: Calls = []

    def make_pairs(*given: object, **options: object) -> PairsMade:
        made.append((given, options))
        return PairsMade(5, 3, ("lung",))

    def make_plans(*given: object, **options: object) -> PlansMade:
        made.append((given, options))
        return PlansMade(4, 2, ("prostate-000001",))

    def draw_plan(*given: object) -> None:
        made.append((given, {}))

    monkeypatch.setattr("esapi_bridge.training_data.dose_pairs.make_pairs", make_pairs)
    monkeypatch.setattr("esapi_bridge.training_data.fluence_plans.make_plans", make_plans)
    monkeypatch.setattr("esapi_bridge.training_data.plan_picture.draw_plan", draw_plan)
    return made


def test_pairs_of_phantoms_and_cts(calls: Calls, esapi: Run) -> None:
    counts = ("--phantoms", 3, "--validation", 1, "--test", 1, "--fields", 7, "--seed", 2, "--workers", 2)
    cts = ("--ct", "lung=lung.nii", "--ct", "head=a=b.nii", "--ct", "box=c@2.nii@0:9,10:29,3:77", "--split", "train")
    answer = esapi("data", "dose", "-o", "pairs.zarr", *counts, *cts, "--coarse-at-fine", "--json").answer
    assert (answer["calculated"], answer["there"], answer["left_alone"]) == (5, 3, ["lung"])
    (store, patients, fields, mix), options = calls[0]
    assert (store, fields, options["coarse_at_fine"]) == (Path("pairs.zarr"), 7, True)
    assert mix == Mix(seed=2), "all kinds and energies"
    assert options["executor"] == Processes(2, threads=0), "they share the processors"
    assert isinstance(patients, list)
    assert [patient.split for patient in patients[:3]].count("validation") == 1
    assert patients[3:] == [
        PatientPlan("lung", "train", "ct", ct_file=Path("lung.nii")),
        PatientPlan("head", "train", "ct", ct_file=Path("a=b.nii")),
        PatientPlan("box", "train", "ct", ct_file=Path("c@2.nii"), voxels=((0, 9), (10, 29), (3, 77))),
    ]
    some = ("--kind", "arc", "--kind", "sliding window", "--energy", "6X-FFF")
    assert "5 calculated, 3 were there" in esapi("data", "dose", "-o", "pairs.zarr", *some).out
    assert calls[1][0][3] == Mix((FieldKind.ARC, FieldKind.SLIDING_WINDOW), ("6X-FFF",), 1)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-o", "x", "--phantoms", 0),
        ("-o", "x", "--ct", "x.nii"),
        ("-o", "x", "--split", "all"),
        ("-o", "x", "--kind", "wedge"),
    ],
)
def test_wrong_usage_of_pairs(calls: Calls, esapi: Run, options: tuple[object, ...]) -> None:
    assert esapi("data", "dose", *options).code == 2
    assert calls == []


def test_plans(calls: Calls, esapi: Run) -> None:
    counts = ("--train", 6, "--validation", 1, "--test", 2)
    found = esapi(
        "data", "fluence", "-o", "plans.zarr", *counts, "--seed", 4, "--turned", 0.5, "--workers", 2, "--json"
    )
    assert (found.answer["made"], found.answer["there"], found.answer["replaced"]) == (4, 2, ["prostate-000001"])
    given, options = calls[0]
    assert given == (Path("plans.zarr"), {"train": 6, "validation": 1, "test": 2}, 4)
    assert (options["turned"], options["executor"]) == (0.5, Processes(2))
    assert "4 made, 2 were there, 1 missed the limits" in esapi("data", "fluence", "-o", "plans.zarr").out
    assert esapi("data", "fluence", "-o", "plans.zarr", "--turned", 1.5).code == 2


def test_a_cluster_does_it_instead_of_processes_of_this_machine(calls: Calls, esapi: Run) -> None:
    cluster = pytest.importorskip("esapi_bridge.executors.cluster", reason="the extra 'cluster' is not installed")
    for command in (("data", "fluence"), ("data", "dose")):
        said = (*command, "-o", "x.zarr", "--cluster", "tcp://node1:8786")
        assert esapi(*said, "--workers", 2).code == 2
        assert esapi(*said).code == 0
    assert [options["executor"] for _, options in calls] == [cluster.Cluster("tcp://node1:8786")] * 2


def test_a_store_of_another_layout_fails_plainly(esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("expected a store of layout 2, found 1")

    monkeypatch.setattr("esapi_bridge.training_data.fluence_plans.make_plans", refuse)
    found = esapi("data", "fluence", "-o", "plans.zarr")
    assert found.code == 1
    assert "failed: expected a store of layout 2, found 1" in found.err


def test_a_picture(calls: Calls, esapi: Run) -> None:
    assert "plan.png" in esapi("data", "picture", "--seed", 3, "-o", "plan.png").out
    assert calls == [((3, Path("plan.png")), {})]


def test_a_plan_is_collected_and_one_that_cannot_serve_is_not(tmp_path: Path, esapi: Run) -> None:
    write_case(prostate.with_fluence(prostate.prostate()), tmp_path / "cases" / "plan-1")
    write_case(prostate.prostate(), tmp_path / "cases" / "plan-2")
    store = tmp_path / "store.zarr"
    collect = ("data", "collect", "fluence", "-o", store, "--mu-per-fluence", 130)
    cases = esapi(*collect, tmp_path / "cases", "--json").answer["cases"]
    assert [(case["name"], case["state"]) for case in cases] == [("plan-1", "added"), ("plan-2", "refused")]
    assert "found beam 1: none" in cases[1]["reason"]
    assert FluenceStore(store).names() == ["plan-1"]
    again = esapi(*collect, tmp_path / "cases" / "plan-2")
    assert again.code == 3
    assert "all 1 were refused" in again.err
    assert str(tmp_path) not in again.err


def test_the_factor_is_needed(tmp_path: Path, esapi: Run) -> None:
    done = esapi("data", "collect", "fluence", tmp_path, "-o", tmp_path / "store.zarr")
    assert done.code == 2
    assert "--mu-per-fluence" in done.err


def test_an_error_of_the_maker_keeps_its_code(esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def miss(*_: object, **__: object) -> None:
        raise BridgeError("too many plans miss the limits")

    monkeypatch.setattr("esapi_bridge.training_data.fluence_plans.make_plans", miss)
    assert esapi("data", "fluence", "-o", "plans.zarr").code == 1


def test_fields_that_were_calculated_twice_are_collected(tmp_path: Path, esapi: Run) -> None:
    collected, store = tmp_path / "collected", tmp_path / "pairs.zarr"
    coarse = paired.water_field("random-0001", coarse_grid=paired.FINE_GRID)
    fields = [paired.water_field(), paired.water_field("random-0002", paired.field_beam(2, 90.0, 15.0)), coarse]
    write_image(collected, "dose-0123456789abcdef", paired.water_case(), fields)
    collect = ("data", "collect", "dose", collected, "-o", store)
    answer = esapi(*collect, "--site", "pelvis", "--json").answer
    assert [(pair["field"], pair["state"]) for pair in answer["pairs"]] == [
        ("random-0000", "added"),
        ("random-0001", "refused"),
        ("random-0002", "added"),
    ]
    assert answer["taken"] == {"pelvis": {"6X": 1, "15X": 1}}
    again = esapi(*collect)
    assert again.code == 0
    assert "random-0001  refused  refused by 1 check: coarse_grid: expected a coarse dose at 5 mm" in again.out
    assert "0 added, 2 were there, 1 refused" in again.out
    (patient,) = read_patients(store)
    assert [field.name for field in patient.fields()] == ["random-0000", "random-0002"]


def test_fields_of_an_export_are_collected(tmp_path: Path, esapi: Run) -> None:
    cases = [plan_case(paired.COARSE_GRID, "AAA"), plan_case(paired.FINE_GRID, "Acuros")]
    exports = two_folders(tmp_path / "exports", *cases)
    collect = ("data", "collect", "dose", *exports, "-o", tmp_path / "pairs.zarr", "--coarse-algorithm", "AAA 15.6.06")
    refused = esapi(*collect)
    assert (refused.code, "give --fine-algorithm" in refused.out) == (3, True)
    found = esapi(*collect, "--fine-algorithm", "Acuros XB 15.6", "--dose-to", "medium")
    assert "not stated  6X 3" in found.out
    (patient,) = read_patients(tmp_path / "pairs.zarr")
    kinds = [
        (field.kind, field.attributes["fine_algorithm"], field.attributes["dose_to"]) for field in patient.fields()
    ]
    assert kinds == [("plan", "Acuros XB", "medium"), *[("open", "Acuros XB", "medium")] * 2]


def test_nothing_to_learn_from_is_refused(tmp_path: Path, esapi: Run) -> None:
    (tmp_path / "empty").mkdir()
    done = esapi("data", "collect", "dose", tmp_path / "empty", "-o", tmp_path / "pairs.zarr")
    assert done.code == 3
    assert str(tmp_path) not in done.err
