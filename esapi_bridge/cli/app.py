"""``esapi-bridge``: the common options and the exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a check, 4 cancelled.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.cli.commands import COMMANDS
from esapi_bridge.cli.extras import missing_extra
from esapi_bridge.cli.lazy import LazyGroup
from esapi_bridge.errors import BridgeError, RefusedError, where_in_own_code


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


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line (default: the process's own) and end the process with the exit code."""
    from dosenet.threads import wait_passively

    wait_passively()
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
    except ModuleNotFoundError as error:
        known = missing_extra(error)
        code = _report("failed", str(known), known.exit_code) if known else _unexpected(error, arguments)
    except Exception as error:  # noqa: BLE001  the last resort: a trace may name patients, so it is shown on demand only
        code = _unexpected(error, arguments)
    typer.echo(INTENDED_USE, err=True)
    sys.exit(code)  # type: ignore[arg-type]


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    """Say where, not what: the text of an error that nobody wrote for users may name patients."""
    if any(a.startswith("-v") or a == "--verbose" for a in arguments):
        traceback.print_exception(error)
    message = f"unexpected {where_in_own_code(error)}; run again as 'esapi-bridge -v ...' to see the trace"
    return _report("failed", message, BridgeError.exit_code)


def _report(verdict: str, message: str, code: int) -> int:
    """Print one line on standard error and return the exit code."""
    from rich.text import Text

    from esapi_bridge.cli.console import err

    err.print(Text(f"{verdict}: ", style="bold red") + Text(" ".join(message.split())))
    return code
