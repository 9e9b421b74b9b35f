"""Install a bundle where there is no network at all, and run what README shows from it.

``esapi-bridge bundle -o ZIP``, then ``python -m tests.benchmarks.bundle ZIP [--uv]``, on Linux with Python 3.11 and
network namespaces. Prints one line a step: what ran, how long, and how it ended; ends with 1 if anything failed. What
is for Windows is not run: pip must find every wheel of its list, by digest, and nothing that they require may lack.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from esapi_bridge import INTENDED_USE
from esapi_bridge.bundle.target import Platform, PythonVersion, Target
from esapi_bridge.bundle.wheel import read_wheel, requirements

OFFLINE = ("unshare", "-rn")
"""Runs a command in a network namespace of its own, which has no interface that is up."""

ASK = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
"""An address that belongs to nobody (RFC 5737): without network there is no way to it."""

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("doctor",),
    ("models", "list"),
    ("demo", "-o", "demo"),
    ("dose", "demo/export", "-o", "dose"),
    ("fluence", "demo/imrt", "-o", "fluence"),
    ("compare", "dose/RTDOSE_PLAN.dcm", "demo/dose/RTDOSE_PLAN.dcm"),
    ("mock", "export", "--site", "pelvis", "-o", "pelvis"),
    ("mock", "eclipse", "pelvis", "--plan", "pelvis1", "--run", "DeepDoseNet", "--save"),
    ("worker", "stop"),
)
"""What README shows of using it; `mock eclipse` without a window."""

failed: list[str] = []


def show(what: str, seconds: float, ended: int, remark: str = "") -> None:
    """Print one line, and remember what failed."""
    print(f"{what:<62} {seconds:7.1f} s  {'ok' if ended == 0 else f'FAILED ({ended})'}  {remark}", flush=True)
    if ended:
        failed.append(what)


def step(what: str, *command: object, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command, print how it ended, and return what it printed."""
    begin = time.perf_counter()
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False)
    show(what, time.perf_counter() - begin, done.returncode)
    if done.returncode:
        print((done.stderr or done.stdout)[-3000:], flush=True)
    return done.stdout


def check_windows(bundle: Path) -> None:
    """Let pip look for every wheel of the list for Windows, and ask each for what it requires there."""
    listed = bundle / "requirements-win_amd64.txt"
    if not listed.is_file():
        return
    python = PythonVersion(re.findall(r'"-(3\.\d+)"', (bundle / "install.ps1").read_text())[0])
    command = [
        *(sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--no-deps", "--no-index"),
        *(
            "--find-links",
            bundle / "wheels",
            "--require-hashes",
            "--requirement",
            listed,
            "--target",
            bundle / "unused",
        ),
        *("--only-binary=:all:", "--platform=win_amd64", "--implementation=cp", f"--python-version={python.value}"),
    ]
    step("pip takes every wheel for Windows, by its digest", *command, cwd=bundle)
    begin = time.perf_counter()
    there = {wheel.name: wheel for wheel in map(read_wheel, (bundle / "wheels").glob("*.whl"))}
    pinned = re.findall(r"^([\w.-]+)(?:\[(.*)\])?==", listed.read_text(), re.MULTILINE)
    names = {name for name, _ in pinned}
    wanted = [(name, extra) for name, extras in pinned for extra in ("", *extras.split(","))]
    missing, seen = set(), set(wanted)
    while wanted:
        name, extra = wanted.pop()
        for requirement in requirements(there[name].requires, [extra], Target(Platform.WINDOWS, python).markers):
            required = canonicalize_name(requirement.name)
            missing |= {required} - names
            new = {(required, extra) for extra in requirement.extras} - seen
            seen |= new
            wanted += [pair for pair in new if pair[0] in names]
    remark = f"{len(names)} packages" + (f", missing: {', '.join(sorted(missing))}" if missing else "")
    show("nothing that they require on Windows is missing", time.perf_counter() - begin, len(missing), remark)


def licences(bundle: Path) -> None:
    """Print how many packages state which licence, and which have no text of it."""
    with (bundle / "LICENSES" / "packages.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    stated = Counter({row["package"]: row["licence as the package states it"] for row in rows}.values())
    print("licences:", "; ".join(f"{name} ({count})" for name, count in stated.most_common()))
    print("no text in the wheel:", ", ".join(sorted({row["package"] for row in rows if row["texts"] == "0"})) or "none")


def main() -> None:
    """Unpack, check, install, run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, metavar="ZIP")
    parser.add_argument("--uv", action="store_true", help="let the installer find uv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        print(f"{options.bundle.name}: {options.bundle.stat().st_size / 1e6:.0f} MB")
        with zipfile.ZipFile(options.bundle) as archive:
            archive.extractall(place)
        (bundle,) = place.iterdir()
        work = place / "work"
        work.mkdir()
        path = "/usr/bin:/bin"
        if options.uv:
            path += f":{Path(shutil.which('uv') or sys.exit('there is no uv')).parent}"
        # A user's environment: no folder of this checkout, no setting of pip, an own home.
        env = {"HOME": str(work), "PATH": path, "PYTHON": sys.executable, "LANG": "C.UTF-8"}
        env |= {name: os.environ[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_CORETYPE") if name in os.environ}
        step("sha256sum -c SHA256SUMS", "sha256sum", "--quiet", "-c", "SHA256SUMS", cwd=bundle)
        licences(bundle)
        check_windows(bundle)
        asked = subprocess.run([*OFFLINE, sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
        reason = asked.stderr.strip().rpartition("\n")[2]
        show("there is no network", 0.0, int("unreachable" not in reason), reason)
        installer = (*OFFLINE, "sh", bundle / "install.sh", place / "env")
        text = step("install.sh" + (" with uv" if options.uv else " with pip"), *installer, cwd=work, env=env)
        print(text[text.find("This machine") :])
        program = place / "env" / "bin" / "esapi-bridge"
        shutil.rmtree(bundle)  # what was installed needs none of it
        for words in COMMANDS:
            text = step(" ".join(("esapi-bridge", *words)), *OFFLINE, program, *words, cwd=work, env=env)
            if words[0] in {"models", "compare"}:
                print(text)
        size = sum(path.lstat().st_size for path in (place / "env").rglob("*") if path.is_file())
        print(f"environment: {size / 1e6:.0f} MB")
    print(f"{len(failed)} failed{': ' if failed else ''}{', '.join(failed)}; {INTENDED_USE}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
