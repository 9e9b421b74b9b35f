"""``esapi-bridge mock export``: usage and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from esapi_bridge.cli.mock import app
from esapi_bridge.errors import BridgeError


@pytest.mark.parametrize(
    "arguments",
    [[], ["--site", "foot"], ["--site", "head", "--ct", "x.nii"], ["--site", "head", "--patient-position", "UPS"]],
)
def test_wrong_usage_ends_with_code_two(tmp_path: Path, arguments: list[str]) -> None:
    found = CliRunner().invoke(app, ["export", *arguments, "-o", str(tmp_path / "out")])
    assert found.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    found = CliRunner().invoke(app, ["export", "--site", "head", "-o", str(tmp_path)])
    assert isinstance(found.exception, BridgeError)
