"""``esapi-bridge fluence``: the optimal fluences of an exported plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from esapi_bridge.tasks.fluence.plan import Delivery, FluencePlan


def fluence(
    export_dir: Annotated[Path, typer.Argument(metavar="EXPORT_DIR", help="Folder with the exported plan.")],
    out: Annotated[Path, typer.Option("-o", "--output", help="Folder to make; must not exist or be empty.")],
    dose: Annotated[Path | None, typer.Option(help="RT Dose to aim at instead of the plan's own.")] = None,
    normalise_to: Annotated[
        Path | None,
        typer.Option(
            help="RT Dose of a reference plan whose mean PTV dose is to be reached. [default: the dose aimed at]"
        ),
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Name of the plan, where the export holds several.")] = None,
    model: Annotated[str, typer.Option(help="Installed network, or a folder with card.yaml.")] = "dual-frame-lite",
    structures: Annotated[Path | None, typer.Option(help="A site's own table of structure names, YAML.")] = None,
    structure: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=NAME", help="Name a structure outright; several times for several."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder with clinical *.optimal_fluence files. [default: those in the plan]")
    ] = None,
    deliver: Annotated[
        bool, typer.Option("--deliver/--no-deliver", help="Leaf motions and dose by the stand-in for Eclipse.")
    ] = True,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write the HTML page.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Write the run record as JSON.")] = False,
) -> None:
    """Compute the optimal fluences of an exported plan."""
    import logging

    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.tasks import run_fluence

    with progress_bar() as progress:
        result = run_fluence(
            export_dir,
            out,
            plan=plan,
            model=model,
            dose=dose,
            reference_dose=normalise_to,
            structures=structures,
            names=_names(structure or []),
            reference=reference,
            report=report,
            deliver=stand_in if deliver else None,
            progress=progress,
        )
    for step, seconds in result.record.seconds.items():
        share = seconds / max(sum(result.record.seconds.values()), 1e-9)
        logging.getLogger(__name__).info("%s: %.2f s, %.0f %%", step, seconds, 100 * share)
    if as_json:
        typer.echo(result.record.model_dump_json(indent=2, by_alias=True))
        return
    from esapi_bridge.cli.console import out as console

    for check in result.record.checks:
        if check.verdict == "warn":
            console.print(f"warning {check.check}: expected {check.expected}, found {check.found}")
    for beam in result.record.beams:
        against = beam.reference
        compared = (
            f", sum {against.sum_error_percent:+.1f} % and gamma {against.gamma_percent:.1f} % against the clinical one"
            if against and against.sum_error_percent is not None and against.gamma_percent is not None
            else ""
        )
        console.print(f"fluence {result.fluence_files[beam.number]}: highest {beam.maximum:.3f}{compared}")
    if result.record.delivery:
        for name in ("PTV D95, % of prescription", "homogeneity (D5 - D95) / prescription"):
            wanted, delivered = result.record.delivery.figures[name]
            console.print(f"figure  {name}: wanted {wanted:.4g}, delivered {delivered:.4g} (stand-in)")
    norm = result.record.normalisation
    console.print(
        f"scale   {norm.rule}: normalise the plan to a mean dose of {norm.mean_gy:.2f} Gy in {norm.structure}"
    )
    console.print(f"plan    {result.plan_file}")
    if result.report:
        console.print(f"report  {result.report}")


def stand_in(plan: FluencePlan) -> Delivery:
    """Let the stand-in for Eclipse sequence the leaves and calculate the dose."""
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.planning.imrt.redelivery import NAME, can_deliver, deliver_export
    from esapi_bridge.tasks.fluence.plan import Delivery, Figure

    if not can_deliver(plan.beams):
        raise BridgeError("the stand-in for Eclipse has no beam model of this energy: use --no-deliver")
    found = deliver_export(
        plan.case.ct,
        plan.masks,
        plan.grid,
        plan.beams,
        plan.case.plan.patient_position,
        plan.prescription,
        plan.wanted,
        plan.level,
    )
    return Delivery(
        by=NAME,
        dose=found.delivered.dose,
        meterset_mu={beam.number: beam.meterset_mu for beam in found.delivered.beams},
        figures=tuple(Figure(name, *values) for name, values in found.figures.items()),
    )


def _names(options: list[str]) -> dict[str, list[str]]:
    """Read ``LABEL=NAME``; a label given twice has several structures."""
    names: dict[str, list[str]] = {}
    for option in options:
        label, equals, name = option.partition("=")
        if not (label and equals and name):
            raise typer.BadParameter(f"--structure must be LABEL=NAME, got {option}")
        names.setdefault(label, []).append(name)
    return names
