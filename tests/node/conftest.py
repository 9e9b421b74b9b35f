"""An export and a running listener, made once a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("pynetdicom", reason="the extra node is not installed")

from esapi_bridge.node.inbox import Inbox
from esapi_bridge.node.listener import Listener
from tests.dicom.phantom import export_folder
from tests.node.peers import settings_for


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CT of 12 slices, structure set, plan, dose of the plan and of two beams."""
    return export_folder(tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def objects(export: Path) -> list[Path]:
    return sorted(export.iterdir())


@dataclass(frozen=True)
class Node:
    """A listener that fills an inbox."""

    port: int
    inbox: Inbox
    folder: Path

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that takes 1 MB an object and 20 objects."""
    folder = tmp_path_factory.mktemp("node") / "inbox"
    settings = settings_for(object_mb=1.0, inbox_files=20)
    inbox = Inbox(folder, settings.limits)
    with Listener(settings, inbox.receive):
        yield Node(settings.port, inbox, folder)
