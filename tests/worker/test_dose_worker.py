"""The real dose task behind the real worker, called as from inside Eclipse."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esapi_bridge.case.folder import write_case
from esapi_bridge.eclipse import bridge
from esapi_bridge.folders.sealed import check_sealed
from esapi_bridge.tasks import Networks, read_doses, run_dose_job
from esapi_bridge.tasks.dose.record import DoseRecord
from esapi_bridge.tasks.run_record import read_run
from tests.report.synthetic import SLIM, make_case
from tests.tasks.conftest import make_model
from tests.worker.conftest import KILL, ROOT, Workshop


@pytest.fixture
def settings(state: Path, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "esapi-bridge.json"
    values = {
        "schema": 1, "python_executable": sys.executable, "site_packages": [str(ROOT)],
        "jobs": str(tmp_path / "jobs"), "idle_timeout_s": 60,
    }  # fmt: skip
    path.write_text(json.dumps(values))
    yield path
    Workshop(tmp_path).kill()


def submit(settings: Path, case: Path, options: dict[str, Any]) -> str:
    made = json.loads(bridge.new_job(str(settings)))
    shutil.copytree(case, Path(made["folder"]) / "case")
    assert json.loads(bridge.submit(str(settings), made["id"], "dose", json.dumps(options)))["state"] != "failed"
    return str(made["id"])


@pytest.mark.slow
def test_a_worker_killed_in_the_network_computes_the_same_dose_again(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Workshop(tmp_path)
    options = {"model": str(make_model(tmp_path / "tiny")), "report": False}
    case = write_case(make_case(1, across_factor=SLIM)[0], tmp_path / "case")
    jobs = [submit(settings, case, options) for _ in range(2)]

    def state(job: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(bridge.status(str(settings), job))
        return found

    def ended(job: str) -> dict[str, Any] | None:
        return found if (found := state(job))["state"] not in {"queued", "running"} else None

    killed = workshop.until(lambda: state(jobs[0])["step"].startswith("beam 1") and workshop.pid())
    os.kill(killed, KILL)
    ends = [workshop.until(partial(ended, job)) for job in jobs]
    assert [end["state"] for end in ends] == ["done", "done"]
    assert workshop.pid() != killed

    (tmp_path / "unbroken").mkdir()
    run_dose_job(case, tmp_path / "unbroken", options, networks=Networks())
    for job in jobs:
        found = json.loads(bridge.result(str(settings), job))
        folder = Path(found["folder"])
        assert set(check_sealed(folder)) == {"result.json", "plan_dose.npy", "beam_dose_1.npy", "run.json"}
        for name in ("result.json", "plan_dose.npy", "beam_dose_1.npy"):
            assert (folder / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
        np.testing.assert_array_equal(read_doses(folder)[0].gy, np.load(folder / "plan_dose.npy"))
        assert read_run(folder / "run.json", DoseRecord).inputs[0].kind == "CASE"
