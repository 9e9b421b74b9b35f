"""``esapi-bridge evaluate dose``: a dose network against linear up-sampling, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import Workers, executor_for
from esapi_bridge.cli.networks import PairStore, Threads

SHOWN = "2 %/2 mm"
"""Criterion of the tables by kind and energy."""


def dose(
    data: PairStore,
    model: Annotated[str, typer.Option(help="Dose network, a name or a folder.")] = "ddn-lite",
    split: Annotated[Split, typer.Option(help="Fields to measure on.")] = Split.TEST,
    planes: Annotated[int, typer.Option(min=0, help="Planes per field for 2-D gamma; 0 for all.")] = 8,
    volume: Annotated[
        bool, typer.Option("--3d/--no-3d", help="3-D gamma as well, of every voxel; takes longest.")
    ] = True,
    max_fields: Annotated[int | None, typer.Option(min=1, help="Fields per patient at most. [default: all]")] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Kind of field, such as 'sliding window'; may be repeated. [default: all]"),
    ] = None,
    energies: Annotated[
        list[str] | None, typer.Option("--energy", help="Energy, such as 6X-FFF; may be repeated. [default: all]")
    ] = None,
    threads: Threads = None,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Measure a dose network on fields it has not seen.

    Against linear up-sampling: squared error and gamma, per patient, per kind of field and energy, and over all, with
    the worst field of each; with --json every field.
    """
    from dataclasses import replace

    from dosenet.evaluation import EvaluationConfig, evaluate
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    config = EvaluationConfig(
        planes=planes, max_fields=max_fields, kinds=tuple(kinds or ()), energies=tuple(energies or ())
    )
    if not volume:
        config = replace(config, volume_criteria=())
    completed = executor_for(workers, None, threads=threads or 1).completed if workers > 1 else None
    with plain_errors(), progress_bar() as progress:
        figures = evaluate(data, model, split, config, threads=threads, completed=completed, progress=progress)
    if as_json:
        print_json(figures)
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    criteria = list(figures["all"]["gamma_2d"])
    table = Table("", "fields", "MSE linear", "MSE network", "ratio", *(f"gamma {c}" for c in criteria), box=None)
    for name, row in [*figures["patients"].items(), ("all", figures["all"])]:
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mse']['linear']:.2e}",
            f"{row['mse']['network']:.2e}",
            f"{row['mse_ratio']:.1f}",
            *(before_and_after(row["gamma_2d"][c]) for c in criteria),
        )
    out.print(table)
    groups = [figures[name] for name in ("kinds", "energies", "kinds_at_energies") if len(figures[name]) > 1]
    if not groups:
        return
    table = Table("", "fields", "mean ratio", "worst", "", f"gamma {SHOWN}", "by volume's maximum", box=None)
    for name, row in [*(pair for group in groups for pair in group.items()), ("all", figures["all"])]:
        table.add_row(
            name,
            str(row["fields"]),
            f"{row['mean_field_ratio']:.1f}",
            f"{row['worst_field_ratio']:.1f}",
            row["worst_field"],
            before_and_after(row["gamma_2d"][SHOWN]),
            before_and_after(row["gamma_2d_volume"][SHOWN]),
        )
    out.print(table)


def before_and_after(percent: Mapping[str, float]) -> str:
    """Say what linear up-sampling passes, and the network."""
    return f"{percent['linear']:.1f} -> {percent['network']:.1f} %"
