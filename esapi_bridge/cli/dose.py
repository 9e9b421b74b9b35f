"""``esapi-bridge dose``: the fine dose of an exported plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.exported_plan import ExportDir, Model, Output, Pdf, PlanName, Report, print_warnings, require_page


def dose(
    export_dir: ExportDir,
    output: Output,
    plan: PlanName = None,
    model: Model = "ddn-lite",
    per_beam: Annotated[
        bool | None,
        typer.Option(
            "--per-beam/--plan-dose", help="Each beam by itself, or the plan dose in one. [default: per beam]"
        ),
    ] = None,
    reference: Annotated[Path | None, typer.Option(help="RT Dose file or folder to compare with.")] = None,
    beam_doses: Annotated[
        bool, typer.Option("--beam-doses/--no-beam-doses", help="Write the dose of each beam beside that of the plan.")
    ] = False,
    report: Report = True,
    pdf: Pdf = False,
    as_json: AsJson = False,
) -> None:
    """Compute the fine dose of an exported plan."""
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.tasks import run_dose

    require_page(pdf=pdf, report=report)
    with progress_bar() as progress:
        result = run_dose(
            export_dir,
            output,
            plan=plan,
            model=model,
            per_beam=per_beam,
            reference=reference,
            beam_doses=beam_doses,
            report=report,
            pdf=pdf,
            progress=progress,
        )
    if as_json:
        typer.echo(result.record.model_dump_json(indent=2, by_alias=True))
        return
    from esapi_bridge.cli.console import out

    print_warnings(result.record)
    for error in result.record.metrics.errors[:1]:
        if error.linear and error.network:
            gain = error.linear / error.network
            out.print(f"MSE     linear {error.linear:.2e}, DDN {error.network:.2e} against the reference: {gain:.1f} x")
    for row in result.record.metrics.gamma:
        out.print(f"gamma   {row.pass_percent:5.1f} %  {row.evaluated} vs {row.reference}: {row.criterion}")
    out.print(f"dose    {result.plan_file}" + (f" and {len(result.beam_files)} beams" if result.beam_files else ""))
    if result.report:
        out.print(f"report  {result.report}" + (f" and {result.pdf.name}" if result.pdf else ""))
