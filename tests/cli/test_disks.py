"""Commands on disks that are full, read-only or gone, and outputs that nobody reads: one sentence each."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from esapi_bridge import INTENDED_USE
from esapi_bridge.dicom import write_rtdose
from esapi_bridge.dicom.write import files as dicom_files
from esapi_bridge.errors import BridgeError
from esapi_bridge.folders.user import STATE_VARIABLE
from tests.cli.conftest import Run
from tests.dicom.phantom import asymmetric_case as make_case
from tests.dicom.phantom import export_folder, files_of, plan_dose

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
needs_full_device = pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")


def command(*words: object, stdout: object = subprocess.PIPE, stderr: object = subprocess.PIPE) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "esapi_bridge", *map(str, words)],
        stdout=stdout,
        stderr=stderr,
        cwd=ROOT,
        text=True,
        check=False,
    )  # type: ignore[call-overload]
    return done.returncode, done.stderr or ""


@needs_full_device
@pytest.mark.parametrize("words", [("models", "list"), ("models", "list", "--json")])
def test_a_full_standard_output_is_a_failure_in_one_sentence(words: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        code, said = command(*words, stdout=full)
    lines = said.splitlines()
    assert code == BridgeError.exit_code
    assert "No space left on device" in lines[0]
    assert lines[0].startswith("failed: ")
    assert lines[1:] == [INTENDED_USE]


@needs_full_device
def test_nobody_is_told_when_both_are_full() -> None:
    with FULL.open("w") as full:
        assert command("models", "list", stdout=full, stderr=full)[0] == BridgeError.exit_code


@pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")
def test_closed_outputs_are_no_error() -> None:
    words = ["sh", "-c", 'exec "$0" -m esapi_bridge models list >&-', sys.executable]
    done = subprocess.run(words, stderr=subprocess.PIPE, cwd=ROOT, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == INTENDED_USE


@pytest.mark.parametrize("verb", ["dose", "fluence"])
def test_an_output_that_no_disk_can_name_is_refused_at_once(esapi: Run, tmp_path: Path, verb: str) -> None:
    ended = esapi(verb, tmp_path, "-o", tmp_path / ("x" * 5000))
    assert ended.code == BridgeError.exit_code
    assert "failed: the output folder cannot be used: File name too long; choose another name" in ended.err


def test_an_input_that_no_disk_can_name_is_an_error_without_a_path(esapi: Run, tmp_path: Path) -> None:
    ended = esapi("compare", tmp_path / ("Doe" * 2000), tmp_path / "b")
    assert ended.code in (1, 3)
    assert "unexpected" not in ended.err
    assert "Doe" not in ended.err


def test_a_worker_of_a_folder_that_cannot_be_written_says_so(
    esapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    refused = OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path))

    def read_only(*_: object) -> None:
        raise refused

    monkeypatch.setattr("esapi_bridge.folders.lock.FileLock.acquire", read_only)
    ended = esapi("worker", "run", "--jobs", tmp_path / "jobs", "--idle-timeout", "0")
    assert ended.code == BridgeError.exit_code
    assert "the jobs folder cannot be used: Read-only file system; make it writable" in ended.err


def test_a_worker_without_a_folder_of_its_own_says_so(
    esapi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "file" / "state"))
    ended = esapi("worker", "run", "--jobs", tmp_path / "jobs", "--idle-timeout", "0")
    assert ended.code == BridgeError.exit_code
    assert "must be writable: Not a directory; name others" in ended.err
    assert str(tmp_path) not in ended.err


def test_a_full_disk_is_named_though_the_library_hides_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pydicom raises an error of its own that has no reason but its cause."""

    case, plan = make_case(), files_of(export_folder(tmp_path), "RP")[0]
    reason = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))

    def full(*_: object, **__: object) -> None:
        raise OSError("With tag (7FE0,0010) got exception") from reason

    monkeypatch.setattr(dicom_files, "dcmwrite", full)
    with pytest.raises(BridgeError, match="could not write the RTDOSE file: No space left on device; free space"):
        write_rtdose(plan_dose(case), plan, tmp_path / "dose.dcm", description="dose")
    assert not (tmp_path / "dose.dcm").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_really_fills_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from esapi_bridge.dicom import write_export; from tests.dicom.phantom import asymmetric_case\n"
        "from esapi_bridge.folders.whole import output_folder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))\n"
        "with output_folder(Path(sys.argv[1])) as folder:\n"
        "    write_export(asymmetric_case(), folder, patient_id='1', patient_name='Doe')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "out"],
        capture_output=True,
        cwd=ROOT,
        text=True,
        check=False,
        env=os.environ | {STATE_VARIABLE: str(tmp_path / "state")},
    )
    assert done.stderr.splitlines()[-1].startswith("esapi_bridge.errors.BridgeError: could not write the ")
    assert "File too large" in done.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir() if path.name != "state"] == []


def test_names_reach_the_terminal_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    from esapi_bridge.cli.console import out

    out.print("beam [/] [red]A[/red] :cat: \x1b[31m\x07 \u202eDoe")
    assert capsys.readouterr().out == "beam [/] [red]A[/red] :cat:  [31m   Doe\n"
