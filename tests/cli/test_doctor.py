"""``esapi-bridge doctor``: what it looks at, and what it makes of what is missing."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from dosenet.threads import CHOICES
from esapi_bridge.bundle.make import USER_EXTRAS
from esapi_bridge.cli.checkup import EXTRAS
from esapi_bridge.eclipse import compiler
from esapi_bridge.errors import BridgeError
from tests.cli.conftest import Run

SECTIONS = ["This machine", "Packages", "Optional packages", "Networks", "Pages", "Scripts in Eclipse", "Folders"]


@pytest.fixture
def findings(esapi: Run):
    """Exit code and findings by name."""

    def look() -> tuple[int, dict[str, dict[str, object]]]:
        ended = esapi("doctor", "--json")
        assert ended.answer["ok"] is (ended.code == 0)
        return ended.code, {finding["name"]: finding for finding in ended.answer["findings"]}

    return look


def test_it_reports_this_machine(findings) -> None:
    code, found = findings()
    assert code == 0
    assert str(found["Python"]["found"]).startswith(platform.python_version())
    version = metadata.version("torch")
    assert found["torch"] == {"name": "torch", "found": version, "ok": True, "advice": "", "section": "Packages"}
    assert platform.system() in str(found["platform"]["found"])
    assert int(str(found["torch threads"]["found"])) >= 1
    assert found["jobs folder"]["ok"] is True


def test_it_says_how_threads_wait(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOMP_SPINCOUNT", "100")
    assert findings()[1]["threads"]["found"] == "wait as set by GOMP_SPINCOUNT=100"


def test_tools_for_developers_are_not_reported(findings) -> None:
    _, found = findings()
    assert {"zarr", "pythonnet", "pyradmc"} <= {name.lower() for name in found}
    assert not {"pytest", "ruff", "hatchling"} & set(found)


def requiring(monkeypatch: pytest.MonkeyPatch, *requirements: str) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: list(requirements))


def test_a_missing_requirement_fails_and_says_what_to_do(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    requiring(monkeypatch, "no-such-package>=2", "numpy>=99")
    code, found = findings()
    assert code == 1
    assert found["no-such-package"]["ok"] is False
    assert found["no-such-package"]["advice"] == "every command needs it: pip install 'no-such-package>=2'"
    assert found["numpy"]["ok"] is False


def test_a_missing_optional_requirement_does_not_fail(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    requiring(monkeypatch, "no-such-package>=2; extra == 'train'")
    code, found = findings()
    assert code == 0
    assert found["no-such-package"]["ok"] is True
    assert found["no-such-package"]["advice"] == "to train networks: pip install 'esapi-bridge[train]'"


def test_every_extra_for_users_says_what_it_is_for_and_is_in_a_bundle() -> None:
    """All but Monte Carlo, which commissions the planning system and is fetched where there is internet."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = set(project["optional-dependencies"]) - {"dev", "docs"}
    assert known <= set(EXTRAS)
    assert set(EXTRAS) - {"mc"} == set(USER_EXTRAS)


def test_without_internet_a_bundle_is_the_way(esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    requiring(monkeypatch, "no-such-package; extra == 'mc'")
    assert "bundle" not in esapi("doctor").out
    requiring(monkeypatch, "no-such-package; extra == 'train'")
    lines = esapi("doctor").out.splitlines()
    assert "esapi-bridge bundle" in lines[-1]
    assert "        to train networks: pip install 'esapi-bridge[train]'" in lines, "in one line, to be copied"


def test_without_compiler_there_is_advice(findings, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> compiler.Compiler:
        raise BridgeError("expected a C# compiler, found none")

    monkeypatch.setattr(compiler, "find_compiler", none)
    code, found = findings()
    assert code == 0, "who does not install scripts needs none"
    assert found["C# compiler"]["found"] == "none"
    assert "to install scripts" in str(found["C# compiler"]["advice"])


def test_eclipse_is_found_by_version(findings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("15.6", "16.1", "9.0"):
        folder = tmp_path / "Varian" / "RTM" / version / "esapi" / "API"
        folder.mkdir(parents=True)
        (folder / "VMS.TPS.Common.Model.API.dll").touch()
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    assert str(findings()[1]["Eclipse"]["found"]).endswith(" of 9.0, 15.6, 16.1")


def test_it_says_that_it_sees_one_machine(findings) -> None:
    assert findings()[1]["servers"]["found"] == "this machine only was looked at"


def test_a_jobs_folder_that_cannot_be_made_fails(findings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("ESAPI_BRIDGE_STATE", str(state))
    assert findings()[1]["jobs folder"]["found"] == "can be made"
    (state / "jobs").mkdir(parents=True)
    code, found = findings()
    assert (code, found["jobs folder"]["found"]) == (0, "can be written")

    def read_only(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    code, found = findings()
    assert code == 1
    assert found["jobs folder"]["found"] == "cannot be written: Permission denied"


def test_people_get_sections(esapi: Run) -> None:
    lines = esapi("doctor").out.splitlines()
    assert [line for line in lines if line in SECTIONS] == SECTIONS
    assert any(line.split()[:2] in (["ok", "Python"], ["missing", "Python"]) for line in lines)


def test_a_browser_is_needed_for_pdf_only(findings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESAPI_BRIDGE_BROWSER", "/bin/sh")
    assert findings()[1]["browser for --pdf"]["found"] == "sh"
    monkeypatch.setenv("ESAPI_BRIDGE_BROWSER", str(tmp_path / "none"))
    found = findings()[1]["browser for --pdf"]
    assert (found["found"], found["ok"]) == ("none", True)
    assert "Microsoft Edge" in found["advice"]
