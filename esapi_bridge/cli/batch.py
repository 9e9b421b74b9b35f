"""``esapi-bridge batch``: dose or fluence of every plan of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.batch.task import Task
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.executor import ClusterAddress, cluster_at
from esapi_bridge.cli.exported_plan import Report
from esapi_bridge.cli.label_name import METAVAR, LabelName, Spare, by_label, parse_label_name


def batch(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder with exported plans and case folders.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder of the results; a batch that was stopped continues there."),
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Show the plans and what they lack; run nothing.")] = False,
    task: Annotated[Task, typer.Option(help="What to do with every plan.")] = Task.DOSE,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Plans side by side at most; fewer where memory is short. [default: processors]"),
    ] = None,
    cluster: ClusterAddress = None,
    model: Annotated[
        str | None, typer.Option(help="Installed network, or a folder with card.yaml. [default: as dose, fluence]")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also plans that were refused before.")] = False,
    per_beam: Annotated[
        bool | None,
        typer.Option("--per-beam/--plan-dose", help="Dose: each beam by itself, or the plan dose. [default: per beam]"),
    ] = None,
    beam_doses: Annotated[
        bool, typer.Option("--beam-doses/--no-beam-doses", help="Dose: write that of each beam, too.")
    ] = False,
    structures: Annotated[
        Path | None, typer.Option(help="Fluence: a site's own table of structure names, YAML.")
    ] = None,
    structure: Annotated[
        list[LabelName] | None,
        typer.Option(parser=parse_label_name, metavar=METAVAR, help="Fluence: name a structure; may be repeated."),
    ] = None,
    goals: Annotated[Path | None, typer.Option(help="Fluence: a site's own table of plan goals, YAML.")] = None,
    spare: Spare = None,
    from_contours: Annotated[
        bool, typer.Option("--from-contours", help="Fluence: predict the wanted dose although a plan has one.")
    ] = False,
    dose_model: Annotated[
        str | None,
        typer.Option(help="Fluence: network that predicts a wanted dose. [default: wanted-dose]"),
    ] = None,
    dmlc: Annotated[
        bool, typer.Option("--dmlc", help="Fluence: RTPLAN.dcm with type DMLC in Gy, not Eclipse's OPTIMAL.")
    ] = False,
    deliver: Annotated[
        bool, typer.Option("--deliver/--no-deliver", help="Fluence: leaf motions and dose by this project.")
    ] = True,
    report: Report = True,
    as_json: AsJson = False,
) -> None:
    """Compute dose or fluence of every plan below a folder.

    Run it again to go on where it was stopped. Exit code: the worst of the plans, 1 failed, 3 refused, 0 done.
    """
    if list_only:
        from esapi_bridge.cli.batch_list import list_plans

        list_plans(root, structures=task is Task.FLUENCE, as_json=as_json)
        return
    if output is None:
        raise typer.BadParameter("give -o OUT, or --list")
    if jobs is not None and cluster is not None:
        raise typer.BadParameter("--jobs is of this machine and --cluster of others: give one of the two")
    from esapi_bridge.batch.find import find_batch
    from esapi_bridge.batch.options import BatchOptions, default_model
    from esapi_bridge.batch.place import open_batch
    from esapi_bridge.batch.run import local_executor, run_batch
    from esapi_bridge.batch.summary import write_summary
    from esapi_bridge.cli.batch_table import batch_table
    from esapi_bridge.cli.delivery import deliver as planning
    from esapi_bridge.cli.interrupts import termination_interrupts
    from esapi_bridge.cli.progress import progress_bar

    options = BatchOptions(
        task=task,
        model=model or default_model(task),
        report=report,
        per_beam=per_beam,
        beam_doses=beam_doses,
        structures=structures,
        names=by_label(structure or []),
        goals=goals,
        spare=dict(spare or []),
        from_contours=from_contours,
        dose_model=dose_model,
        dmlc=dmlc,
        deliver=deliver and task is Task.FLUENCE,
    )
    with termination_interrupts(), open_batch(output, task) as place:
        with progress_bar() as progress:
            found = find_batch(root, place, options, again=again, progress=progress)
        try:
            with batch_table(found) as told:
                executor = local_executor(found, jobs) if cluster is None else cluster_at(cluster)
                run_batch(found, executor, deliver=planning if options.deliver else None, told=told)
        finally:
            summary = write_summary(found)
    if as_json:
        print_json(summary.answer)
    else:
        from esapi_bridge.cli.console import out

        for row in summary.rows:
            if row.reason:
                out.print(f"{row.state.value:<8} {row.key}: {row.reason}")
        out.print(", ".join(f"{count} {end}" for end, count in summary.answer["counts"].items() if count))
        out.print(f"summary {summary.page}")
    raise typer.Exit(summary.exit_code)
