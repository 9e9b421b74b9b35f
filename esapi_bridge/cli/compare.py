"""``esapi-bridge compare``: how far apart two doses are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json


def compare(
    reference: Annotated[Path, typer.Argument(metavar="A", help="Reference dose, an RTDOSE file.")],
    evaluated: Annotated[Path, typer.Argument(metavar="B", help="Dose to be judged, an RTDOSE file.")],
    gamma: Annotated[str, typer.Option(metavar="DOSE%/MMmm", help="Gamma criterion.")] = "2%/2mm",
    cutoff: Annotated[float, typer.Option(min=0, max=99, help="Leave out voxels below this, % of A's maximum.")] = 10.0,
    local: Annotated[
        bool, typer.Option("--local", help="Dose criterion in % of the local dose, not the maximum.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two dose files: gamma and differences."""
    from dosenet.gamma import Criterion
    from esapi_bridge.dicom import read_rtdose
    from esapi_bridge.errors import BridgeError
    from esapi_bridge.report.difference import compare_doses

    try:
        criterion = Criterion.parse(gamma)
    except ValueError as error:
        raise BridgeError(str(error)) from error
    found = compare_doses(read_rtdose(reference), read_rtdose(evaluated), criterion, cutoff, local=local)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(found))
        return
    from esapi_bridge.cli.console import out

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
