"""``esapi-bridge demo``: the whole way on phantoms, from an export to the report, for dose and for fluence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.cli.exported_plan import Pdf
from esapi_bridge.errors import BridgeError

if TYPE_CHECKING:
    from esapi_bridge.progress import Progress

SITE = "thorax"
"""Lung is where the coarse dose is most wrong, so it shows best what the network does."""

IMRT_SPACING_MM = (2.5, 2.5, 2.5)
"""Voxels of the prostate phantom: those of its dose, which is quick."""


def demo(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to make. [default: out/demo-DATE-TIME]", show_default=False),
    ] = None,
    beams: Annotated[int, typer.Option(min=1, max=20, help="Number of beams.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the anatomy.")] = 7,
    model: Annotated[str, typer.Option(help="Installed dose network, or a folder with card.yaml.")] = "ddn-lite",
    fluence_model: Annotated[
        str, typer.Option(help="Installed fluence network, or a folder with card.yaml.")
    ] = "dual-frame-lite",
    fluence: Annotated[
        bool | None,
        typer.Option("--fluence/--no-fluence", help="Show the fluence task too. [default: if a network is installed]"),
    ] = None,
    pdf: Pdf = False,
) -> None:
    """Make phantom plans, compute dose and fluence, report."""
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.models import find_model, list_models
    from esapi_bridge.planning.export import ExportOptions, export_phantom
    from esapi_bridge.tasks import run_dose
    from esapi_bridge.tasks.run import browser_for

    folder = output or Path("out") / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    if folder.exists():
        raise BridgeError("the demo makes its own folder, found one that exists: choose another name")
    find_model(model, task="dose")  # before minutes are spent on the export
    browser_for(pdf=pdf, report=True)
    if fluence is None:
        fluence = bool(list_models("fluence"))
    if fluence:
        find_model(fluence_model, task="fluence")
    with progress_bar() as progress:
        export = folder / "export"
        export_phantom(SITE, export, ExportOptions(beams=beams, seed=seed), progress=progress)
        result = run_dose(
            export, folder / "dose", model=model, reference=export / "reference", pdf=pdf, progress=progress
        )
    for row in result.record.metrics.gamma:
        out.print(f"gamma   {row.pass_percent:5.1f} %  {row.evaluated} vs {row.reference}: {row.criterion}")
    out.print(f"export  {export}")
    out.print(f"dose    {result.plan_file}")
    out.print(f"report  {result.report}")
    if fluence:
        with progress_bar() as progress:
            lines = _fluence(folder, fluence_model, seed, progress, pdf=pdf)
        for line in lines:
            out.print(line)


def _fluence(folder: Path, model: str, seed: int, progress: Progress, *, pdf: bool) -> list[str]:
    """Plan a prostate phantom, export it, compute its fluences; returns what to print."""
    from esapi_bridge.cli.delivery import deliver
    from esapi_bridge.planning.export import ExportOptions, export_subject
    from esapi_bridge.planning.imrt.anatomy import prostate_patient
    from esapi_bridge.planning.vocabulary import PlanTechnique
    from esapi_bridge.tasks import run_fluence

    progress("prostate phantom", 0, 1)
    export_subject(
        prostate_patient(seed, IMRT_SPACING_MM),
        folder / "imrt",
        ExportOptions(technique=PlanTechnique.IMRT, seed=seed, reference=False),
        progress=progress,
    )
    found = run_fluence(folder / "imrt", folder / "fluence", model=model, deliver=deliver, pdf=pdf, progress=progress)
    lines = [
        f"figure  {name}: wanted {wanted:.4g}, delivered {delivered:.4g}"
        for name, (wanted, delivered) in (found.record.delivery.figures if found.record.delivery else {}).items()
        if name.startswith(("PTV D9", "homogeneity")) and wanted is not None and delivered is not None
    ]
    return [*lines, f"export  {folder / 'imrt'}", f"fluence {found.folder}", f"report  {found.report}"]
