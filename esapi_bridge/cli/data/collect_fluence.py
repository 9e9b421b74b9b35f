"""``esapi-bridge data collect fluence``: a clinic's own plans to train a fluence network with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def fluence(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Collected case folders, or folders of them.", exists=True)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Store to add to, a .zarr folder; made if need be.")],
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
    as_json: AsJson = False,
) -> None:
    """Turn plans that CollectFluenceNetData wrote into training data.

    What is in the store already is left as it is, so the command can be repeated as plans come in.
    """
    from dataclasses import asdict

    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.tasks.fluence.structure_names import read_table
    from esapi_bridge.training_data.collected_cases import collect_fluence_cases
    from fluencenet.store import FluenceStore

    with plain_errors(), progress_bar() as progress:
        store = FluenceStore(output)
        done = collect_fluence_cases(folders, store, read_table(structures), mu_per_fluence, progress=progress)
    if as_json:
        print_json({"cases": [asdict(case) for case in done]})
    else:
        for case in done:
            out.print(f"{case.name}  {case.state}  {case.split or case.reason}".rstrip())
    if all(case.state == "refused" for case in done):
        raise RefusedError(f"expected plans to learn from, all {len(done)} were refused")
