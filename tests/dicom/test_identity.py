import errno
import hashlib
import hmac
import os
import stat

import pytest
from pydicom import Dataset

from esapi_bridge.dicom.identity import KEY_VARIABLE, installation_key, key_of_run, patient_key
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.user import config_folder


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "settings"))


def test_key_is_made_once_and_readable_by_the_user_only():
    first = installation_key()
    assert len(first) == 32
    assert installation_key() == first
    (path,) = config_folder().iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_could_not_be_written_leaves_nothing(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(BridgeError, match="No space left"):
        installation_key()
    assert list(config_folder().iterdir()) == []


def test_damaged_key_is_an_error():
    installation_key()
    (config_folder() / "patient.key").write_bytes(b"short")
    with pytest.raises(BridgeError, match="32 bytes, found 5"):
        installation_key()


def test_a_machine_whose_settings_cannot_be_written_names_a_file_or_keeps_none(tmp_path, monkeypatch):
    (tmp_path / "settings").write_text("no folder")
    with pytest.raises(BridgeError, match=f"Not a directory; name a file .* {KEY_VARIABLE}"):
        installation_key()
    assert key_of_run() != key_of_run(), "of a run alone"
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "keys" / "patient.key"))
    assert installation_key() == installation_key() == key_of_run()


def test_a_service_without_a_home_needs_a_named_file(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.delenv("APPDATA")
    monkeypatch.setattr("pathlib.Path.home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    with pytest.raises(BridgeError, match="no home folder; name a file"):
        installation_key()
    assert len(key_of_run()) == 32


def test_a_damaged_key_is_not_replaced_by_one_of_the_run():
    installation_key()
    (config_folder() / "patient.key").write_bytes(b"short")
    with pytest.raises(BridgeError, match="32 bytes"):
        key_of_run()


def test_hash_is_hmac_sha256_of_id_and_issuer():
    patient = Dataset()
    patient.PatientID, patient.IssuerOfPatientID, patient.PatientName = "4711", "Clinic", "Somebody"
    wanted = hmac.new(b"key", b"4711\0Clinic", hashlib.sha256).hexdigest()
    assert patient_key(patient, b"key") == wanted
