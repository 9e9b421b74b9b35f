"""What can be found before a network is loaded is found then: the network of these tests may not be asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import Case, Override, Technique
from esapi_bridge.dicom import write_export
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders import room
from esapi_bridge.tasks import run_dose, run_fluence
from esapi_bridge.tasks.dose import run as dose_run
from esapi_bridge.tasks.fluence import run as fluence_run
from tests.report.synthetic import SLIM, make_case
from tests.tasks.fluence_case import make_case as make_fluence_case
from tests.tasks.fluence_case import make_model as make_fluence_model


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Networks that were asked for: none."""
    asked: list[object] = []

    def network(model: object) -> None:
        asked.append(model)
        raise AssertionError("the network was loaded")

    monkeypatch.setattr(dose_run, "DoseNetwork", network)
    monkeypatch.setattr(fluence_run, "FluenceNetwork", network)
    return asked


@pytest.fixture(scope="module")
def fluence_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fluence_model(tmp_path_factory.mktemp("models") / "maps")


@pytest.fixture(scope="module")
def fluence_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "plan"
    write_export(make_fluence_case(), folder, patient_id="1", patient_name="A")
    return folder


def edited(export: Path, target: Path, kind: str, **values: object) -> Path:
    """Copy an export with elements of one of its objects set, or removed where None."""
    shutil.copytree(export, target, ignore=shutil.ignore_patterns("reference", "SHA256SUMS"))
    for path in target.glob(f"{kind}.*.dcm"):
        dataset = pydicom.dcmread(path)
        for keyword, value in values.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(path)
    return target


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))


def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(room, "unfinished_folder", refuse)


@pytest.mark.parametrize("place", [full, read_only])
def test_a_place_that_takes_nothing_is_found_first(
    place: Callable[[pytest.MonkeyPatch], None], calls: list[object], export: Path, model: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    place(monkeypatch)
    with pytest.raises(BridgeError, match=r"the output (needs about \d+ MB, found 0 MB free|folder could not be)"):
        run_dose(export, tmp_path / "out", model=str(model))
    assert calls == []
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_place_of_fluences_is_found_first(
    calls: list[object], fluence_export: Path, fluence_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only(monkeypatch)
    with pytest.raises(BridgeError, match="Read-only file system"):
        run_fluence(fluence_export, tmp_path / "out", model=str(fluence_model))
    assert calls == []


@pytest.mark.parametrize("in_use", [True, False])
def test_a_name_that_cannot_be_had_is_found_first(
    in_use: bool, calls: list[object], export: Path, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("mine")
    out = tmp_path / "out" if in_use else tmp_path / "out" / "within a file"
    with pytest.raises(BridgeError, match=r"must (not exist or be empty|lie in a folder)"):
        run_dose(export, out, model=str(model))
    assert calls == []


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("RP", {"StudyInstanceUID": None}, "Study Instance UID"),
        ("RP", {"FrameOfReferenceUID": "1.2.99"}, "one frame of reference"),
        (
            "CT",
            {"ImageOrientationPatient": [np.cos(0.1), np.sin(0.1), 0, -np.sin(0.1), np.cos(0.1), 0]},
            "lie parallel",
        ),
        ("RD", {"DoseType": "EFFECTIVE"}, "RT Dose"),
    ],
)
def test_what_keeps_a_dose_from_being_computed_or_written_is_found_first(
    kind: str, values: dict[str, object], message: str, calls: list[object], export: Path, model: Path, tmp_path: Path
) -> None:
    source = edited(export, tmp_path / "plan", kind, **values)
    with pytest.raises(BridgeError, match=message):
        run_dose(source, tmp_path / "out", model=str(model))
    assert calls == []
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_what_keeps_fluences_from_being_written_is_found_first(
    calls: list[object], fluence_export: Path, fluence_model: Path, tmp_path: Path
) -> None:
    source = edited(fluence_export, tmp_path / "plan", "RP", StudyInstanceUID=None)
    with pytest.raises(BridgeError, match="Study Instance UID"):
        run_fluence(source, tmp_path / "out", model=str(fluence_model))
    assert calls == []


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(1, across_factor=SLIM)[0]


def with_beams(**changes: object) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        beams = tuple(replace(beam, **changes) for beam in case.plan.beams)  # type: ignore[arg-type]
        return replace(case, plan=replace(case.plan, beams=beams))

    return change


def with_override(quantity: str) -> Callable[[Case], Case]:
    def change(case: Case) -> Case:
        first, *rest = case.structures
        return replace(case, structures=(*rest, replace(first, override=Override(quantity, 7.0))))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_beams(technique=Technique.DYNAMIC), "technique"),
        (with_beams(sad_mm=100.0), "source_distance"),
        (with_override("EFFECTIVE_Z"), "overrides: .*says no density"),
        (with_override("REL_MASS_DENSITY"), "overrides: .*no CT calibration"),
    ],
)
def test_a_refusal_of_the_checks_comes_first(
    change: Callable[[Case], Case], message: str, case: Case, calls: list[object], model: Path, tmp_path: Path
) -> None:
    write_export(change(case), tmp_path / "plan", patient_id="1", patient_name="A")
    with pytest.raises(RefusedError, match=message):
        run_dose(tmp_path / "plan", tmp_path / "out", model=str(model))
    assert calls == []


def test_the_network_is_asked_for_when_all_is_well(
    calls: list[object], export: Path, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="was loaded"):
        run_dose(export, tmp_path / "out", model=str(model))
    assert len(calls) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "values"), [("RP", {"FrameOfReferenceUID": None}), ("RP", {"IssuerOfPatientID": "X"})]
)
def test_what_a_plan_need_not_state_stops_nothing(
    kind: str, values: dict[str, object], calls: list[object], export: Path, model: Path, tmp_path: Path
) -> None:
    """Not even late: the trial writes what the run would."""
    source = edited(export, tmp_path / "plan", kind, **values)
    with pytest.raises(AssertionError, match="was loaded"):
        run_dose(source, tmp_path / "out", model=str(model))
    assert len(calls) == 1
