"""Pages in a browser without window: what they say on the console, and that they ask for nothing but themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser; skips the test without it, or without playwright."""
    driver = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class OpenedPage:
    """A page of a file with what went wrong in it; `page` is playwright's."""

    def __init__(self, browser: Any, file: Path, width: int = 1000, height: int = 800, **options: Any) -> None:
        self.faults: list[str] = []
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda said: self.faults.append(said.text) if said.type in {"error", "warning"} else None
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.address = file.as_uri()
        self.context.route("**", self._only_the_file)

    def _hear(self, said: Any) -> None:
        if said.type in {"error", "warning"}:
            self.faults.append(said.text)

    def _dismiss(self, dialog: Any) -> None:
        self.faults.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _only_the_file(self, route: Any) -> None:
        if route.request.url == self.address:
            route.continue_()
        elif not route.request.url.startswith("data:"):
            self.faults.append(f"asked for {route.request.url[:80]}")
            route.abort()

    def open(self) -> Any:
        """Load the page."""
        self.page.goto(self.address)
        return self.page
