"""``esapi-bridge``: the common options and the exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a check, 4 cancelled.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, NoReturn, TextIO

import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.extras import missing_extra
from esapi_bridge.cli.lazy import LazyGroup
from esapi_bridge.errors import BridgeError, RefusedError, os_reason, printable, where_in_own_code
from esapi_bridge.folders.unfinished import sweep


class Commands(LazyGroup):
    """Every command of ``esapi-bridge``."""

    table = COMMANDS


# Plain help: rich would double the time to the first line.
app = typer.Typer(
    cls=Commands, add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"esapi-bridge {__version__}")
        raise typer.Exit


@app.callback()
def common(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show errors only.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Show the log; twice for more.")] = 0,
    version: Annotated[  # noqa: ARG001  acted on by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Deep-learning dose and fluence next to Varian Eclipse. Research use only, not for clinical use."""
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose exclude each other")
    from esapi_bridge.cli.console import set_verbosity

    set_verbosity(quiet=quiet, verbose=verbose)
    sweep()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line (default: the process's own) and end the process with the exit code."""
    from dosenet.threads import wait_passively

    wait_passively()
    if not sys.warnoptions:
        # A library's warning may quote what it read, a patient's name perhaps.
        warnings.simplefilter("ignore", UserWarning)
    arguments = sys.argv[1:] if arguments is None else arguments
    code: object = 0
    try:
        app(args=arguments, prog_name="esapi-bridge")
    except RefusedError as error:
        code = _report("refused", str(error), error.exit_code)
    except BridgeError as error:
        code = _report("failed", str(error), error.exit_code)
    except SystemExit as end:
        code = end.code
    except OSError as error:
        message = f"{os_reason(error)} ({where_in_own_code(error)}); see to the disk or its permissions"
        code = _report("failed", message, BridgeError.exit_code)
    except ModuleNotFoundError as error:
        known = missing_extra(error)
        code = _report("failed", str(known), known.exit_code) if known else _unexpected(error, arguments)
    except Exception as error:  # noqa: BLE001  the last resort: a trace may name patients, so it is shown on demand only
        code = _unexpected(error, arguments)
    try:
        if sys.stdout is not None:  # it is where the program was started with its output closed
            sys.stdout.flush()
    except OSError as error:
        code = _report("failed", f"standard output could not be written: {os_reason(error)}", BridgeError.exit_code)
        _give_up(sys.stdout)
    try:
        typer.echo(INTENDED_USE, err=True)
    except OSError:  # nobody is left who could be told
        _give_up(sys.stderr)
    sys.exit(code)  # type: ignore[arg-type]


def _give_up(stream: TextIO) -> None:
    """Send what a stream still holds nowhere, or the interpreter would fail on it once more when it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    """Say where, not what: the text of an error that nobody wrote for users may name patients."""
    if any(a.startswith("-v") or a == "--verbose" for a in arguments):
        with contextlib.suppress(OSError):
            traceback.print_exception(error)
    message = f"unexpected {where_in_own_code(error)}; run again as 'esapi-bridge -v ...' to see the trace"
    return _report("failed", message, BridgeError.exit_code)


def _report(verdict: str, message: str, code: int) -> int:
    """Print one line on standard error and return the exit code."""
    from rich.text import Text

    from esapi_bridge.cli.console import err

    with contextlib.suppress(OSError):  # standard error may be on the disk that is full
        err.print(Text(f"{verdict}: ", style="bold red") + Text(" ".join(printable(message).split())))
    return code
