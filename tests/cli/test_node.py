"""``esapi-bridge node``: what its commands print, and how they end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import yaml

pytest.importorskip("pynetdicom", reason="the extra node is not installed")

from tests.cli.conftest import Run
from tests.dicom.phantom import PATIENT_ID, export_folder, files_of
from tests.node.peers import LOOPBACK, PEER_TITLE, Clinic, clinic, free_port, store

pytestmark = pytest.mark.slow


def config(folder: Path, peer: Clinic | None = None) -> tuple[Path, int]:
    """Write the settings of a node; its port."""
    port = free_port()
    named = {"ae_title": PEER_TITLE, "address": LOOPBACK} | ({"port": peer.port} if peer else {})
    path = folder / "node.yaml"
    path.write_text(yaml.safe_dump({"port": port, "peers": {"clinic": named}, "limits": {"free_gb": 0}}))
    return path, port


def test_a_plan_is_fetched_and_files_are_sent(esapi: Run, tmp_path: Path) -> None:
    export = export_folder(tmp_path)
    with clinic(sorted(export.glob("*.dcm"))) as peer:
        settings, peer.move_to = config(tmp_path, peer)
        words = ("fetch", "clinic", "--config", settings, "--patient", PATIENT_ID)
        found = esapi("node", *words, "-o", tmp_path / "out", "--json")
        assert (found.code, found.answer["objects"]) == (0, len(list(export.glob("*.dcm"))))
        assert PATIENT_ID not in found.out + found.err
        again = esapi("node", *words, "-o", tmp_path / "out")
        assert (again.code, "in use" in again.err) == (1, True)
        absent = esapi("node", *words[:4], "--patient", "NOBODY", "-o", tmp_path / "other")
        assert (absent.code, "NOBODY" in absent.err) == (3, False)
        dose = files_of(export, "RD")[0]
        assert esapi("node", "send", "clinic", dose, "--config", settings).code == 0
        assert len(peer.received) == 1
        assert esapi("node", "send", "nobody", dose, "--config", settings).code == 1


def test_a_node_listens_until_it_has_had_nothing_to_do(
    esapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esapi_bridge.node.serve.SETTLE_S", 0.0)
    settings, port = config(tmp_path)
    plan = files_of(export_folder(tmp_path), "RP")

    def send() -> None:
        for _ in range(1000):
            if store(port, plan)[0].status is not None:
                break
            threading.Event().wait(0.02)

    sender = threading.Thread(target=send)
    sender.start()
    found = esapi(
        "node", "listen", "-o", tmp_path / "node", "--config", settings, "--task", "none", "--idle-timeout", 1.5,
        "--quiet-time", 0,
    )  # fmt: skip
    sender.join()
    assert found.code == 0
    assert "RT Plan of clinic: received" in found.err
    assert "the plan must be complete" in found.err
    assert PATIENT_ID not in found.out + found.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("listen", "-o", "node", "--config", "no.yaml"), 1, "dicom-node.md"),
        (("listen", "-o", "node", "--task", "none", "--send-to", "clinic"), 2, "--send-to"),
        (("fetch", "clinic", "-o", "out"), 2, "--patient"),
    ],
)
def test_what_cannot_be_done_is_said(
    esapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = esapi("node", *words)
    assert (ended.code, says in ended.err) == (code, True)
    assert not list(tmp_path.iterdir())
