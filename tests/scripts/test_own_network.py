"""A network of one's own, from the clinic's Eclipse to a commissioned model: the whole way, on the mock, in small.

CollectDoseNetData on two patients, then ``data collect``, ``train``, ``ship``, ``evaluate``, ``commission``, ``models
approve``, the scripts installed with that network, and DeepDoseNet on one of the plans. Every step is tested
elsewhere; here each takes what the one before left.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case import Case
from esapi_bridge.cli.app import main
from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
from tests.cases import write_patient
from tests.scripts.calculation_server import calculation_server
from tests.scripts.conftest import installed
from tests.scripts.host import Host
from tests.scripts.mono import needs_mono
from tests.scripts.plans import COURSE, LAST_NAME, PATIENT, PLAN, courses_of, cylinder, write_database

pytestmark = [needs_mono, pytest.mark.slow]

COARSE, FINE = "pencil beam [mock]", "collapsed cone [mock]"
OTHER_PATIENT = "SECRET4712"
PAIRS = DosePairOptions(
    DoseModelOptions(COARSE, 5.0),
    DoseModelOptions(FINE, 1.25, {"DoseReportingMode": "Dose to medium"}),
    random_fields=1,
    own_plans=True,
)
CARD = """
name: own
version: "1"
known_failures: [a network of a test]
"""
LIMITS = """
schema: 1
name: limits that no network meets
limits:
  gamma_3_2_global_field: {limit: 90, source: a test}
  output: {limit: 0.000001, source: a test}
  dvh_mean: {limit: 0.000001, source: a test}
"""


def _plan(number: int, gap_hu: float) -> Case:
    """One of the two patients: the cylinder, with an air gap or with something else there."""
    case = cylinder()
    values = np.where(case.ct.values == -800.0, gap_hu, case.ct.values)
    return replace(
        case,
        ct=replace(case.ct, values=values.astype(np.float32)),
        uids=replace(case.uids, plan=f"1.2.4.{number}", structure_set=f"1.2.5.{number}", ct_series=f"1.2.6.{number}"),
    )


def command(*words: object) -> None:
    """Run a command of ``esapi-bridge``, which must end well."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert end.value.code == 0, words


def test_from_ones_own_eclipse_to_a_commissioned_network(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESAPI_BRIDGE_SITE", str(tmp_path / "site"))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "site.yaml").write_text("require_commissioned: true\n")
    database = write_database(tmp_path / "db", {PLAN: _plan(91, -800.0)}, models={"PhotonVolumeDose": [COARSE, FINE]})
    write_patient(database, OTHER_PATIENT, {COURSE: {PLAN: _plan(92, 40.0)}}, LAST_NAME, "Other")
    collected, store, run, model = (tmp_path / name for name in ("collected", "own.zarr", "run", "own"))

    with (
        calculation_server(tmp_path) as server,
        installed(host, tmp_path / "one", "CollectDoseNetData", dose_pairs=PAIRS) as eclipse,
    ):
        names: dict[str, Any] = {"ESAPI_BRIDGE_EXPORTS": str(collected), "ESAPI_BRIDGE_PYTHON": str(server.program)}
        for patient in (PATIENT, OTHER_PATIENT):
            answer = eclipse.run("CollectDoseNetData", database, PLAN, patient=patient, **names)
            assert answer["exit_code"] == 0, answer["message"]
            assert len(answer["outcome"]["written"]) == 3, "one random field, two of the plan"
    first, second = sorted(collected.iterdir())

    command("data", "collect", "dose", first, "-o", store, "--site", "thorax", "--split", "train")
    command("data", "collect", "dose", second, "-o", store, "--site", "thorax", "--split", "validation")
    command("train", "dose", store, "-o", run, "--start", "ddn-lite", "--steps", 3, "--planes", 2, "--threads", 1)
    (tmp_path / "card.yaml").write_text(CARD)
    command("ship", "dose", run, "--pairs", store, "--card", tmp_path / "card.yaml", "-o", model)
    command("evaluate", "dose", store, "--model", model, "--split", "validation", "--planes", 1, "--no-3d", "--json")
    (tmp_path / "limits.yaml").write_text(LIMITS)
    command(
        "commission", "--model", model, "--cases", f"thorax={second}", "--limits", tmp_path / "limits.yaml",
        "-o", tmp_path / "commissioning.html",
    )  # fmt: skip
    record = tmp_path / "commissioning.json"
    with installed(host, tmp_path / "two", "DeepDoseNet", model=str(model)) as eclipse:
        refused = eclipse.run("DeepDoseNet", database, PLAN, patient=PATIENT)
        assert refused["exit_code"] == 3, "nothing runs that is not commissioned"
        assert "commissioned" in refused["message"]
        command("models", "approve", model, "--record", record, "--by", "A. Physicist", "--despite", "a test")
        answer = eclipse.run("DeepDoseNet", database, PLAN, patient=PATIENT, save=True)
        assert answer["exit_code"] == 0, answer["message"]
        (result,) = (path for path in eclipse.jobs.rglob("run.json") if "result" in path.parts)
    said = json.loads(result.read_text())
    assert said["model"]["name"] == "own"
    (commissioned,) = (check for check in said["checks"] if check["check"] == "commissioned")
    assert "by A. Physicist, despite limits not met: a test" in commissioned["found"]
    assert list(courses_of(database)) == [COURSE, "DDN_RESEARCH"]
