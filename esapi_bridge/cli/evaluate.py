"""``esapi-bridge evaluate`` and ``evaluate-fluence``: networks measured on cases they have not seen.

A dose network against linear up-sampling, field by field; a fluence network on whole plans.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE


def evaluate(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Pair store, a .zarr folder.", exists=True)],
    model: Annotated[str, typer.Option(help="Model name or folder.")] = "ddn-lite",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    planes: Annotated[int, typer.Option(min=0, help="Planes a field for 2-D gamma; 0 for all.")] = 8,
    points: Annotated[int, typer.Option(min=0, help="Random points a field for 3-D gamma; 0 for none.")] = 5000,
    max_fields: Annotated[int | None, typer.Option(min=1, help="Fields a patient; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, every field included.")] = False,
) -> None:
    """Measure a network on cases it has not seen."""
    from dosenet.evaluation import EvaluationConfig
    from dosenet.evaluation import evaluate as evaluate_fields
    from esapi_bridge.errors import BridgeError

    try:
        config = EvaluationConfig(planes=planes, points=points, max_fields=max_fields)
        figures = evaluate_fields(data, model, split, config)
    except ValueError as error:
        raise BridgeError(str(error)) from error
    if as_json:
        import json

        typer.echo(json.dumps(figures, indent=2))
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


def evaluate_fluence(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Store of plans, a .zarr folder.", exists=True)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the page; a stopped evaluation continues there.")],
    model: Annotated[str, typer.Option(help="Model name or folder.")] = "dual-frame-lite",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    training_run: Annotated[
        Path | None, typer.Option("--run", help="Folder of the training run, for its losses.", exists=True)
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    patients: Annotated[int | None, typer.Option(min=1, help="Patients at most; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, every patient included.")] = False,
) -> None:
    """Measure a fluence network on whole plans.

    Maps are predicted for plans it has not seen, delivered, and compared with the clinical ones, map and plan.
    """
    import json
    from dataclasses import asdict

    from esapi_bridge.cli.console import out as console
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.evaluation.fluence.figures import read_losses
    from esapi_bridge.evaluation.fluence.page import EvaluationStory, Shown, to_show, write_evaluation_page
    from esapi_bridge.evaluation.fluence.run import Evaluation, evaluate_plans, load_network, read_pair
    from esapi_bridge.evaluation.fluence.summary import aims, table

    evaluation = Evaluation(data, split, model, out, workers, patients)
    try:
        network = load_network(model)
        losses = None if training_run is None else read_losses(training_run / "metrics.csv")
        with progress_bar() as step:
            found = evaluate_plans(evaluation, step)
            shown = [Shown(why, figures, read_pair(evaluation, figures.name)) for why, figures in to_show(found)]
            story = EvaluationStory(found, shown, network.name, network.sha256, split, losses)
            page = write_evaluation_page(story, out / "fluence-evaluation.html")
    except ValueError as error:
        raise BridgeError(str(error)) from error
    about = {"model": network.name, "sha256": network.sha256, "split": split, "intended_use": INTENDED_USE}
    figures = about | table(found) | {"each": [asdict(patient) for patient in found]}
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
        return
    from rich.table import Table

    rows = Table("", "aim", "found", "reached", box=None)
    for aim in aims(found):
        rows.add_row(aim.name, aim.expected, aim.found, "yes" if aim.reached else "no")
    console.print(rows)
    console.print(f"{len(found)} patients; page: {page}", soft_wrap=True)
