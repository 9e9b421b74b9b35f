"""``esapi-bridge evaluate dose``: a dose network against linear up-sampling, field by field."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.split import Split
from dosenet.precision import Precision
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import Workers, executor_for
from esapi_bridge.cli.networks import PairStore, Threads


def dose(
    data: PairStore,
    model: Annotated[str, typer.Option(help="Dose network, a name or a folder.")] = "ddn-lite",
    split: Annotated[Split, typer.Option(help="Fields to measure on.")] = Split.TEST,
    planes: Annotated[int, typer.Option(min=0, help="Planes per field for 2-D gamma; 0 for all.")] = 8,
    volume: Annotated[
        bool, typer.Option("--3d/--no-3d", help="3-D gamma as well, of every voxel, global and local; takes longest.")
    ] = True,
    max_fields: Annotated[int | None, typer.Option(min=1, help="Fields per patient at most. [default: all]")] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Kind of field, such as 'sliding window'; may be repeated. [default: all]"),
    ] = None,
    energies: Annotated[
        list[str] | None, typer.Option("--energy", help="Energy, such as 6X-FFF; may be repeated. [default: all]")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="Numbers of the convolutions; auto: bfloat16 where the machine is made for it.")
    ] = Precision.AUTO,
    threads: Threads = None,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Measure a dose network on fields it has not seen.

    Against linear up-sampling (linear -> network): squared error, also in the body alone, gamma, and the mean errors
    that others publish: masked, stratified, of the depth dose; by dose, tissue and depth. Per patient, for CTs and for
    phantoms, per site, kind of field and energy, and over all, with the worst field of each; with --json every field.
    """
    from dosenet.evaluation import EvaluationConfig, evaluate
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    config = EvaluationConfig(
        planes=planes,
        max_fields=max_fields,
        kinds=tuple(kinds or ()),
        energies=tuple(energies or ()),
        precision=precision,
    )
    if not volume:
        config = config.without_volumes()
    completed = executor_for(workers, None, threads=threads or 1).completed if workers > 1 else None
    with plain_errors(), progress_bar() as progress:
        figures = evaluate(data, model, split, config, threads=threads, completed=completed, progress=progress)
    if as_json:
        print_json(figures)
        return
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.evaluate.dose_tables import WIDTH, tables

    out.width = max(out.width, WIDTH)  # also into a file
    for table in tables(figures):
        out.print(table)
        out.print()
