"""A clinic's own fields, each calculated twice, as training data: collected folders or exports into a pair store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from dosenet.store import NO_SITE, FieldPair, PairWriter, PatientPairs, read_patients
from esapi_bridge.case import Case, Grid
from esapi_bridge.case.orientation import dose_along_patient_axes
from esapi_bridge.case.paired_field import Calculation, PairedField
from esapi_bridge.checks import require
from esapi_bridge.checks.on_ct import check_on_ct, find_body
from esapi_bridge.checks.training_pair import check_training_pair
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.planning.engines import FINE_MM, RATIO, DoseGrids, tiled
from esapi_bridge.progress import Progress
from esapi_bridge.training_data.collected_cases import Split, split_of
from esapi_bridge.training_data.described_field import describe_paired_field
from esapi_bridge.training_data.paired_image import PairedImage


class ImageSource(Protocol):
    """An image whose fields were calculated twice, wherever it is read from."""

    @property
    def name(self) -> str:
        """What it is called; holds no identity."""

    @property
    def field_names(self) -> tuple[str, ...]:
        """Its fields."""

    def case(self) -> Case:
        """Read CT and contours."""

    def field(self, name: str) -> PairedField:
        """Read a field."""


@dataclass(frozen=True)
class CollectedPair:
    """What became of a field, or of a whole image.

    Parameters
    ----------
    image, field
        Names; the field is empty where the image was refused.
    state
        ``added``, ``there`` (it was in the store already) or ``refused``.
    split, site, energy
        Where an added one was put, and what it is of; else empty.
    interpolated
        Whether the coarse dose had to be interpolated.
    reason
        Why it was refused; else empty.
    """

    image: str
    field: str
    state: Literal["added", "there", "refused"]
    split: str = ""
    site: str = ""
    energy: str = ""
    interpolated: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Made:
    """By what the pairs of a store were calculated: all of a store by the same."""

    coarse_algorithm: str
    coarse_version: str
    fine_algorithm: str
    fine_version: str
    dose_to: str

    @classmethod
    def of(cls, field: PairedField) -> Made:
        """Read it off a field."""
        medium = field.fine.dose.medium
        return cls(
            field.coarse.algorithm, field.coarse.version, field.fine.algorithm, field.fine.version,
            "" if medium is None else medium.value.removeprefix("dose to "),
        )  # fmt: skip

    @classmethod
    def of_stored(cls, pair: FieldPair) -> Made:
        """Read it off a pair; empty where that does not say."""
        return cls(*(str(pair.attributes.get(name, "")) for name in cls.__dataclass_fields__))

    def __str__(self) -> str:
        coarse = f"{self.coarse_algorithm} {self.coarse_version}".strip() or "not stated"
        fine = f"{self.fine_algorithm} {self.fine_version}".strip() or "not stated"
        return f"{coarse} and {fine}, dose to {self.dose_to or 'what is not stated'}"


def collect_dose_pairs(
    images: Iterable[ImageSource],
    store: Path,
    *,
    site: str = NO_SITE,
    split: Split | None = None,
    progress: Progress | None = None,
) -> tuple[CollectedPair, ...]:
    """Add fields to a pair store; what is in it already is left as it is, what is refused is left out.

    Parameters
    ----------
    images
        Where fields are read from.
    store
        Pair store, made if need be.
    site
        Region of the body of these patients.
    split
        Where patients go that are new; by their keyed hash if None. All images of a patient are in one split.
    progress
        Called before every field.

    Raises
    ------
    ValueError
        If the folder holds a store of another schema.
    """
    into = _Store(store, site, split)
    done: list[CollectedPair] = []
    for image in images:
        done += _collect(image, into, progress)
    return tuple(done)


@dataclass(frozen=True)
class _Patient:
    """What a store has of an image."""

    image_sha256: str
    patient_hash: str
    site: str
    split: str
    grids: DoseGrids

    @classmethod
    def of(cls, patient: PatientPairs) -> _Patient:
        nz, ny, nx = (n // RATIO for n in patient.ct_shape)
        x, y, z = (v + (RATIO - 1) / 2 * FINE_MM for v in patient.origin_mm)
        grids = tiled(Grid((nx, ny, nz), (RATIO * FINE_MM,) * 3, (x, y, z)))
        image, person = (str(patient.group.attrs.get(name, "")) for name in ("image_sha256", "patient_hash"))
        return cls(image, person, patient.site, patient.split, grids)


class _Store:
    """The store that is added to, and what all of it has in common."""

    def __init__(self, path: Path, site: str, split: Split | None) -> None:
        self.site, self.split = site, split
        self.writer = PairWriter(path)
        patients = read_patients(path)
        self.patients = {patient.name: _Patient.of(patient) for patient in patients}
        self.made = next((Made.of_stored(pair) for patient in patients for pair in patient.fields()), None)

    def name_of(self, image_sha256: str) -> str | None:
        """What the patient of an image is called; None where it is not there."""
        return next((name for name, one in self.patients.items() if one.image_sha256 == image_sha256), None)

    def split_for(self, patient_key: str) -> str:
        """Where a patient's next image goes: to his others, wherever new ones go."""
        person = _hashed(patient_key)
        others = (one.split for one in self.patients.values() if one.patient_hash == person)
        return next(others, self.split or split_of(patient_key))

    def require_alike(self, made: Made) -> None:
        """Refuse what was calculated by something else than what the store holds."""
        if self.made is not None and self.made != made:
            raise RefusedError(
                f"one store holds doses of one pair of algorithms: expected {self.made}, found {made}: "
                "collect these into a store of their own"
            )


def _collect(source: ImageSource, store: _Store, progress: Progress | None) -> Iterator[CollectedPair]:
    try:
        names = source.field_names
        wanted = [name for name in names if not store.writer.has_field(source.name, name)]
        if not names:
            raise RefusedError("expected fields that were calculated twice, found none")
        image = _image(source, store) if wanted else None
    except (BridgeError, ValueError) as error:
        yield CollectedPair(source.name, "", "refused", reason=str(error))
        return
    for number, name in enumerate(names):
        if progress:
            progress(f"collecting {source.name}", number, len(names))
        if image is None or name not in wanted:
            yield CollectedPair(source.name, name, "there")
            continue
        try:
            yield _add(source.name, source.field(name), image, store)
        except (BridgeError, ValueError) as error:
            yield CollectedPair(source.name, name, "refused", reason=str(error))


def _image(source: ImageSource, store: _Store) -> PairedImage:
    image = PairedImage.of(source.case())
    require(check_on_ct(image.case, find_body(image.case)))
    known = store.name_of(image.digest)
    if known not in (None, source.name):
        raise RefusedError(f"one image must have one name, this one is in the store already, as {known}")
    if source.name in store.patients and known is None:
        raise RefusedError("the store holds another image by this name: collect into another store")
    return image


def _add(name: str, read: PairedField, image: PairedImage, store: _Store) -> CollectedPair:
    field = replace(read, coarse=_turned(read.coarse), fine=_turned(read.fine))
    made = Made.of(field)
    store.require_alike(made)
    require(check_training_pair(image.case, field, image.region))
    key = image.case.patient_key
    patient = store.patients.get(name) or _Patient(
        image.digest, _hashed(key), store.site, store.split_for(key), image.grids_of(field.coarse.dose)
    )
    grids = patient.grids
    doses = image.doses(field.coarse.dose, field.fine.dose, grids)
    if name not in store.patients:
        store.writer.add_patient(
            name, image.ct_hu(grids), grids.fine.origin_mm, split=patient.split, site=patient.site,
            body=image.body(grids),
            attributes={
                "source": "clinic", "anatomy": "ct", "image_sha256": image.digest, "patient_hash": patient.patient_hash,
            },
        )  # fmt: skip
        store.patients[name] = patient
    described = {**describe_paired_field(field), **asdict(made), "coarse_interpolated": doses.interpolated}
    store.writer.add_field(name, field.name, doses.coarse, doses.fine, z_start=doses.z_start, attributes=described)
    store.made = made
    return CollectedPair(
        name,
        field.name,
        "added",
        patient.split,
        patient.site,
        str(described["energy"]),
        interpolated=doses.interpolated,
    )


def _hashed(patient_key: str) -> str:
    """Stand in for a patient within a store; the key itself matches other files of the clinic."""
    return hashlib.sha256(patient_key.encode()).hexdigest()[:16]


def _turned(calculation: Calculation) -> Calculation:
    return replace(calculation, dose=dose_along_patient_axes(calculation.dose))
