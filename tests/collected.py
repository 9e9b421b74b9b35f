"""Fields calculated twice on disk, as CollectDoseNetData writes them, made from value objects."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from esapi_bridge.case import Case, DoseMedium
from esapi_bridge.case.described_arrays import sealed_files
from esapi_bridge.case.encode import Arrays, encode
from esapi_bridge.case.folder import write_case
from esapi_bridge.case.paired_field import Calculation, PairedField
from esapi_bridge.case.schema import CalculationPart, FieldFile, GridPart

DOSE_TO = {None: None, DoseMedium.MEDIUM: "medium", DoseMedium.WATER: "water"}


def write_image(collected: Path, name: str, case: Case, fields: list[PairedField]) -> Path:
    """Write an image with its fields."""
    folder = collected / name
    write_case(case, folder / "case")
    for field in fields:
        write_field(folder, case, field)
    (folder / "collection.json").write_text(json.dumps({"schema": 1}))
    return folder


def write_field(image: Path, case: Case, field: PairedField) -> Path:
    """Write a field of an image."""
    alone = replace(case, plan=replace(case.plan, beams=field.beams), plan_dose=None, beam_doses={}, structures=())
    described, arrays = encode(alone)
    kept: Arrays = {name: array for name, array in arrays.items() if name != "ct.npy"}
    parts = {}
    for which, calculation in (("coarse", field.coarse), ("fine", field.fine)):
        kept[f"{which}.npy"] = np.ascontiguousarray(calculation.dose.gy, "<f4")
        parts[which] = _part(calculation, f"{which}.npy")
    description = FieldFile.model_validate(
        {
            "schema": 1,
            "beam": described.plan.beams[0],
            "patient_position": field.patient_position,
            "origin": field.origin.value,
            "plan": field.plan,
            **parts,
        }
    )
    folder = image / "fields" / field.name
    folder.mkdir(parents=True)
    for name, data in sealed_files("field.json", description, kept).items():
        (folder / name).write_bytes(data)
    return folder


def _part(calculation: Calculation, file: str) -> CalculationPart:
    dose = calculation.dose
    grid = dose.grid
    return CalculationPart.model_validate(
        {
            "algorithm": calculation.algorithm,
            "version": calculation.version,
            "options": dict(calculation.options),
            "dose_to": DOSE_TO[dose.medium],
            "file": file,
            "grid": GridPart(
                size=grid.size, spacing_mm=grid.spacing_mm, origin_mm=grid.origin_mm, direction=grid.direction
            ),
        }
    )
