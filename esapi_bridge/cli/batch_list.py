"""What ``esapi-bridge batch --list`` prints: every plan below a folder, and what keeps it from being run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esapi_bridge.cli.answer import print_json

if TYPE_CHECKING:
    from esapi_bridge.dicom import Found, FoundPlan

PATIENT_CHARACTERS = 8
"""Of the keyed hash, as many as tell the patients of a clinic apart by eye."""


def list_plans(root: Path, *, structures: bool, as_json: bool) -> None:
    """Find the plans below a folder and print what each lacks; `structures`: whether it needs a structure set."""
    from esapi_bridge.cli.progress import progress_bar
    from esapi_bridge.dicom import find_plans, kept_index

    with progress_bar() as progress:
        found = find_plans(root, kept_index(root), progress, structures=structures)
    if as_json:
        print_json(_described(found))
    else:
        show_list(found)


def show_list(found: Found) -> None:
    """Print a table of the plans and what they lack, and what was left aside."""
    from rich.table import Table

    from esapi_bridge.cli.console import out

    table = Table("patient", "plan", "fields", "state", box=None)
    for plan in found.plans:
        state = f"{len(plan.missing)} missing or wrong" if plan.missing else "ready"
        table.add_row(plan.patient[:PATIENT_CHARACTERS], plan.key, _fields(plan), state)
    if found.plans:
        out.print(table)
    for plan in found.plans:
        for missing in plan.missing:
            out.print(f"fault   {plan.key}: {missing}")
    ready = sum(not plan.missing for plan in found.plans)
    patients = len({plan.patient for plan in found.plans})
    out.print(
        f"plans   {len(found.plans)} of {patients} patients: {ready} ready, {len(found.plans) - ready} with faults"
    )
    for objects in found.aside:
        out.print(f"aside   {objects}")
    out.print(f"files   {found.files}, of which {found.read} were read as new or changed")


def _fields(plan: FoundPlan) -> str:
    return " ".join([str(plan.beams), *plan.energies, *plan.techniques]) if plan.beams else ""


def _described(found: Found) -> dict[str, Any]:
    """The answer to programs; paths, which may hold a patient's name, are left out."""
    return {
        "plans": [
            {
                "key": plan.key,
                "kind": plan.kind,
                "label": plan.label,
                "uid": plan.uid,
                "patient": plan.patient,
                "approval": plan.approval,
                "beams": plan.beams,
                "energies": plan.energies,
                "techniques": plan.techniques,
                "missing": plan.missing,
            }
            for plan in found.plans
        ],
        "left_aside": [asdict(objects) for objects in found.aside],
        "files": found.files,
        "read": found.read,
    }
