"""The demo only joins parts, so they are replaced here; the whole way is tested with the tasks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from esapi_bridge.cli.delivery import deliver as planning
from esapi_bridge.errors import BridgeError
from tests.cli.conftest import Run


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[object, ...]]:
    made: list[tuple[object, ...]] = []

    def export_phantom(site, folder, options, *, progress):
        progress("dose of beam 1", 0, 4)
        made.append(("export", site, folder, options.beams, options.seed))

    def run_dose(export, out, *, model, reference, pdf, progress):
        progress("beam 1", 3, 80)
        made.append(("dose", export, out, model, reference, pdf))
        row = SimpleNamespace(pass_percent=98.76, evaluated="network", reference="reference", criterion="2 %/2 mm")
        record = SimpleNamespace(metrics=SimpleNamespace(gamma=[row]))
        return SimpleNamespace(record=record, plan_file=out / "plan.dcm", report=out / "report.html")

    def find_model(name, task):
        if name == "unheard-of":
            raise BridgeError("no such model")

    def export_subject(patient, folder, options, *, progress):
        progress("plan", 1, 3)
        made.append((options.technique, patient, folder, options.seed))

    def run_fluence(export, out, *, model, deliver, pdf, progress):
        progress("network", 1, 7)
        made.append(("fluence", export, out, model, deliver, pdf))
        figures = {"PTV D95, % of prescription": (98.0, 97.5), "rectum, mean dose, Gy": (15.0, 15.2)}
        record = SimpleNamespace(delivery=SimpleNamespace(figures=figures))
        return SimpleNamespace(record=record, folder=out, report=out / "report.html")

    monkeypatch.setattr(
        "esapi_bridge.planning.imrt.anatomy.prostate_patient", lambda seed, spacing_mm: ("patient", seed)
    )
    monkeypatch.setattr("esapi_bridge.planning.export.export_subject", export_subject)
    monkeypatch.setattr("esapi_bridge.tasks.run_fluence", run_fluence)
    monkeypatch.setattr("esapi_bridge.planning.export.export_phantom", export_phantom)
    monkeypatch.setattr("esapi_bridge.tasks.run_dose", run_dose)
    monkeypatch.setattr("esapi_bridge.models.find_model", find_model)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def demo(esapi: Run) -> Run:
    """Run the demo with these options."""
    return lambda *options: esapi("demo", *options)


def test_the_dose_is_computed_from_the_export_and_judged_by_its_reference(calls, demo) -> None:
    ended = demo("-o", "here", "--beams", "2", "--seed", "5", "--model", "toy", "--no-fluence")
    assert ended.code == 0
    here = Path("here")
    assert calls == [
        ("export", "thorax", here / "export", 2, 5),
        ("dose", here / "export", here / "dose", "toy", here / "export" / "reference", False),
    ]
    lines = ended.out.splitlines()
    assert "98.8 %" in lines[0]
    assert lines[-2:] == [f"dose    {here / 'dose' / 'plan.dcm'}", f"report  {here / 'dose' / 'report.html'}"]


def test_the_fluence_of_a_prostate_plan_comes_last(calls, demo) -> None:
    ended = demo("-o", "here", "--seed", "5", "--fluence", "--fluence-model", "small")
    assert ended.code == 0
    here = Path("here")
    assert [call[0] for call in calls] == ["export", "dose", "imrt", "fluence"]
    assert calls[2] == ("imrt", ("patient", 5), here / "imrt", 5)
    assert calls[3] == ("fluence", here / "imrt", here / "fluence", "small", planning, False)
    lines = ended.out.splitlines()
    assert lines[-4:] == [
        "figure  PTV D95, % of prescription: wanted 98, delivered 97.5",
        f"export  {here / 'imrt'}",
        f"fluence {here / 'fluence'}",
        f"report  {here / 'fluence' / 'report.html'}",
    ]


@pytest.mark.parametrize("installed", [True, False])
def test_fluence_is_shown_where_a_network_for_it_is_installed(calls, demo, monkeypatch, installed: bool) -> None:
    monkeypatch.setattr("esapi_bridge.models.list_models", lambda task: ["a network"] if installed else [])
    assert demo("-o", "here").code == 0
    assert ("fluence" in [call[0] for call in calls]) == installed


def test_without_a_name_a_new_folder_is_chosen(calls, demo) -> None:
    assert demo().code == 0
    folder = calls[0][2]
    assert isinstance(folder, Path)
    assert folder.parts[0] == "out"
    assert folder.parts[1].startswith("demo-2")


def test_a_model_that_is_not_there_is_noticed_before_the_export(calls, demo) -> None:
    assert demo("--model", "unheard-of").code == 1
    assert demo("--fluence", "--fluence-model", "unheard-of").code == 1
    assert calls == []


def test_pages_are_printed_where_that_is_wanted_and_a_browser_is(calls, demo, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESAPI_BRIDGE_BROWSER", str(tmp_path / "none"))
    assert demo("--pdf", "--fluence").code == 3
    assert calls == []
    monkeypatch.setattr("esapi_bridge.tasks.run.find_browser", lambda: tmp_path / "browser")
    assert demo("--pdf", "--fluence").code == 0
    assert [call[-1] for call in calls if call[0] in {"dose", "fluence"}] == [True, True]


def test_an_existing_folder_is_left_alone(calls, demo, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert demo("-o", "here").code == 1
    assert calls == []
