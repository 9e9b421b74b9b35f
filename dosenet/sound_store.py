"""Whether a pair store, which somebody else may have made, can be learnt from.

Everything in a store must lie on lattices that tile, be finite and physical, have been calculated by one pair of
algorithms in one medium, and show every image once: one that is in two splits makes a network look better than it is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from dosenet.fitting.split import Split
from dosenet.slices import COARSE_MM, FINE_MM, ORIGIN_SHIFT_MM, RATIO
from dosenet.store import FieldPair, PatientPairs, read_patients
from dosenet.unsound import UnsoundStoreError

ALGORITHMS = {"coarse_algorithm": "coarse_version", "fine_algorithm": "fine_version"}
"""Attributes of a field that say what calculated it, each with that of its version."""

SAME_MM = 0.01
"""Positions are kept in double precision; planning systems round to hundredths."""


def require_sound(path: Path | str, split: str | None = None) -> None:
    """Refuse a store that cannot be learnt from.

    Parameters
    ----------
    path
        The pair store.
    split
        Of which the doses are read; of all others only what is said of them. None reads all doses.

    Raises
    ------
    UnsoundStoreError
        Naming patient and field, what was expected and what was found.
    ValueError
        If the store has another schema.
    """
    patients = read_patients(path)
    fields = [(patient, pair) for patient in patients for pair in patient.fields()]
    for patient in patients:
        _require_lattice(patient)
    for patient, pair in fields:
        _require_tiling(patient, pair)
    _require_one_kind(fields)
    _require_different_images(patients)
    for _, pair in fields:
        if split in (None, pair.split):
            _require_physical(pair)


def _require_lattice(patient: PatientPairs) -> None:
    where = f"patient {patient.name}"
    spacing = patient.group.attrs.get("spacing_mm", [FINE_MM] * 3)
    if not np.allclose(np.asarray(spacing, dtype=np.float64), FINE_MM, rtol=0, atol=1e-3):
        raise UnsoundStoreError(f"{where}: expected a CT at {FINE_MM:g} mm, found {spacing} mm; make the store anew")
    if not np.isfinite(patient.origin_mm).all():
        raise UnsoundStoreError(f"{where}: expected a finite origin, found {patient.origin_mm} mm")
    Split.of(patient.split)
    ct = _array(patient.group, "ct", where)
    if ct.ndim != 3 or ct.dtype.kind not in "iu" or any(n % RATIO for n in ct.shape):
        raise UnsoundStoreError(
            f"{where}: expected a CT in whole HU, every size a multiple of {RATIO}, found {ct.dtype} {ct.shape}"
        )
    if patient.has_body and _array(patient.group, "body", where).shape != ct.shape:
        raise UnsoundStoreError(f"{where}: expected the body on the lattice of the CT, found another shape")


def _require_tiling(patient: PatientPairs, pair: FieldPair) -> None:
    where = _name(pair)
    coarse, fine = _array(pair.group, "coarse", where), _array(pair.group, "fine", where)
    if coarse.dtype.kind != "f" or fine.dtype != np.uint16:
        raise UnsoundStoreError(
            f"{where}: expected the coarse dose as numbers and the fine one as counts (uint16), found "
            f"{coarse.dtype} and {fine.dtype}; write it with dosenet.store.PairWriter"
        )
    nz, ny, nx = patient.ct_shape
    wanted = (nz // RATIO, ny // RATIO, nx // RATIO)
    if coarse.shape != wanted:
        raise UnsoundStoreError(f"{where}: expected a coarse dose {wanted} that the CT tiles, found {coarse.shape}")
    if fine.ndim != 3 or fine.shape[1:] != (ny, nx) or not 0 <= pair.z_start <= nz - fine.shape[0]:
        raise UnsoundStoreError(
            f"{where}: expected a fine dose within the CT {patient.ct_shape}, found {fine.shape} from "
            f"plane {pair.z_start}"
        )
    x, y, z = patient.origin_mm
    places = {
        "coarse_origin_mm": np.array([x, y, z]) + ORIGIN_SHIFT_MM,
        "fine_origin_mm": np.array([x, y, z + FINE_MM * pair.z_start]),
    }
    for key, place in places.items():
        stated = pair.attributes.get(key)
        if stated is not None and not np.allclose(stated, place, rtol=0, atol=SAME_MM):
            raise UnsoundStoreError(
                f"{where}: expected {key} {place.tolist()}, as {COARSE_MM:g} and {FINE_MM:g} mm tile, found {stated}"
            )
    if not (np.isfinite(pair.gy_per_count) and pair.gy_per_count > 0):
        raise UnsoundStoreError(f"{where}: expected doses above 0 Gy, found {pair.gy_per_count} Gy a count")


def _require_one_kind(fields: Sequence[tuple[PatientPairs, FieldPair]]) -> None:
    """All fields of a store are alike in what calculated them, and in the medium; what is not stated counts as one."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for _, pair in fields:
        facts = pair.attributes
        for algorithm, version in ALGORITHMS.items():
            named = f"{facts.get(algorithm, '')} {facts.get(version, '')}".strip() or "not stated"
            found[algorithm.replace("_", " ")].setdefault(named, _name(pair))
        found["medium of the dose"].setdefault(str(facts.get("dose_to") or "not stated"), _name(pair))
    for what, names in found.items():
        if len(names) > 1:
            told = ", ".join(f"{name} ({where})" for name, where in names.items())
            raise UnsoundStoreError(f"expected one {what} in a store, found {told}: make a store of each")


def _require_different_images(patients: Sequence[PatientPairs]) -> None:
    by_digest: dict[str, str] = {}
    by_shape: dict[tuple[int, ...], list[PatientPairs]] = defaultdict(list)
    for patient in patients:
        by_shape[patient.ct_shape].append(patient)
        digest = str(patient.group.attrs.get("image_sha256", ""))
        if digest:
            _require_new(by_digest, digest, patient.name)
    splits: dict[str, PatientPairs] = {}
    for patient in patients:
        person = str(patient.group.attrs.get("patient_hash", ""))
        other = splits.setdefault(person, patient)
        if person and other.split != patient.split:
            raise UnsoundStoreError(
                f"expected all images of a patient in one split, found {other.name} in {other.split} and "
                f"{patient.name} in {patient.split}: leave one of them out"
            )
    for alike in by_shape.values():
        digests: dict[str, str] = {}
        for patient in alike if len(alike) > 1 else ():
            _require_new(digests, hashlib.sha256(patient.ct_hu().tobytes()).hexdigest(), patient.name)


def _require_new(known: dict[str, str], digest: str, name: str) -> None:
    if known.setdefault(digest, name) != name:
        raise UnsoundStoreError(
            f"expected every image once, found that of {known[digest]} again as {name}: leave one of them out"
        )


def _require_physical(pair: FieldPair) -> None:
    gy = pair.coarse_gy()
    if not np.isfinite(gy).all():
        raise UnsoundStoreError(f"{_name(pair)}: expected finite coarse doses, found NaN or infinity")
    if gy.min() < 0 or gy.max() <= 0:
        raise UnsoundStoreError(
            f"{_name(pair)}: expected coarse doses from 0 Gy on, somewhere above, found {gy.min():g} to {gy.max():g} Gy"
        )


def _name(pair: FieldPair) -> str:
    return f"patient {pair.patient} {pair.name}"


def _array(group: zarr.Group, name: str, where: str) -> zarr.Array[Any]:
    found = group.get(name)
    if not isinstance(found, zarr.Array):
        raise UnsoundStoreError(f"{where}: expected the array {name!r}, found none")
    return found
