"""What a pair store says of the network trained on it: a card fills itself from it, as far as the store knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from dosenet.depth_fall import LEAST_FIELDS, DepthFall, depth_fall, fit_energy
from dosenet.fitting.split import Split
from dosenet.lattice import CoarseDose, CtGrid
from dosenet.slices import AIR_HU, COARSE_MM, CT_RANGE_HU, FINE_MM, ORIGIN_SHIFT_MM, RATIO, SLICE_THRESHOLD
from dosenet.sound_store import require_sound
from dosenet.store import NO_SITE, FieldPair, PatientPairs, Point, content_sha256, read_patients
from dosenet.weights import Card

MOST_FIELDS = 150
"""Fields of an energy that its fall is measured on."""


OUTSIDE = "ct"
"""Site that `data dose` gives to CTs from outside, whatever they show."""

Pair = tuple[PatientPairs, FieldPair]


def details_of_pairs(store: Path, details: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a card's details by what its training pairs are.

    Parameters
    ----------
    store
        The pair store; its fields for training are read.
    details
        Card fields by name; what they state stays.

    Returns
    -------
    dict[str, Any]
        With ``energies``, ``validity.kinds`` and ``inputs.coarse_dose.depth_fall``; with machines, algorithms and sites
        as far as the store states them; and, of fields that a clinic's planning system calculated, with all that
        `_of_clinic` finds.

    Raises
    ------
    ValueError
        If the store holds no field for training, or cannot be learnt from.
    """
    require_sound(store, Split.TRAIN.value)
    pairs = [(patient, pair) for patient in read_patients(store, Split.TRAIN.value) for pair in patient.fields()]
    if not pairs:
        raise ValueError("expected fields for training in the pair store, found none")
    kinds = list(dict.fromkeys(pair.kind for _, pair in pairs))
    energies = sorted({pair.energy_label for _, pair in pairs} - {""})
    falls = {name: _fall_of(pairs, name) for name in energies}
    clinic = [(patient, pair) for patient, pair in pairs if "coarse_algorithm" in pair.attributes]
    details = _filled(_filled(details, _stated(pairs)), _of_clinic(store, clinic) if clinic else {})
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


def missing(details: Mapping[str, Any]) -> list[str]:
    """Fields that a card must have and that neither details nor run or store say."""
    made = {"preset", "sha256"}
    needed = [f.name for f in fields(Card) if f.default is MISSING and f.default_factory is MISSING]
    return [name for name in needed if name not in details and name not in made]


def _filled(stated: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is stated, and of what is known that which is not, names within names too."""
    both = dict(stated)
    for name, value in known.items():
        inner = both.setdefault(name, value)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            both[name] = _filled(inner, value)
    return both


def _stated(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Card fields that must be there, as far as the store states them."""
    machines = sorted({name for one in _values(pairs, "machine") for name in str(one).split(", ")})
    sites = sorted({patient.site for patient, _ in pairs} - {NO_SITE, OUTSIDE, ""})
    coarse, fine = ([_algorithm(pair, which) for _, pair in pairs] for which in ("coarse", "fine"))
    target = sorted(set(filter(None, fine)))
    media = [f"dose to {medium}" for medium in sorted(set(filter(None, _values(pairs, "dose_to"))))]
    stated = {
        "machines": machines,
        "input_algorithms": sorted(set(filter(None, coarse))),
        "target_algorithm": ", ".join([*target, *media]) if target else "",
        "sites": sites,
    }
    return {name: value for name, value in stated.items() if value}


def _of_clinic(store: Path, pairs: Sequence[Pair]) -> dict[str, Any]:
    """What fields of a clinic's planning system say: grids, limits of use, and what the training was made of."""
    limits = {
        "techniques": sorted({str(name) for found in _values(pairs, "techniques") for name in found}),
        "patient_positions": sorted({str(one) for one in _values(pairs, "patient_position")}),
        "apertures": sorted({str(name) for found in _values(pairs, "apertures") for name in found}),
        "leaf_width_mm": _range(_values(pairs, "leaf_width_mm")),
        "field_size_mm": _range(_values(pairs, "field_size_mm")),
        "ct_hu": _hu_range(pairs),
    }
    grids = {
        which: sorted({tuple(grid) for grid in _values(pairs, f"{which}_grid_mm")}) for which in ("coarse", "fine")
    }
    return {
        "inputs": {
            "coarse_dose": {"unit": "Gy", "spacing_mm": COARSE_MM},
            "ct": {"unit": "HU", "spacing_mm": FINE_MM, "range": list(CT_RANGE_HU)},
        },
        "grids": {
            "input_mm": COARSE_MM,
            "output_mm": FINE_MM,
            "calculated_mm": {which: [list(grid) for grid in found] for which, found in grids.items()},
        },
        "validity": {"accessories": [], **{name: value for name, value in limits.items() if value}},
        "training": {
            "data": "the clinic's own fields, each calculated by both algorithms",
            "data_sha256": content_sha256(store),
            "origins": sorted({str(one) for one in _values(pairs, "origin")}),
            **_counts(store),
            **{
                name: _range([[float(one)] for one in _values(pairs, name)])
                for name in ("gantry_deg", "collimator_deg", "couch_deg")
            },
        },
    }


def _counts(store: Path) -> dict[str, dict[str, int]]:
    """Patients and fields of each split."""
    by_split = {split.value: read_patients(store, split.value) for split in Split}
    return {
        "patients": {split: len(patients) for split, patients in by_split.items()},
        "fields": {split: sum(len(list(p.fields())) for p in patients) for split, patients in by_split.items()},
    }


def _values(pairs: Sequence[Pair], name: str) -> list[Any]:
    """What fields state of an attribute; those that do not have it are left out."""
    return [pair.attributes[name] for _, pair in pairs if name in pair.attributes]


def _algorithm(pair: FieldPair, which: str) -> str:
    facts = pair.attributes
    return f"{facts.get(f'{which}_algorithm', '')} {facts.get(f'{which}_version', '')}".strip()


def _range(found: Sequence[Sequence[float]]) -> list[float]:
    """Least and largest of several ranges; empty where there is none."""
    numbers = [round(float(value), 2) for one in found for value in one]
    return [min(numbers), max(numbers)] if numbers else []


def _hu_range(pairs: Sequence[Pair]) -> list[int]:
    """Least and largest CT number in the body where a field has dose; what is thinner than air counts as air."""
    low, high = 0, int(AIR_HU)
    for patient in {patient.name: patient for patient, _ in pairs}.values():
        dosed = np.zeros(tuple(n // RATIO for n in patient.ct_shape), dtype=np.bool_)
        for other, pair in pairs:
            if other.name == patient.name:
                coarse = pair.coarse_gy()
                dosed |= coarse >= SLICE_THRESHOLD * coarse.max()
        hu, body = patient.ct_hu(), patient.body()
        for axis in range(3):
            dosed = np.repeat(dosed, RATIO, axis=axis)
        seen = hu[dosed if body is None else dosed & body]
        low, high = min(low, int(seen.min(initial=0))), max(high, int(seen.max(initial=int(AIR_HU))))
    return [max(low, int(AIR_HU)), high]


def _fall_of(pairs: Sequence[Pair], energy: str) -> list[DepthFall]:
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
