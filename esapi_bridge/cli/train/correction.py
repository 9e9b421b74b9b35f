"""``esapi-bridge train correction``: teach a dose network to correct itself in the skin and where dose is steep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.executor import Workers, executor_for
from esapi_bridge.cli.networks import PairStore, Threads


def correction(
    data: PairStore,
    model: Annotated[str, typer.Option(help="Dose network, a name or a folder, of kind ddn-lite.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the new network; made if need be.")],
    version: Annotated[str, typer.Option(help="Version of the new network.")],
    steps: Annotated[int, typer.Option(min=10, help="Steps of the training, 4096 voxels each.")] = 24000,
    voxels: Annotated[
        int, typer.Option(min=1, help="Voxels of a field in the skin, and as many where dose is steep.")
    ] = 8000,
    seed: Annotated[int, typer.Option(min=0, help="Chooses voxels and weights.")] = 1,
    threads: Threads = None,
    workers: Workers = 1,
    as_json: AsJson = False,
) -> None:
    """Teach a dose network to correct itself at 1.25 mm.

    A small second network learns, from dose, CT and ray around single voxels, what the first leaves in the skin and
    where dose is steep, on the training fields of the store. Both are written as a new network; a correction that it
    had is learned anew. Intervals and figures leave its card: 'calibrate' and 'evaluate dose' measure them again.
    """
    from dosenet.learning_correction import learn_correction
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar

    completed = executor_for(workers, None, threads=threads or 1).completed if workers > 1 else None
    with plain_errors(), progress_bar() as progress:
        card = learn_correction(
            data, model, output, version,
            steps=steps, voxels=voxels, seed=seed, threads=threads, completed=completed, progress=progress,
        )  # fmt: skip
    if as_json:
        from esapi_bridge.cli.answer import print_json

        print_json({"model": card.name, "version": card.version, "correction": card.training["correction"]})
        return
    left = card.training["correction"]["left_of_squared_error"]["validation"]
    out.print(f"network  {output}: {card.name} {card.version}")
    out.print("on validation fields it leaves of the squared error " + ", ".join(f"{left[k]:.0%} ({k})" for k in left))
