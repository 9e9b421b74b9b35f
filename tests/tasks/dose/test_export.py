from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml
from PIL import Image

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Case
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.dicom import read_export, read_rtdose, write_export
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.models import find_model
from esapi_bridge.report import page as dose_page
from esapi_bridge.report import style
from esapi_bridge.report.browser import BROWSER_VARIABLE, print_pdf
from esapi_bridge.report.script import FILES, page_script
from esapi_bridge.tasks import DoseResult, run_dose
from esapi_bridge.tasks.dose import export as dose
from esapi_bridge.tasks.dose import run as dose_run
from esapi_bridge.tasks.dose.fields import transform
from esapi_bridge.tasks.dose.network import DoseNetwork
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.run_record import case_sha256, read_run
from tests.report.browser import OpenedPage, chromium
from tests.report.synthetic import SLIM, make_case
from tests.tasks.conftest import PATIENT_ID, PATIENT_NAME, make_model

pytestmark = pytest.mark.slow


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def before(export: Path) -> dict[str, str]:
    return digests(export)


@pytest.fixture(scope="module")
def done(export: Path, model: Path, before: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> DoseResult:
    out = tmp_path_factory.mktemp("dose") / "out"
    return run_dose(export, out, model=str(model), reference=export / "reference", beam_doses=True)


def test_exactly_one_plan_dose_and_one_for_each_beam(done: DoseResult) -> None:
    kinds = [pydicom.dcmread(f, stop_before_pixels=True).DoseSummationType for f in done.folder.glob("*.dcm")]
    assert sorted(kinds) == ["BEAM", "BEAM", "PLAN"]


def test_beam_doses_add_up_to_the_plan_dose(done: DoseResult) -> None:
    plan = read_rtdose(done.plan_file)
    beams = [read_rtdose(file) for file in done.beam_files.values()]
    assert all(beam.grid.matches(plan.grid) for beam in beams)
    difference = np.abs(np.sum([beam.gy for beam in beams], axis=0) - plan.gy)
    assert difference.max() <= 1e-5 * plan.gy.max()
    assert all(beam.gy.max() > 0.1 for beam in beams)


def test_without_beam_doses_the_plan_dose_and_the_figures_are_the_same(
    done: DoseResult, export: Path, model: Path, tmp_path: Path
) -> None:
    """Nine beams of a large grid are 630 MB; whoever wants them asks for them."""
    alone = run_dose(export, tmp_path / "out", model=str(model), reference=export / "reference", report=False)
    assert sorted(path.name for path in alone.folder.iterdir()) == ["RTDOSE_PLAN.dcm", "run.json"]
    assert alone.beam_files == {}
    pixels = [pydicom.dcmread(result.plan_file).PixelData for result in (done, alone)]
    assert pixels[0] == pixels[1]
    assert alone.record.metrics == done.record.metrics


def test_the_fine_grid_tiles_the_coarse_one(done: DoseResult, case: Case) -> None:
    fine, coarse = read_rtdose(done.plan_file).grid, case.beam_doses[1].grid
    assert fine.size == tuple(4 * n for n in coarse.size)
    np.testing.assert_allclose(np.subtract(coarse.origin_mm, fine.origin_mm), 1.875, atol=1e-6)


def test_the_dose_is_near_the_input_in_absolute_gray(done: DoseResult, case: Case) -> None:
    # The network hardly changes the dose, so its means over the coarse voxels must be those of the input.
    assert case.plan_dose is not None
    fine = read_rtdose(done.plan_file).gy
    k, j, i = (n // 4 for n in fine.shape)
    means = fine.reshape(k, 4, j, 4, i, 4).mean(axis=(1, 3, 5))
    inner = case.plan_dose.gy > 0.5 * case.plan_dose.gy.max()
    assert np.median(means[inner] / case.plan_dose.gy[inner]) == pytest.approx(1, abs=0.05)


def test_the_dose_refers_to_the_plan_and_patient_it_came_from(done: DoseResult, export: Path, case: Case) -> None:
    dataset = pydicom.dcmread(done.plan_file, stop_before_pixels=True)
    assert dataset.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == case.uids.plan
    assert dataset.FrameOfReferenceUID == case.uids.frame_of_reference
    assert (dataset.PatientID, dataset.PatientName) == (PATIENT_ID, PATIENT_NAME)
    assert dataset.SOPInstanceUID not in {
        pydicom.dcmread(f, stop_before_pixels=True).SOPInstanceUID for f in export.rglob("*.dcm")
    }


def test_the_export_is_not_touched(done: DoseResult, export: Path, before: dict[str, str]) -> None:
    assert digests(export) == before


class Page(HTMLParser):
    """Collects what a test asks about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references += [
            v or "" for k, v in attrs if k in {"src", "href", "srcset", "data", "action"} or k.startswith("on")
        ]

    def handle_data(self, data: str) -> None:
        if self.lasttag not in {"style", "title", "script"} and data.strip():
            self.words.append(data.strip())


@pytest.fixture(scope="module")
def page(done: DoseResult) -> Page:
    assert done.report is not None
    return Page(done.report.read_text(encoding="utf-8"))


def test_the_report_is_one_file_that_fetches_nothing(done: DoseResult, page: Page) -> None:
    assert done.report is not None
    text = done.report.read_text(encoding="utf-8")
    assert {"link", "iframe", "object", "embed", "form", "base"}.isdisjoint(page.tags)
    assert all(reference.startswith("data:image/png;base64,") for reference in page.references)
    assert page.tags.count("img") == 6
    assert not re.search(r"https?://|@import|url\(", re.sub(r"data:image/png;base64,[\w+/=]+", "", text))


def test_the_report_has_no_scripts_but_ours(done: DoseResult) -> None:
    """Its policy, which the browser obeys, lets exactly these run, by hashes computed here from what the page holds."""
    assert done.report is not None
    text = done.report.read_text(encoding="utf-8")
    kinds = re.findall(r"<script([^>]*)>", text)
    assert all(re.fullmatch(r"(| type=\"application/json\" id=\"[a-z-]+-data\")", kind) for kind in kinds)
    code = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(code) == kinds.count("")
    ours = [page_script(name).code for name in FILES]
    assert code
    assert all(script in ours for script in code)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in code]
    (policy,) = re.findall(r"<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\">", text)
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    assert rules == {
        "default-src": "'none'", "img-src": "data:", "style-src": "'unsafe-inline'", "base-uri": "'none'",
        "form-action": "'none'", "script-src": " ".join(f"'sha256-{digest}'" for digest in hashes),
    }  # fmt: skip
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_research_only_is_said_in_every_artefact(done: DoseResult, page: Page) -> None:
    for file in done.folder.glob("*.dcm"):
        dataset = pydicom.dcmread(file, stop_before_pixels=True)
        assert "research" in dataset.SeriesDescription.lower()
        assert INTENDED_USE in dataset.DoseComment
    assert json.loads((done.folder / "run.json").read_text())["intended_use"] == INTENDED_USE
    assert page.words[0] == INTENDED_USE
    assert INTENDED_USE in page.words[-2:]
    for reference in page.references:
        image = Image.open(io.BytesIO(base64.b64decode(reference.partition(",")[2])))
        assert image.info["Description"] == INTENDED_USE
        # Burned in: white letters on the red label in the lower right corner.
        corner = np.asarray(image.convert("RGB"))[-24:-4, -250:-10].reshape(-1, 3)
        assert (corner == (155, 28, 28)).all(axis=1).mean() > 0.4
        assert (corner > 200).all(axis=1).mean() > 0.02


def test_the_report_says_what_is_compared(page: Page) -> None:
    text = " ".join(page.words)
    assert re.search(r"2 %/2 mm, global \(max\), 10 % cut-off, \d+ voxels", text)
    assert "pencil beam 1" in text
    assert "collapsed cone 1" in text
    for wrong in ("Acuros", "Monte Carlo"):
        assert wrong not in text
    for section in ("Facts", "Numbers", "Dose on CT", "Profiles", "Dose-volume histograms", "Gamma", "Checks"):
        assert section in page.words
    for structure in ("PTV", "Lung R", "Cord"):
        assert structure in page.words


def test_no_patient_identity_outside_the_dicom_files(done: DoseResult) -> None:
    for name in ("run.json", "report.html"):
        text = (done.folder / name).read_text(encoding="utf-8")
        assert PATIENT_ID not in text
        assert "Canary" not in text


def test_run_record_follows_its_schema_and_hashes_fit(done: DoseResult, export: Path) -> None:
    record = read_run(done.folder / "run.json", DoseRecord)
    assert record == done.record
    assert isinstance(record, DoseRecord)
    assert {f.name: f.sha256 for f in record.outputs} == {
        name: digest for name, digest in digests(done.folder).items() if name != "run.json"
    }
    found = digests(export)
    sources = {digest for name, digest in found.items() if name.endswith(".dcm")}
    assert {f.sha256 for f in record.inputs} == sources
    assert [f.kind for f in record.inputs].count("REFERENCE") == 3
    assert {"read", "check", "network", "write", "evaluate", "report"} <= set(record.seconds)
    assert {"esapi-bridge", "python", "torch", "numpy"} <= set(record.versions)
    assert record.precision == "float32"
    assert {c.verdict for c in record.checks} <= {"pass", "warn"}
    assert [e.of for e in record.metrics.errors] == ["plan", "beam 1", "beam 2"]
    with pytest.raises(ValueError, match="surprise"):
        DoseRecord.model_validate({**record.model_dump(by_alias=True), "surprise": 1})


def test_errors_in_the_record_are_those_of_the_written_files(done: DoseResult, export: Path, case: Case) -> None:
    """Recompute the error with SimpleITK, straight from the files."""
    import SimpleITK as sitk

    def image(path: Path) -> sitk.Image:
        raw = sitk.ReadImage(str(path))
        scale = float(pydicom.dcmread(path, stop_before_pixels=True).DoseGridScaling)
        scaled: sitk.Image = sitk.Cast(raw, sitk.sitkFloat64) * scale
        return scaled

    fine = image(done.plan_file)
    assert case.plan_dose is not None
    coarse = sitk.Cast(sitk.GetImageFromArray(case.plan_dose.gy), sitk.sitkFloat64)
    coarse.SetOrigin(case.plan_dose.grid.origin_mm)
    coarse.SetSpacing(case.plan_dose.grid.spacing_mm)
    truth = image(export / "reference" / "RD.plan.dcm")
    given, network, wanted = (sitk.GetArrayFromImage(sitk.Resample(v, fine)) for v in (coarse, fine, truth))
    slices = given.max(axis=(1, 2)) >= 0.1 * case.plan_dose.gy.max()
    maximum = float(case.plan_dose.gy.max())
    for figure, values in (("linear", given), ("network", network)):
        mse = np.mean(((values - wanted)[slices] / maximum) ** 2)
        assert getattr(done.record.metrics.errors[0], figure) == pytest.approx(mse, rel=1e-3)


def test_plan_dose_mode_warns_and_writes_one_dose(export: Path, model: Path, tmp_path: Path) -> None:
    result = run_dose(export, tmp_path / "out", model=str(model), per_beam=False, report=False)
    assert sorted(p.name for p in result.folder.iterdir()) == ["RTDOSE_PLAN.dcm", "run.json"]
    assert result.record.source == "plan dose"
    (check,) = (c for c in result.record.checks if c.check == "dose_source")
    assert (check.verdict, check.expected) == ("warn", "field doses, as in training")
    assert result.record.metrics.errors == ()


def test_a_result_inside_the_export_is_left_aside_and_told(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(style, "DPI", 30)  # nothing of its pictures is looked at
    folder = tmp_path / "export"
    shutil.copytree(export, folder, ignore=shutil.ignore_patterns("reference", "SHA256SUMS"))
    plan_file = next(folder.glob("RP.*"))
    plan = pydicom.dcmread(plan_file)
    del plan.FrameOfReferenceUID
    plan.save_as(plan_file)
    run_dose(folder, folder / "result", model=str(model), per_beam=False, report=False)
    again = run_dose(folder, tmp_path / "out", model=str(model), per_beam=False)
    told = {(item.kind, item.reason, item.count) for item in again.record.left_aside}
    assert told == {("RT Dose", "result of an earlier run", 1), ("file", "not DICOM", 1)}
    assert "frame of reference" in again.record.assumed[0]
    assert read_run(again.folder / "run.json", DoseRecord) == again.record
    assert again.report is not None
    words = Page(again.report.read_text(encoding="utf-8")).words
    assert "1 RT Dose (result of an earlier run); 1 file (not DICOM)" in words
    assert "Assumed" in words


def test_progress_counts_to_the_end(export: Path, model: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    run_dose(export, tmp_path / "out", model=str(model), report=False, progress=lambda *told: seen.append(told))
    steps = list(dict.fromkeys(step for step, _, _ in seen))
    beams = ["beam 1 (1 of 2)", "beam 2 (2 of 2)"]
    assert steps == ["read", "check", "network", *beams, "write", "evaluate"]
    for step in beams:
        counts = [done for name, done, _ in seen if name == step]
        assert counts == sorted(counts)
        assert counts[-1] == next(total for name, _, total in seen if name == step)


class Injected(Exception):  # noqa: N818
    """A failure made by a test."""


@pytest.fixture(scope="module")
def transformed(export: Path, model: Path) -> tuple[DoseSet, DoseSet]:
    """What the network makes of the export; once is enough for tests of what comes after."""
    case = along_patient_axes(read_export(export).case)
    return transform(case, list(case.beam_doses.values()), DoseNetwork(find_model(model, "dose")), None, None)


@pytest.mark.parametrize(
    ("where", "failure"),
    [
        ("write_rtdose", OSError),
        ("evaluate", Injected),
        ("evaluate", KeyboardInterrupt),
        ("write_report", Injected),
        ("write_report", KeyboardInterrupt),
        ("metrics", Injected),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_nothing(
    export: Path,
    model: Path,
    transformed: tuple[DoseSet, DoseSet],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    failure: type[BaseException],
    there: bool,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(dose_run, "transform", lambda *_: transformed)
    monkeypatch.setattr({"write_rtdose": dose, "write_report": dose_page}.get(where, dose_run), where, fail)
    if there:
        (tmp_path / "out").mkdir()
    with pytest.raises(BridgeError if failure is OSError else failure):
        run_dose(export, tmp_path / "out", model=str(model), report=where == "write_report")
    assert [p.name for p in tmp_path.rglob("*")] == (["out"] if there else [])


def test_an_interrupt_during_the_network_leaves_nothing(export: Path, model: Path, tmp_path: Path) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_dose(export, tmp_path / "out", model=str(model), progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_names_check_and_values_and_leaves_nothing(export: Path, tmp_path: Path) -> None:
    other = make_model(tmp_path / "other", energies=("6X",))
    with pytest.raises(RefusedError, match="energy: expected 6X, found 10X-FFF"):
        run_dose(export, tmp_path / "out", model=str(other))
    assert [p.name for p in tmp_path.iterdir()] == ["other"]


def test_a_folder_in_use_is_not_touched(export: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(BridgeError, match="must not exist or be empty"):
        run_dose(export, tmp_path / "out", model=str(model))
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"


def test_a_reference_of_another_frame_is_refused(export: Path, model: Path, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(export / "reference" / "RD.plan.dcm")
    dataset.FrameOfReferenceUID = "1.2.99"
    dataset.save_as(tmp_path / "other.dcm")
    with pytest.raises(RefusedError, match="frame of reference"):
        run_dose(export, tmp_path / "out", model=str(model), reference=tmp_path / "other.dcm")
    assert [p.name for p in tmp_path.iterdir()] == ["other.dcm"]


def test_a_reference_without_plan_dose_is_named(export: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="exactly one dose of the whole plan, found 0"):
        run_dose(export, tmp_path / "out", model=str(model), reference=export / "reference" / "RD.1.dcm")


def test_without_beam_doses_the_plan_dose_is_used(model: Path, tmp_path: Path) -> None:
    case = replace(make_case(1, across_factor=SLIM)[0], beam_doses={})
    write_export(case, tmp_path / "plan", patient_id="1", patient_name="A")
    result = run_dose(tmp_path / "plan", tmp_path / "out", model=str(model), report=False)
    assert result.record.source == "plan dose"
    with pytest.raises(RefusedError, match="has_dose: expected a dose for every treatment beam, found none for beam 1"):
        run_dose(tmp_path / "plan", tmp_path / "again", model=str(model), per_beam=True)


def test_case_hash_follows_the_content(case: Case) -> None:
    again = make_case(2, across_factor=SLIM)[0]
    assert case_sha256(case) == case_sha256(again)
    values = case.ct.values.copy()
    values[0, 0, 0] += 1
    assert case_sha256(replace(case, ct=replace(case.ct, values=values))) != case_sha256(case)


def test_without_a_browser_to_print_nothing_is_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError, match="needs a browser, found none"):
        run_dose(tmp_path / "no export", tmp_path / "out", pdf=True)
    with pytest.raises(ValueError, match="print of a page"):
        run_dose(tmp_path / "no export", tmp_path / "out", pdf=True, report=False)


@pytest.fixture(scope="module")
def printed(done: DoseResult, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The text of each sheet of the page, as the browser of this machine prints it, white space put together."""
    browser, reader = shutil.which("chromium"), shutil.which("pdftotext")
    if browser is None or reader is None:
        pytest.skip("needs chromium, and pdftotext of poppler-utils")
    assert done.report is not None
    pdf = print_pdf(done.report, tmp_path_factory.mktemp("pdf") / "page.pdf", Path(browser))
    text = subprocess.run([reader, "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    return [" ".join(sheet.split()) for sheet in text.split("\f")[:-1]]


def test_every_sheet_says_what_it_is_for(printed: list[str]) -> None:
    assert 3 <= len(printed) <= 8
    assert all(INTENDED_USE in sheet for sheet in printed)


def test_the_print_says_what_the_page_says_and_names_no_file(done: DoseResult, printed: list[str]) -> None:
    text = " ".join(printed)
    for section in ("Facts", "Numbers", "Dose on CT", "Profiles", "Dose-volume histograms", "Gamma", "Checks", "Time"):
        assert section in text
    for row in done.record.metrics.gamma:
        assert f"{row.pass_percent:.1f} %" in text
    for name, dose_gy in done.record.metrics.maximum_gy.items():
        assert f"{name} {dose_gy:.4f}" in text
    assert not re.search(r"file:|/tmp|report\.html", text)
    assert "all structures" not in text, "what scripts add is not printed"


def test_the_whole_page_lives_and_its_parts_know_each_other(done: DoseResult) -> None:
    """Viewer and histograms on one page: a structure that one of them takes away is away in both."""
    assert done.report is not None
    with chromium() as browser:
        opened = OpenedPage(browser, done.report)
        page = opened.open()
        page.wait_for_selector("#viewer[data-state=ready]")
        assert page.locator("#dvh-chart").is_visible()
        assert page.locator("#viewer [data-structure]").count() == page.locator("tr[data-structure]").count() == 5
        in_viewer, in_table = page.locator("#viewer [data-structure='5']"), page.locator("tr[data-structure='5'] input")
        in_table.uncheck()
        page.wait_for_selector("#viewer [data-structure='5']:not(:checked)")  # with its next frame
        in_viewer.check()
        page.wait_for_selector("tr[data-structure='5'] input:checked")
        page.locator("tr[data-structure='2']").hover()
        assert page.locator("#viewer label", has=page.locator("[data-structure='2']")).get_attribute("class")
        assert opened.faults == []


def test_the_page_says_what_is_known_of_the_network(export: Path, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny")
    card = yaml.safe_load((folder / "card.yaml").read_text())
    card["known_failures"] = ["Weak where it was little trained."]
    card["training"] = {**card.get("training", {}), "share_of_the_papers_training": "a hundredth"}
    (folder / "card.yaml").write_text(yaml.safe_dump(card))
    run_dose(export, tmp_path / "out", model=str(folder))
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Weak where it was little trained." in page
    assert "a hundredth" in page
