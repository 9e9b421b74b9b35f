"""``esapi-bridge fluence``: the optimal fluences of an exported plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.exported_plan import ExportDir, Model, Output, Pdf, PlanName, Report, print_warnings, require_page
from esapi_bridge.cli.label_name import METAVAR, LabelName, Spare, by_label, parse_label_name


def fluence(
    export_dir: ExportDir,
    output: Output,
    dose: Annotated[Path | None, typer.Option(help="Wanted dose: an RT Dose instead of the plan's own.")] = None,
    normalise_to: Annotated[
        Path | None,
        typer.Option(
            help="Reference dose: an RT Dose whose mean in the PTV is to be reached. [default: the wanted dose]"
        ),
    ] = None,
    from_contours: Annotated[
        bool, typer.Option("--from-contours", help="Predict the wanted dose although the plan has one.")
    ] = False,
    dose_model: Annotated[
        str | None,
        typer.Option(help="Network that predicts the wanted dose of a plan without one. [default: wanted-dose]"),
    ] = None,
    spare: Spare = None,
    plan: PlanName = None,
    model: Model = "dual-frame-lite",
    structures: Annotated[Path | None, typer.Option(help="A site's own table of structure names, YAML.")] = None,
    structure: Annotated[
        list[LabelName] | None,
        typer.Option(parser=parse_label_name, metavar=METAVAR, help="Name a structure outright; may be repeated."),
    ] = None,
    goals: Annotated[Path | None, typer.Option(help="A site's own table of plan goals, YAML.")] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder with clinical *.optimal_fluence files. [default: those in the plan]")
    ] = None,
    dmlc: Annotated[
        bool, typer.Option("--dmlc", help="Fluences in RTPLAN.dcm as type DMLC in Gy, not as Eclipse's OPTIMAL.")
    ] = False,
    deliver: Annotated[
        bool, typer.Option("--deliver/--no-deliver", help="Leaf motions and dose by this project's planning system.")
    ] = True,
    report: Report = True,
    pdf: Pdf = False,
    as_json: AsJson = False,
) -> None:
    """Compute the optimal fluences of an exported plan."""
    import logging

    from esapi_bridge.cli.delivery import deliver as planning
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.dicom.fluence_form import FluenceForm
    from esapi_bridge.tasks import run_fluence

    require_page(pdf=pdf, report=report)
    with progress_bar() as progress:
        result = run_fluence(
            export_dir,
            output,
            plan=plan,
            model=model,
            wanted_dose=dose,
            reference_dose=normalise_to,
            dose_model=dose_model,
            from_contours=from_contours,
            spare=dict(spare or []),
            structures=structures,
            names=by_label(structure or []),
            goals=goals,
            clinical=reference,
            form=FluenceForm.DMLC if dmlc else FluenceForm.OPTIMAL,
            report=report,
            pdf=pdf,
            deliver=planning if deliver else None,
            progress=progress,
        )
    for step, seconds in result.record.seconds.items():
        share = seconds / max(sum(result.record.seconds.values()), 1e-9)
        logging.getLogger(__name__).info("%s: %.2f s, %.0f %%", step, seconds, 100 * share)
    if as_json:
        typer.echo(result.record.model_dump_json(indent=2, by_alias=True))
        return
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.goal_lines import goal_lines

    print_warnings(result.record)
    for beam in result.record.beams:
        against = beam.reference
        compared = (
            f", sum {against.sum_error_percent:+.1f} % and gamma {against.gamma_percent:.1f} % against the clinical one"
            if against and against.sum_error_percent is not None and against.gamma_percent is not None
            else ""
        )
        out.print(f"fluence {result.fluence_files[beam.number]}: highest {beam.maximum:.3f}{compared}")
    if result.record.spared:
        for organ in result.record.spared.organs:
            out.print(f"spare   {organ.label} {organ.factor:g}: mean {_change(organ.mean_gy, '.1f')} Gy, wanted dose")
        out.print(f"cost    PTV D95 {_change(result.record.spared.ptv_d95_percent, '.2f')} % of the prescription")
    if result.record.delivery:
        for name in ("PTV D95, % of prescription", "homogeneity (D5 - D95) / prescription"):
            wanted, delivered = result.record.delivery.figures[name]
            out.print(f"figure  {name}: wanted {wanted:.4g}, delivered {delivered:.4g} (planning)")
    for line in goal_lines(result.record.goals):
        out.print(line)
    norm = result.record.normalisation
    out.print(f"scale   {norm.rule}: normalise the plan to a mean dose of {norm.mean_gy:.2f} Gy in {norm.structure}")
    out.print(f"plan    {result.plan_file}")
    if result.report:
        out.print(f"report  {result.report}" + (f" and {result.pdf.name}" if result.pdf else ""))


def _change(values: tuple[float, float], form: str) -> str:
    before, after = values
    return f"{before:{form}} -> {after:{form}}"
