"""``esapi-bridge commission``: a dose network on a clinic's own reference doses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.cli.answer import AsJson
from esapi_bridge.cli.exported_plan import Model

if TYPE_CHECKING:
    from esapi_bridge.commissioning.cases import Source
    from esapi_bridge.commissioning.run import Commissioned


def commission(
    cases: Annotated[
        list[str],
        typer.Option(
            metavar="[SITE=]DIR",
            help="Folder with exported plans, each with the reference dose in a sub-folder 'reference', or with "
            "collected pairs; repeatable, as thorax=DIR names the site.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="HTML page to make; the record goes beside it, as .json.")
    ],
    model: Model = "ddn-lite",
    limits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits of the clinic's own, YAML. [default: of this package]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a dose network on a clinic's doses, for its approval.

    Gamma, histogram points, build-up, lung, bone, penumbra, output, monitor units and a turned patient, per field, plan
    and site, against limits with their sources. 'models approve' takes the record.
    """
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.commissioning.run import commission as measure

    with progress_bar() as progress:
        done = measure(
            [_source(text) for text in cases], output, model=model, limits_file=limits, progress=progress
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
