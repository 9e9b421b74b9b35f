"""``esapi-bridge collect``: turn a clinic's own plans into training data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE

app = typer.Typer(help="Turn a clinic's own plans into training data.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def collect() -> None:
    """Turn a clinic's own plans into training data."""


@app.command()
def fluence(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Collected case folders, or folders of them.", exists=True)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Store to add to, a .zarr folder; made if need be.")],
    mu_per_fluence: Annotated[
        float,
        typer.Option(
            min=1.0,
            help="Monitor units that give 1 Gy at 10 cm depth at the isocentre in water in an open 10x10 field.",
        ),
    ],
    structures: Annotated[
        Path | None, typer.Option(exists=True, help="YAML file with this site's structure names.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Add plans that CollectFluenceNetData wrote to a store for 'python -m fluencenet.training'.

    What is in the store already is left as it is, so the command can be repeated as plans come in.
    """
    import json
    from dataclasses import asdict

    from esapi_bridge.cli.console import out as console
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.errors import BridgeError, RefusedError
    from esapi_bridge.tasks.fluence.structure_names import read_table
    from esapi_bridge.training_data.collected_cases import collect_fluence_cases
    from fluencenet.store import FluenceStore

    try:
        store = FluenceStore(out)
    except ValueError as error:
        raise BridgeError(str(error)) from error
    with progress_bar() as progress:
        done = collect_fluence_cases(folders, store, read_table(structures), mu_per_fluence, progress=progress)
    if as_json:
        typer.echo(json.dumps({"cases": [asdict(case) for case in done], "intended_use": INTENDED_USE}, indent=2))
    else:
        for case in done:
            console.print(f"{case.name}  {case.state}  {case.split or case.reason}".rstrip(), markup=False)
    if all(case.state == "refused" for case in done):
        raise RefusedError(f"expected plans to learn from, all {len(done)} were refused")
