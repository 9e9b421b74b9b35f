"""``esapi-bridge mock export``: a DICOM export as a planning system writes it, of a phantom or of any CT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.case.position import PatientPosition
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.vocabulary import Energy, PlanKind, SiteName

if TYPE_CHECKING:
    from esapi_bridge.planning.export import ExportOptions
    from esapi_bridge.planning.imrt.beams import Arrangement


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make; must not exist or be empty.")],
    site: Annotated[SiteName | None, typer.Option(help="Phantom.")] = None,
    ct: Annotated[
        Path | None, typer.Option(help="Plan on this CT instead: NIfTI, NRRD, MHA, npz or a DICOM folder.")
    ] = None,
    beams: Annotated[int, typer.Option(min=1, max=200, help="Number of static beams; imrt has seven.")] = 5,
    open_fields: Annotated[
        bool, typer.Option("--open-fields", help="Random open fields instead of beams around the target.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the anatomy and the fields.")] = 1,
    position: Annotated[PatientPosition, typer.Option(help="DICOM patient position.")] = PatientPosition.HFS,
    energy: Annotated[Energy | None, typer.Option(help="Photon energy. [default: 10X-FFF; imrt: 15X]")] = None,
    technique: Annotated[
        PlanKind, typer.Option(help="static: plain fields; imrt: seven sliding-window fields for the prostate.")
    ] = PlanKind.STATIC,
    collimator: Annotated[
        float, typer.Option(min=0, max=359.9, help="Collimator angle of imrt fields, degrees (IEC 61217).")
    ] = 0.0,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Write the accurate doses of static fields (slow).")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Plan on a phantom or a CT and export it as DICOM.

    CT, structures, plan, doses at 5 mm, and accurate doses at 1.25 mm in OUTPUT/reference. With --technique imrt
    (--site pelvis or --ct): 44 Gy in 20 fractions, doses at 2.5 mm, optimal fluences in OUTPUT/reference.
    """
    if (site is None) == (ct is None):
        raise typer.BadParameter("give either --site or --ct")
    if technique is PlanKind.IMRT and site not in (None, SiteName.PELVIS):
        raise typer.BadParameter(f"--technique imrt goes with --site pelvis or --ct, got {site}")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BridgeError("the output folder must be absent or empty, found files in it: choose another folder")
    if technique is PlanKind.IMRT:
        from esapi_bridge.planning.imrt.beams import Arrangement

        chosen = energy or Energy.X15
        found = _imrt(
            output,
            ct,
            seed,
            Arrangement(collimator_deg=collimator, energy=chosen.value, patient_position=position),
        )
    else:
        from esapi_bridge.planning.export import ExportOptions

        chosen = energy or Energy.X10_FFF
        found = _static(
            output, site, ct, ExportOptions(beams, open_fields, seed, position, reference, energy=chosen.value)
        )
    facts = {"export": str(output), "seed": seed, "patient_position": position.value, "energy": chosen.value, **found}
    if as_json:
        print_json(facts)
        return
    from esapi_bridge.cli.console import out

    out.print(f"export     {facts['export']}")
    if facts["reference"]:
        out.print(f"reference  {facts['reference']}")


def _static(output: Path, site: SiteName | None, ct: Path | None, options: ExportOptions) -> dict[str, object]:
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.dicom.read.scan import REFERENCE_FOLDER
    from esapi_bridge.planning.export import export_ct, export_phantom

    with progress_bar() as progress:
        if ct is not None:
            export_ct(ct, output, options, progress=progress)
        elif site is not None:
            export_phantom(site.value, output, options, progress=progress)
    return {"beams": options.beams, "reference": str(output / REFERENCE_FOLDER) if options.reference else None}


def _imrt(output: Path, ct: Path | None, seed: int, arrangement: Arrangement) -> dict[str, object]:
    from dataclasses import asdict
    from math import isnan

    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.dicom.read.scan import REFERENCE_FOLDER
    from esapi_bridge.planning.imrt.export import ImrtExportOptions, export_imrt_ct, export_imrt_phantom

    options = ImrtExportOptions(seed, arrangement)
    with progress_bar() as progress:
        if ct is not None:
            plan = export_imrt_ct(ct, output, options, progress=progress)
        else:
            plan = export_imrt_phantom(output, options, progress=progress)
    return {
        "beams": len(plan.beams),
        "reference": str(output / REFERENCE_FOLDER),
        "collimator_deg": arrangement.collimator_deg,
        "quality": {name: None if isnan(value) else value for name, value in asdict(plan.quality).items()},
    }
