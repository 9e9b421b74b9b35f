"""The tested versions are complete: whatever a user's installation needs on either system has one, and it fits."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from esapi_bridge.bundle.make import USER_EXTRAS
from esapi_bridge.bundle.pins import pinned_versions
from esapi_bridge.bundle.target import Platform, PythonVersion, Target
from esapi_bridge.bundle.wheel import requirements


@pytest.mark.parametrize("python", PythonVersion)
@pytest.mark.parametrize("platform", Platform)
def test_whatever_is_required_has_a_tested_version(platform: Platform, python: PythonVersion) -> None:
    """As the packages installed here state it; of those that are not, what they require is not looked at."""
    pins, markers = pinned_versions(), Target(platform, python).markers
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [text for name in USER_EXTRAS for text in project["optional-dependencies"].get(name, [])]
    own = [*project["dependencies"], *extras]
    to_do, seen = [("", "")], {("", "")}
    while to_do:
        name, extra = to_do.pop()
        try:
            requires = (metadata.requires(name) if name else own) or []
        except metadata.PackageNotFoundError:
            continue
        for requirement in requirements(requires, [extra], markers):
            wanted = canonicalize_name(requirement.name)
            assert wanted in pins, f"{name} needs {wanted}"
            assert requirement.specifier.contains(pins[wanted]), f"{name} needs {requirement}"
            new = {(wanted, extra) for extra in ("", *requirement.extras)} - seen
            seen |= new
            to_do += new
    assert len(seen) > 30
