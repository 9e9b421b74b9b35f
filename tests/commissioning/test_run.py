"""A commissioning: what a network is measured on, what its page and record say, and what it is for."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from dosenet.gamma import Criterion
from esapi_bridge import INTENDED_USE
from esapi_bridge.commissioning.cases import Source, find_cases
from esapi_bridge.commissioning.quantities import BEHIND_LUNG, D95, MEAN, MONITOR_UNITS, OUTPUT, QUANTITIES, TURNED
from esapi_bridge.commissioning.record import Commissioned
from esapi_bridge.commissioning.run import commission
from esapi_bridge.models.site import SETTINGS_FILE, SITE_VARIABLE
from esapi_bridge.report import style
from esapi_bridge.tasks import run_dose
from tests.cli.conftest import Ended, Run, esapi
from tests.tasks.conftest import PATIENT_ID, case, export, make_model, model

pytestmark = pytest.mark.slow

__all__ = ["case", "esapi", "export", "model"]


@pytest.fixture(scope="module")
def cases(export: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan whose reference is what the tiny network itself makes of it, given to the plan's own system."""
    root = tmp_path_factory.mktemp("clinic")
    shutil.copytree(export, root / "plan", ignore=shutil.ignore_patterns("reference", "SHA256SUMS"))
    done = run_dose(export, root / "own", model=str(model), beam_doses=True, report=False)
    (root / "plan" / "reference").mkdir()
    for file in (done.plan_file, *done.beam_files.values()):
        shutil.move(file, root / "plan" / "reference" / file.name)
    shutil.rmtree(root / "own")
    return root


@pytest.fixture(scope="module")
def done(model: Path, cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Commissioned:
    """A commissioning where the site requires one, on a case that is measured and one that a check refuses."""
    root = tmp_path_factory.mktemp("page")
    shutil.copytree(cases / "plan", root / "cases" / "b")
    file = next((root / "cases" / "b").glob("RP.*"))
    plan = pydicom.dcmread(file)
    for beam in plan.BeamSequence:
        beam.TreatmentMachineName = "Elsewhere"
    plan.save_as(file)
    (root / "site").mkdir()
    (root / "site" / SETTINGS_FILE).write_text("require_commissioned: true\n")
    with pytest.MonkeyPatch.context() as patch:  # what nobody looks at is left out, or drawn small
        patch.setenv(SITE_VARIABLE, str(root / "site"))
        patch.setattr("esapi_bridge.commissioning.gamma.CRITERIA", (Criterion(2, 2),))
        patch.setattr("esapi_bridge.commissioning.run.SHOWN_BY", ("gamma_2_2_global_field",))
        patch.setattr("esapi_bridge.report.dvh.MOST_SAMPLES", 20_000)
        patch.setattr(style, "DPI", 20)
        sources = [Source(cases, "thorax"), Source(root / "cases", "pelvis")]
        return commission(sources, root / "page.html", model=str(model))


def test_against_its_own_dose_a_network_is_without_fault(done: Commissioned) -> None:
    record = done.record
    assert (record.cases.plans, record.cases.fields, record.cases.sites) == (1, 2, {"thorax": 1})
    found = {result.quantity: result for result in record.results}
    assert list(found) == list(QUANTITIES)
    for scope in ("plan", "field"):
        for kind in ("global", "local"):
            assert found[f"gamma_2_2_{kind}_{scope}"].worst == 100.0
    for name in (D95, MEAN, OUTPUT, MONITOR_UNITS, BEHIND_LUNG):
        assert found[name].worst == pytest.approx(0, abs=0.02), name
    assert found["gamma_3_2_global_plan"].outcome == "not in these cases"


def test_a_random_network_is_not_the_same_along_x_and_y(done: Commissioned) -> None:
    (turned,) = [result for result in done.record.results if result.quantity == TURNED]
    assert turned.measured == 1
    assert turned.worst is not None
    assert turned.worst > 0.5


def test_a_case_that_a_check_refuses_is_named_and_not_counted(done: Commissioned) -> None:
    (refused,) = done.record.cases.refused
    assert refused.startswith("case 2: refused by 1 check: machine: expected TrueBeam, found Elsewhere")


def test_the_page_says_whose_limits_what_is_missing_and_who_signs(done: Commissioned) -> None:
    text = done.page.read_text(encoding="utf-8")
    for wanted in (
        "MPPG 5.b", "TG-218", "not in these cases", "signature", "case 1, Thorax1, beam 2", "Elsewhere", INTENDED_USE,
        "gamma 3 %/2 mm global of plans (10 % threshold)", done.record.model.sha256, done.record.cases.sha256,
    ):  # fmt: skip
        assert wanted in text
    for secret in (PATIENT_ID, "Canary", str(done.page.parent)):
        assert secret not in text + done.record_file.read_text()


def test_from_the_record_to_a_run_that_is_let_pass(
    done: Commissioned, esapi: Run, model: Path, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SETTINGS_FILE).write_text("require_commissioned: true\n")
    monkeypatch.setenv(SITE_VARIABLE, str(tmp_path))
    refused = esapi("dose", export, "-o", tmp_path / "before", "--model", model)
    assert (refused.code, (tmp_path / "before").exists()) == (3, False)
    assert "commissioned and approved here (esapi-bridge commission, models approve), found not comm" in refused.err
    approve = ("models", "approve", model, "--record", done.record_file, "--by", "A. Physicist")
    assert esapi(*approve).code == 3, "turned, a random network is another"
    assert esapi(*approve, "--despite", "random").code == 0
    run = esapi("dose", export, "-o", tmp_path / "after", "--model", model, "--no-report", "--json")
    assert run.code == 0, run.err
    (check,) = [check for check in run.answer["checks"] if check["check"] == "commissioned"]
    assert check["verdict"] == "warn"
    assert check["found"].endswith("by A. Physicist, despite limits not met: random")


def test_the_digest_is_of_doses_too(done: Commissioned, cases: Path) -> None:
    (found,) = find_cases([Source(cases)])
    (part,) = found.parts()
    read = part.read()
    assert hashlib.sha256(read.sha256.encode()).hexdigest() == done.record.cases.sha256
    plan = read.reference.plan
    values = plan.gy.copy()
    values.flat[int(np.argmax(values))] += 0.01
    changed = replace(plan, volume=replace(plan.volume, values=values))
    assert replace(read, reference=replace(read.reference, plan=changed)).sha256 != read.sha256


def commissioned(esapi: Run, model: Path, cases: object, page: Path, *more: object) -> Ended:
    return esapi("commission", "--model", model, "--cases", cases, "-o", page, *more)


def test_the_command(
    done: Commissioned, esapi: Run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def measure(*words: object, **options: object) -> Commissioned:
        asked.append((words, options["model"], options["limits_file"]))
        return done

    monkeypatch.setattr("esapi_bridge.commissioning.run.commission", measure)
    page, folder = tmp_path / "p.html", tmp_path / "a"
    shown = commissioned(esapi, model, folder, page, "--cases", f"head and neck={folder}")
    assert "not in these cases" in shown.out
    assert str(done.record_file) in shown.out
    assert commissioned(esapi, model, folder, page, "--json").answer == done.record.model_dump(
        mode="json", by_alias=True
    )
    assert asked[0] == (([Source(folder), Source(folder, "head and neck")], page), str(model), None)
    assert commissioned(esapi, model, f"<b>={folder}", page).code == 2


def test_refused_before_anything_is_calculated(esapi: Run, model: Path, cases: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    none = commissioned(esapi, model, tmp_path / "empty", tmp_path / "p.html")
    assert none.code == 3
    assert "sub-folder 'reference'" in none.err
    assert commissioned(esapi, model, tmp_path / "no such", tmp_path / "p.html").code == 3
    (tmp_path / "there.json").write_text("mine")
    for name in ("there.html", "page.pdf", "no/page.html"):
        assert commissioned(esapi, model, cases, tmp_path / name).code == 1, name
    limits = tmp_path / "limits.yaml"
    limits.write_text("{}")
    assert commissioned(esapi, model, cases, tmp_path / "p.html", "--limits", limits).code == 3
    other = make_model(tmp_path / "tiny")
    data = bytearray((other / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (other / "model.safetensors").write_bytes(data)
    found = commissioned(esapi, other, cases, tmp_path / "p.html")
    assert found.code == 3
    assert "the weights must be those of its card" in found.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "limits.yaml", "there.json", "tiny"]
