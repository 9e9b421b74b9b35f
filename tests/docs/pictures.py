"""The tutorial as its reader does it, and its pictures: ``python -m tests.docs.pictures FOLDER``.

Runs each command of ``docs/tutorial.md`` in a new folder, the window of the mock Eclipse by its own camera, and
photographs what came out into ``docs/images/tutorial-*.png``. Needs what the mock needs, Xvfb, Chromium and Playwright;
takes some minutes.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from tests.docs.pages import DOCS, blocks_of
from tests.report.browser import chromium

SHOTS = "shots"
"""Folder of the mock Eclipse's own pictures, in that of the run."""


class Picture(NamedTuple):
    """Part of a page: its file, where to scroll to, and the size of the window, pixels."""

    page: str
    scroll_to: str
    width: int
    height: int


PICTURES = {
    "tutorial-report.png": Picture("out/dose/report.html", "body", 1100, 340),
    "tutorial-dose.png": Picture("out/dose/report.html", "h2:text('Viewer')", 1200, 800),
    "tutorial-fluence.png": Picture("out/fluence/report.html", "h2:text('Fluence')", 1100, 720),
    "tutorial-batch.png": Picture("out/afternoon/summary.html", "body", 1100, 720),
}
WINDOWS = {"tutorial-menu.png": "menu.png", "tutorial-outcome.png": "outcome.png"}


def command_lines(page: Path) -> Iterator[tuple[list[str], int]]:
    """Words of each command of a tutorial, and the exit code it says."""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language == "sh":
            for _, line in block.lines:
                words = shlex.split(line, comments=True)
                if words[:1] == ["esapi-bridge"]:
                    yield words[1:], int(line.partition("exit code ")[2] or 0)


def run(words: list[str], code: int, folder: Path) -> None:
    """Run a command in a folder; a window is photographed instead of shown."""
    line = [sys.executable, "-m", "esapi_bridge", *words]
    if words[:2] == ["mock", "eclipse"] and "--run" not in words:
        line = ["xvfb-run", "--auto-servernum", *line, "--screenshots", SHOTS, "--start", "DeepDoseNet"]
    print("$ esapi-bridge", *words, flush=True)
    began = time.monotonic()
    done = subprocess.run(line, cwd=folder, env=os.environ | {"ESAPI_BRIDGE_START": "1"}, check=False)
    if done.returncode != code:
        sys.exit(f"expected exit code {code}, found {done.returncode}")
    print(f"({time.monotonic() - began:.0f} s)", flush=True)


def photograph(folder: Path) -> None:
    """Take the pictures of what a run left in a folder."""
    for name, picture in PICTURES.items():
        photograph_page(folder / picture.page, picture, DOCS / "images" / name)
    for name, shot in WINDOWS.items():
        shutil.copy(folder / SHOTS / shot, DOCS / "images" / name)
    for name in [*PICTURES, *WINDOWS]:
        cropped(DOCS / "images" / name)


def photograph_page(file: Path, picture: Picture, image: Path) -> None:
    """Take one picture of a page."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": picture.width, "height": picture.height})
        page.goto(file.resolve().as_uri())
        page.locator(picture.scroll_to).first.evaluate("element => element.scrollIntoView()")
        page.wait_for_timeout(1000)
        page.screenshot(path=image)


def cropped(file: Path) -> None:
    """Cut a picture to what is in it: around a window the screen is black."""
    with Image.open(file) as image:
        whole = image.convert("RGB")
    whole.crop(whole.getbbox()).save(file, optimize=True)


def main() -> None:
    """Run, then photograph."""
    parser = argparse.ArgumentParser(description="Do the tutorial and take its pictures.")
    parser.add_argument("folder", type=Path, help="new folder to do the tutorial in")
    parser.add_argument("--only-pictures", action="store_true", help="it has been done there")
    given = parser.parse_args()
    if not given.only_pictures:
        given.folder.mkdir(parents=True)
        for words, code in command_lines(DOCS / "tutorial.md"):
            run(words, code, given.folder)
    photograph(given.folder)


if __name__ == "__main__":
    main()
