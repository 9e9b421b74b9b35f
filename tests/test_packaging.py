"""Promises about the whole package: its metadata and what its sources never do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import esapi_bridge
from tests.installed import build_wheel

ROOT = Path(__file__).parents[1]
PACKAGES = ("esapi_bridge", "dosenet", "fluencenet")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MOST_LINES = 500


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    """Every module of the packages by its path."""
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_metadata_is_that_of_the_source() -> None:
    found = metadata.metadata("esapi-bridge")
    assert metadata.version("esapi-bridge") == esapi_bridge.__version__
    assert found["License-Expression"] == "Apache-2.0"
    assert "not for clinical use" in found["Summary"]
    assert found["Requires-Python"] in {">=3.11,<3.13", "<3.13,>=3.11"}


def test_the_command_is_installed() -> None:
    (script,) = (s for s in metadata.entry_points(group="console_scripts") if s.name == "esapi-bridge")
    assert script.value == "esapi_bridge.cli.app:main"


def test_pinned_versions_lie_within_the_ranges() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    pins = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    table = project()["project"]
    needed = [Requirement(r) for r in table["dependencies"]]
    needed += [Requirement(r) for extra in ("train", "dev") for r in table["optional-dependencies"][extra]]
    for requirement in needed:
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement.name


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert listed
    assert all(re.search(r'",\s+# \w', line) for line in listed[1].splitlines())


def test_the_wheel_carries_code_and_data(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    assert wheel.name.startswith(f"esapi_bridge-{esapi_bridge.__version__}-")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True)
    assert set(tracked.stdout.split()) <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "docs"))]


def imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", ["esapi_bridge", "esapi_bridge.case", "esapi_bridge.models", "esapi_bridge.cli.app"])
def test_importing_the_package_does_not_import_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'SimpleITK' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_module_is_long() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: number for path, number in lines.items() if number > MOST_LINES} == {}


FORBIDDEN_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "requests",
    "urllib.request",
    "http.client",
}
FORBIDDEN_CALLS = {
    "torch.load",
    "torch.save",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "eval",
    "exec",
    "os.system",
    "compile",
}


def forbidden(module: ast.Module) -> Iterator[str]:
    """What a module does that none may."""
    yield from FORBIDDEN_MODULES & set(imports(module))
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            if ast.unparse(node.func) in FORBIDDEN_CALLS:
                yield f"{ast.unparse(node.func)} in line {node.lineno}"
            for keyword in node.keywords:
                unpickles = keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
                if unpickles or keyword.arg == "shell":
                    yield f"{keyword.arg} in line {node.lineno}"


@pytest.mark.slow
def test_nothing_executable_is_loaded_and_nothing_fetched(modules: dict[str, ast.Module]) -> None:
    found = {path: list(forbidden(module)) for path, module in modules.items()}
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from urllib import request", "eval('1')", "numpy.load(f, allow_pickle=True)", "run(shell=0)"],
)
def test_what_is_forbidden_would_be_found(code: str) -> None:
    assert list(forbidden(ast.parse(code)))


def test_every_module_says_what_it_is(modules: dict[str, ast.Module]) -> None:
    """A module starts with a docstring."""
    assert modules
    assert [path for path, module in modules.items() if not ast.get_docstring(module)] == []
