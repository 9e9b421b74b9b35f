from __future__ import annotations

import json
import platform
from importlib import metadata

import pytest

from dosenet.threads import CHOICES
from esapi_bridge.cli.app import main


def findings(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]]]:
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is (end.value.code == 0)
    return int(str(end.value.code)), {finding["name"]: finding for finding in report["findings"]}


def test_it_reports_this_machine(capsys) -> None:
    _, found = findings(capsys)
    assert str(found["Python"]["found"]).startswith(platform.python_version())
    assert found["torch"] == {"name": "torch", "found": metadata.version("torch"), "ok": True, "advice": ""}
    assert platform.system() in str(found["platform"]["found"])


def test_it_says_how_threads_wait(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "100")
    _, found = findings(capsys)
    assert found["threads"]["found"] == "wait as set by GOMP_SPINCOUNT=100"


def test_tools_for_developers_are_not_reported(capsys) -> None:
    _, found = findings(capsys)
    assert "zarr" in found
    assert not {"pytest", "ruff", "pythonnet", "pyRadMC"} & set(found)


def requiring(monkeypatch: pytest.MonkeyPatch, *requirements: str) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: list(requirements))


def test_a_missing_requirement_fails_and_says_what_to_do(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    requiring(monkeypatch, "no-such-package>=2", "numpy>=99")
    code, found = findings(capsys)
    assert code == 1
    assert found["no-such-package"]["ok"] is False
    assert found["no-such-package"]["advice"] == "pip install 'no-such-package>=2'"
    assert found["numpy"]["ok"] is False


def test_a_missing_optional_requirement_does_not_fail(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    requiring(monkeypatch, "no-such-package>=2; extra == 'train'")
    _, found = findings(capsys)
    assert found["no-such-package"]["ok"] is True
    assert found["no-such-package"]["advice"] == "pip install 'no-such-package>=2' to train"


def test_the_table_is_for_people(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["doctor"])
    out = capsys.readouterr().out
    assert "Python" in out
    assert "networks run on the processor" in " ".join(out.split()) or "GPU" in out
