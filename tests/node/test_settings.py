"""``node.yaml`` is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.node.settings import NodeSettings, read_node_settings

GOOD = """
ae_title: BRIDGE
port: 11113
peers:
  eclipse: {ae_title: VMSDBD, address: 10.1.2.3, port: 51402}
  archive:
    ae_title: ORTHANC
    address: "fd00::7"
limits: {object_mb: 100}
"""


def read(folder: Path, text: str) -> NodeSettings:
    (folder / "node.yaml").write_text(text, encoding="utf-8")
    return read_node_settings(folder / "node.yaml")


def test_what_is_stated_is_read_and_the_rest_has_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)
    assert (settings.ae_title, settings.port, settings.limits.object_mb) == ("BRIDGE", 11113, 100.0)
    assert settings.peer("eclipse").host == "10.1.2.3"
    assert settings.limits.free_gb > 0
    assert settings.name_of("ORTHANC", "fd00:0:0::7") == "archive"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("port: 11113", "prot: 11113", "prot"),
        ("address: 10.1.2.3", "address: eclipse.local", "address"),
        ("port: 11113", "port: 0", "port"),
        ("ae_title: BRIDGE", "ae_title: A TITLE THAT IS TOO LONG", "ae_title"),
        ("ae_title: BRIDGE", 'ae_title: "A\\\\B"', "ae_title"),
        ("object_mb: 100", "object_mb: 0", "object_mb"),
        ("peers:", "friends:", "peers"),
        (GOOD, "[", "YAML"),
        (GOOD, "!!python/object:os.system {}", "YAML"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(RefusedError, match=words):
        read(tmp_path, GOOD.replace(old, new))


def test_a_peer_that_is_to_be_called_needs_a_port(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)
    with pytest.raises(BridgeError, match="port"):
        settings.peer("archive")
    with pytest.raises(BridgeError, match="archive, eclipse"):
        settings.peer("nobody")


def test_settings_that_are_not_there_say_where_to_read_on(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"dicom-node\.md"):
        read_node_settings(tmp_path / "node.yaml")
