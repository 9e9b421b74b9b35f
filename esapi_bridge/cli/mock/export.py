"""``esapi-bridge mock export``: a DICOM export as a planning system writes it, of a phantom or of any CT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from esapi_bridge.case.position import PatientPosition
from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.vocabulary import Energy, PlanTechnique, SiteName

if TYPE_CHECKING:
    from esapi_bridge.planning.export import Exported
    from esapi_bridge.planning.techniques.plan import PlannedFields


def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make; must not exist or be empty.")],
    site: Annotated[
        SiteName | None, typer.Option(help="Phantom; with --ct pelvis only, whose contours are placed in it.")
    ] = None,
    ct: Annotated[
        Path | None, typer.Option(help="Plan on this CT instead: NIfTI, NRRD, MHA, npz or a DICOM folder.")
    ] = None,
    technique: Annotated[
        PlanTechnique,
        typer.Option(
            help="open: jaws around the target; conformal: leaves around it; segments: step and shoot; "
            "imrt: sliding windows; vmat: arcs."
        ),
    ] = PlanTechnique.OPEN,
    energy: Annotated[
        Energy | None,
        typer.Option(help="Photon energy. [default: 10X-FFF of open, 15X of imrt of a pelvis, 6X]", show_default=False),
    ] = None,
    beams: Annotated[
        int | None,
        typer.Option(
            min=1, max=200, help="Number of fields. [default: 5 open or 7; 2 of a breast]", show_default=False
        ),
    ] = None,
    arcs: Annotated[int, typer.Option(min=1, max=2, help="Number of arcs of vmat.")] = 1,
    collimator: Annotated[
        float | None,
        typer.Option(
            min=0, max=359.9, help="Collimator angle, degrees (IEC 61217). [default: 0; vmat: 30]", show_default=False
        ),
    ] = None,
    couch: Annotated[float, typer.Option(min=0, max=359.9, help="Couch angle, degrees (IEC 61217).")] = 0.0,
    isocentres: Annotated[
        int,
        typer.Option(
            min=1, max=4, help="Divide the target along the body, each part with an isocentre and fields of its own."
        ),
    ] = 1,
    random: Annotated[
        bool, typer.Option("--random", help="Random open fields instead of fields around the target.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the anatomy and random fields.")] = 1,
    position: Annotated[PatientPosition, typer.Option(help="DICOM patient position.")] = PatientPosition.HFS,
    grid: Annotated[
        float | None,
        typer.Option(
            min=1, max=10, help="Spacing of the doses, mm. [default: 5; imrt of a pelvis: 2.5]", show_default=False
        ),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Write accurate doses at 1.25 mm too (slow).")
    ] = True,
    boost: Annotated[
        bool, typer.Option("--boost", help="Add a plan of the target's inner part, for a plan sum; without reference.")
    ] = False,
    unplanned: Annotated[
        bool,
        typer.Option(
            "--unplanned",
            help="Fields and prescription without fluence and dose, for fluence from contours; imrt of a pelvis.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Plan on a phantom or a CT and export it as DICOM.

    CT, structures, plan, doses of plan and fields; in OUTPUT/reference the accurate doses, and optimal fluences where
    fields have them. An imrt plan of a pelvis is one of the prostate, 44 Gy in 20 fractions; open fields have 100 MU
    each; others give 50 Gy in 25.
    """
    if ct is None and site is None:
        raise typer.BadParameter("give --site, --ct or, for the CT of a pelvis, both")
    if ct is not None and site not in (None, SiteName.PELVIS):
        raise typer.BadParameter(f"contours are placed in the CT of a pelvis only, got --site {site}")
    if technique is PlanTechnique.VMAT and beams is not None:
        raise typer.BadParameter("--technique vmat has --arcs, not --beams")
    if technique is not PlanTechnique.VMAT and arcs > 1:
        raise typer.BadParameter("--arcs goes with --technique vmat")
    if random and (technique is not PlanTechnique.OPEN or isocentres > 1):
        raise typer.BadParameter("--random goes with --technique open and one of --isocentres")
    if unplanned and (technique is not PlanTechnique.IMRT or site is not SiteName.PELVIS or boost):
        raise typer.BadParameter("--unplanned goes with --site pelvis --technique imrt, without --boost")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BridgeError("the output folder must be absent or empty, found files in it: choose another folder")
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.planning.export import ExportOptions, export_ct, export_phantom

    options = ExportOptions(
        technique=technique, energy=energy and energy.value, beams=beams, arcs=arcs, collimator_deg=collimator,
        couch_deg=couch, isocentres=isocentres, random=random, seed=seed, patient_position=position,
        reference=reference, grid_mm=grid, boost=boost, unplanned=unplanned,
    )  # fmt: skip
    with progress_bar() as progress:
        if ct is not None:
            done = export_ct(ct, output, options, is_pelvis=site is SiteName.PELVIS, progress=progress)
        else:
            assert site is not None
            done = export_phantom(site.value, output, options, progress=progress)
    if as_json:
        print_json(
            {
                "export": str(output), "seed": seed, "patient_position": position.value, "technique": technique.value,
                **_found(done),
            }
        )  # fmt: skip
        return
    from esapi_bridge.cli.console import out

    out.print(f"export     {output}")
    if done.reference is not None:
        out.print(f"reference  {done.reference}")


def _found(done: Exported) -> dict[str, object]:
    from dataclasses import asdict
    from math import isnan

    planned = done.planned
    found: dict[str, object] = {
        "energy": planned.beams[0].energy_label, **_plan(planned),
        "reference": None if done.reference is None else str(done.reference),
    }  # fmt: skip
    if planned.quality is not None:
        found["quality"] = {name: None if isnan(value) else value for name, value in asdict(planned.quality).items()}
    if done.boost is not None:
        found["boost"] = _plan(done.boost)
    return found


def _plan(planned: PlannedFields) -> dict[str, object]:
    fields = [
        {
            "number": beam.number, "name": beam.name, "technique": beam.technique.value,
            "gantry_deg": [beam.control_points[0].gantry_deg, beam.control_points[-1].gantry_deg],
            "collimator_deg": beam.control_points[0].collimator_deg, "couch_deg": beam.control_points[0].couch_deg,
            "isocentre_mm": beam.isocentre_mm, "meterset_mu": beam.meterset_mu,
            "control_points": len(beam.control_points),
        }
        for beam in planned.beams
    ]  # fmt: skip
    return {"beams": fields, "fractions": planned.fractions, "prescription_gy": planned.prescription_gy}
