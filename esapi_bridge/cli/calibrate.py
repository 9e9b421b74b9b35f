"""``esapi-bridge calibrate``: how sure a dose network is, measured on anatomies that it was not trained on."""

from __future__ import annotations

from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import Workers, executor_for
from esapi_bridge.cli.networks import PairStore, Threads


def calibrate(
    data: PairStore,
    model: Annotated[str, typer.Option(help="Dose network, a name or a folder; its card is written anew.")],
    split: Annotated[Split, typer.Option(help="Anatomies to measure on; training must not have seen them.")] = (
        Split.VALIDATION
    ),
    max_fields: Annotated[int | None, typer.Option(min=1, help="Fields per patient at most. [default: all]")] = None,
    threads: Threads = None,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Measure how sure a dose network is; written onto its card.

    The half-width of the 90 % interval of every stratum of voxels, by predicted dose, its slope, and the place in the
    body: 'dose' then shows intervals as a map and in histograms, and 'evaluate dose' measures on other anatomies how
    much they cover. And what doses and CTs of training and of these anatomies are like: 'dose' then warns of others,
    and refuses what is far from all.
    """
    from dosenet.calibration import calibrate as measure
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    completed = executor_for(workers, None, threads=threads or 1).completed if workers > 1 else None
    with plain_errors(), progress_bar() as progress:
        card = measure(
            data, model, split, max_fields=max_fields, threads=threads, completed=completed, progress=progress
        )
    table = card.interval_table
    if as_json or table is None:
        print_json({"model": card.name, "intervals": card.intervals, "likeness": card.likeness})
        return
    from esapi_bridge.cli.calibration_table import shown
    from esapi_bridge.cli.console import out

    out.print(shown(table))
    out.print(f"{table.coverage:.0%} intervals of {card.name}, {table.anatomies} anatomies; the next one is covered so")
    out.print(f"with a chance of {table.confidence:.0%} if it is like them; written onto its card")
    if card.likeness_table is not None:
        like = card.likeness_table
        out.print(
            f"likeness to {like.fields} fields of {like.anatomies} anatomies warns from {like.warn:.2f}, refuses from"
        )
        out.print(f"{like.refuse:.2f}; written onto its card")
