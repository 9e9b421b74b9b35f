"""``esapi-bridge bundle``: its options, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.bundle import Bundle, BundleOptions
from esapi_bridge.bundle.target import Platform, PythonVersion
from tests.cli.conftest import Run

MADE = Bundle(3_000_000, "ab" * 32, {"win_amd64": 2}, {"win_amd64": 2_000_000}, ("train",))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, BundleOptions]]:
    calls: list[tuple[Path, BundleOptions]] = []

    def make_bundle(out: Path, options: BundleOptions, progress: object) -> Bundle:
        calls.append((out, options))
        return MADE

    monkeypatch.setattr("esapi_bridge.bundle.make_bundle", make_bundle)
    return calls


def test_by_default_both_systems_and_all_for_users(esapi: Run, asked: list[tuple[Path, BundleOptions]]) -> None:
    ended = esapi("bundle", "-o", "b.zip")
    assert ended.code == 0
    assert asked == [(Path("b.zip"), BundleOptions())]
    assert "2 for win_amd64, 2 MB" in ended.out
    assert "ab" * 32 in ended.out


def test_options(esapi: Run, asked: list[tuple[Path, BundleOptions]], tmp_path: Path) -> None:
    (tmp_path / "own.whl").touch()
    words = (
        "--platform",
        "win_amd64",
        "--python",
        "3.12",
        "--extras",
        "train, eclipse",
        "--wheel",
        tmp_path / "own.whl",
    )
    ended = esapi("bundle", "-o", "b.zip", *words, "--json")
    assert ended.answer["wheels"] == {"win_amd64": 2}
    assert asked[0][1] == BundleOptions(
        (Platform.WINDOWS,), PythonVersion.PYTHON_3_12, ("train", "eclipse"), tmp_path / "own.whl"
    )


@pytest.mark.parametrize("words", [("--extras", "none"), ("--extras", "")])
def test_no_extras(esapi: Run, asked: list[tuple[Path, BundleOptions]], words: tuple[str, ...]) -> None:
    assert esapi("bundle", "-o", "b.zip", *words).code == 0
    assert asked[0][1].extras == ()


@pytest.mark.parametrize("words", [("--platform", "win32"), ("--python", "3.13"), ("--wheel", "no-such.whl")])
def test_wrong_usage(esapi: Run, asked: list[tuple[Path, BundleOptions]], words: tuple[str, ...]) -> None:
    assert esapi("bundle", "-o", "b.zip", *words).code == 2
    assert not asked
