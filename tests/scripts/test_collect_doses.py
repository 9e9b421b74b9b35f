"""CollectDoseNetData: fields that are calculated twice, what is written of them, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Case, DoseMedium, FluenceMode
from esapi_bridge.case.orientation import to_lps
from esapi_bridge.case.pair_folder import CollectedImage, find_images
from esapi_bridge.case.paired_field import Origin, PairedField
from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
from esapi_bridge.planning.engines import dose_in_body, physics_engines
from tests.cases import arc_beam, write_patient
from tests.scripts.calculation_server import CalculationServer, calculation_server
from tests.scripts.conftest import Eclipse, installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import (
    COURSE,
    HALF_FIELD_MM,
    LAST_NAME,
    MODEL,
    PATIENT,
    PLAN,
    courses_of,
    cylinder,
    plan_files,
    write_database,
)

pytestmark = [needs_mono, pytest.mark.slow]

SCRIPT = "CollectDoseNetData"
DONE, FAILED, REFUSED, CANCELLED = 0, 1, 3, 4
RESEARCH = "DDN_RESEARCH"
COARSE, FINE = "pencil beam_156MR3", "collapsed cone [15.6.03]"
MODELS = {"PhotonVolumeDose": [COARSE, FINE]}
COUNT_GY = 4e-5
"""A count of a dose: 1e-4 % of the 40 Gy that are prescribed."""

PAIRS = DosePairOptions(
    DoseModelOptions(COARSE, 10.0),
    DoseModelOptions(FINE, 5.0, {"DoseReportingMode": "Dose to water"}),
    random_fields=2,
    own_plans=True,
)


def _plans() -> dict[str, Case]:
    """Static fields and a set-up field; an arc; a field of an energy that no model calculates."""
    case = cylinder()
    first, second = case.plan.beams
    changes: dict[str, tuple[Any, ...]] = {
        PLAN: (
            replace(first, number=7, meterset_mu=50.0),
            second,
            replace(first, number=9, name="Setup", is_setup=True),
        ),
        "Arc": (arc_beam(1, 330.0, 8.0, HALF_FIELD_MM, points=3),),
        "Energy18X": (replace(first, energy_mv=18.0, fluence_mode=FluenceMode.STANDARD),),
    }
    return {
        name: replace(
            case,
            plan=replace(case.plan, name=name, beams=beams),
            beam_doses={},
            uids=replace(case.uids, plan=f"1.2.4.{number}"),
        )
        for number, (name, beams) in enumerate(changes.items(), start=80)
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalculationServer]:
    with calculation_server(tmp_path_factory.mktemp("pipes")) as serving:
        yield serving


class Site:
    """A mock Eclipse with the script, and one place for what is collected."""

    def __init__(self, eclipse: Eclipse, server: CalculationServer) -> None:
        self.eclipse, self.server = eclipse, server

    def run(
        self, database: Path, folder: Path, *words: str, failing: tuple[int, ...] = (), **how: Any
    ) -> dict[str, Any]:
        """Run the script; its answer."""
        self.server.reset(*failing)
        how = {"plan": PLAN, "patient": PATIENT} | how
        names: dict[str, Any] = {"ESAPI_BRIDGE_EXPORTS": str(folder), "ESAPI_BRIDGE_PYTHON": str(self.server.program)}
        return self.eclipse.run(SCRIPT, database, how.pop("plan"), *words, **how, **names)

    def run_and_save_anyway(self, database: Path, folder: Path, **environment: str) -> dict[str, Any]:
        """Run the script on the plan and save whatever it left; its outcome."""
        self.server.reset()
        names = {"ESAPI_BRIDGE_EXPORTS": str(folder), "ESAPI_BRIDGE_PYTHON": str(self.server.program)}
        return self.eclipse.run_and_save_anyway(SCRIPT, database, PATIENT, COURSE, PLAN, **environment, **names)


@pytest.fixture(scope="module")
def site(host: Host, tmp_path_factory: pytest.TempPathFactory, server: CalculationServer) -> Iterator[Site]:
    with installed(host, tmp_path_factory.mktemp("home"), SCRIPT, dose_pairs=PAIRS) as eclipse:
        yield Site(eclipse, server)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("db"), _plans(), models=MODELS)


@pytest.fixture
def one_plan(tmp_path: Path) -> Path:
    """A database of the first plan alone, for a test of its own."""
    return write_database(tmp_path / "db", {PLAN: _plans()[PLAN]}, models=MODELS)


@pytest.fixture(scope="module")
def before(database: Path) -> tuple[Any, Any]:
    return courses_of(database), plan_files(database)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("collected")


@pytest.fixture(scope="module")
def answer(site: Site, database: Path, folder: Path, before: tuple[Any, Any]) -> dict[str, Any]:
    assert before
    found = site.run(database, folder, save=True)
    assert found["exit_code"] == DONE, found["message"]
    return found


@pytest.fixture(scope="module")
def image(answer: dict[str, Any], folder: Path) -> CollectedImage:
    assert answer
    (found,) = find_images(folder)
    return found


@pytest.fixture(scope="module")
def fields(image: CollectedImage) -> dict[str, PairedField]:
    return {name: image.field(name) for name in image.field_names}


def _own(fields: dict[str, PairedField], number: int, beam: int) -> PairedField:
    (found,) = (f for n, f in fields.items() if f.plan == number and n.endswith(f"-{beam}"))
    return found


def test_what_lies_in_the_folder(image: CollectedImage, fields: dict[str, PairedField], answer: dict[str, Any]) -> None:
    assert sorted(path.name for path in image.folder.iterdir()) == ["case", "collection.json", "fields"]
    assert sorted(answer["outcome"]["written"]) == sorted(fields)
    assert sorted((f.origin, f.plan) for f in fields.values()) == [
        (Origin.OWN_PLAN, 1),
        (Origin.OWN_PLAN, 1),
        (Origin.OWN_PLAN, 2),
        (Origin.RANDOM, None),
        (Origin.RANDOM, None),
    ]
    for field in (image.folder / "fields").iterdir():
        for line in (field / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256((field / name).read_bytes()).hexdigest() == digest


def test_the_case_holds_ct_and_body(image: CollectedImage) -> None:
    case, source = image.case(), cylinder()
    np.testing.assert_array_equal(case.ct.values, source.ct.values)
    assert [s.name for s in case.body_outlines] == ["BODY"]
    assert (case.plan_dose, dict(case.beam_doses), len(case.plan.beams)) == (None, {}, 1)


def test_random_fields_are_as_in_the_paper(fields: dict[str, PairedField]) -> None:
    ct = to_lps(cylinder().ct)
    body = rasterise(cylinder().structures[0], ct.grid, ct.grid.spacing_mm[2])
    drawn = [f.beams[0] for f in fields.values() if f.origin is Origin.RANDOM]
    for beam in drawn:
        point = beam.control_points[0]
        jaws = point.jaws
        assert beam.meterset_mu == 100.0
        assert (beam.machine, beam.energy_label, point.couch_deg) == ("TrueBeam", "10X-FFF", 0.0)
        assert all(low < 0 < high for low, high in ((jaws.x1_mm, jaws.x2_mm), (jaws.y1_mm, jaws.y2_mm)))
        assert all(20 <= size <= 200 for size in (jaws.x2_mm - jaws.x1_mm, jaws.y2_mm - jaws.y1_mm))
        i, j, k = (round(float(v)) for v in ct.grid.to_index(np.array(beam.isocentre_mm)))
        assert body[k, j, i]
    assert len({(b.isocentre_mm, b.control_points[0].gantry_deg) for b in drawn}) == 2


def test_own_fields_are_those_of_the_plans(fields: dict[str, PairedField]) -> None:
    plans = _plans()
    for number, (plan, index) in enumerate(((PLAN, 0), (PLAN, 1), ("Arc", 0))):
        source = plans[plan].plan.beams[index]
        (beam,) = _own(fields, 1 if number < 2 else 2, source.number).beams
        assert (beam.number, beam.name, beam.meterset_mu) == (source.number, source.name, source.meterset_mu)
        assert (beam.technique, beam.isocentre_mm) == (source.technique, source.isocentre_mm)
        for found, given in zip(beam.control_points, source.control_points, strict=True):
            assert found.jaws == given.jaws
            angles = (found.gantry_deg, found.meterset_weight)
            assert angles == pytest.approx((given.gantry_deg, given.meterset_weight))


def test_doses_are_those_of_the_two_engines(image: CollectedImage, fields: dict[str, PairedField]) -> None:
    case = image.case()
    body = rasterise(case.body_outlines[0], case.ct.grid, case.ct.grid.spacing_mm[2])
    for field in fields.values():
        (beam,) = field.beams
        engines = physics_engines(beam.energy_label, DoseMedium.WATER)
        for engine, found, spacing in ((engines.coarse, field.coarse, 10.0), (engines.fine, field.fine, 5.0)):
            expected = dose_in_body(engine, case.ct, body, beam, found.dose.grid, field.patient_position)
            assert found.dose.grid.spacing_mm == (spacing,) * 3
            np.testing.assert_allclose(found.dose.gy, expected.gy, atol=COUNT_GY)
            assert found.dose.gy.max() > 0.1


def test_what_calculated_them(fields: dict[str, PairedField]) -> None:
    for field in fields.values():
        assert (field.coarse.algorithm, field.coarse.version) == ("pencil beam", "156MR3")
        assert (field.fine.algorithm, field.fine.version) == ("collapsed cone", "15.6.03")
        assert (field.coarse.dose.medium, field.fine.dose.medium) == (None, DoseMedium.WATER)
        assert field.fine.options["/collapsedCalculationOptions/@DoseReportingMode"] == "Dose to water"
        assert field.coarse.options["/pencilCalculationOptions/@CalculationGridSizeInCM"] == "1"


def test_a_field_that_fails_is_named_and_the_others_go_on(image: CollectedImage, answer: dict[str, Any]) -> None:
    listed = json.loads((image.folder / "collection.json").read_text())
    ((name, failure),) = listed["failed"].items()
    assert answer["outcome"]["failed"] == [name]
    assert failure["reason"].startswith(f"The coarse dose must be calculated by {COARSE}, it was not: ")
    assert "18X" in failure["reason"]
    assert listed["plans"][name.split("-")[1]] == 3
    assert listed["asked"]["fine"] == {
        "model": FINE,
        "grid_mm": 5,
        "options": {"DoseReportingMode": "Dose to water", "CalculationGridSizeInCM": "0.5"},
    }


def test_nothing_of_it_stays_in_eclipse(answer: dict[str, Any], database: Path, before: tuple[Any, Any]) -> None:
    assert answer["saved"]
    assert (courses_of(database), plan_files(database)) == before


def test_no_name_goes_along(answer: dict[str, Any], folder: Path) -> None:
    assert LAST_NAME not in answer["message"]
    for path in folder.rglob("*"):
        assert PATIENT not in path.name
        if path.is_file():
            assert all(secret.encode() not in path.read_bytes() for secret in (LAST_NAME, PATIENT, "Carl"))


def test_what_is_there_is_not_calculated_again(
    site: Site, database: Path, image: CollectedImage, fields: dict[str, PairedField]
) -> None:
    written = {path: path.stat().st_mtime_ns for path in (image.folder / "fields").glob("*/*")}
    again = site.run(database, image.folder.parent)
    assert again["message"].startswith("5 of 6 fields are there, 5 of them before this run. Failed: plan-")
    assert site.server.models == [COARSE]  # of the field that cannot be calculated
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert len(fields) == 5


def test_a_cancelled_run_keeps_what_is_done_and_the_next_goes_on(site: Site, one_plan: Path, tmp_path: Path) -> None:
    """It is cancelled in the second field, between its doses; then saved, so that what it left would be seen."""
    folder, before = tmp_path / "collected", courses_of(one_plan)
    outcome = site.run_and_save_anyway(one_plan, folder, ESAPI_BRIDGE_CANCEL_AT="random-0001: fine")
    assert outcome["exit_code"] == CANCELLED
    assert outcome["message"].startswith("Cancelled; the next run goes on. 1 of 4 fields are there")
    assert courses_of(one_plan) == before
    (image,) = find_images(folder)
    assert [path.name for path in (image.folder / "fields").iterdir()] == ["random-0000"]
    kept = (image.folder / "fields" / "random-0000" / "coarse.npy").stat().st_mtime_ns

    partial = image.folder / "fields" / ".case-00.partial"  # as a run that is killed leaves it
    partial.mkdir()
    answer = site.run(one_plan, folder, ESAPI_BRIDGE_CANCEL_AT="plan-")
    assert answer["exit_code"] == CANCELLED
    assert site.server.models == [COARSE, FINE]
    assert not partial.exists()
    assert image.field_names == ("random-0000", "random-0001")
    assert (image.folder / "fields" / "random-0000" / "coarse.npy").stat().st_mtime_ns == kept


def test_a_field_whose_calculation_is_killed_comes_with_the_next_run(
    site: Site, one_plan: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "collected"
    first = site.run(one_plan, folder, failing=(1,), ESAPI_BRIDGE_CANCEL_AT="random-0001")
    (image,) = find_images(folder)
    assert first["outcome"]["failed"] == ["random-0000"]
    assert "random-0000" in json.loads((image.folder / "collection.json").read_text())["failed"]
    second = site.run(one_plan, folder, ESAPI_BRIDGE_CANCEL_AT="random-0001")
    assert second["outcome"]["written"] == ["random-0000"]
    assert json.loads((image.folder / "collection.json").read_text())["failed"] == {}


def test_many_failures_in_a_row_end_the_run(site: Site, database: Path, tmp_path: Path) -> None:
    answer = site.run(database, tmp_path / "collected", failing=tuple(range(9)))
    assert (answer["exit_code"], len(site.server.models)) == (FAILED, 5)
    assert answer["message"].startswith("Stopped, as 5 fields failed one after the other. 0 of 6 fields are there")


@pytest.mark.parametrize("others", [("DDN_of_user", "DNP_012345678"), ()])
def test_what_a_killed_run_left_is_removed_and_nothing_else(
    site: Site, tmp_path: Path, others: tuple[str, ...]
) -> None:
    """A plan is known by the digest of its own UID in its id; the course goes with the last of them."""
    plan, uid = _plans()[PLAN], "1.2.4.99"
    left = f"DNP_{hashlib.sha256(uid.encode()).hexdigest()[:9]}"
    research = {
        name: replace(plan, plan=replace(plan.plan, name=name), uids=replace(plan.uids, plan=plan_uid))
        for name, plan_uid in ((left, uid), *((name, f"1.2.4.{n}") for n, name in enumerate(others)))
    }
    database = write_database(tmp_path / "db", {}, models=MODELS)
    write_patient(database, PATIENT, {COURSE: {PLAN: plan}, RESEARCH: research}, LAST_NAME, "Carl")
    site.run_and_save_anyway(database, tmp_path / "collected", ESAPI_BRIDGE_CANCEL_AT="random-0000: coarse")
    kept = {course: [entry["id"] for entry in plans] for course, plans in courses_of(database).items()}
    assert kept == ({COURSE: [PLAN], RESEARCH: list(others)} if others else {COURSE: [PLAN]})


@pytest.mark.parametrize(
    ("switch", "reason"), [("--no-licence", "No valid license"), ("--clinical", "is not approved")]
)
def test_without_the_right_to_write(site: Site, database: Path, tmp_path: Path, switch: str, reason: str) -> None:
    answer = site.run(database, tmp_path / "collected", switch)
    assert answer["exit_code"] == REFUSED
    assert answer["message"].startswith("Eclipse must let this script write, it does not")
    assert reason in answer["message"]
    _nothing_was_done(site, answer, tmp_path)


def test_without_the_dose_models(site: Site, tmp_path: Path) -> None:
    database = write_database(
        tmp_path / "db", {PLAN: _plans()[PLAN]}, models={"PhotonVolumeDose": [COARSE, "AAA_15.6"]}
    )
    answer = site.run(database, tmp_path / "collected")
    assert answer["exit_code"] == REFUSED
    assert (
        f"expected {FINE}, found {COARSE}, AAA_15.6, {MODEL}: choose with" in answer["message"]
    )  # that of the plan too
    _nothing_was_done(site, answer, tmp_path)


def test_without_the_option(site: Site, tmp_path: Path) -> None:
    models = {"PhotonVolumeDose": {COARSE: {}, FINE: {"/X/@CalculationGridSizeInCM": "0.25"}}}
    database = write_database(tmp_path / "db", {PLAN: _plans()[PLAN]}, models=models)
    answer = site.run(database, tmp_path / "collected")
    assert answer["exit_code"] == REFUSED
    assert "must have the option DoseReportingMode, found /X/@CalculationGridSizeInCM" in answer["message"]
    _nothing_was_done(site, answer, tmp_path)


def test_without_a_body(site: Site, tmp_path: Path) -> None:
    plan = replace(_plans()[PLAN], structures=())
    database = write_database(tmp_path / "db", {PLAN: plan}, models=MODELS)
    answer = site.run(database, tmp_path / "collected")
    assert answer["exit_code"] == REFUSED
    assert answer["message"].startswith(
        "Doses need one body outline (a structure of type EXTERNAL with contours), found 0"
    )
    _nothing_was_done(site, answer, tmp_path)


@pytest.mark.parametrize(
    ("opened", "named"),
    [
        ({"plan": None}, "The plan needs a structure set"),
        ({"plan": None, "patient": None}, "An open patient is needed"),
    ],
)
def test_with_nothing_open(site: Site, database: Path, tmp_path: Path, opened: dict[str, Any], named: str) -> None:
    answer = site.run(database, tmp_path / "collected", **opened)
    assert answer["exit_code"] == REFUSED
    assert answer["message"].startswith(named)
    _nothing_was_done(site, answer, tmp_path)


@pytest.mark.parametrize("unit", ["Gy", "cGy"])
def test_a_plan_that_never_had_a_dose_is_not_calculated_by_a_script_of_15(
    site: Site, tmp_path: Path, unit: str
) -> None:
    """Random fields get a new plan then, with a prescription in the system's unit."""
    plan = replace(_plans()[PLAN], plan_dose=None)
    database = write_database(tmp_path / "db", {PLAN: plan}, models=MODELS, dose_unit=unit)
    answer = site.run(database, tmp_path / "collected")
    assert answer["exit_code"] == FAILED
    assert "0 of 4 fields are there" in answer["message"]
    assert answer["message"].count("Plan does not have a dose matrix") == 4
    assert site.server.models == []


@pytest.mark.parametrize(
    ("key", "found", "named"),
    [
        ("coarse", {"model": "AAA_15.6"}, "calculated in the same way, expected the coarse dose as {"),
        ("seed", 2, "of one seed, expected 2, found 1"),
    ],
)
def test_a_folder_of_other_doses_is_refused(
    site: Site, database: Path, image: CollectedImage, tmp_path: Path, key: str, found: object, named: str
) -> None:
    other = tmp_path / "collected" / image.name
    other.mkdir(parents=True)
    listed = json.loads((image.folder / "collection.json").read_text())
    listed["asked"][key] = found
    (other / "collection.json").write_text(json.dumps(listed))
    answer = site.run(database, tmp_path / "collected")
    assert answer["exit_code"] == REFUSED, answer["message"]
    assert named in answer["message"]
    assert site.server.models == []


def _nothing_was_done(site: Site, answer: dict[str, Any], folder: Path) -> None:
    assert site.server.models == []
    assert not (folder / "collected").exists()
    assert answer["saved"] is False
