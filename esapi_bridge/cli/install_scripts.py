"""``esapi-bridge install-scripts``: build the Eclipse scripts for this site, or check an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from esapi_bridge import INTENDED_USE


def install_scripts(
    target: Annotated[Path, typer.Option(help="Folder of the scripts, such as Eclipse's system scripts folder.")],
    esapi: Annotated[
        Path | None, typer.Option(help="Folder of Eclipse's esapi/API assemblies (or the mock's).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare an installation with its lists.")] = False,
    python_home: Annotated[Path | None, typer.Option(help="Python to start inside Eclipse; default this one.")] = None,
    jobs: Annotated[Path | None, typer.Option(help="Folder of jobs; default one of each user.")] = None,
    exports: Annotated[Path | None, typer.Option(help="Folder of exported cases; default in the documents.")] = None,
    model: Annotated[str, typer.Option(help="Network for DeepDoseNet.")] = "ddn-lite",
    write_grid: Annotated[
        str, typer.Option(help="fine: calculate a copy on a fine grid to write on; source: write on the plan's grid.")
    ] = "fine",
    course: Annotated[str, typer.Option(help="Course that receives new plans.")] = "DDN_RESEARCH",
    fluence_model: Annotated[str, typer.Option(help="Network for FluenceNet.")] = "dual-frame-lite",
    normalisation: Annotated[
        str,
        typer.Option(
            help="Mean target dose after FluenceNet: prescription (of the wanted dose) or reference (of the plan)."
        ),
    ] = "prescription",
    leaf_motion_model: Annotated[
        str | None, typer.Option(help="Leaf motion model for FluenceNet; default the open plan's.")
    ] = None,
    dose_model: Annotated[str | None, typer.Option(help="Dose model for FluenceNet; default the open plan's.")] = None,
    fixed_jaws: Annotated[bool, typer.Option("--fixed-jaws", help="Leaf motions keep the jaws.")] = False,
    structure: Annotated[
        list[str] | None, typer.Option(help="Id of a structure for FluenceNet, such as PTV=PTV_44; may be repeated.")
    ] = None,
    collect_energy: Annotated[
        list[str] | None, typer.Option(help="Energy of plans to collect; may be repeated; default 15X.")
    ] = None,
    collect_fields: Annotated[int, typer.Option(min=1, help="Treatment fields of plans to collect.")] = 7,
    collect_unapproved: Annotated[
        bool, typer.Option("--collect-unapproved", help="Collect plans without approval too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Build the scripts for Eclipse and install them.

    They are compiled against this site's own Eclipse. With --check, compare an installation with what was installed.
    """
    import json

    from esapi_bridge.cli.console import out
    from esapi_bridge.eclipse import install as installer
    from esapi_bridge.eclipse.install_options import InstallOptions
    from esapi_bridge.errors import RefusedError

    if check:
        changed = installer.check(target)
        if changed:
            raise RefusedError(f"the installation was changed: {', '.join(changed)}; install the scripts again")
        if as_json:
            typer.echo(json.dumps({"changed": changed, "intended_use": INTENDED_USE}, indent=2))
        else:
            out.print("every file is as installed")
        return
    if esapi is None:
        raise typer.BadParameter("give Eclipse's esapi/API folder", param_hint="--esapi")
    options = InstallOptions(
        esapi=esapi,
        target=target,
        python_home=python_home,
        jobs=jobs,
        exports=exports,
        model=model,
        write_grid=write_grid,
        course=course,
        fluence_model=fluence_model,
        normalisation=normalisation,
        leaf_motion_model=leaf_motion_model,
        dose_model=dose_model,
        fixed_jaws=fixed_jaws,
        structures=_structures(structure or []),
        collect_energies=tuple(collect_energy or ["15X"]),
        collect_fields=collect_fields,
        collect_unapproved=collect_unapproved,
    )
    installed = installer.install(options)
    if as_json:
        facts = {
            "version": installed.version,
            "scripts": installed.scripts,
            "unchanged": installed.is_unchanged,
            "intended_use": INTENDED_USE,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    state = "there already, unchanged" if installed.is_unchanged else "installed"
    out.print(f"{', '.join(installed.scripts)} {state}; version {installed.version}")
    if not installed.is_unchanged:
        out.print("restart Eclipse to use this version; in a clinical database it must be approved first")


def _structures(pairs: list[str]) -> dict[str, str]:
    """Ids of structures by role, from texts such as ``PTV=PTV_44``."""
    named: dict[str, str] = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals and name):
            raise typer.BadParameter(f"give role=id, such as PTV=PTV_44, found {pair!r}", param_hint="--structure")
        named[role] = name
    return named
