"""Kill CollectDoseNetData with signal 9 at random instants, go on, and compare with a collection that was let alone.

``python -m tests.benchmarks.collection_kills [KILLS]`` prints one table (30 kills): fields lost, doubled, plans left
behind. In turn Eclipse, its calculation, and both are killed. The Eclipse is one that saves whenever a calculation
begins (``SavingEclipse.cs``), so that plans half made are in the database when the next run starts. Doses are the
foretellable ones of ``tests/mock/esapi/fake_calculation.py``: what calculates them does not matter to what is kept.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from esapi_bridge.case.pair_folder import find_images
from esapi_bridge.eclipse import install as installer
from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
from esapi_bridge.eclipse.compiler import compile_library
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.mock.eclipse import build_host
from tests.scripts.plans import COURSE, PATIENT, PLAN, courses_of, cylinder, plan_files, write_database

SCRIPT = "CollectDoseNetData"
SEED = 18
COARSE, FINE = "pencil beam [mock]", "collapsed cone [mock]"
PAIRS = DosePairOptions(DoseModelOptions(COARSE, 10.0), DoseModelOptions(FINE, 5.0), random_fields=3, own_plans=True)
FIELDS = 5
LATEST = 0.6
"""A kill comes within so much of the time of a run that is let alone; the runs after it have less to do."""

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "scripts" / "programs"
ASSEMBLIES = ("VMS.TPS.Common.Model.API.dll", "VMS.TPS.Common.Model.Types.dll")


class Site:
    """A mock Eclipse that saves, the script, and a patient to collect from, again and again."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._host = shutil.copytree(build_host(cache=place / "cache"), place / "host")
        references: list[str | Path] = [*(self._host / name for name in ASSEMBLIES), "System.Core.dll"]
        self._program = compile_library(
            [PROGRAMS / "SavingEclipse.cs"], self._host / "SavingEclipse.exe", references, target="exe"
        )
        with patch.object(installer, "SCRIPTS", {SCRIPT: installer.SCRIPTS[SCRIPT]}):
            installer.install(InstallOptions(esapi=self._host, target=place / "scripts", dose_pairs=PAIRS))
        self._asked, self._outcome = place / "save", place / "outcome.json"
        self._python = place / "python"
        calculation = ROOT / "tests" / "mock" / "esapi" / "fake_calculation.py"
        self._python.write_text(
            "#!/bin/sh\n"
            f'touch "{self._asked}"\n'
            f'n=0; while [ -e "{self._asked}" ] && [ $n -lt 1000 ]; do sleep 0.01; n=$((n + 1)); done\n'
            f'PYTHONPATH="{ROOT}" exec "{sys.executable}" "{calculation}" "$@"\n'
        )
        self._python.chmod(0o755)
        self.new()

    def new(self) -> None:
        """Begin again: a patient as he was, nothing collected."""
        for name in ("db", "collected"):
            shutil.rmtree(self._place / name, ignore_errors=True)
        self.database, self.collected = self._place / "db", self._place / "collected"
        write_database(self.database, {PLAN: cylinder()}, models={"PhotonVolumeDose": [COARSE, FINE]})
        self.before = courses_of(self.database), plan_files(self.database)

    def start(self) -> subprocess.Popen[bytes]:
        """Start a run, in a session of its own."""
        words = (self.database, self._place / "scripts" / f"{SCRIPT}.esapi.dll", PATIENT, COURSE, PLAN, self._asked)
        for file in (self._asked, self._outcome):
            file.unlink(missing_ok=True)
        return subprocess.Popen(
            ["mono", self._program, *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={
                **os.environ,
                "TMPDIR": str(self._place),
                "XDG_CONFIG_HOME": str(self._place / "config"),
                "XDG_DATA_HOME": str(self._place / "data"),
                "ESAPI_BRIDGE_PYTHON": str(self._python),
                "ESAPI_BRIDGE_EXPORTS": str(self.collected),
                "ESAPI_BRIDGE_UNATTENDED": "1",
                "ESAPI_BRIDGE_OUTCOME": str(self._outcome),
                "FAKE_CALCULATION_EVIDENCE": os.devnull,
            },
        )

    def require_no_refusal(self) -> None:
        """End the campaign if the script did nothing: a file of the package was changed meanwhile, perhaps."""
        outcome = json.loads(self._outcome.read_bytes())
        if outcome["exit_code"] not in (0, 1):
            raise SystemExit(f"expected a run that calculates, found one that ended with: {outcome['message']}")

    def fields(self) -> dict[str, tuple[int, int, str]]:
        """Fields that are there: inode, time and list of digests of each."""
        found = {}
        for folder in self.collected.glob("dose-*/fields/[!.]*"):
            sums = folder / "SHA256SUMS"
            found[folder.name] = (sums.stat().st_ino, sums.stat().st_mtime_ns, sums.read_text())
        return found

    def unreadable(self) -> int:
        """Fields that are there and not whole."""
        count = 0
        for image in find_images(self.collected):
            for name in image.field_names:
                try:
                    image.field(name)
                except Exception:  # noqa: BLE001 -- whatever it is, the field cannot be used
                    count += 1
        return count

    def plans_left(self) -> int:
        """Plans in the database that were not there, and changes of the patient's own."""
        courses, files = self.before
        own = {name: data for name, data in plan_files(self.database).items() if name in files}
        more = sum(len(plans) for plans in courses_of(self.database).values()) - sum(map(len, courses.values()))
        return more + len(set(courses_of(self.database)) - set(courses)) + (own != files)


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    with suppress(OSError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def kill(run: subprocess.Popen[bytes], what: str) -> str:
    """Kill Eclipse, its calculation or both; returns what it was."""
    found = children(run.pid)
    if what == "calculation" and found:
        for child in found:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        run.wait()
        return what
    if what == "both":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait()
    for child in found:  # a calculation whose Eclipse is gone ends by itself; wait, so that it is not counted twice
        while what == "Eclipse" and Path(f"/proc/{child}").exists():
            time.sleep(0.05)
    return what if what == "both" else "Eclipse"


def main() -> None:
    """Run the campaign."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    instants, counts = random.Random(SEED), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name))
        begin = time.monotonic()
        assert site.start().wait() == 0
        seconds = time.monotonic() - begin
        reference = {field: sums for field, (_, _, sums) in site.fields().items()}
        assert len(reference) == FIELDS
        assert site.plans_left() == 0
        print(f"a run that is let alone: {FIELDS} fields in {seconds:.1f} s")
        site.new()
        while sum(counts[target] for target in ("Eclipse", "calculation", "both")) < kills:
            before, run = site.fields(), site.start()
            with suppress(subprocess.TimeoutExpired):
                run.wait(instants.uniform(0, LATEST * seconds))
            if run.poll() is None:
                target = kill(run, instants.choice(("Eclipse", "calculation", "both")))
                counts[target] += 1
                counts["plans in the database after a kill"] += site.plans_left() > 0
            after = site.fields()
            counts["fields lost"] += sum(field not in after for field in before)
            counts["fields doubled"] += sum(after.get(field, value) != value for field, value in before.items())
            counts["fields not whole"] += site.unreadable()
            if run.returncode == 0:
                site.require_no_refusal()
                counts["runs to the end"] += 1
                counts["plans left behind"] += site.plans_left()
            if len(after) == FIELDS and run.returncode == 0:
                counts["collections"] += 1
                counts["fields doubled"] += len(set(after) - set(reference))
                counts["fields that differ"] += sum(after[field][2] != sums for field, sums in reference.items())
                site.new()
    for what in (
        "Eclipse", "calculation", "both", "plans in the database after a kill", "runs to the end", "collections",
        "fields lost", "fields doubled", "fields not whole", "fields that differ", "plans left behind",
    ):  # fmt: skip
        print(f"{what:36} {counts[what]:4}")


if __name__ == "__main__":
    main()
