"""The reference of commands, made from the commands themselves: ``python -m tests.docs.command_reference``.

Writes ``docs/reference/commands.md``; a test fails while that is not what the code says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from esapi_bridge.cli.lazy import Group
from esapi_bridge.errors import CANCELLED, BridgeError, RefusedError
from tests.cli.tree import ENTRIES, command_of
from tests.docs.pages import DOCS

PAGE = DOCS / "reference" / "commands.md"

HEAD = f"""\
# Commands

Made from the code by `make docs`; what `--help` after a command says.

What a command makes goes to `-o`. `-q` (errors only) and `-v` (the log) stand before the command. Results go to
standard output; progress, errors and the intended use to standard error, so that the answer of `--json` can be piped.

| exit code | |
|---|---|
| 0 | done |
| {BridgeError.exit_code} | failed: the sentence says what was expected, what was found and what to do |
| 2 | wrong usage |
| {RefusedError.exit_code} | **refused by a check**: understood, but it may not be done |
| {CANCELLED} | cancelled |
"""

FOOT = "Research use only, not for clinical use.\n"


def text() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *sections(), FOOT])


def sections() -> Iterator[str]:
    """Each command, those of a group below their group."""
    for path, entry in ENTRIES.items():
        yield f"{'#' * (len(path) + 1)} {' '.join(path)}\n"
        yield f"{entry.summary}\n" if isinstance(entry, Group) else described(path)


def described(path: tuple[str, ...]) -> str:
    """What a command's help says: what it does, how it is called, every argument and option."""
    command = command_of(path)
    context = command.make_context(path[-1], [], resilient_parsing=True)
    usage = " ".join(["esapi-bridge", *path, *command.collect_usage_pieces(context)])
    records = [p.get_help_record(context) for p in command.get_params(context) if p.name != "help"]
    lines = [f"- `{' '.join(names.split())}`: {plain(meaning)}" for names, meaning in filter(None, records)]
    return "\n".join([plain(command.help), "", f"```text\n{usage}\n```", "", *lines, ""])


def plain(help_text: str) -> str:
    """Help as Markdown that shows just these characters; a paragraph is a line."""
    paragraphs = re.split(r"\n\s*\n", help_text.strip().replace("*", r"\*").replace("<", "&lt;").replace(">", "&gt;"))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
