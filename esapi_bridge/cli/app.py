"""``esapi-bridge``: the table of commands, the common options and the exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a check, 4 cancelled.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from types import MappingProxyType
from typing import Annotated, NoReturn

import typer

from esapi_bridge import INTENDED_USE, __version__
from esapi_bridge.cli.lazy import Command, LazyGroup
from esapi_bridge.errors import BridgeError, RefusedError, where_in_own_code


class Commands(LazyGroup):
    """Every command of ``esapi-bridge``."""

    table = MappingProxyType(
        {
            "demo": Command("esapi_bridge.cli.demo:demo", "Make phantom plans, compute dose and fluence, report."),
            "dose": Command("esapi_bridge.cli.dose:dose", "Compute the fine dose of an exported plan."),
            "fluence": Command("esapi_bridge.cli.fluence:fluence", "Compute the optimal fluences of an exported plan."),
            "compare": Command("esapi_bridge.cli.compare:compare", "Compare two dose files: gamma and differences."),
            "mock": Command("esapi_bridge.cli.mock:app", "Stand in for the planning system."),
            "models": Command("esapi_bridge.cli.models:models", "List the installed networks."),
            "worker": Command("esapi_bridge.cli.worker:worker", "Work through the jobs that come from Eclipse."),
            "collect": Command("esapi_bridge.cli.collect:app", "Turn a clinic's own plans into training data."),
            "train": Command("esapi_bridge.cli.train:train", "Train a network."),
            "evaluate": Command("esapi_bridge.cli.evaluate:evaluate", "Measure a network on cases it has not seen."),
            "evaluate-fluence": Command(
                "esapi_bridge.cli.evaluate:evaluate_fluence", "Measure a fluence network on whole plans."
            ),
            "install-scripts": Command(
                "esapi_bridge.cli.install_scripts:install_scripts", "Build the scripts for Eclipse and install them."
            ),
            "doctor": Command("esapi_bridge.cli.doctor:doctor", "Say what is installed and what is missing."),
        }
    )


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
    except Exception as error:  # noqa: BLE001  the last resort: a trace may name patients, so it is shown on demand only
        if any(a.startswith("-v") or a == "--verbose" for a in arguments):
            traceback.print_exc()
        message = f"unexpected {where_in_own_code(error)}; run again as 'esapi-bridge -v ...' to see the trace"
        code = _report("failed", message, BridgeError.exit_code)
    typer.echo(INTENDED_USE, err=True)
    sys.exit(code)  # type: ignore[arg-type]


def _report(verdict: str, message: str, code: int) -> int:
    """Print one line on standard error and return the exit code."""
    from rich.text import Text

    from esapi_bridge.cli.console import err

    err.print(Text(f"{verdict}: ", style="bold red") + Text(" ".join(message.split())))
    return code
