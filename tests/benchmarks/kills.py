"""Kill the commands ``dose`` and ``fluence`` at random instants and count the folders with data that stay.

``python -m tests.benchmarks.kills [KILLS]`` prints one line a command: how many kills left an unfinished folder behind,
how many of these there were after the next start of any command, and how many runs had ended before their kill.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from esapi_bridge.dicom import write_export
from esapi_bridge.folders.user import STATE_VARIABLE
from tests.report.synthetic import make_case as dose_case
from tests.tasks.conftest import make_model as dose_model
from tests.tasks.fluence_case import make_case as fluence_case
from tests.tasks.fluence_case import make_model as fluence_model

SEED = 13
QUICKER = 0.9
ROOT = Path(__file__).parents[2]


def unfinished(place: Path) -> list[Path]:
    """Every folder that is not whole, however deep."""
    return [path for path in place.rglob("*") if path.is_dir() and path.name.startswith(".")]


def command(*words: object) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, so that a kill ends its helpers too."""
    return subprocess.Popen(
        [sys.executable, "-m", "esapi_bridge", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def campaign(verb: str, export: Path, model: Path, place: Path, kills: int) -> None:
    """Kill a command at instants spread over the time of a whole run, and print what stays."""
    instants = random.Random(f"{SEED} {verb}")
    options = ("--model", model, *(("--no-deliver",) if verb == "fluence" else ()))
    for attempt in ("first, which compiles", "whole"):
        begin = time.perf_counter()
        assert command(verb, export, "-o", place / attempt, *options).wait() == 0
        whole_s = time.perf_counter() - begin
    left = ended = done = 0
    while done < kills:
        process = command(verb, export, "-o", place / str(done + ended) / "out", *options)
        time.sleep(instants.uniform(0.3, 1.0) * whole_s)
        if process.poll() is not None:
            ended += 1
            whole_s *= QUICKER  # machines are busy at times
            continue
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left += bool(unfinished(place))
        done += 1
        assert command("models").wait() == 0
        if found := unfinished(place):
            print(f"{verb}: kill {done} left {len(found)} after the next start", flush=True)
    print(
        f"{verb}: {kills} kills within {whole_s:.1f} s, {left} left a folder, "
        f"{len(unfinished(place))} after the next start; {ended} runs ended before their kill",
        flush=True,
    )


def main() -> None:
    """Run both campaigns."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ[STATE_VARIABLE] = str(place / "state")
        for case, folder in ((dose_case(2)[0], "dose plan"), (fluence_case(), "fluence plan")):
            write_export(case, place / folder, patient_id="SECRET4711", patient_name="Doe^Canary")
        campaign("dose", place / "dose plan", dose_model(place / "ddn"), place / "dose", kills)
        campaign("fluence", place / "fluence plan", fluence_model(place / "dual"), place / "fluence", kills)


if __name__ == "__main__":
    main()
