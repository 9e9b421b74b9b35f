"""What a pair store says of the network trained on it: kinds of fields, energies, and how the dose of each falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dosenet.depth_fall import LEAST_FIELDS, DepthFall, depth_fall, fit_energy
from dosenet.fitting.split import Split
from dosenet.lattice import CoarseDose, CtGrid
from dosenet.slices import COARSE_MM, FINE_MM, ORIGIN_SHIFT_MM, RATIO
from dosenet.store import FieldPair, PatientPairs, Point, read_patients

MOST_FIELDS = 150
"""Fields of an energy that its fall is measured on."""


def details_of_pairs(store: Path, details: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a card's details by what its training pairs are.

    Parameters
    ----------
    store
        The pair store; its fields for training are read.
    details
        Card fields by name; energies and kinds that they state stay.

    Returns
    -------
    dict[str, Any]
        With ``energies``, ``validity.kinds`` and ``inputs.coarse_dose.depth_fall``.

    Raises
    ------
    ValueError
        If the store holds no field for training.
    """
    patients = read_patients(store, Split.TRAIN.value)
    pairs = [(patient, pair) for patient in patients for pair in patient.fields()]
    if not pairs:
        raise ValueError("expected fields for training in the pair store, found none")
    kinds = list(dict.fromkeys(pair.kind for _, pair in pairs))
    energies = sorted({pair.energy_label for _, pair in pairs} - {""})
    falls = {name: _fall_of(pairs, name) for name in energies}
    inputs = dict(details.get("inputs", {}))
    dose = dict(inputs.get("coarse_dose", {}))
    dose["depth_fall"] = {
        name: {key: round(value, 6) for key, value in asdict(fit_energy(found)).items()}
        for name, found in falls.items()
        if len(found) >= LEAST_FIELDS
    }
    return {
        "energies": energies,
        **details,
        "validity": {"kinds": sorted(kinds), **details.get("validity", {})},
        "inputs": {**inputs, "coarse_dose": dose},
    }


def _fall_of(pairs: list[tuple[PatientPairs, FieldPair]], energy: str) -> list[DepthFall]:
    """Falls of the fields of an energy whose source stands still, some of them evenly picked."""
    still = [(a, b) for a, b in pairs if b.energy_label == energy and b.source_mm is not None]
    found, name, ct = [], "", None
    for patient, pair in still[:: max(1, len(still) // MOST_FIELDS)]:
        if patient.name != name or ct is None:
            name, ct = patient.name, _coarse_ct(patient)
        fall = _fall(ct, patient.origin_mm, pair)
        found += [fall] if fall else []
    return found


def _fall(ct: CtGrid, origin_mm: Point, pair: FieldPair) -> DepthFall | None:
    x, y, z = (v + ORIGIN_SHIFT_MM for v in origin_mm)
    if pair.source_mm is None or pair.isocentre_mm is None:
        return None
    dose = CoarseDose(pair.coarse_gy(), (COARSE_MM,) * 3, (x, y, z))
    return depth_fall(dose, ct, pair.source_mm, pair.isocentre_mm)


def _coarse_ct(patient: PatientPairs) -> CtGrid:
    """The CT at every fourth voxel, enough for depths."""
    first = RATIO // 2
    x, y, z = (v + FINE_MM * first for v in patient.origin_mm)
    return CtGrid(patient.ct_hu()[first::RATIO, first::RATIO, first::RATIO], (COARSE_MM,) * 3, (x, y, z))  # type: ignore[arg-type]
