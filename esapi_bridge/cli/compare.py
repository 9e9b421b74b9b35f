"""``esapi-bridge compare``: how far apart two doses are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def _file(path: Path) -> Path:
    """Take the name of a file only; it is not repeated, as it may hold a patient's."""
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing of that name"
        raise typer.BadParameter(f"an RTDOSE file is needed, found {found}")
    return path


def compare(
    reference: Annotated[Path, typer.Argument(metavar="A", help="Reference dose, an RTDOSE file.", callback=_file)],
    evaluated: Annotated[Path, typer.Argument(metavar="B", help="Dose to be judged, an RTDOSE file.", callback=_file)],
    gamma: Annotated[str, typer.Option(metavar="DOSE%/MMmm", help="Gamma criterion.")] = "2%/2mm",
    cutoff: Annotated[float, typer.Option(min=0, max=99, help="Leave out voxels below this, % of A's maximum.")] = 10.0,
    local: Annotated[
        bool, typer.Option("--local", help="Dose criterion in % of the local dose, not the maximum.")
    ] = False,
    other_sum: Annotated[
        bool, typer.Option("--other-sum", help="Compare doses of different parts too: a plan with a beam, two beams.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two dose files of one patient: gamma and differences."""
    from dosenet.gamma import Criterion
    from esapi_bridge.dicom import read_owned_dose, require_comparable
    from esapi_bridge.report.difference import compare_doses

    try:
        criterion = Criterion.parse(gamma)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--gamma") from error
    one, other = read_owned_dose(reference), read_owned_dose(evaluated)
    notes = require_comparable(one.identity, other.identity, other_sum=other_sum)
    found = compare_doses(one.dose, other.dose, criterion, cutoff, local=local)
    if as_json:
        from dataclasses import asdict

        print_json({**asdict(found), "notes": notes})
        return
    from esapi_bridge.cli.console import out

    for note in notes:
        out.print(f"warning {note}")
    out.print(f"gamma   {found.gamma_pass_percent:.2f} % of voxels pass: {found.criterion}")
    if found.voxels_out_of_reach:
        out.print(f"        {found.voxels_out_of_reach} voxels of A lie outside B's grid and were left out")
    out.print(
        f"mean difference B - A   {found.mean_difference_gy:+.4f} Gy ({found.mean_difference_percent:+.2f} % of max A)"
    )
    out.print(
        f"largest difference      {found.max_difference_gy:.4f} Gy ({found.max_difference_percent:.2f} % of max A)"
    )
    out.print(f"MSE, relative to max A  {found.mse_relative:.3e}")
    out.print(f"maximum A, B            {found.reference_max_gy:.4f} Gy, {found.evaluated_max_gy:.4f} Gy")
