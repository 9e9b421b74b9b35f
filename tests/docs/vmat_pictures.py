"""A VMAT plan of 6X to page and through the menu, photographed: ``python -m tests.docs.vmat_pictures FOLDER``.

Makes ``docs/images/report-beams.png`` and ``mock-eclipse-vmat-{menu,outcome}.png`` with a network that takes
arcs. Needs what `tests.docs.pictures` needs; takes minutes.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pydicom

from esapi_bridge.mock.eclipse import build_host
from tests.docs.pages import DOCS
from tests.docs.pictures import SHOTS, cropped, run
from tests.report.browser import chromium

EXPORT, DOSE, SCRIPTS = "vmat", "dose", "scripts"
WINDOWS = ("menu", "outcome")
MARGIN_PX = 8


def make(folder: Path, model: str, site: str) -> None:
    """Export the plan, compute its dose, and run the script on it in a window."""
    if not (folder / EXPORT).is_dir():
        technique = ["--technique", "vmat", "--energy", "6X", "--arcs", "2", "--no-reference"]
        run(["mock", "export", "--site", site, *technique, "-o", EXPORT], 0, folder)
    run(["dose", EXPORT, "-o", DOSE, "--model", model], 0, folder)
    (file,) = (folder / EXPORT).glob("RP.*")
    label = str(pydicom.dcmread(file).RTPlanLabel)
    site_options = ["--esapi", str(build_host()), "--model", model, "--jobs", str(folder / "jobs")]
    run(["scripts", "install", *site_options, "-o", SCRIPTS], 0, folder)
    run(["mock", "eclipse", EXPORT, "--scripts", SCRIPTS, "--plan", label], 0, folder)


def photograph(folder: Path) -> None:
    """Take the pictures of what a run left in a folder."""
    images = DOCS / "images"
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1180, "height": 900})
        page.goto((folder / DOSE / "report.html").resolve().as_uri())
        boxes = [page.locator(part).bounding_box() for part in ("h2:text-is('Beams')", ".beams + p.note")]
        first, last = (box for box in boxes if box is not None)
        top = first["y"] - MARGIN_PX
        clip = {
            "x": first["x"] - MARGIN_PX, "y": top, "width": first["width"] + 2 * MARGIN_PX,
            "height": last["y"] + last["height"] + MARGIN_PX - top,
        }  # fmt: skip
        page.screenshot(path=images / "report-beams.png", full_page=True, clip=clip)
    for name in WINDOWS:
        shutil.copy(folder / SHOTS / f"{name}.png", images / f"mock-eclipse-vmat-{name}.png")
        cropped(images / f"mock-eclipse-vmat-{name}.png")


def main() -> None:
    """Run, then photograph."""
    parser = argparse.ArgumentParser(description="Take the pictures of a VMAT plan.")
    parser.add_argument("folder", type=Path, help="folder to work in; an export in it is used again")
    parser.add_argument("--model", default="ddn-lite", help="a network that takes arcs of 6X")
    parser.add_argument("--site", default="thorax", help="phantom")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    make(given.folder.resolve(), given.model, given.site)
    photograph(given.folder.resolve())


if __name__ == "__main__":
    main()
