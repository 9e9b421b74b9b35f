"""A clinic's own plans as training data: case folders, such as CollectFluenceNetData writes, into a `FluenceStore`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from esapi_bridge.case import Case
from esapi_bridge.case.dose_set import total_dose
from esapi_bridge.case.folder import CASE_FILE, read_case
from esapi_bridge.case.orientation import along_patient_axes
from esapi_bridge.checks import require
from esapi_bridge.checks.fluence import StructureDose, check_fluence_scene
from esapi_bridge.checks.training_plan import check_training_plan
from esapi_bridge.errors import BridgeError
from esapi_bridge.progress import Progress
from esapi_bridge.tasks.fluence.scene import fluence_beam, label_grid, label_masks, make_scene
from esapi_bridge.tasks.fluence.structure_names import StructureTable, label_structures
from fluencenet.scene import LABELS, FluenceCase
from fluencenet.store import FluenceStore

Split = Literal["train", "validation", "test"]

SHARES: tuple[tuple[Split, int], ...] = (("train", 80), ("validation", 10), ("test", 10))
"""Per cent of the patients in each split."""

OPTIONAL = frozenset(LABELS[1:]) - {"Body", "PTV"}
"""Labels that a plan to learn from may lack; which ones it lacks is noted with it."""


@dataclass(frozen=True)
class Collected:
    """Result for one case folder.

    Parameters
    ----------
    name
        Of the folder, and of the case in the store.
    state
        ``added``, ``there`` (it was in the store already) or ``refused``.
    split
        Where it was put; None if it was not.
    reason
        Why it was refused; else empty.
    """

    name: str
    state: Literal["added", "there", "refused"]
    split: str | None = None
    reason: str = ""


def collect_fluence_cases(
    folders: Sequence[Path],
    store: FluenceStore,
    table: StructureTable,
    mu_per_fluence: float,
    *,
    progress: Progress | None = None,
) -> tuple[Collected, ...]:
    """Add case folders to a store; what is in it already is left as it is, what is refused is left out.

    Parameters
    ----------
    folders
        Case folders, or folders that hold some.
    store
        Where they go; made if need be.
    table
        Which structure is which label.
    mu_per_fluence
        See `training_case`.
    progress
        Called before every case.

    Raises
    ------
    BridgeError
        If a folder neither is nor holds a case folder.
    """
    cases = [case for folder in folders for case in _case_folders(folder)]
    done = []
    for number, folder in enumerate(cases):
        if progress:
            progress("collecting", number, len(cases))
        done.append(_collect(folder, store, table, mu_per_fluence))
    return tuple(done)


def training_case(case: Case, name: str, table: StructureTable, mu_per_fluence: float) -> FluenceCase:
    """Turn a treated plan into a training case.

    Parameters
    ----------
    case
        The plan with contours, dose and the optimal fluence of every treatment beam.
    name
        What it is called in the store.
    table
        Which structure is which label.
    mu_per_fluence
        Monitor units for fluence 1 on this machine at this energy: those that give 1 Gy at the isocentre at 10 cm depth
        in water in an open 10x10 cm2 field.

    Raises
    ------
    RefusedError
        If something is missing or does not fit together, naming every check with what it expected and found.
    """
    case = along_patient_axes(case)
    dose = total_dose(case)
    labelled = label_structures(case.structures, table, OPTIONAL)
    require((*check_training_plan(case, dose), *labelled.verdicts))
    prescription = case.plan.prescription
    assert dose is not None
    assert prescription is not None
    grid = label_grid(labelled.structures)
    masks = label_masks(labelled.structures, grid, case.slice_mm)
    require(check_fluence_scene(case, StructureDose(grid, masks, dose)))
    beams = case.plan.treatment_beams
    facts: dict[str, object] = {
        "source": "clinic",
        "energy": beams[0].energy_label,
        "machine": beams[0].machine,
        "mu_per_fluence": mu_per_fluence,
        "patient_position": case.plan.patient_position,
        "gantry_deg": [beam.control_points[0].gantry_deg for beam in beams],
        "collimator_deg": [beam.control_points[0].collimator_deg for beam in beams],
        "prescription_gy": prescription.dose_gy,
        "fractions": prescription.fractions,
        "meterset_mu": [beam.meterset_mu for beam in beams],
        "missing_labels": sorted(OPTIONAL - set(labelled.structures)),
    }
    return FluenceCase(
        name=name,
        split=split_of(case.patient_key),
        scene=make_scene(masks, grid, dose, prescription),
        beams=tuple(fluence_beam(beam, case.plan.patient_position) for beam in beams),
        attributes=facts,
    )


def split_of(patient_key: str) -> Split:
    """Put a patient into a split: always the same, and all plans of one patient into one."""
    place = int.from_bytes(hashlib.sha256(patient_key.encode()).digest()[:8], "big") % 100
    for split, share in SHARES:
        if place < share:
            return split
        place -= share
    raise AssertionError("the shares must add up to 100")


def _collect(folder: Path, store: FluenceStore, table: StructureTable, mu_per_fluence: float) -> Collected:
    name = folder.name
    if store.has(name):
        return Collected(name, "there")
    try:
        case = training_case(read_case(folder), name, table, mu_per_fluence)
        store.add(case)
    except (BridgeError, ValueError) as error:
        return Collected(name, "refused", reason=str(error))
    return Collected(name, "added", case.split)


def _case_folders(folder: Path) -> list[Path]:
    if (folder / CASE_FILE).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{CASE_FILE}"))
    if not found:
        raise BridgeError(f"expected case folders holding {CASE_FILE}, found none; give the folder that was collected")
    return found
