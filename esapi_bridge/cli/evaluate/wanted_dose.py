"""``esapi-bridge evaluate wanted-dose``: predicted doses against those of plans, beside two baselines."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.networks import PlanStore, Threads

COLUMNS = {
    "dose_score_gy": "dose score, Gy",
    "worst_dose_score_gy": "worst",
    "dvh_score_gy": "DVH score, Gy",
    "worst_dvh_score_gy": "worst",
}


def wanted_dose(
    data: PlanStore,
    model: Annotated[str, typer.Option(help="Wanted-dose network, a name or a folder.")] = "wanted-dose",
    split: Annotated[Split, typer.Option(help="Plans to measure on.")] = Split.TEST,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Measure the doses of a wanted-dose network.

    On plans it has not seen, beside the mean plan and the plan of the nearest patient, in OpenKBP's scores: mean error
    of the dose in the body, and of the points of its histograms, Gy of the whole course. With --json every plan.
    """
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from fluencenet.wanted.evaluation import evaluate

    with plain_errors(), progress_bar() as progress:
        figures = evaluate(data, model, split, threads=threads, progress=progress)
    if as_json:
        print_json(figures)
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    table = Table("", *COLUMNS.values(), box=None)
    for way, scores in figures["ways"].items():
        table.add_row(way, *(f"{scores[column]:.3g}" for column in COLUMNS))
    out.print(table)
    out.print(f"{figures['patients']} patients, {figures['seconds']:.2f} s per patient (median)")
