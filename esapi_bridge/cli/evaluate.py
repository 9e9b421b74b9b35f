"""``esapi-bridge evaluate``: a dose network against linear up-sampling on fields it has not seen."""

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
    from dosenet.evaluation import EvaluationConfig, report
    from dosenet.evaluation import evaluate as evaluate_fields
    from dosenet.weights import load_model
    from esapi_bridge.errors import BridgeError

    try:
        network, card = load_model(model)
        config = EvaluationConfig(planes=planes, points=points, max_fields=max_fields)
        figures = report(evaluate_fields(network, data, split, config))
    except ValueError as error:
        raise BridgeError(str(error)) from error
    if as_json:
        import json

        about = {"model": card.name, "sha256": card.sha256, "split": split, "intended_use": INTENDED_USE}
        typer.echo(json.dumps(about | figures, indent=2))
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
