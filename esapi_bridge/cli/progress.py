"""The progress bar of commands that take a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from esapi_bridge.progress import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show the current step, how far it is and the time left, on standard error; silent with ``-q``."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from esapi_bridge.cli.console import progress as console

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=console, transient=True, disable=console.quiet) as bar:
        task = bar.add_task("start", total=None)

        def told(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        yield told
