"""``esapi-bridge data fluence``: plans to train a fluence network with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import ClusterAddress, Workers, executor_for
from esapi_bridge.planning.vocabulary import Energy


def fluence(
    output: Annotated[Path, typer.Option("--output", "-o", help="Store to add to, a .zarr folder; made if need be.")],
    train: Annotated[int, typer.Option(min=0, help="Plans to train with.")] = 220,
    validation: Annotated[int, typer.Option(min=0, help="Plans to validate with.")] = 20,
    test: Annotated[int, typer.Option(min=0, help="Plans to test with.")] = 45,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the patients.")] = 1,
    energy: Annotated[
        list[Energy] | None, typer.Option(help="Beam energy; repeat it for plans of several, in turn. 15X and 6X.")
    ] = None,
    turned: Annotated[
        float,
        typer.Option(min=0, max=1, help="Fraction of training plans with another position and collimator angle."),
    ] = 0.0,
    workers: Workers = 1,
    cluster: ClusterAddress = None,
    as_json: AsJson = False,
) -> None:
    """Make prostate IMRT plans of phantoms.

    What is in the store already is left as it is, so the command can be stopped and repeated. Plans that miss the
    clinical limits are replaced by others.
    """
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.training_data.fluence_plans import ENERGIES, make_plans

    wanted = {Split.TRAIN.value: train, Split.VALIDATION.value: validation, Split.TEST.value: test}
    energies = tuple(one.value for one in energy) if energy else ENERGIES
    executor = executor_for(workers, cluster)
    with plain_errors(), progress_bar() as progress:
        made = make_plans(output, wanted, seed, energies=energies, turned=turned, executor=executor, progress=progress)
    if as_json:
        from dataclasses import asdict

        print_json({"store": str(output), **asdict(made)})
        return
    from esapi_bridge.cli.console import out

    out.print(f"plans   {made.made} made, {made.there} were there, {len(made.replaced)} missed the limits")
    out.print(f"store   {output}")
