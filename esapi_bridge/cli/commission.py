"""``esapi-bridge commission``: a network on a clinic's own reference doses, or on the fluences of its plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.exported_plan import Model

if TYPE_CHECKING:
    from esapi_bridge.commissioning.cases import Source
    from esapi_bridge.commissioning.record import Commissioned


def commission(
    cases: Annotated[
        list[str],
        typer.Option(
            metavar="[SITE=]DIR",
            help="Folder with exported plans, each with the reference dose in a sub-folder 'reference', or with "
            "collected pairs; of a fluence network plans with fluences. Repeatable, as thorax=DIR names the site.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="HTML page to make; the record goes beside it, as .json.")
    ],
    model: Model = "ddn-lite",
    structures: Annotated[
        Path | None, typer.Option(help="Fluence: a site's own table of structure names, YAML.")
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits of the clinic's own, YAML. [default: of this package]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a network on a clinic's own cases, for its approval.

    Of a dose network: gamma, histogram points, build-up, lung, bone, penumbra, output, monitor units and a turned
    patient, per field, plan and site. Of a fluence network: its fluences beside the clinic's, and the plans that both
    become. Against limits with their sources. 'models approve' takes the record.
    """
    from esapi_bridge.cli.delivery import deliver
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.commissioning.fluence.run import commission_fluence
    from esapi_bridge.commissioning.run import commission as commission_dose
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.models import find_model

    task = find_model(model).card.task
    if task not in {"dose", "fluence"}:
        raise BridgeError(f"a dose or a fluence network is measured, found one for {task}")
    sources = [_source(text) for text in cases]
    with progress_bar() as progress:
        if task == "dose":
            done = commission_dose(sources, output, model=model, limits_file=limits, progress=progress)
        else:
            done = commission_fluence(
                sources, output, model=model, deliver=deliver, limits_file=limits, structures=structures,
                progress=progress,
            )  # fmt: skip
    if as_json:
        typer.echo(done.record.to_json().decode().rstrip())
        return
    _show(done)


def _source(text: str) -> Source:
    """Read ``[SITE=]DIR``; a folder whose name has an equals sign must have a site before it."""
    from esapi_bridge.commissioning.cases import LONGEST_SITE, Source

    site, equals, folder = text.partition("=")
    if not equals:
        return Source(Path(text))
    if not (0 < len(site) <= LONGEST_SITE and site.replace(" ", "").replace("-", "").isalnum()):
        raise typer.BadParameter("a site is letters, digits, spaces and dashes, as in thorax=DIR", param_hint="--cases")
    return Source(Path(folder), site)


def _show(done: Commissioned) -> None:
    from esapi_bridge.cli.console import out

    for result in done.record.results:
        if result.limit is None:
            continue
        sign = ">=" if result.better == "high" else "<="
        worst = "" if result.worst is None else f": {result.worst:.2f} in {result.where}"
        out.print(f"{result.outcome:<18} {result.text}, {sign} {result.limit:g} {result.unit}{worst}")
    for reason in done.record.cases.refused:
        out.print(f"refused            {reason}")
    out.print(f"page    {done.page}")
    out.print(f"record  {done.record_file}")
