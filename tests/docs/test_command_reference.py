"""The reference of commands is what the code says."""

from __future__ import annotations

from tests.cli.tree import PATHS, options_of
from tests.docs import command_reference


def test_the_page_is_what_the_code_says() -> None:
    page = command_reference.PAGE.read_text(encoding="utf-8")
    assert page == command_reference.text(), "run: python -m tests.docs.command_reference"


def test_every_command_and_option_is_there() -> None:
    page = command_reference.text()
    for path in PATHS:
        (section,) = (part for part in page.split("\n#") if part.lstrip("# ").startswith(" ".join(path) + "\n"))
        missing = {option for option in options_of(path) - {"--help"} if option not in section}
        assert (path, missing) == (path, set())


def test_help_is_shown_as_it_is() -> None:
    assert command_reference.plain("Folder of *.x.\n  More <n>.\n\nEnd.") == "Folder of \\*.x. More &lt;n&gt;.\n\nEnd."
