"""``esapi-bridge evaluate dose``: a dose network against linear up-sampling, field by field."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.networks import PairStore, Threads


def dose(
    data: PairStore,
    model: Annotated[str, typer.Option(help="Dose network, a name or a folder.")] = "ddn-lite",
    split: Annotated[Split, typer.Option(help="Fields to measure on.")] = Split.TEST,
    planes: Annotated[int, typer.Option(min=0, help="Planes per field for 2-D gamma; 0 for all.")] = 8,
    volume: Annotated[
        bool, typer.Option("--3d/--no-3d", help="3-D gamma as well, of every voxel; takes longest.")
    ] = True,
    max_fields: Annotated[int | None, typer.Option(min=1, help="Fields per patient at most. [default: all]")] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Measure a dose network on fields it has not seen.

    Against linear up-sampling: squared error and gamma, per patient and over all; with --json every field.
    """
    from dataclasses import replace

    from dosenet.evaluation import EvaluationConfig, evaluate
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    config = EvaluationConfig(planes=planes, max_fields=max_fields)
    if not volume:
        config = replace(config, volume_criteria=())
    with plain_errors(), progress_bar() as progress:
        figures = evaluate(data, model, split, config, threads=threads, progress=progress)
    if as_json:
        print_json(figures)
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    criteria = list(figures["all"]["gamma_2d"])
    table = Table("", "fields", "MSE linear", "MSE network", "ratio", *(f"gamma {c}" for c in criteria), box=None)
    for name, row in [*figures["patients"].items(), ("all", figures["all"])]:
        gammas = (row["gamma_2d"][c] for c in criteria)
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mse']['linear']:.2e}",
            f"{row['mse']['network']:.2e}",
            f"{row['mse_ratio']:.1f}",
            *(f"{g['linear']:.1f} -> {g['network']:.1f} %" for g in gammas),
        )
    out.print(table)
