"""The installation's list: every changed, missing or added file is found."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from esapi_bridge.eclipse import hashes


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A small installation beside a package with a folder, an empty file and a compiled file."""
    package, target = tmp_path / "site" / "package", tmp_path / "scripts"
    (package / "weights").mkdir(parents=True)
    (package / "__pycache__").mkdir()
    target.mkdir()
    (package / "__init__.py").write_bytes(b"")
    (package / "code.py").write_bytes(b"VALUE = 1\n")
    (package / "weights" / "net.safetensors").write_bytes(bytes(range(256)) * 9000)
    (package / "__pycache__" / "code.pyc").write_bytes(b"compiled")
    (target / "Python.Runtime.dll").write_bytes(b"runtime")
    (target / "Script.esapi.dll").write_bytes(b"script")
    settings = target / hashes.SETTINGS_FILE
    settings.write_text(json.dumps({"packages": [str(package)]}))
    loaded = [settings, target / "Python.Runtime.dll", *hashes.package_files([package])]
    (target / hashes.LOADED_LIST).write_text(hashes.list_text(loaded, target))
    scripts = [target / hashes.LOADED_LIST, target / "Script.esapi.dll"]
    (target / hashes.SCRIPTS_LIST).write_text(hashes.list_text(scripts, target))
    return settings


def files(settings: Path) -> list[Path]:
    everything = [path for path in settings.parents[1].rglob("*") if path.is_file()]
    return sorted(path for path in everything if path.parent.name != "__pycache__")


def test_an_untouched_installation_passes(settings: Path) -> None:
    assert hashes.check_installation(settings) == []


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum")
def test_sha256sum_reads_the_lists(settings: Path) -> None:
    for name in (hashes.LOADED_LIST, hashes.SCRIPTS_LIST):
        subprocess.run(["sha256sum", "--check", "--strict", name], cwd=settings.parent, check=True, capture_output=True)


def test_a_changed_byte_is_found_anywhere(settings: Path) -> None:
    changed = [path for path in files(settings) if path.stat().st_size]
    assert len(changed) == 7
    for path in changed:
        whole = path.read_bytes()
        for at in {0, len(whole) // 2, len(whole) - 1}:
            damaged = bytearray(whole)
            damaged[at] ^= 1
            path.write_bytes(damaged)
            assert hashes.check_installation(settings), f"{path.name} byte {at}"
        path.write_bytes(whole)
    assert hashes.check_installation(settings) == []


def test_a_missing_file_is_found(settings: Path) -> None:
    for path in files(settings):
        moved = path.with_name("moved away")
        path.rename(moved)
        assert path.name in hashes.check_installation(settings)
        moved.rename(path)


def test_an_added_module_is_found(settings: Path) -> None:
    package = Path(json.loads(settings.read_text())["packages"][0])
    (package / "json.py").write_text("raise SystemExit")
    assert hashes.check_installation(settings) == ["json.py"]


def test_compiled_files_do_not_count(settings: Path) -> None:
    package = Path(json.loads(settings.read_text())["packages"][0])
    (package / "__pycache__" / "other.pyc").write_bytes(b"new")
    assert hashes.check_installation(settings) == []


@pytest.mark.parametrize("name", [hashes.LOADED_LIST, hashes.SCRIPTS_LIST])
def test_a_list_cut_short_is_found(settings: Path, name: str) -> None:
    for kept in (0, 1):
        path = settings.parent / name
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:kept]))
        assert hashes.check_installation(settings)
        path.write_bytes(b"".join(lines))
