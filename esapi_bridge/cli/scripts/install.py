"""``esapi-bridge scripts install``: compile the Eclipse scripts for this site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge.cli.answer import AsJson, print_json
from esapi_bridge.cli.label_name import METAVAR, LabelName, parse_label_name
from esapi_bridge.eclipse.install_options import Normalisation, WriteGrid

OPTION = "NAME=VALUE"
"""How an option shows a calculation option of Eclipse."""


def install(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder for the scripts, such as Eclipse's system scripts folder."),
    ],
    esapi: Annotated[Path, typer.Option(help="Folder of Eclipse's esapi/API assemblies (or the mock's).")],
    python_home: Annotated[
        Path | None, typer.Option(help="Python to start inside Eclipse. [default: this one]")
    ] = None,
    jobs: Annotated[Path | None, typer.Option(help="Folder of jobs. [default: one of each user]")] = None,
    exports: Annotated[
        Path | None, typer.Option(help="Folder of exported cases. [default: in each user's documents]")
    ] = None,
    model: Annotated[str, typer.Option(help="Network of DeepDoseNet, a name or a folder.")] = "ddn-lite",
    write_grid: Annotated[
        WriteGrid,
        typer.Option(help="fine: calculate a copy on a fine grid to write on; source: write on the plan's grid."),
    ] = WriteGrid.FINE,
    course: Annotated[str, typer.Option(help="Course that receives new plans.")] = "DDN_RESEARCH",
    fluence_model: Annotated[str, typer.Option(help="Network of FluenceNet, a name or a folder.")] = "dual-frame-lite",
    wanted_dose_model: Annotated[
        str | None,
        typer.Option(help="Network that predicts the dose of plans without one. [default: wanted-dose]"),
    ] = None,
    fluence_machine: Annotated[
        str | None, typer.Option(help="Machine of the fields that FluenceNet gives a plan without any.")
    ] = None,
    fluence_energy: Annotated[str | None, typer.Option(help="Energy of these fields, such as 15X.")] = None,
    fluence_dose_rate: Annotated[int | None, typer.Option(min=1, help="Dose rate of these fields, MU/min.")] = None,
    normalisation: Annotated[
        Normalisation,
        typer.Option(help="Mean PTV dose after FluenceNet: that of the wanted dose, or as Eclipse shows the plan's."),
    ] = Normalisation.PRESCRIPTION,
    leaf_motion_model: Annotated[
        str | None, typer.Option(help="Leaf motion model for FluenceNet. [default: the open plan's]")
    ] = None,
    dose_model: Annotated[
        str | None, typer.Option(help="Dose model for FluenceNet. [default: the open plan's]")
    ] = None,
    fixed_jaws: Annotated[bool, typer.Option("--fixed-jaws", help="Leaf motions keep the jaws.")] = False,
    structure: Annotated[
        list[LabelName] | None,
        typer.Option(
            parser=parse_label_name, metavar=METAVAR, help="Id of a structure for FluenceNet; may be repeated."
        ),
    ] = None,
    collect_energy: Annotated[
        list[str] | None, typer.Option(help="Energy of plans to collect; may be repeated. [default: 15X]")
    ] = None,
    collect_fields: Annotated[int, typer.Option(min=1, help="Treatment fields of plans to collect.")] = 7,
    collect_unapproved: Annotated[
        bool, typer.Option("--collect-unapproved", help="Collect plans without approval too.")
    ] = False,
    collect_coarse_model: Annotated[
        str | None, typer.Option(help="Dose model of the coarse doses to collect, by its name in Eclipse.")
    ] = None,
    collect_coarse_grid: Annotated[float, typer.Option(help="Grid of the coarse doses, mm.")] = 5.0,
    collect_coarse_option: Annotated[
        list[LabelName] | None,
        typer.Option(parser=parse_label_name, metavar=OPTION, help="Calculation option of it; may be repeated."),
    ] = None,
    collect_fine_model: Annotated[
        str | None, typer.Option(help="Dose model of the fine doses to collect, by its name in Eclipse.")
    ] = None,
    collect_fine_grid: Annotated[float, typer.Option(help="Grid of the fine doses, mm.")] = 1.25,
    collect_fine_option: Annotated[
        list[LabelName] | None,
        typer.Option(
            parser=parse_label_name,
            metavar=OPTION,
            help="Calculation option of it, such as 'DoseReportingMode=Dose to medium'; may be repeated.",
        ),
    ] = None,
    collect_random_fields: Annotated[int, typer.Option(min=0, help="Random fields of a patient to collect.")] = 100,
    collect_seed: Annotated[int, typer.Option(min=0, help="What they are drawn from.")] = 1,
    collect_machine: Annotated[
        str | None, typer.Option(help="Machine of random fields. [default: the open plan's]")
    ] = None,
    collect_machine_energy: Annotated[
        str | None, typer.Option(help="Energy of random fields, such as 10X-FFF. [default: the open plan's]")
    ] = None,
    collect_dose_rate: Annotated[
        int | None, typer.Option(min=1, help="Dose rate of random fields, MU/min. [default: the open plan's]")
    ] = None,
    collect_own_plans: Annotated[
        bool, typer.Option("--collect-own-plans", help="Collect the fields of the patient's own plans too.")
    ] = False,
    site: Annotated[
        Path | None,
        typer.Option(help="site.yaml that runs obey, with approvals beside it. [default: the user's or machine's]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compile the scripts for Eclipse and install them.

    They are compiled against this site's own Eclipse. The same again changes nothing.
    """
    from esapi_bridge.cli.console import out, progress
    from esapi_bridge.eclipse import install as installer
    from esapi_bridge.eclipse.collect_options import DoseModelOptions, DosePairOptions
    from esapi_bridge.eclipse.field_options import NewFieldOptions
    from esapi_bridge.eclipse.install_options import InstallOptions
    from esapi_bridge.models.site import read_site

    if site is not None:
        read_site(site)
    with progress.status("compiling the scripts"):
        installed = installer.install(
            InstallOptions(
                esapi=esapi,
                target=output,
                python_home=python_home,
                jobs=jobs,
                exports=exports,
                model=model,
                write_grid=write_grid,
                course=course,
                fluence_model=fluence_model,
                wanted_dose_model=wanted_dose_model,
                new_fields=NewFieldOptions(fluence_machine, fluence_energy, fluence_dose_rate),
                normalisation=normalisation,
                leaf_motion_model=leaf_motion_model,
                dose_model=dose_model,
                fixed_jaws=fixed_jaws,
                structures=dict(structure or []),
                collect_energies=tuple(collect_energy or ["15X"]),
                collect_fields=collect_fields,
                collect_unapproved=collect_unapproved,
                dose_pairs=DosePairOptions(
                    DoseModelOptions(collect_coarse_model, collect_coarse_grid, dict(collect_coarse_option or [])),
                    DoseModelOptions(collect_fine_model, collect_fine_grid, dict(collect_fine_option or [])),
                    collect_random_fields,
                    collect_seed,
                    collect_own_plans,
                    collect_machine,
                    collect_machine_energy,
                    collect_dose_rate,
                ),
                site=site,
            )
        )
    if as_json:
        print_json({"version": installed.version, "scripts": installed.scripts, "unchanged": installed.is_unchanged})
        return
    state = "there already, unchanged" if installed.is_unchanged else "installed"
    out.print(f"{', '.join(installed.scripts)} {state}; version {installed.version}")
    if not installed.is_unchanged:
        out.print("restart Eclipse to use this version; in a clinical database it must be approved first")
