"""The command line as a user meets it: exit codes, messages, help."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.lazy import Command, Group, LazyGroup
from esapi_bridge.errors import BridgeError, RefusedError
from tests.cli.conftest import Ended, Run
from tests.cli.tree import ENTRIES, GROUPS, PATHS, command_of, entry_of, options_of

HEAVY = {"torch", "numpy", "SimpleITK", "pydicom", "pynetdicom", "lightning", "zarr", "matplotlib", "scipy", "numba"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, esapi: Run):
    """Run a command line whose command raises what it is told to."""

    def run_with(error: BaseException, *options: str) -> Ended:
        def doctor() -> None:
            raise error

        monkeypatch.setattr("esapi_bridge.cli.doctor.doctor", doctor)
        return esapi(*options, "doctor")

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
    found = failing(error)
    assert found.code == code
    assert found.out == ""
    assert found.err.splitlines() == [line, INTENDED_USE]


def test_an_interrupt_is_exit_code_4(failing) -> None:
    found = failing(KeyboardInterrupt())
    assert found.code == 4
    assert found.err.splitlines() == [INTENDED_USE]


def test_an_interrupt_inside_a_group_is_exit_code_4(esapi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("esapi_bridge.cli.worker.status.status", interrupted)
    assert esapi("worker", "status").code == 4


def test_an_interrupt_that_a_library_turned_into_an_end_is_exit_code_4(
    esapi: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Lightning does; an end by itself keeps its code."""

    def interrupted() -> None:
        try:
            raise KeyboardInterrupt  # noqa: TRY301
        except KeyboardInterrupt:
            sys.exit(1)

    monkeypatch.setattr("esapi_bridge.cli.doctor.doctor", interrupted)
    assert esapi("doctor").code == 4
    monkeypatch.setattr("esapi_bridge.cli.doctor.doctor", lambda: sys.exit(5))
    assert esapi("doctor").code == 5


def test_an_unexpected_error_shows_no_text_of_its_own(failing) -> None:
    found = failing(ValueError("DOE^JANE 1970"))
    assert found.code == 1
    assert "DOE" not in found.out + found.err
    assert "ValueError" in found.err
    assert found.err.splitlines()[-1] == INTENDED_USE


def test_verbose_shows_the_trace_of_an_unexpected_error(failing) -> None:
    found = failing(ValueError("the cause"), "-v")
    assert "Traceback" in found.err
    assert "the cause" in found.err


@pytest.mark.parametrize(
    ("module", "extra"),
    [("zarr.storage", "train"), ("lightning", "train"), ("pyradmc", "mc"), ("pythonnet", "eclipse")],
)
def test_a_missing_extra_is_named(failing, module: str, extra: str) -> None:
    found = failing(ModuleNotFoundError(f"No module named {module!r}", name=module))
    assert found.code == 1
    assert f"pip install 'esapi-bridge[{extra}]'" in found.err
    assert "pip" not in failing(ModuleNotFoundError("No module named 'odd'", name="odd")).err


def test_the_extras_are_those_of_the_package() -> None:
    """The table is typed by hand; the package's metadata says the same."""
    from importlib import metadata

    from packaging.requirements import Requirement

    from esapi_bridge.cli.extras import EXTRA_OF

    requirements = [Requirement(text) for text in metadata.requires("esapi-bridge") or []]
    for module, extra in EXTRA_OF.items():
        name = {"pytorch_lightning": "lightning"}.get(module, module)
        marker = next(r.marker for r in requirements if r.name.lower() == name)
        assert marker is not None
        assert marker.evaluate({"extra": extra})
        assert not marker.evaluate({"extra": ""})


@pytest.mark.parametrize(
    "words",
    [["dosse"], ["doctor", "--jason"], ["-q", "-v", "doctor"], ["compare", "one"], ["worker", "pause"], ["mock"]],
)
def test_wrong_usage_is_exit_code_2(esapi: Run, words: Sequence[str]) -> None:
    found = esapi(*words)
    assert found.code == 2
    assert found.err.splitlines()[-1] == INTENDED_USE


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_an_option_that_is_none_is_wrong_usage_of_every_command(esapi: Run, path: tuple[str, ...]) -> None:
    found = esapi(*path, "--no-such-option")
    assert found.code == 2
    assert "Error: " in found.err


def test_a_misspelt_command_is_answered_with_the_nearest(esapi: Run) -> None:
    assert "Did you mean 'models'" in esapi("modles").err
    assert "Did you mean 'install'?" in esapi("scripts", "instal").err


def test_version(esapi: Run) -> None:
    found = esapi("--version")
    assert (found.code, found.out) == (0, f"esapi-bridge {__version__}\n")


def test_help_lists_every_command_with_its_summary(esapi: Run) -> None:
    found = esapi("--help")
    assert found.code == 0
    for name, entry in COMMANDS.items():
        assert f"{name} " in found.out
        assert entry.summary in found.out
    assert "not for clinical use" in " ".join(found.out.split())


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_help_of_a_group_lists_its_commands(esapi: Run, path: tuple[str, ...]) -> None:
    found = esapi(*path, "--help")
    entry = ENTRIES[path]
    assert isinstance(entry, Group)
    assert found.code == 0
    assert f"Usage: esapi-bridge {' '.join(path)} [OPTIONS] COMMAND" in found.out
    for command in entry.commands.values():
        assert command.summary in " ".join(found.out.split())


def test_help_of_every_command_imports_nothing_heavy() -> None:
    """In one interpreter, that no other test has loaded anything into."""
    asked = [(), *GROUPS, *PATHS]
    code = (
        "import io, json, sys\nfrom contextlib import redirect_stdout\nfrom esapi_bridge.cli.app import main\n"
        f"found = {{}}\nfor path in {asked!r}:\n"
        "    printed = io.StringIO()\n"
        "    try:\n        with redirect_stdout(printed):\n            main([*path, '--help'])\n"
        "    except SystemExit as end:\n        assert end.code == 0, path\n"
        "    assert printed.getvalue().startswith(' '.join(('Usage: esapi-bridge', *path))), path\n"
        f"    found[' '.join(path)] = sorted({HEAVY!r} & set(sys.modules))\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {" ".join(path): [] for path in asked}


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_summary_is_the_command_s_own(path: tuple[str, ...]) -> None:
    assert command_of(path).help.splitlines()[0] == entry_of(path).summary


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_one_grammar(path: tuple[str, ...]) -> None:
    """One name for one thing, and every option says what it is."""
    options = options_of(path)
    assert ("-o" in options) == ("--output" in options)
    assert not options & {"--out", "--target", "--weights", "--data", "--database", "--store", "--folder"}
    for parameter in command_of(path).params:
        assert parameter.help, parameter.name


def test_a_group_imports_only_the_command_that_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazy_good.py").write_text("def good() -> None:\n    '''Good.'''\n    print('called')\n")
    (tmp_path / "lazy_bad.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Both(LazyGroup):
        table = MappingProxyType({"good": Command("lazy_good:good", "Good."), "bad": Command("lazy_bad:bad", "Bad.")})

    app = typer.Typer(cls=Both, add_completion=False)
    app.callback()(lambda: None)
    for arguments in (["--help"], ["good"]):
        with pytest.raises(SystemExit) as end:
            app(arguments)
        assert end.value.code == 0
    with pytest.raises(RuntimeError, match="imported"):
        app(["bad"])
