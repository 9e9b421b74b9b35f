"""The mock reads a case folder only if it is, byte by byte, what was written."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.mock.esapi import MockAssemblies
from tests.mock.esapi.conftest import SCENARIOS, run_dotnet
from tests.mock.esapi.patients import make_database


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def _rewrite(case: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file and make the list agree, as a faulty writer would."""
    old = (case / name).read_bytes()
    new = change(old)
    assert new != old
    (case / name).write_bytes(new)
    sums = case / "SHA256SUMS"
    text = sums.read_text().replace(hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())
    sums.write_text(text, newline="\n")


def _patient(case: Path, folder: str) -> None:
    file = case.parents[1] / "patient.json"
    record = json.loads(file.read_text())
    record["courses"][0]["plans"][0]["folder"] = folder
    file.write_text(json.dumps(record))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _: None, "none"),
    "a bit of the CT": (lambda case: _flip(case / "ct.npy"), "ct.npy must be as written"),
    "a bit of the dose": (lambda case: _flip(case / "plan_dose.npy"), "plan_dose.npy must be as written"),
    "a bit of the description": (lambda case: _flip(case / "case.json"), "case.json must be as written"),
    "a file more": (lambda case: (case / "more.npy").write_bytes(b""), "the files that SHA256SUMS lists"),
    "a file less": (lambda case: (case / "leaves_0.npy").unlink(), "the files that SHA256SUMS lists"),
    "no list": (lambda case: (case / "SHA256SUMS").unlink(), "SHA256SUMS"),
    "no database file": (lambda case: (case.parents[3] / "database.json").unlink(), "expected database.json"),
    "a list cut short": (lambda case: (case / "SHA256SUMS").write_text("0" * 64), "SHA256SUMS"),
    "another schema": (
        lambda case: _rewrite(case, "case.json", lambda b: b.replace(b'"schema": 1', b'"schema": 2')), "schema 1"
    ),
    "columns first": (
        lambda case: _rewrite(case, "ct.npy", lambda b: b.replace(b"_order': False", b"_order': True ")),
        "in C order",
    ),
    "another shape": (
        lambda case: _rewrite(case, "plan_dose.npy", lambda b: b.replace(b"(5, 4, 3)", b"(3, 4, 5)")),
        "must be the array",
    ),
    "too few values": (lambda case: _rewrite(case, "ct.npy", lambda b: b[:-4]), "exactly the values"),
    "not JSON": (lambda case: _rewrite(case, "case.json", lambda b: b[:-2]), "JSON"),
    "a folder elsewhere": (lambda case: _patient(case, "../../HFP/plans/p0"), "plain folder name"),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(mock_assemblies: MockAssemblies, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What was thrown on opening each damaged database."""
    home = tmp_path_factory.mktemp("damaged")
    whole = make_database(home / "whole", dose_unit="Gy", scale=1e-4, patients=("HFS",))
    databases = []
    for number, (damage, _) in enumerate(DAMAGES.values()):
        copy = shutil.copytree(whole, home / str(number))
        damage(copy / "patients" / "HFS" / "plans" / "p0")
        databases.append(copy)
    program = compile_library(
        [SCENARIOS / "open" / "Open.cs"],
        mock_assemblies.api.parent / "Open.exe",
        mock_assemblies.references,
        target="exe",
    )
    return dict(zip(DAMAGES, run_dotnet(program, *databases).splitlines(), strict=True))


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_folders_are_refused(outcomes: dict[str, str], damage: str) -> None:
    expected = DAMAGES[damage][1]
    assert expected in outcomes[damage]
    assert "/" not in outcomes[damage]  # no path, which may name someone
    if damage != "nothing":
        assert outcomes[damage].startswith("InvalidDataException")
