"""``esapi-bridge evaluate plans``: a fluence network measured on whole plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import ClusterAddress, Workers, executor_for
from esapi_bridge.cli.label_name import Spare
from esapi_bridge.cli.networks import PlanStore


def plans(
    data: PlanStore,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the page; a stopped evaluation continues there.")
    ],
    model: Annotated[str, typer.Option(help="Fluence network, a name or a folder.")] = "dual-frame-lite",
    from_contours: Annotated[
        bool, typer.Option("--from-contours", help="Predict the wanted doses too, from contours alone.")
    ] = False,
    dose_model: Annotated[str, typer.Option(help="Wanted-dose network for that, a name or a folder.")] = "wanted-dose",
    spare: Spare = None,
    split: Annotated[Split, typer.Option(help="Plans to measure on.")] = Split.TEST,
    training_run: Annotated[
        Path | None, typer.Option("--run", help="Folder of the training run, for its losses.", exists=True)
    ] = None,
    workers: Workers = 1,
    cluster: ClusterAddress = None,
    patients: Annotated[int | None, typer.Option(min=1, help="Patients at most. [default: all]")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a fluence network on whole plans.

    Maps are predicted for plans it has not seen, delivered, and compared with the clinical ones: maps, plans, the
    goals that the plans meet, and how complex their leaf motions are.
    """
    from dataclasses import asdict

    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.evaluation.fluence.figures import read_losses
    from esapi_bridge.evaluation.fluence.goals import in_all
    from esapi_bridge.evaluation.fluence.network import NetworkChoice, load_network
    from esapi_bridge.evaluation.fluence.page import EvaluationStory, Shown, to_show, write_evaluation_page
    from esapi_bridge.evaluation.fluence.run import Evaluation, evaluate_plans, read_pair
    from esapi_bridge.evaluation.fluence.summary import aims, complexities, goals_met, table
    from esapi_bridge.tasks.fluence.sparing import factors_of

    choice = NetworkChoice(model, dose_model if from_contours else None, factors_of(dict(spare or [])))
    evaluation = Evaluation(data, split.value, choice, output, patients)
    executor = executor_for(workers, cluster)
    with plain_errors(), progress_bar() as progress:
        network = load_network(choice)
        losses = None if training_run is None else read_losses(training_run / "metrics.csv")
        found = evaluate_plans(evaluation, progress, executor=executor)
        progress("page", len(found), len(found))
        shown = [Shown(why, figures, read_pair(evaluation, figures.name)) for why, figures in to_show(found)]
        story = EvaluationStory(found, shown, network.name, network.sha256, split.value, losses)
        page = write_evaluation_page(story, output / "fluence-evaluation.html")
    if as_json:
        about = {"model": network.name, "sha256": network.sha256, "split": split.value}
        print_json(about | table(found) | {"each": [asdict(patient) for patient in found]})
        return
    from rich.table import Table

    from esapi_bridge.cli.console import out

    rows = Table("", "aim", "found", "reached", box=None)
    for aim in aims(found):
        rows.add_row(aim.name, aim.expected, aim.found, "yes" if aim.reached else "no")
    out.print(rows)
    counts = goals_met(found)
    goals = Table("goal", "plans", "clinical", "predicted", box=None)
    for count in [*counts, in_all(counts)]:
        goals.add_row(count.text, *(str(number) for number in (count.plans, count.clinical, count.predicted)))
    out.print(goals)
    complexity = Table("complexity, mean", "clinical", "predicted", box=None)
    for pairing in complexities(found):
        means = (f"{values.mean():.4g} {pairing.unit}" for values in (pairing.clinical, pairing.predicted))
        complexity.add_row(pairing.name, *means)
    out.print(complexity)
    out.print(f"{len(found)} patients; page: {page}")
