"""``esapi-bridge bundle``: one file that installs this project where there is no internet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.bundle.target import Platform, PythonVersion
from esapi_bridge.cli.answer import AsJson, print_json


def bundle(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="ZIP", help="File to make; must not exist.")],
    platform: Annotated[
        list[Platform] | None, typer.Option(help="System to install on; may be repeated. [default: both]")
    ] = None,
    python: Annotated[PythonVersion, typer.Option(help="Python there.")] = PythonVersion.PYTHON_3_11,
    extras: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Optional packages: train, eclipse, ...; none for none. [default: all for users]"
        ),
    ] = None,
    wheel: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Wheel of esapi-bridge. [default: made of what runs here]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make one file that installs esapi-bridge without internet.

    Wheels come from wherever pip takes them on this machine, in the versions that were tested. The file is a ZIP with
    an installer for each system.
    """
    from esapi_bridge.bundle import BundleOptions, make_bundle
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.progress import progress_bar

    wanted = (
        None
        if extras is None
        else tuple(name for name in extras.replace(" ", "").split(",") if name not in ("", "none"))
    )
    options = BundleOptions(tuple(platform or Platform), python, wanted, wheel)
    with progress_bar() as progress:
        made = make_bundle(output, options, progress)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(made))
        return
    for name, count in made.wheels.items():
        out.print(f"wheels  {count} for {name}, {made.wheels_bytes[name] / 1e6:.0f} MB")
    out.print(f"extras  {', '.join(made.extras) or 'none'}")
    out.print(f"bundle  {output}, {made.size_bytes / 1e6:.0f} MB, SHA-256 {made.sha256}")
