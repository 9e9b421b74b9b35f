"""``esapi-bridge data collect dose``: a clinic's own fields, calculated twice, to train a dose network with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosenet.fitting.split import Split
from esapi_bridge.cli.answer import AsJson, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esapi_bridge.dicom import StatedOfDoses
    from esapi_bridge.training_data.collected_pairs import CollectedPair, ImageSource


class DoseTo(StrEnum):
    """The medium in which a dose is reported."""

    MEDIUM = "medium"
    WATER = "water"


def dose(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="What CollectDoseNetData wrote; or exports of plans that were calculated twice.",
            exists=True,
            file_okay=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Store to add to, a .zarr folder; made if need be.")],
    site: Annotated[
        str | None, typer.Option(help="Region of the body of these patients, such as thorax. [default: not stated]")
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="Split of patients that are new. [default: by their keyed hash, 80 : 10 : 10]")
    ] = None,
    coarse_algorithm: Annotated[
        str | None,
        typer.Option(help="What calculated the coarse doses of an export, such as 'AAA 15.6.06', if it does not say."),
    ] = None,
    fine_algorithm: Annotated[
        str | None, typer.Option(help="What calculated the fine doses of an export, if it does not say.")
    ] = None,
    dose_to: Annotated[
        DoseTo | None, typer.Option(help="What the fine doses of an export are reported in, if it does not say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Turn fields that were calculated twice into training data.

    Fields that CollectDoseNetData wrote, or exported plans with their copies, one dose coarse (5 mm), one fine
    (1.25 mm). What is in the store already is left as it is, so the command can be stopped and repeated.
    """
    from dataclasses import asdict

    from dosenet.store import NO_SITE
    from esapi_bridge.case import DoseMedium
    from esapi_bridge.cli.console import out
    from esapi_bridge.cli.networks import plain_errors
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.dicom import StatedOfDoses
    from esapi_bridge.errors import RefusedError
    from esapi_bridge.training_data.collected_pairs import collect_dose_pairs

    medium = None if dose_to is None else DoseMedium(f"dose to {dose_to.value}")
    stated = StatedOfDoses(coarse_algorithm, fine_algorithm, medium)
    with plain_errors(), progress_bar() as progress:
        done = collect_dose_pairs(
            _images(folders, stated),
            output,
            site=site or NO_SITE,
            split=None if split is None else split.value,
            progress=progress,
        )
    taken = _taken(done)
    if as_json:
        print_json({"store": str(output), "pairs": [asdict(pair) for pair in done], "taken": taken})
    else:
        for pair in done:
            if pair.state == "refused":
                out.print(f"{pair.image} {pair.field}  refused  {pair.reason}")
        for place, energies in taken.items():
            out.print(f"{place}  " + ", ".join(f"{energy} {count}" for energy, count in energies.items()))
        counts = {state: sum(pair.state == state for pair in done) for state in ("added", "there", "refused")}
        out.print(
            f"fields  {counts['added']} added, {counts['there']} were there, {counts['refused']} refused; "
            f"{sum(pair.interpolated for pair in done)} coarse doses interpolated"
        )
        out.print(f"store   {output}")
    if all(pair.state == "refused" for pair in done):
        raise RefusedError(f"expected fields to learn from, all {len(done)} were refused")


def _images(folders: Sequence[Path], stated: StatedOfDoses) -> Iterator[ImageSource]:
    """Collected images first, then those of exports."""
    from esapi_bridge.case.pair_folder import find_images
    from esapi_bridge.dicom import paired_exports

    exports = []
    for folder in folders:
        images = find_images(folder)
        yield from images
        if not images:
            exports.append(folder)
    yield from paired_exports(exports, stated)


def _taken(done: Sequence[CollectedPair]) -> dict[str, dict[str, int]]:
    """Fields added, by site and energy."""
    taken: dict[str, dict[str, int]] = {}
    for pair in done:
        if pair.state == "added":
            energies = taken.setdefault(pair.site, {})
            energies[pair.energy] = energies.get(pair.energy, 0) + 1
    return taken
