"""A command in a terminal, photographed while it runs: what stands on the screen when some of it is done."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.report.browser import chromium

COLUMNS, ROWS = 118, 40
REDRAWN = "\r\x1b[2K"
"""What rich writes before it draws a progress bar of one line again."""

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]")
"""Sequences that move the cursor or change the terminal; those that end in m are colours."""

PAGE = """<body style="margin:0"><pre style="display:inline-block;margin:0;padding:12px 16px;background:{background};
color:{foreground};font:14px/1.35 'DejaVu Sans Mono',monospace">{code}</pre>"""


def recorded(line: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in a terminal of `COLUMNS`; its exit code, and all that it wrote."""
    master, slave = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        line, cwd=folder, env={**environment, **size}, stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    written = bytearray()
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the command has ended
            break
        written += part
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
    os.close(master)
    return process.wait(), written.decode(errors="replace")


def on_screen(written: str, share: float) -> str:
    """Text, with colours, that stands when a share of what was written has come: lines that stay, then a bar."""
    frames = [
        CONTROL.sub("", part) for part in written[: int(len(written) * share)].replace("\r\n", "\n").split(REDRAWN)
    ]
    stays = [line for frame in frames for line in frame.split("\n")[:-1]]
    # The last frame may be cut off; what is done has no bar.
    bar = frames[-2].split("\n")[-1] if len(frames) > 1 and share < 1.0 else ""
    return "\n".join(line for line in [*stays, bar] if line.strip())


def photograph(command: str, text: str, file: Path) -> None:
    """Take a picture of a terminal with a command and its text."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False, markup=False)
    console.print(Text.assemble(("$ ", "bold"), (command, "bold")))
    console.print(Text.from_ansi(text))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.set_content(console.export_html(theme=MONOKAI, code_format=PAGE, inline_styles=True))
        page.locator("pre").screenshot(path=file)
