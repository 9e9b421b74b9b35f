"""``esapi-bridge mock``: stand in for the planning system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE
from esapi_bridge.errors import BridgeError

app = typer.Typer(help="Stand in for the planning system.", no_args_is_help=True, rich_markup_mode=None)

SITE_NAMES = ("thorax", "abdomen", "pelvis", "head")
ENERGY_NAMES = ("10X-FFF", "15X", "6X")
POSITIONS = ("HFS", "HFP", "HFDL", "HFDR", "FFS", "FFP", "FFDL", "FFDR")


@app.callback()
def mock() -> None:
    """Stand in for the planning system."""


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to make.")],
    site: Annotated[str | None, typer.Option(help=f"Phantom: {', '.join(SITE_NAMES)}.")] = None,
    ct: Annotated[
        Path | None, typer.Option(help="Plan on this CT instead: NIfTI, NRRD, MHA, npz or a DICOM folder.")
    ] = None,
    beams: Annotated[int, typer.Option(min=1, max=200, help="Number of beams.")] = 5,
    open_fields: Annotated[
        bool, typer.Option("--open-fields", help="Random open fields instead of beams around the target.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the anatomy and the fields.")] = 1,
    patient_position: Annotated[
        str, typer.Option("--patient-position", "--position", help=f"One of {', '.join(POSITIONS)}.")
    ] = "HFS",
    energy: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(ENERGY_NAMES)}. [default: 10X-FFF; imrt: 15X]")
    ] = None,
    technique: Annotated[
        str, typer.Option(help="static: plain fields; imrt: seven sliding-window fields for the prostate, 44 Gy in 20.")
    ] = "static",
    collimator: Annotated[float, typer.Option(min=0, max=359.9, help="With imrt: collimator angle, degrees.")] = 0.0,
    no_reference: Annotated[bool, typer.Option("--no-reference", help="Leave out the accurate doses (fast).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Write a DICOM export of a plan: CT, structures, plan, doses at 5 mm, and accurate doses in OUT/reference.

    With --technique imrt (--site pelvis or --ct): dynamic fields, doses at 2.5 mm, optimal fluence in OUT/reference.
    """
    if (site is None) == (ct is None):
        raise typer.BadParameter("give either --site or --ct")
    if site is not None and site not in SITE_NAMES:
        raise typer.BadParameter(f"--site must be one of {', '.join(SITE_NAMES)}, got {site}")
    if patient_position not in POSITIONS:
        raise typer.BadParameter(f"--patient-position must be one of {', '.join(POSITIONS)}, got {patient_position}")
    if energy is not None and energy not in ENERGY_NAMES:
        raise typer.BadParameter(f"--energy must be one of {', '.join(ENERGY_NAMES)}, got {energy}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BridgeError("the output folder must be absent or empty, found files in it: choose another folder")
    if technique == "imrt":
        if site not in (None, "pelvis"):
            raise typer.BadParameter(f"--technique imrt goes with --site pelvis or --ct, got {site}")
        _export_imrt(out, ct, seed, patient_position, energy or "15X", collimator, as_json=as_json)
        return
    if technique != "static":
        raise typer.BadParameter(f"--technique must be static or imrt, got {technique}")
    from esapi_bridge.case import PatientPosition
    from esapi_bridge.planning.export import ExportOptions, export_ct, export_phantom

    energy = energy or "10X-FFF"
    options = ExportOptions(beams, open_fields, seed, PatientPosition(patient_position), not no_reference, energy)
    with _progress_bar() as show:
        if ct is not None:
            folder = export_ct(ct, out, options, progress=show)
        else:
            folder = export_phantom(str(site), out, options, progress=show)
    facts = {
        "export": str(folder),
        "reference": None if no_reference else str(folder / "reference"),
        "beams": beams,
        "seed": seed,
        "patient_position": patient_position,
        "energy": energy,
    }
    _tell_export(facts, as_json=as_json)


def _export_imrt(
    out: Path, ct: Path | None, seed: int, position: str, energy: str, collimator_deg: float, *, as_json: bool
) -> None:
    from dataclasses import asdict
    from math import isnan

    from esapi_bridge.case import PatientPosition
    from esapi_bridge.planning.imrt.beams import Arrangement
    from esapi_bridge.planning.imrt.export import ImrtExportOptions, export_imrt_ct, export_imrt_phantom

    arrangement = Arrangement(collimator_deg=collimator_deg, energy=energy, patient_position=PatientPosition(position))
    options = ImrtExportOptions(seed, arrangement)
    with _progress_bar() as show:
        if ct is not None:
            plan = export_imrt_ct(ct, out, options, progress=show)
        else:
            plan = export_imrt_phantom(out, options, progress=show)
    facts = {
        "export": str(out),
        "reference": str(out / "reference"),
        "beams": len(plan.beams),
        "seed": seed,
        "patient_position": position,
        "energy": energy,
        "collimator_deg": collimator_deg,
        "quality": {name: None if isnan(value) else value for name, value in asdict(plan.quality).items()},
    }
    _tell_export(facts, as_json=as_json)


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give something to tell what is being done, steps done and steps in all."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from esapi_bridge.cli.console import progress as progress_console

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress_console, transient=True, disable=progress_console.quiet) as bar:
        task = bar.add_task("start", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _tell_export(facts: Mapping[str, object], *, as_json: bool) -> None:
    from esapi_bridge.cli.console import out as console

    if as_json:
        import json

        typer.echo(json.dumps({**facts, "intended_use": INTENDED_USE}, indent=2))
        return
    console.print(f"export     {facts['export']}")
    if facts["reference"]:
        console.print(f"reference  {facts['reference']}")


@app.command()
def database(
    exports: Annotated[list[Path], typer.Argument(help="Exported DICOM folders.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to make.")],
    dose_unit: Annotated[str, typer.Option(help="Unit of absolute dose: Gy or cGy.")] = "Gy",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Make a patient database for `mock eclipse` from exported sets, with fictional names."""
    if dose_unit not in ("Gy", "cGy"):
        raise typer.BadParameter(f"--dose-unit must be Gy or cGy, got {dose_unit}")
    from dataclasses import asdict

    from esapi_bridge.cli.console import out as console
    from esapi_bridge.mock.database import DatabaseSettings, make_database

    plans = make_database(exports, out, DatabaseSettings(dose_unit="Gy" if dose_unit == "Gy" else "cGy"))
    if as_json:
        import json

        facts = {"database": str(out), "plans": [asdict(plan) for plan in plans], "intended_use": INTENDED_USE}
        typer.echo(json.dumps(facts, indent=2))
        return
    console.print(f"database   {out}")
    for plan in plans:
        console.print(f"plan       {plan.patient} {plan.course} {plan.plan}, {plan.beams} beams")


@app.command()
def eclipse(
    database: Annotated[Path, typer.Option(help="Database, made by `mock database`.")],
    scripts: Annotated[Path | None, typer.Option(help="Folder of compiled scripts for the menu.")] = None,
    run: Annotated[
        str | None, typer.Option(help="Run this script without a window: a file or a name in --scripts.")
    ] = None,
    patient: Annotated[str | None, typer.Option(help="Patient to open; default: who has the plan.")] = None,
    course: Annotated[str | None, typer.Option(help="Course to open; default: that of the plan.")] = None,
    plan: Annotated[str | None, typer.Option(help="Plan to open; default: none.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Keep what the script changed, if it ended well.")] = False,
    screenshots: Annotated[
        Path | None, typer.Option(help="Take pictures of the window into this folder and close.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="With --screenshots: the script to photograph at work.")] = None,
    no_licence: Annotated[bool, typer.Option("--no-licence", help="A site that may not write by script.")] = False,
    clinical: Annotated[bool, typer.Option("--clinical", help="A clinical system: scripts need an approval.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Open the mock Eclipse, or run one script in it; the exit code is the script's."""
    from esapi_bridge.mock.eclipse import HostOptions, run_host

    if save and run is None:
        raise typer.BadParameter("--save goes with --run")
    options = HostOptions(
        database, scripts, patient, course, plan, run, save, as_json, screenshots, start, no_licence, clinical
    )
    raise typer.Exit(run_host(options))


@app.command()
def assemblies(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Build the mock's assemblies and print their folder, for `install-scripts --esapi`."""
    from esapi_bridge.mock.eclipse import build_host

    folder = build_host()
    if as_json:
        import json

        typer.echo(json.dumps({"assemblies": str(folder), "intended_use": INTENDED_USE}, indent=2))
        return
    typer.echo(folder)
