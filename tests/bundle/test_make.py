"""A bundle of toy wheels, which pip takes from a folder: what is in it, what it refuses, and that it installs."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from esapi_bridge.bundle import Bundle, BundleOptions, make, make_bundle
from esapi_bridge.bundle.target import Platform
from esapi_bridge.errors import BridgeError, RefusedError
from tests.bundle.toy_wheels import LINUX, WINDOWS, toy_project, toy_wheel

PINS = {"alpha": "1.0", "beta": "2.0", "delta": "0.5", "only-windows": "3.0", "only-linux": "3.1", "gamma": "1.1"}

REQUIRES = (
    "alpha>=1",
    "only-windows; sys_platform == 'win32'",
    "only-linux; platform_system == 'Linux' and python_version >= '3.11'",
    "beta[more]<3; extra == 'train'",
    "gamma; extra == 'dev'",
    "gamma; python_version < '3.11'",
)

TOP = "esapi-bridge-9.9"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels as an index may offer them, older and newer ones too."""
    folder = tmp_path_factory.mktemp("index")
    for tag in (WINDOWS, LINUX):
        toy_wheel(folder, "alpha", "1.0", tag=tag)
        toy_wheel(folder, "alpha", "1.5", tag=tag)
    toy_wheel(folder, "beta", "2.0", ["delta; extra == 'more'", "gamma; extra == 'other'"])
    toy_wheel(folder, "delta", "0.5", ["alpha", "beta"])
    toy_wheel(folder, "only-windows", "3.0", tag=WINDOWS)
    toy_wheel(folder, "only-linux", "3.1", tag=LINUX, metadata=["Classifier: License :: OSI Approved :: BSD License"])
    toy_wheel(folder, "gamma", "1.1", tag=WINDOWS)
    return folder


@pytest.fixture(autouse=True)
def pip_takes_the_toys(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr(make, "pinned_versions", lambda: PINS)


def toy_bundle(out: Path, *requires: str, **options: object) -> Bundle:
    """Make a bundle of the toy project."""
    (folder := out.parent / "own").mkdir(exist_ok=True)
    own = toy_project(folder, requires or REQUIRES, ("train", "dev"))
    return make_bundle(out, BundleOptions(wheel=own, **options), lambda *_: None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Path:
    out = tmp_path_factory.mktemp("made") / "bundle.zip"
    with pytest.MonkeyPatch.context() as monkeypatch:
        pip_takes_the_toys.__wrapped__(index, monkeypatch)  # type: ignore[attr-defined]
        made = toy_bundle(out)
    assert made.extras == ("train",), "tools for developers stay out"
    assert made.wheels == {"win_amd64": 5, "manylinux_2_28_x86_64": 5}
    assert (made.size_bytes, made.sha256) == (out.stat().st_size, hashlib.sha256(out.read_bytes()).hexdigest())
    return out


def members(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert all(name.startswith(f"{TOP}/") for name in found)
    return {name.removeprefix(f"{TOP}/"): data for name, data in found.items()}


@pytest.mark.slow
def test_each_system_gets_what_its_markers_ask_for(bundle: Path) -> None:
    found = members(bundle)
    common = {"esapi-bridge[train]==9.9", "alpha==1.0", "beta==2.0", "delta==0.5"}
    for platform, own in (("win_amd64", "only-windows==3.0"), ("manylinux_2_28_x86_64", "only-linux==3.1")):
        lines = found[f"requirements-{platform}.txt"].decode().splitlines()
        assert {line.split(" ")[0] for line in lines} == common | {own}


def test_every_digest_is_that_of_a_file(bundle: Path) -> None:
    found = members(bundle)
    wheels = {hashlib.sha256(data).hexdigest(): name for name, data in found.items() if name.endswith(".whl")}
    assert len(wheels) == 7, "what both systems take is there once"
    for platform in Platform:
        listed = re.findall(r"--hash=sha256:(\S+)", found[f"requirements-{platform.value}.txt"].decode())
        assert set(listed) <= set(wheels)
    sums = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != "SHA256SUMS"}


def test_every_licence_is_there(bundle: Path) -> None:
    found = members(bundle)
    rows = list(csv.DictReader(io.StringIO(found["LICENSES/packages.csv"].decode())))
    assert {row["wheel"] for row in rows} == {Path(name).name for name in found if name.endswith(".whl")}
    stated = {row["package"]: row["licence as the package states it"] for row in rows}
    assert (stated["beta"], stated["only-linux"], stated["esapi-bridge"]) == ("MIT", "BSD License", "not stated")
    assert found["LICENSES/beta-2.0-py3-none-any/beta-2.0.dist-info/licenses/LICENSE"] == b"Licence of beta\n"


def test_words_are_filled_in(bundle: Path) -> None:
    found = members(bundle)
    texts = [found[name].decode() for name in ("README.txt", "install.sh", "install.ps1")]
    assert not any(re.search(r"@[A-Z]+@", text) for text in texts)
    assert "not for clinical use" in texts[0]
    assert all("3.11" in text for text in texts)
    for text in texts[1:]:
        assert all(word in text for word in ("--no-index", "--require-hashes", "doctor"))
        named = set(re.findall(r"requirements-\w+\.txt", text))
        assert named
        assert named <= set(found)


@pytest.mark.slow
def test_one_system_alone_has_its_own_installer_only_and_the_same_wheels_make_the_same_bytes(tmp_path: Path) -> None:
    first, again = tmp_path / "b.zip", tmp_path / "again.zip"
    for out in (first, again):
        toy_bundle(out, "alpha", platforms=(Platform.WINDOWS,), extras=())
        time.sleep(2 * (out is first))  # times in a ZIP are even seconds
    names = members(first).keys()
    assert "install.ps1" in names
    assert not {name for name in names if "manylinux" in name or name.endswith(".sh")}
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("requires", "options", "said"),
    [
        ("gamma", {}, "wheel of gamma==1.1 for manylinux_2_28_x86_64 with Python 3.11"),
        ("epsilon", {}, "needs epsilon, of which no tested version"),
        ("alpha>=7", {}, "needs alpha>=7, the tested version is 1.0"),
        ("alpha", {"extras": ("train", "nodes")}, "found nodes"),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_left(
    tmp_path: Path, requires: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        toy_bundle(tmp_path / "b.zip", requires, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_torch_for_cuda_is_refused_with_what_to_do(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy_wheel(tmp_path, "torch", "2.0", ["nvidia-cublas; platform_system == 'Linux'"])
    monkeypatch.setenv("PIP_FIND_LINKS", f"{index} {tmp_path}")
    monkeypatch.setattr(make, "pinned_versions", lambda: {**PINS, "torch": "2.0"})
    with pytest.raises(RefusedError, match=r"nvidia-cublas.*CUDA.*PIP_EXTRA_INDEX_URL"):
        toy_bundle(tmp_path / "b.zip", "torch", platforms=(Platform.LINUX,))


def test_the_build_of_torch_for_cpus_is_preferred(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, requires in (("2.0", ["nvidia-cublas"]), ("2.0+cpu", [])):
        toy_wheel(tmp_path, "torch", version, requires)
    monkeypatch.setenv("PIP_FIND_LINKS", f"{index} {tmp_path}")
    monkeypatch.setattr(make, "pinned_versions", lambda: {**PINS, "torch": "2.0"})
    toy_bundle(tmp_path / "b.zip", "torch", platforms=(Platform.LINUX,))
    assert "torch==2.0+cpu --hash" in members(tmp_path / "b.zip")["requirements-manylinux_2_28_x86_64.txt"].decode()


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(BridgeError, match="new file"):
        toy_bundle(tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_a_wheel_that_is_none_or_of_another_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_text("no archive")
    for wheel, said in ((tmp_path / "x.whl", "ZIP archive"), (toy_wheel(tmp_path, "alpha", "1"), "found one of alpha")):
        with pytest.raises(RefusedError, match=said):
            make_bundle(tmp_path / "b.zip", BundleOptions(wheel=wheel), lambda *_: None)


PIP = find_spec("pip").submodule_search_locations[0]  # type: ignore[union-attr,index]

QUICK_PYTHON = f"""#!{sys.executable}
# In the place of Python for ``-m venv``: the environment gets this one's pip, as pip's own installation takes seconds.
import sys, venv
from pathlib import Path
venv.EnvBuilder(symlinks=True).create(sys.argv[3])
(packages,) = Path(sys.argv[3]).glob("lib/python3.*/site-packages")
(packages / "pip").symlink_to({PIP!r})
"""


def install(place: Path) -> subprocess.CompletedProcess[str]:
    """Run the installer in a network namespace of its own, where this machine lets us make one."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("no network namespaces here (Debian: util-linux)")
    (python := place / "python").write_text(QUICK_PYTHON)
    python.chmod(0o700)
    command = ["unshare", "-rn", "sh", str(place / TOP / "install.sh"), str(place / "env")]
    environment = {"PATH": "/usr/bin:/bin", "PYTHON": str(python), "HOME": str(place)}
    return subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux" or sys.version_info[:2] != (3, 11), reason="the toys are for one Python")
def test_it_installs_without_network_but_no_changed_byte(bundle: Path, tmp_path: Path) -> None:
    """By pip: uv is hidden."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    (delta,) = (tmp_path / TOP / "wheels").glob("delta*.whl")
    whole = delta.read_bytes()
    delta.write_bytes(whole.replace(b"Licence of delta", b"Licence of Delta"))
    refused = install(tmp_path)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert not (tmp_path / "env" / "bin" / "esapi-bridge").exists()
    shutil.rmtree(tmp_path / "env")
    delta.write_bytes(whole)
    done = install(tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"toy doctor {LINUX}" in done.stdout
