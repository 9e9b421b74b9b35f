"""FluenceNet on contours alone, photographed: ``python -m tests.docs.contours_pictures FOLDER``.

Makes ``docs/images/mock-eclipse-contours-{proposal,outcome}.png``: a small phantom's plan without fields and dose, in a
mock Eclipse of 16.1. Needs Mono, Xvfb, xdotool and ImageMagick; takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from esapi_bridge import INTENDED_USE
from esapi_bridge.eclipse.field_options import NewFieldOptions
from esapi_bridge.eclipse.install import install
from esapi_bridge.eclipse.install_options import InstallOptions
from esapi_bridge.mock.eclipse import HostOptions, build_host, run_host
from tests.cases import write_patient
from tests.docs.pages import DOCS
from tests.docs.pictures import SHOTS, cropped
from tests.scripts.prostate import MODELS, prostate

DATABASE, JOBS, SCRIPTS = "db", "jobs", "scripts"
VERSION = ["ESAPI_16"]
PATIENT, PLAN = "phantom", "Contours"
COUNTS = {"dose_scale_percent": 1e-4, "ct_offset": 1000}
FIELDS = NewFieldOptions("TrueBeam", "15X", 600)
START_PX = (382, 227)
"""Middle of the Start button in its window."""

SETTLE_S = 4.0


def make(folder: Path, dose_model: str | None) -> None:
    """Make a database with a plan of contours and prescription alone, and install the script."""
    case = prostate()
    plan = replace(case.plan, name=PLAN, beams=(), normalisation_percent=None)
    case = replace(case, plan=plan, plan_dose=None)
    write_patient(folder / DATABASE, PATIENT, {"C1": {PLAN: case}}, "Phantom", "Prostate")
    database = {"schema": 1, "intended_use": INTENDED_USE, "dose_unit": "Gy", "models": MODELS, **COUNTS}
    (folder / DATABASE / "database.json").write_text(json.dumps(database))
    options = InstallOptions(
        build_host(VERSION), folder / SCRIPTS, jobs=folder / JOBS, wanted_dose_model=dose_model, new_fields=FIELDS
    )
    install(options)


def press_start(folder: Path) -> None:
    """Photograph what the script proposes once the worker has placed the fields, then press Start."""
    while not any((folder / JOBS).glob("*/result/result.json")):
        time.sleep(1.0)
    time.sleep(SETTLE_S)
    subprocess.run(["import", "-window", "root", folder / SHOTS / "proposal.png"], check=True)
    name = "FluenceNet \\(esapi-bridge\\)"
    found = subprocess.run(["xdotool", "search", "--name", name], check=True, capture_output=True, text=True)
    window = found.stdout.split()[-1]
    x, y = map(str, START_PX)
    subprocess.run(["xdotool", "mousemove", "--window", window, x, y, "click", "1"], check=True)


def show(folder: Path) -> None:
    """Run the script in the window, on the display there is."""
    (folder / SHOTS).mkdir(exist_ok=True)
    threading.Thread(target=press_start, args=(folder,), daemon=True).start()
    options = HostOptions(
        database=folder / DATABASE, scripts=folder / SCRIPTS, patient=PATIENT, plan=PLAN, screenshots=folder / SHOTS,
        start="FluenceNet",
    )  # fmt: skip
    sys.exit(run_host(options, VERSION))


def main() -> None:
    """Make, run, photograph."""
    parser = argparse.ArgumentParser(description="Take the pictures of FluenceNet on contours alone.")
    parser.add_argument("folder", type=Path, help="folder to work in")
    parser.add_argument("--wanted-dose-model", help="network that predicts the dose [default: wanted-dose]")
    parser.add_argument("--show", action="store_true", help="only run the script, on this display")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if given.show:
        show(folder)
    folder.mkdir(parents=True, exist_ok=True)
    make(folder, given.wanted_dose_model)
    screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1000x760x24"]
    own = [sys.executable, "-m", "tests.docs.contours_pictures", str(folder), "--show"]
    subprocess.run([*screen, *own], check=True, env=os.environ)
    for name in ("proposal", "outcome"):
        picture = DOCS / "images" / f"mock-eclipse-contours-{name}.png"
        shutil.copy(folder / SHOTS / f"{name}.png", picture)
        cropped(picture)


if __name__ == "__main__":
    main()
