"""The command line as a user meets it: exit codes, messages, speed of the first line."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.cli import app as application
from esapi_bridge.cli.lazy import Command, LazyGroup, load
from esapi_bridge.errors import BridgeError, RefusedError

HEAVY = {
    "torch",
    "numpy",
    "SimpleITK",
    "pydicom",
    "lightning",
    "zarr",
    "matplotlib",
    "scipy",
    "numba",
    "pymedphys",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        application.main(arguments)
    captured = capsys.readouterr()
    return int(str(end.value.code)), captured.out, captured.err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command line whose command raises what it is told to."""

    def run_with(error: BaseException, *options: str) -> tuple[int, str, str]:
        def doctor() -> None:
            raise error

        monkeypatch.setattr("esapi_bridge.cli.doctor.doctor", doctor)
        return run(capsys, *options, "doctor")

    return run_with


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RefusedError("energy must be 10X-FFF, found 6X"), 3, "refused: energy must be 10X-FFF, found 6X"),
        (BridgeError("no plan\nin the folder"), 1, "failed: no plan in the folder"),
        (BridgeError("[red]odd[/red] text"), 1, "failed: [red]odd[/red] text"),
        (BridgeError("long " * 60), 1, "failed: " + ("long " * 60).strip()),
    ],
)
def test_an_error_is_one_line_and_its_kind_the_exit_code(failing, error: Exception, code: int, line: str) -> None:
    found, out, err = failing(error)
    assert found == code
    assert out == ""
    assert err.splitlines() == [line, INTENDED_USE]


def test_an_interrupt_is_exit_code_4(failing) -> None:
    code, _, err = failing(KeyboardInterrupt())
    assert code == 4
    assert err.splitlines() == [INTENDED_USE]


def test_an_unexpected_error_shows_no_text_of_its_own(failing) -> None:
    code, out, err = failing(ValueError("DOE^JANE 1970"))
    assert code == 1
    assert "DOE" not in out + err
    assert "ValueError" in err
    assert err.splitlines()[-1] == INTENDED_USE


def test_verbose_shows_the_trace_of_an_unexpected_error(failing) -> None:
    _, _, err = failing(ValueError("the cause"), "-v")
    assert "Traceback" in err
    assert "the cause" in err


@pytest.mark.parametrize("arguments", [["dosse"], ["doctor", "--jason"], ["-q", "-v", "doctor"], ["compare", "one"]])
def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "Error: " in err
    assert err.splitlines()[-1] == INTENDED_USE


def test_a_misspelt_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'models'?" in run(capsys, "modles")[2]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version")[:2] == (0, f"esapi-bridge {__version__}\n")


def test_help_lists_every_command_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name, command in application.Commands.table.items():
        assert f"{name} " in out
        assert command.summary in out
    assert "not for clinical use" in " ".join(out.split())


@pytest.mark.parametrize("name", application.Commands.table)
def test_every_command_answers_help_without_heavy_imports(name: str) -> None:
    code = (
        "import sys\nfrom esapi_bridge.cli.app import main\n"
        f"try:\n    main([{name!r}, '--help'])\n"
        f"except SystemExit as end:\n    assert end.code == 0\nprint(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Usage: esapi-bridge " + name in done.stdout


@pytest.mark.parametrize("name", application.Commands.table)
def test_the_summary_is_the_command_s_own(name: str) -> None:
    command = load(name, application.Commands.table[name])
    assert command.help.splitlines()[0] == application.Commands.table[name].summary


def test_help_is_quick() -> None:
    """Own cost beyond the interpreter's start; the best of three, since the machine may be busy."""

    def best_of_three(*arguments: str) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
            times.append(time.perf_counter() - start)
        return min(times)

    own_s = best_of_three("-c", "from esapi_bridge.cli.app import main; main(['--help'])") - best_of_three("-c", "pass")
    assert own_s < 0.3


def test_a_group_imports_only_the_command_that_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazy_good.py").write_text("def good() -> None:\n    '''Good.'''\n    print('called')\n")
    (tmp_path / "lazy_bad.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Group(LazyGroup):
        table = MappingProxyType({"good": Command("lazy_good:good", "Good."), "bad": Command("lazy_bad:bad", "Bad.")})

    app = typer.Typer(cls=Group, add_completion=False)
    app.callback()(lambda: None)
    for arguments in (["--help"], ["good"]):
        with pytest.raises(SystemExit) as end:
            app(arguments)
        assert end.value.code == 0
    with pytest.raises(RuntimeError, match="imported"):
        app(["bad"])
