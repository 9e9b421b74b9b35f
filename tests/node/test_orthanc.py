"""Against Orthanc, which others wrote: it takes in what is sent, and a plan comes back out of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from esapi_bridge.dicom import read_export
from esapi_bridge.node.choices import By
from esapi_bridge.node.fetch import Wanted, fetch
from esapi_bridge.node.sender import send_files
from esapi_bridge.node.settings import Limits, NodeSettings, Peer
from tests.dicom.phantom import KEY, PATIENT_ID, files_of
from tests.node.peers import LOOPBACK, OWN_TITLE, echo, free_port

ORTHANC = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")

pytestmark = pytest.mark.skipif(ORTHANC is None, reason="Orthanc is not installed")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, export: Path) -> Iterator[NodeSettings]:
    """An Orthanc without HTTP that knows this node and has an export; the settings that name it ``orthanc``."""
    place = tmp_path_factory.mktemp("orthanc")
    port, own_port = free_port(), free_port()
    (place / "orthanc.json").write_text(
        json.dumps(
            {
                "Name": "test",
                "StorageDirectory": str(place / "db"),
                "IndexDirectory": str(place / "db"),
                "Plugins": [],
                "HttpServerEnabled": False,
                "DicomServerEnabled": True,
                "DicomAet": "ORTHANC",
                "DicomPort": port,
                "DicomCheckCalledAet": True,
                "DicomAlwaysAllowStore": False,
                "DicomModalities": {"bridge": [OWN_TITLE, LOOPBACK, own_port]},
            }
        )
    )
    process = subprocess.Popen(
        [str(ORTHANC), str(place / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        settings = NodeSettings(
            port=own_port,
            peers={"orthanc": Peer(ae_title="ORTHANC", address=LOOPBACK, port=port)},  # type: ignore[arg-type]
            timeout_s=10.0,
            limits=Limits(free_gb=0.0),
        )
        for _ in range(600):
            if echo(port, OWN_TITLE, called="ORTHANC"):
                break
            assert process.poll() is None, "Orthanc ended"
            threading.Event().wait(0.05)
        send_files(settings, "orthanc", sorted(export.glob("*.dcm")))
        yield settings
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("by", [By.MOVE, By.GET])
def test_a_plan_comes_out_as_it_went_in(archive: NodeSettings, export: Path, tmp_path: Path, by: By) -> None:
    found = fetch(archive, "orthanc", tmp_path / "out", Wanted(patient=PATIENT_ID), by=by)
    assert found.objects == len(list(export.glob("*.dcm")))
    went_in, came_out = read_export(export, key=KEY), read_export(tmp_path / "out", key=KEY)
    assert (came_out.case.ct.values == went_in.case.ct.values).all()
    for number, dose in went_in.case.beam_doses.items():
        assert (came_out.case.beam_doses[number].gy == dose.gy).all()


def test_the_uid_of_the_plan_will_do(archive: NodeSettings, export: Path, tmp_path: Path) -> None:
    plan = str(pydicom.dcmread(files_of(export, "RP")[0]).SOPInstanceUID)
    assert fetch(archive, "orthanc", tmp_path / "out", Wanted(plan), by=By.MOVE).plan == plan
