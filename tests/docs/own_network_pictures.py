"""The second tutorial as its reader does it, and its pictures: ``python -m tests.docs.own_network_pictures FOLDER``.

Writes each file and runs each command of ``docs/tutorial-own-network.md`` in a new folder, says what each took, and
photographs windows, terminals and pages into ``docs/images/own-network-*.png``. Needs what `tests.docs.pictures` needs;
takes half an hour of one thread.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs import terminal
from tests.docs.pages import DOCS, blocks_of
from tests.docs.pictures import Picture, cropped, photograph_page

PAGE = DOCS / "tutorial-own-network.md"
IMAGES = DOCS / "images"

PICTURES = {
    "own-network-commissioning.png": Picture("out/commissioning.html", "body", 1100, 900),
}


class Window(NamedTuple):
    """A picture that the mock's camera takes in its nth run; of several of a name, that two thirds on."""

    run: int
    name: str


WINDOWS = {
    "own-network-collect.png": Window(0, "outcome"),
    "own-network-refused.png": Window(1, "outcome"),
    "own-network-outcome.png": Window(2, "outcome"),
    "own-network-result.png": Window(2, "result"),
}


class Terminal(NamedTuple):
    """A picture of a terminal: words of the command, how much of what it writes has come, and the last lines shown."""

    words: str
    share: float
    lines: int = 40


TERMINALS = {
    "own-network-training.png": Terminal("train dose", 0.6),
    "own-network-evaluation.png": Terminal("evaluate dose", 1.0),
    "own-network-show.png": Terminal("models show", 1.0, lines=14),
}


class Line(NamedTuple):
    """A line that the reader types: the exit code that it says, and the script that it says to pick."""

    text: str
    code: int
    script: str | None


def files_of(page: Path) -> Iterator[tuple[str, str]]:
    """Files that a page shows, by the names that their first lines say."""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language == "yaml":
            yield block.lines[0][1].removeprefix("# "), block.text


def lines_of(page: Path) -> Iterator[Line]:
    """Lines of the shell blocks of a page."""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language == "sh":
            for _, text in block.lines:
                script = re.search(r"# .*Scripting > (\w+)", text)
                yield Line(text, int(text.partition("exit code ")[2] or 0), script and script.group(1))


def walk(folder: Path) -> None:
    """Do all that the page says."""
    for name, text in files_of(PAGE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "ESAPI_BRIDGE_START": "1"}
    windows = 0
    for line in lines_of(PAGE):
        if line.text.startswith("export "):
            name, _, value = line.text.removeprefix("export ").partition("#")[0].strip().partition("=")
            environment[name] = value
            continue
        command = line.text.partition("  #")[0].strip()
        if line.script:
            shots = f"{command} --screenshots shots-{windows} --start {line.script}"
            command = f"xvfb-run --auto-servernum --server-args='-screen 0 1000x660x24' {shots}"
            windows += 1
        print("$", line.text, flush=True)
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        code, written = terminal.recorded(["bash", "-c", command], folder, environment)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(f"({time.monotonic() - began:.0f} s, {processor_s:.0f} s of the processor)", flush=True)
        if code != line.code:
            sys.exit(f"expected exit code {line.code}, found {code}")
        for name, wanted in TERMINALS.items():
            if f"esapi-bridge {wanted.words}" in command:
                (folder / f"{name}.txt").write_bytes(written.encode())  # carriage returns as they came
                (folder / f"{name}.command").write_text(command, encoding="utf-8")


def photograph(folder: Path) -> None:
    """Take the pictures of what a walk left in a folder."""
    for name, picture in PICTURES.items():
        photograph_page(folder / picture.page, picture, IMAGES / name)
    for name, window in WINDOWS.items():
        shots = sorted((folder / f"shots-{window.run}").glob(f"{window.name}*.png"))
        shutil.copy(shots[2 * len(shots) // 3], IMAGES / name)
    for name, wanted in TERMINALS.items():
        text = (folder / f"{name}.txt").read_bytes().decode()
        command = (folder / f"{name}.command").read_text(encoding="utf-8")
        shown = terminal.on_screen(text, wanted.share).split("\n")
        if len(shown) > wanted.lines:
            command += f" | tail -{wanted.lines}"
        terminal.photograph(command, "\n".join(shown[-wanted.lines :]), IMAGES / name)
    for name in [*PICTURES, *WINDOWS, *TERMINALS]:
        cropped(IMAGES / name)


def main() -> None:
    """Walk, then photograph."""
    parser = argparse.ArgumentParser(description="Do the second tutorial and take its pictures.")
    parser.add_argument("folder", type=Path, help="new folder to do the tutorial in")
    parser.add_argument("--only-pictures", action="store_true", help="it has been done there")
    given = parser.parse_args()
    if not given.only_pictures:
        given.folder.mkdir(parents=True)
        walk(given.folder.resolve())
    photograph(given.folder.resolve())


if __name__ == "__main__":
    main()
