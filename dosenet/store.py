"""Pair store: training pairs of coarse and fine doses of fields and plans, with their CTs, in one Zarr store.

Layout (Zarr v3)::

    DIR.zarr            attrs: schema
      <patient>         attrs: spacing_mm, origin_mm (x, y, z), split, site, anatomy (phantom or ct), complete;
                               of a clinic's also source, image_sha256 and patient_hash
        ct              int16 HU (z, y, x), 1.25 mm
        body            bool, as ct: where dose is calculated (optional)
        <field>         attrs: kind, energy, energy_mv, fff, gantry_deg, collimator_deg, couch_deg, jaws_mm,
                               isocentre_mm, meterset_mu; source_mm where the source stands still, else sources_mm
                               and source_weights; of a plan: kind, energy, ..., fields; of a clinic's also
                               machine, coarse_algorithm, coarse_version, fine_algorithm, fine_version, dose_to,
                               coarse_grid_mm, fine_grid_mm, coarse_interpolated, origin, patient_position,
                               techniques, apertures, field_size_mm, leaf_width_mm;
                               coarse_origin_mm, fine_origin_mm, z_start, gy_per_count, complete
          coarse          float32 Gy (z5, y5, x5), 5 mm, on the patient's whole lattice
          fine            uint16 (z, y, x), 1.25 mm; Gy = count * gy_per_count; from plane z_start
          coarse_at_fine  uint16, as fine: the coarse engine at 1.25 mm (optional, for evaluation)
          opening         float16 (y, x): fluence of the field on the isocentre plane (optional; see `Opening`)

Fields of stores that were made before there were kinds have none: they are open ones. Patients of stores that do not
say what anatomy they are come from `data dose`, which gave CTs the site ``ct`` and phantoms another.

The fine lattice tiles the coarse one (see `dosenet.slices`), and the CT covers the whole fine lattice. `complete` is
written last: a group without it was interrupted and is written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from dosenet.energy import Energy
from dosenet.fitting.split import Split
from dosenet.slices import FINE_MM, ORIGIN_SHIFT_MM, RATIO
from dosenet.store_root import make_root

SCHEMA = 1
MAX_COUNT = 65000
"""Dose count of the hottest voxel: steps of 1/65000 of the maximum are far below any relevant dose difference."""

NO_SITE = "not stated"
"""Site of patients where nobody said it."""

COMPRESSORS = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Opening:
    """What a field lets through, on the isocentre plane, in collimator axes; of an arc the mean of its parts.

    Parameters
    ----------
    values
        ``(y, x)`` fluence per monitor unit, about 1 where a wide field is open.
    x_mm, y_mm
        Centre of the first pixel.
    spacing_mm
        Pixel size.
    """

    values: NDArray[np.floating[Any]]
    x_mm: float
    y_mm: float
    spacing_mm: float


class PairWriter:
    """Writes pairs into a store, one patient and one field at a time, skipping what is complete.

    Parameters
    ----------
    path
        Folder of the store, made if missing.

    Raises
    ------
    ValueError
        If the folder holds a store of another schema.
    """

    def __init__(self, path: Path | str) -> None:
        make_root(Path(path), SCHEMA)
        self._root = zarr.open_group(str(path), mode="r+")
        found = self._root.attrs.get("schema")
        if found != SCHEMA:
            raise ValueError(f"expected a pair store of schema {SCHEMA}, found {found}; make a new store")

    def has_patient(self, patient: str) -> bool:
        """Whether the patient's CT is complete."""
        return _is_complete(self._root, patient)

    def has_field(self, patient: str, field: str) -> bool:
        """Whether the field is complete."""
        return self.has_patient(patient) and _is_complete(_group(self._root, patient), field)

    def add_patient(
        self,
        patient: str,
        ct_hu: NDArray[np.generic],
        origin_mm: Point,
        *,
        split: str,
        site: str,
        body: NDArray[np.bool_] | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> bool:
        """Write a patient's CT; return False if it was there already.

        Parameters
        ----------
        patient
            Name of the group: a code, never a person's name.
        ct_hu
            ``(z, y, x)`` HU at 1.25 mm; every size a multiple of 4.
        origin_mm
            LPS centre of voxel (0, 0, 0), mm.
        split
            ``train``, ``validation`` or ``test``.
        site
            Anatomical site.
        body
            Where dose is calculated, of the CT's shape (optional).
        attributes
            Further plain values to store with the patient.

        Raises
        ------
        ValueError
            If the split is unknown or the size does not tile.
        """
        known = Split.of(split)
        if any(n % RATIO for n in ct_hu.shape):
            raise ValueError(f"CT size must be a multiple of {RATIO} along each axis, got {ct_hu.shape}")
        if body is not None and body.shape != ct_hu.shape:
            raise ValueError(f"body must have the CT's shape {ct_hu.shape}, got {body.shape}")
        if self.has_patient(patient):
            return False
        group = self._root.create_group(patient, overwrite=True)
        hu = np.clip(np.rint(ct_hu), -32768, 32767).astype(np.int16)
        _write(group, "ct", hu)
        if body is not None:
            _write(group, "body", body)
        group.update_attributes(
            {
                **(attributes or {}),
                "spacing_mm": [FINE_MM] * 3,
                "origin_mm": _floats(origin_mm),
                "split": known.value,
                "site": site,
            }
        )
        group.attrs["complete"] = True
        return True

    def add_field(
        self,
        patient: str,
        field: str,
        coarse_gy: NDArray[np.floating[Any]],
        fine_gy: NDArray[np.floating[Any]],
        *,
        z_start: int = 0,
        coarse_at_fine_gy: NDArray[np.floating[Any]] | None = None,
        opening: Opening | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> bool:
        """Write one field of a patient already added; return False if it was there already.

        Parameters
        ----------
        patient, field
            Names of the groups.
        coarse_gy
            ``(z5, y5, x5)`` Gy at 5 mm on the patient's whole lattice.
        fine_gy
            ``(z, 4 y5, 4 x5)`` Gy at 1.25 mm, the reference dose, on consecutive planes.
        z_start
            Index of the first plane of `fine_gy` within the patient's CT.
        coarse_at_fine_gy
            The coarse engine's dose on the planes of `fine_gy`, Gy (optional).
        opening
            What the field lets through (optional).
        attributes
            Further plain values: kind, energy, gantry_deg, jaws_mm, isocentre_mm, source_mm ...

        Raises
        ------
        ValueError
            If shapes do not tile, or a dose is negative, not finite or zero everywhere.
        """
        if self.has_field(patient, field):
            return False
        if not self.has_patient(patient):
            raise ValueError("expected the field's patient to be in the store, found none; call add_patient first")
        parent = _group(self._root, patient)
        shape = _array(parent, "ct").shape
        _check_tiling(shape, coarse_gy, fine_gy, z_start)
        group = parent.create_group(field, overwrite=True)
        top = max(float(fine_gy.max()), 0.0 if coarse_at_fine_gy is None else float(coarse_at_fine_gy.max()))
        step = top / MAX_COUNT
        _write(group, "coarse", coarse_gy.astype(np.float32))
        _write(group, "fine", _counts(fine_gy, step))
        if coarse_at_fine_gy is not None:
            if coarse_at_fine_gy.shape != fine_gy.shape:
                raise ValueError(f"coarse_at_fine_gy must have shape {fine_gy.shape}, got {coarse_at_fine_gy.shape}")
            _write(group, "coarse_at_fine", _counts(coarse_at_fine_gy, step))
        if opening is not None:
            _write(group, "opening", opening.values.astype(np.float16))
            _array(group, "opening").update_attributes(
                {"x_mm": opening.x_mm, "y_mm": opening.y_mm, "spacing_mm": opening.spacing_mm}
            )
        x, y, z = _floats(parent.attrs["origin_mm"])
        group.update_attributes(
            {
                **(attributes or {}),
                "gy_per_count": step,
                "z_start": int(z_start),
                "coarse_origin_mm": [v + ORIGIN_SHIFT_MM for v in (x, y, z)],
                "fine_origin_mm": [x, y, z + FINE_MM * z_start],
            }
        )
        group.attrs["complete"] = True
        return True


@dataclass(frozen=True)
class FieldPair:
    """One field of the store; arrays are read on demand."""

    patient: str
    name: str
    site: str
    split: str
    gy_per_count: float
    z_start: int
    group: zarr.Group

    @property
    def attributes(self) -> dict[str, Any]:
        """All plain values stored with the field."""
        return dict(self.group.attrs)

    @property
    def source_mm(self) -> Point | None:
        """Position of the field's radiation source (x, y, z), mm, LPS; None if it moves or is not stored."""
        return self._point("source_mm")

    @property
    def isocentre_mm(self) -> Point | None:
        """Isocentre (x, y, z), mm, LPS; None if it is not stored."""
        return self._point("isocentre_mm")

    @property
    def kind(self) -> str:
        """Kind of field (``open``, ``conformal``, ``arc``, ``plan`` ...); ``open`` in stores that do not say."""
        return str(self.group.attrs.get("kind", "open"))

    @property
    def energy_label(self) -> str:
        """Energy as the planning system displays it, such as ``6X-FFF``; empty if it is not stored."""
        return str(self.group.attrs.get("energy", ""))

    @property
    def energy(self) -> Energy | None:
        """Energy of the field's beams; None if it is not stored."""
        mv = self.group.attrs.get("energy_mv")
        return None if not mv else Energy(float(mv), bool(self.group.attrs.get("fff", False)))  # type: ignore[arg-type]

    @property
    def fine_shape(self) -> tuple[int, int, int]:
        """Shape of the stored reference dose ``(z, y, x)``."""
        nz, ny, nx = _array(self.group, "fine").shape
        return nz, ny, nx

    @property
    def stored_planes(self) -> slice:
        """Planes of the patient's CT that the reference dose is stored on."""
        return slice(self.z_start, self.z_start + self.fine_shape[0])

    def coarse_gy(self) -> NDArray[np.float32]:
        """Read the coarse dose ``(z5, y5, x5)``, Gy."""
        return np.asarray(_array(self.group, "coarse")[:], dtype=np.float32)

    def fine_counts(self) -> NDArray[np.uint16]:
        """Read the reference dose ``(z, y, x)``, counts."""
        return np.asarray(_array(self.group, "fine")[:], dtype=np.uint16)

    def fine_gy(self) -> NDArray[np.float32]:
        """Read the reference dose ``(z, y, x)``, Gy."""
        return self.fine_counts() * np.float32(self.gy_per_count)

    def coarse_at_fine_gy(self) -> NDArray[np.float32] | None:
        """Read the coarse engine's dose at 1.25 mm, Gy; None if it is not stored."""
        if "coarse_at_fine" not in self.group:
            return None
        return np.asarray(_array(self.group, "coarse_at_fine")[:], dtype=np.uint16) * np.float32(self.gy_per_count)

    def opening(self) -> Opening | None:
        """Read what the field lets through; None if it is not stored, as of plans."""
        if "opening" not in self.group:
            return None
        array = _array(self.group, "opening")
        x, y, spacing = _floats(array.attrs[key] for key in ("x_mm", "y_mm", "spacing_mm"))
        return Opening(np.asarray(array[:], dtype=np.float16), x, y, spacing)

    def _point(self, name: str) -> Point | None:
        found = self.group.attrs.get(name)
        if found is None:
            return None
        x, y, z = _floats(found)
        return x, y, z


@dataclass(frozen=True)
class PatientPairs:
    """One patient of the store with its fields."""

    name: str
    site: str
    split: str
    origin_mm: Point
    group: zarr.Group

    @property
    def anatomy(self) -> str:
        """``ct`` for a CT from outside, ``phantom`` for one made here."""
        return str(self.group.attrs.get("anatomy", "ct" if self.site == "ct" else "phantom"))

    @property
    def ct_shape(self) -> tuple[int, int, int]:
        """Shape of the CT ``(z, y, x)``."""
        nz, ny, nx = _array(self.group, "ct").shape
        return nz, ny, nx

    def ct_hu(self) -> NDArray[np.int16]:
        """Read the CT ``(z, y, x)``, HU."""
        return np.asarray(_array(self.group, "ct")[:], dtype=np.int16)

    @property
    def has_body(self) -> bool:
        """Whether it is stored where dose is calculated."""
        return "body" in self.group

    def body(self) -> NDArray[np.bool_] | None:
        """Read where dose is calculated ``(z, y, x)``; None if it is not stored."""
        return np.asarray(_array(self.group, "body")[:], dtype=np.bool_) if self.has_body else None

    def fields(self) -> Iterator[FieldPair]:
        """Yield the complete fields, by name."""
        for name in sorted(key for key, _ in self.group.groups()):
            if _is_complete(self.group, name):
                group = _group(self.group, name)
                step, start = group.attrs["gy_per_count"], group.attrs["z_start"]
                yield FieldPair(self.name, name, self.site, self.split, float(step), int(start), group)  # type: ignore[arg-type]


def read_patients(path: Path | str, split: str | None = None) -> list[PatientPairs]:
    """List the complete patients of a store, by name, of one split or of all.

    Raises
    ------
    ValueError
        If the store has another schema.
    """
    root = zarr.open_group(str(path), mode="r")
    if root.attrs.get("schema") != SCHEMA:
        raise ValueError(f"expected a pair store of schema {SCHEMA}, found {root.attrs.get('schema')}")
    patients = []
    for name in sorted(key for key, _ in root.groups()):
        group = _group(root, name)
        if _is_complete(root, name) and split in (None, group.attrs["split"]):
            origin = _floats(group.attrs["origin_mm"])
            patients.append(
                PatientPairs(
                    name, str(group.attrs["site"]), str(group.attrs["split"]), (origin[0], origin[1], origin[2]), group
                )
            )
    return patients


def fingerprint(path: Path | str) -> str:
    """SHA-256 over names, shapes and attributes of the complete groups of a store (arrays are not read)."""
    digest = hashlib.sha256()
    for patient in read_patients(path):
        digest.update(repr((patient.name, patient.ct_shape, sorted(patient.group.attrs.items(), key=str))).encode())
        for pair in patient.fields():
            digest.update(repr((pair.name, pair.fine_shape, sorted(pair.attributes.items(), key=str))).encode())
    return digest.hexdigest()


def content_sha256(path: Path | str) -> str:
    """SHA-256 over every file of a store, by its place in it: any changed byte of any dose is another store."""
    root, digest = Path(path), hashlib.sha256()
    for file in sorted(file for file in root.rglob("*") if file.is_file()):
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{content}  {file.relative_to(root).as_posix()}\n".encode())
    return digest.hexdigest()


def _check_tiling(
    ct_shape: tuple[int, ...], coarse: NDArray[np.floating[Any]], fine: NDArray[np.floating[Any]], z_start: int
) -> None:
    if tuple(RATIO * n for n in coarse.shape) != ct_shape:
        raise ValueError(f"coarse dose must have 1/{RATIO} of the CT's size {ct_shape}, got {coarse.shape}")
    if fine.shape[1:] != ct_shape[1:] or z_start < 0 or z_start + fine.shape[0] > ct_shape[0]:
        raise ValueError(f"fine dose must lie within the CT {ct_shape}, got {fine.shape} from plane {z_start}")
    for name, dose in (("coarse", coarse), ("fine", fine)):
        if not np.isfinite(dose).all() or dose.min() < 0 or dose.max() <= 0:
            raise ValueError(
                f"{name} dose must be finite, not negative and somewhere positive, got {dose.min()} to {dose.max()} Gy"
            )


def _counts(dose_gy: NDArray[np.floating[Any]], step: float) -> NDArray[np.uint16]:
    counts: NDArray[np.uint16] = np.rint(dose_gy / step).astype(np.uint16)
    return counts


def _write(group: zarr.Group, name: str, values: NDArray[Any]) -> None:
    chunks = (min(16, values.shape[0]), *values.shape[1:])
    group.create_array(name, data=values, chunks=chunks, compressors=COMPRESSORS)


def _is_complete(parent: zarr.Group, name: str) -> bool:
    return name in parent and bool(_group(parent, name).attrs.get("complete", False))


def _group(parent: zarr.Group, name: str) -> zarr.Group:
    child = parent[name]
    if not isinstance(child, zarr.Group):
        raise TypeError(f"expected a group {name!r} in the store, found an array")
    return child


def _array(parent: zarr.Group, name: str) -> zarr.Array[Any]:
    child = parent[name]
    if not isinstance(child, zarr.Array):
        raise TypeError(f"expected an array {name!r} in the store, found a group")
    return child


def _floats(values: Any) -> list[float]:
    return [float(v) for v in values]
