"""The fluence task on an export, with a small untrained network: what comes out, and what is refused."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case, FluenceMap, PatientPosition, Technique, Volume
from esapi_bridge.case.beam_frame import beam_frame
from esapi_bridge.dicom import read_optimal_fluence, write_export, write_optimal_fluence, write_rtdose
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.report import style
from esapi_bridge.report.browser import BROWSER_VARIABLE
from esapi_bridge.tasks import FluenceResult, run_fluence
from esapi_bridge.tasks.fluence.record import FluenceRecord
from esapi_bridge.tasks.run_record import read_run
from tests.tasks.fluence_case import (
    GANTRY_DEG,
    PRESCRIPTION_GY,
    PTV_RADII,
    make_case,
    make_model,
    wanted_dose,
)

pytestmark = pytest.mark.slow

PATIENT_ID, PATIENT_NAME = "SECRET4711", "Doe^Canary"


@pytest.fixture(scope="module", autouse=True)
def small_pictures() -> Iterator[None]:
    """Pictures are looked at by people; here few pixels do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


def export_of(case: Case, folder: Path) -> Path:
    write_export(case, folder, patient_id=PATIENT_ID, patient_name=PATIENT_NAME)
    return folder


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_of(make_case(), tmp_path_factory.mktemp("export") / "plan")


def printing(path: Path) -> str:
    """A program that stands in for a browser: its PDF holds the intended use and the digest of the page."""
    path.write_text(
        f"#!{sys.executable}\nimport hashlib, sys, urllib.request\n"
        "(pdf,) = (a[15:] for a in sys.argv if a.startswith('--print-to-pdf='))\n"
        "page = urllib.request.urlopen(sys.argv[-1]).read()\n"
        f"text = {INTENDED_USE!r} + hashlib.sha256(page).hexdigest()\n"
        "open(pdf, 'w').write(f'%PDF-1.4 {text} %%EOF')\n"
    )
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def done(export: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> FluenceResult:
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BROWSER_VARIABLE, printing(out / "browser"))
        return run_fluence(export, out / "fluence", model=str(model), pdf=sys.platform != "win32")


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for a browser by a script with a #! line")
def test_the_page_is_printed_and_recorded(done: FluenceResult) -> None:
    pdf = done.folder / "report.pdf"
    assert done.pdf == pdf
    assert hashlib.sha256((done.folder / "report.html").read_bytes()).hexdigest() in pdf.read_text()
    digest = hashlib.sha256(pdf.read_bytes()).hexdigest()
    assert {file.name: file.sha256 for file in done.record.outputs}["report.pdf"] == digest
    assert "pdf" in done.record.seconds


def test_a_print_that_fails_leaves_nothing(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BridgeError("the browser must print the page, it ended with 1")

    monkeypatch.setattr("esapi_bridge.tasks.run.find_browser", lambda: tmp_path / "browser")
    monkeypatch.setattr("esapi_bridge.tasks.run.print_pdf", fail)
    monkeypatch.setattr("esapi_bridge.tasks.fluence.report.write_fluence_report", lambda _, path: path)
    with pytest.raises(BridgeError, match="must print"):
        run_fluence(export, tmp_path / "out", model=str(model), pdf=True)
    assert list(tmp_path.iterdir()) == []


def test_every_field_has_its_file(done: FluenceResult) -> None:
    names = [f"G{gantry:03.0f}.optimal_fluence" for gantry in GANTRY_DEG]
    assert [path.name for path in done.fluence_files.values()] == names
    there = {p.name for p in done.folder.iterdir()} - {"report.pdf"}
    assert there == {*names, "RTPLAN.dcm", "report.html", "run.json"}


def test_fluence_lies_on_the_shadow_of_the_target(done: FluenceResult) -> None:
    """The target is an ellipsoid around the isocentre: its shadow and a margin of 15 mm hold all fluence."""
    for beam in make_case().plan.beams:
        fluence = read_optimal_fluence(done.fluence_files[beam.number])
        rows, columns = np.nonzero(fluence.values > 0.01 * fluence.values.max())
        x_mm = fluence.x_origin_mm + 2.5 * columns
        y_mm = fluence.y_origin_mm - 2.5 * rows
        across = (
            np.abs(beam_frame(beam, PatientPosition.HFS).axes[0, :2]) @ PTV_RADII[:2]
        )  # no smaller than the half width
        assert np.abs(x_mm).max() < across * 1.05 + 15
        assert np.abs(y_mm).max() < PTV_RADII[2] * 1.05 + 15
        assert np.abs(y_mm).max() > PTV_RADII[2] - 5
        middle = (np.abs(x_mm) < 10) & (np.abs(y_mm) < 10)
        assert fluence.values[rows[middle], columns[middle]].min() > 0


def test_the_plan_copy_holds_the_same_fluences(done: FluenceResult, export: Path) -> None:
    dataset = pydicom.dcmread(done.plan_file)
    for beam in read_plan(dataset).plan.beams:
        wanted = read_optimal_fluence(done.fluence_files[beam.number])
        assert beam.fluence is not None
        assert np.abs(beam.fluence.values - wanted.values).max() < 1e-6
        assert replace(beam.fluence, values=wanted.values) == wanted
    assert dataset.RTPlanLabel == "RSCH_Prostate1"
    source = pydicom.dcmread(next(export.glob("RP.*.dcm")))
    assert (dataset.PatientID, dataset.StudyInstanceUID) == (PATIENT_ID, source.StudyInstanceUID)


def test_run_record(done: FluenceResult, export: Path) -> None:
    record = read_run(done.folder / "run.json", FluenceRecord)
    assert (record.task, record.intended_use, record.model.name) == ("fluence", INTENDED_USE, "tiny")
    assert (record.prescription_gy, record.fractions) == (44.0, 20)
    assert record.structures["PTV"] == ("PTV_44",)
    assert record.normalisation.rule == "prescription"
    assert record.normalisation.structure == "PTV_44"
    assert record.normalisation.mean_gy == pytest.approx(PRESCRIPTION_GY, rel=0.02)  # 44 Gy in the whole target
    files = {p.relative_to(done.folder).as_posix(): p for p in done.folder.rglob("*") if p.is_file()}
    digests = {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items() if name != "run.json"}
    assert {f.name: f.sha256 for f in record.outputs} == digests
    assert {"read", "check", "contours", "load network", "network", "write", "report"} <= set(record.seconds)
    assert not [check for check in record.checks if check.verdict == "refuse"]
    assert {f.kind for f in record.inputs} == {"CT", "RTSTRUCT", "RTPLAN", "RTDOSE PLAN"}
    text = (done.folder / "run.json").read_text()
    assert PATIENT_ID not in text
    assert str(export) not in text


def test_every_file_carries_the_intended_use(done: FluenceResult) -> None:
    for path in done.folder.rglob("*"):
        if path.is_file():
            assert INTENDED_USE.encode() in path.read_bytes(), path.name
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert PATIENT_ID not in page
    assert "Canary" not in page
    assert page.count("data:image/png;base64,") >= 2  # maps and histograms
    assert not re.search(r"https?://|@import|url\(", page)


def test_the_source_is_untouched(export: Path, model: Path, tmp_path: Path) -> None:
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in export.iterdir()}
    run_fluence(export, tmp_path / "out", model=str(model), report=False)
    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in export.iterdir()} == before
    assert not (tmp_path / "out" / "report.html").exists()


def test_fluence_goes_with_the_wanted_dose(export: Path, model: Path, done: FluenceResult, tmp_path: Path) -> None:
    """Twice the dose is twice the fluence: the network sees dose over prescription, and 1.4 times is still let through.

    The prescription stays, so that the network's input grows; the estimate behind it is linear.
    """
    dose = wanted_dose()
    plan_file = next(export.glob("RP.*.dcm"))
    more = replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(1.4)))
    path = write_rtdose(more, plan_file, tmp_path / "wanted.dcm", description="wanted")
    found = run_fluence(export, tmp_path / "out", model=str(model), wanted_dose=path, report=False)
    for number, file in found.fluence_files.items():
        ratio = read_optimal_fluence(file).values.sum() / read_optimal_fluence(done.fluence_files[number]).values.sum()
        assert ratio == pytest.approx(1.4, rel=0.01)
    assert found.record.normalisation.mean_gy == pytest.approx(1.4 * done.record.normalisation.mean_gy, rel=1e-4)
    assert [f.kind for f in found.record.inputs].count("RTDOSE WANTED") == 1
    warned = [check.check for check in found.record.checks if check.verdict == "warn"]
    assert "dose_level" in warned


def test_goals_without_delivery_are_of_the_wanted_dose(done: FluenceResult) -> None:
    assert len(done.record.goals) == 10
    assert all(goal.wanted is not None and goal.delivered is None for goal in done.record.goals)
    assert done.report is not None
    page = done.report.read_text(encoding="utf-8")
    section = page.split("<h2>Plan goals</h2>")[1].split("</table>")[0]
    assert section.count('class="chip ') == 10, "one verdict a goal"


def test_a_reference_plan_sets_the_level_and_nothing_else(
    export: Path, model: Path, done: FluenceResult, tmp_path: Path
) -> None:
    dose, plan_file = wanted_dose(), next(export.glob("RP.*.dcm"))
    more = replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(1.03)))
    path = write_rtdose(more, plan_file, tmp_path / "reference.dcm", description="reference plan")
    found = run_fluence(export, tmp_path / "out", model=str(model), reference_dose=path, report=False)
    assert found.record.normalisation.rule == "reference"
    assert found.record.normalisation.mean_gy == pytest.approx(1.03 * done.record.normalisation.mean_gy, rel=1e-4)
    for number, file in found.fluence_files.items():
        assert file.read_bytes() == done.fluence_files[number].read_bytes()
    tenfold = replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(10)))
    path = write_rtdose(tenfold, plan_file, tmp_path / "tenfold.dcm", description="reference plan")
    with pytest.raises(RefusedError, match="reference_dose_level"):
        run_fluence(export, tmp_path / "more", model=str(model), reference_dose=path)


def test_a_clinical_fluence_is_compared_with(export: Path, model: Path, done: FluenceResult, tmp_path: Path) -> None:
    """Against its own maps times 0.8 each sum is 25 % too large, and the shape is the same."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for number, file in done.fluence_files.items():
        own = read_optimal_fluence(file)
        write_optimal_fluence(replace(own, values=own.values * np.float32(0.8)), folder / file.name, f"{number}")
    found = run_fluence(export, tmp_path / "out", model=str(model), clinical=folder, report=False)
    for beam in found.record.beams:
        assert beam.reference is not None
        assert beam.reference.sum_error_percent == pytest.approx(25.0, abs=0.01)
        own = read_optimal_fluence(done.fluence_files[beam.number])
        pixels = 160 * 160  # the frame that the paper's figures refer to
        expected = 0.2 * own.values.sum() / pixels * 125.0 / 100  # 125 MU for fluence 1, in units of 100 MU
        assert beam.reference.mean_error_fractional_mu == pytest.approx(expected, rel=1e-3)
        assert beam.reference.ssim is not None
        assert beam.reference.ssim < 1
        assert beam.maximum == pytest.approx(own.values.max(), rel=1e-5)
        assert beam.sum_cm2 == pytest.approx(own.values.sum() * 0.0625, rel=1e-4)
    (folder / "G000.optimal_fluence").unlink()
    with pytest.raises(BridgeError, match="G000"):
        run_fluence(export, tmp_path / "more", model=str(model), clinical=folder, report=False)
    assert not (tmp_path / "more").exists()


def without(*names: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, structures=tuple(s for s in case.structures if s.name not in names))


def of_beams(**changes: object) -> Callable[[Case], Case]:
    def edit(case: Case) -> Case:
        beams = tuple(replace(b, **changes) for b in case.plan.beams)  # type: ignore[arg-type]
        return replace(case, plan=replace(case.plan, beams=beams))

    return edit


def _vmat(case: Case) -> Case:
    first = case.plan.beams[0]
    points = tuple(replace(p, gantry_deg=g) for p, g in zip(first.control_points, (181.0, 179.0), strict=True))
    arc = replace(first, control_points=points, technique=Technique.ARC)
    return replace(case, plan=replace(case.plan, beams=(arc, *case.plan.beams[1:])))


def _five_beams(case: Case) -> Case:
    return replace(case, plan=replace(case.plan, beams=case.plan.beams[:5]))


def _other_ct(case: Case) -> Case:
    """Contours drawn on an image in which the patient lies 25 cm further up: all air, or outside."""
    moved = tuple(
        replace(s, contours_mm=tuple(c + np.array([0.0, 160.0, 0.0]) for c in s.contours_mm)) for s in case.structures
    )
    return replace(case, structures=moved)


def _narrow_jaws(case: Case) -> Case:
    def closed(beam):
        points = tuple(replace(p, jaws=replace(p.jaws, y2_mm=5.0)) for p in beam.control_points)
        return replace(beam, control_points=points) if beam.number == 3 else beam

    return replace(case, plan=replace(case.plan, beams=tuple(closed(b) for b in case.plan.beams)))


def _dose_off_target(case: Case) -> Case:
    assert case.plan_dose is not None
    dose = case.plan_dose
    cut = Volume(dose.gy[:10], replace(dose.grid, size=(*dose.grid.size[:2], 10)), dose.volume.unit)
    return replace(case, plan_dose=replace(dose, volume=cut))


def _tenfold(case: Case) -> Case:
    assert case.plan_dose is not None
    dose = case.plan_dose
    return replace(case, plan_dose=replace(dose, volume=replace(dose.volume, values=dose.gy * np.float32(10))))


def of_plan(**changes: object) -> Callable[[Case], Case]:
    return lambda case: replace(case, plan=replace(case.plan, **changes))  # type: ignore[arg-type]


BAD = {
    "no PTV": (without("PTV_44"), "structure PTV: expected a structure with contours, found none"),
    "no bladder": (without("Bladder"), "structure Bladder"),
    "wrong energy": (of_beams(energy_mv=6.0), "energy: expected 15X, found 6X"),
    "other machine": (of_beams(machine="Linac"), "machine: expected TrueBeam, found Linac"),
    "VMAT": (_vmat, r"standing_gantry: .*ARC \(VMAT"),
    "5 beams": (_five_beams, "fields: expected 7 treatment beams, found 5"),
    "contours on another CT": (_other_ct, "contours_on_ct"),
    "PTV outside the jaws": (_narrow_jaws, r"ptv_in_field: .*behind Y2 of beam 3 \(G103\)"),
    "dose beside the PTV": (_dose_off_target, "dose_covers_ptv"),
    "dose in another unit": (_tenfold, "dose_level"),
    "no prescription": (of_plan(prescription_gy=None), "prescription"),
    "no fractions": (of_plan(fractions=None), "prescription"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name_and_nothing_is_written(name: str, model: Path, tmp_path: Path) -> None:
    edit, message = BAD[name]
    export = export_of(edit(make_case()), tmp_path / "export")
    with pytest.raises(RefusedError, match=message) as caught:
        run_fluence(export, tmp_path / "out", model=str(model))
    assert [p.name for p in tmp_path.iterdir()] == ["export"]
    assert PATIENT_ID not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_nan_in_the_dose_is_refused(model: Path, tmp_path: Path) -> None:
    export = export_of(make_case(), tmp_path / "export")
    (tmp_path / "export" / "SHA256SUMS").unlink()
    path = next(export.glob("RD.*.dcm"))
    dataset = pydicom.dcmread(path)
    with pydicom.config.disable_value_validation():
        dataset.DoseGridScaling = "nan"
    dataset.save_as(path)
    with pytest.raises(BridgeError, match=r"Dose Grid Scaling \(3004,000E\) must be finite"):
        run_fluence(export, tmp_path / "out", model=str(model))
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_contours_in_another_frame_of_reference_are_refused(model: Path, tmp_path: Path) -> None:
    export = export_of(make_case(), tmp_path / "export")
    (tmp_path / "export" / "SHA256SUMS").unlink()
    path = next(export.glob("RS.*.dcm"))
    dataset = pydicom.dcmread(path)
    for item in dataset.StructureSetROISequence:
        item.ReferencedFrameOfReferenceUID = "1.2.99"
    for item in dataset.get("ReferencedFrameOfReferenceSequence", []):
        item.FrameOfReferenceUID = "1.2.99"
    dataset.save_as(path)
    with pytest.raises(RefusedError, match="share one frame of reference"):
        run_fluence(export, tmp_path / "out", model=str(model))
    assert not (tmp_path / "out").exists()


def test_a_wanted_dose_in_another_frame_is_refused(export: Path, model: Path, tmp_path: Path) -> None:
    plan = pydicom.dcmread(next(export.glob("RP.*.dcm")))
    plan.FrameOfReferenceUID = "1.2.99"
    path = write_rtdose(wanted_dose(), plan, tmp_path / "wanted.dcm", description="elsewhere")
    with pytest.raises(RefusedError, match="wanted dose must lie in the plan's frame of reference"):
        run_fluence(export, tmp_path / "out", model=str(model), wanted_dose=path)


def test_set_up_fields_get_no_fluence(model: Path, tmp_path: Path) -> None:
    case = make_case()
    setup = replace(
        case.plan.beams[0], number=8, name="CBCT", is_setup=True, technique=Technique.STATIC, meterset_mu=0.0
    )
    case = replace(case, plan=replace(case.plan, beams=(setup, *case.plan.beams)))
    found = run_fluence(export_of(case, tmp_path / "export"), tmp_path / "out", model=str(model), report=False)
    assert set(found.fluence_files) == {1, 2, 3, 4, 5, 6, 7}
    (noted,) = (check.found for check in found.record.checks if check.check == "setup_fields")
    assert noted == "1 left out"


def test_what_training_did_not_see_is_warned_of(model: Path, tmp_path: Path) -> None:
    case = make_case(patient_position=PatientPosition.HFP)
    found = run_fluence(export_of(case, tmp_path / "export"), tmp_path / "out", model=str(model), report=False)
    (warning,) = (check for check in found.record.checks if check.check == "arrangement")
    assert (warning.verdict, warning.found) == ("warn", "HFP")


def test_fields_of_one_name_keep_apart(model: Path, tmp_path: Path) -> None:
    case = of_beams(name="Field/1 ü")(make_case())
    found = run_fluence(export_of(case, tmp_path / "export"), tmp_path / "out", model=str(model), report=False)
    assert found.fluence_files[3].name == "Field_1___3.optimal_fluence"
    assert len({path.name for path in found.fluence_files.values()}) == 7


def test_a_dose_model_is_not_taken(export: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="no fluence model"):
        run_fluence(export, tmp_path / "out", model="ddn-lite")


def test_what_the_network_returns_is_checked(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad(values: np.ndarray) -> None:
        def fluences(self, scene, plan, progress=None):
            return tuple(replace(b, fluence=FluenceMap(values, -10.0, 10.0)) for b in plan.treatment_beams)

        monkeypatch.setattr("esapi_bridge.tasks.fluence.network.FluenceNetwork.fluences", fluences)

    for values, check in (
        (np.full((9, 9), np.nan, np.float32), "importable"),
        (np.full((9, 9), -1, np.float32), "importable"),
        (np.zeros((9, 9), np.float32), "not_empty"),
        (np.full((9, 9), 50, np.float32), "sum"),
        (np.pad(np.full((9, 9), 0.3, np.float32), ((0, 0), (0, 60)), constant_values=0.3), "on_target"),
    ):
        bad(values)
        with pytest.raises(RefusedError, match=check):
            run_fluence(export, tmp_path / "out", model=str(model))
        assert not list(tmp_path.iterdir())


def test_figures_of_a_delivery_are_recorded_and_shown(export: Path, model: Path, tmp_path: Path) -> None:
    from esapi_bridge.tasks.fluence.plan import Delivery, Figure

    def deliver(plan):
        assert plan.normalisation.mean_gy == pytest.approx(44.0, rel=0.02)
        assert plan.masks["PTV"].any()
        figures = (Figure("PTV D95, % of prescription", 98.0, 97.25), Figure("penile bulb, mean dose, Gy", 1.0, np.nan))
        volume = plan.wanted_dose.volume
        less = replace(plan.wanted_dose, volume=replace(volume, values=volume.values * np.float32(0.9)))
        return Delivery("a test", less, {1: 100.0}, figures)

    folder = tmp_path / "export"
    shutil.copytree(export, folder)
    (folder / "letter.txt").write_text("not of the plan")
    found = run_fluence(folder, tmp_path / "out", model=str(model), deliver=deliver)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["delivery"]["by"] == "a test"
    assert record["delivery"]["figures"] == {
        "PTV D95, % of prescription": [98.0, 97.25], "penile bulb, mean dose, Gy": [1.0, None]
    }  # fmt: skip
    assert found.report is not None
    page = found.report.read_text(encoding="utf-8")
    assert "Delivered by: a test" in page
    assert "1 file (not DICOM)" in page, "what was left aside is shown"
    assert [item["reason"] for item in record["left_aside"]] == ["not DICOM"]
    assert "97.25" in page
    (data,) = re.findall(r'id="viewer-data">(.*?)</script>', page)
    assert [dose["name"] for dose in json.loads(data)["doses"]] == ["Wanted", "Delivered"]
    d95 = next(goal for goal in record["goals"] if goal["text"] == "PTV D95% >= 96 %")
    assert (d95["structures"], d95["wanted"]["met"], d95["delivered"]["met"]) == (["PTV_44"], True, False)
    assert d95["delivered"]["value"] == pytest.approx(0.9 * d95["wanted"]["value"], rel=1e-5)
    assert d95["delivered"]["missed_by"] == pytest.approx(96 - d95["delivered"]["value"])
    (row,) = re.findall(r"<tr><td>PTV D95% &gt;= 96 %</td>.*</tr>", page)
    assert ">met<" in row
    assert f">missed by {d95['delivered']['missed_by']:.2g} %<" in row


def test_the_page_says_what_is_known_of_the_network(export: Path, model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "known")
    card = yaml.safe_load((folder / "card.yaml").read_text())
    card["known_failures"] = ["Weak where it was little trained."]
    (folder / "card.yaml").write_text(yaml.safe_dump(card))
    run_fluence(export, tmp_path / "out", model=str(folder))
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Weak where it was little trained." in page
