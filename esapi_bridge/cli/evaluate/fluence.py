"""``esapi-bridge evaluate fluence``: the maps of a fluence network against clinical ones."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.networks import PlanStore, Threads

COLUMNS = {
    "median_of_patients": "median of the patients",
    "worst_patient": "worst patient",
    "median_of_maps": "median of the maps",
    "worst_map": "worst map",
}


def fluence(
    data: PlanStore,
    model: Annotated[str, typer.Option(help="Fluence network, a name or a folder.")] = "dual-frame-lite",
    split: Annotated[Split, typer.Option(help="Plans to measure on.")] = Split.TEST,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Measure the maps of a fluence network.

    On plans it has not seen; 'evaluate plans' goes on to leaf motions and dose. With --json every map.
    """
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from fluencenet.evaluation import evaluate

    with plain_errors(), progress_bar() as progress:
        figures = evaluate(data, model, split, threads=threads, progress=progress)
    if as_json:
        print_json(figures)
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    table = Table("", *COLUMNS.values(), box=None)
    for figure in figures["median_of_patients"]:
        table.add_row(figure, *(f"{figures[column][figure]:.4g}" for column in COLUMNS))
    out.print(table)
    out.print(
        f"{figures['patients']} patients, {figures['maps']} maps, {figures['seconds']:.2f} s per patient (median); "
        f"worst patient: {figures['worst_patient']['name']}"
    )
