"""Fields calculated twice on disk, as CollectDoseNetData writes them: a case folder of the image, a folder per field.

::

    COLLECTED/dose-<keyed hash of patient and image>/
        case/             case folder: the CT and its contours, the body among them
        fields/<name>/    field.json, coarse.npy, fine.npy, arrays of the beam, SHA256SUMS; there whole or not at all
        collection.json   what was asked for; not read
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esapi_bridge.case.described_arrays import read_described
from esapi_bridge.case.encode import Arrays, decode_beam
from esapi_bridge.case.folder import CASE_FILE, read_case
from esapi_bridge.case.grid import Grid
from esapi_bridge.case.paired_field import Calculation, Origin, PairedField
from esapi_bridge.case.plan import Case
from esapi_bridge.case.schema import CalculationPart, FieldFile
from esapi_bridge.case.volume import Dose, DoseKind, DoseMedium, Unit, Volume
from esapi_bridge.errors import BridgeError, RefusedError, os_reason

FIELD_FILE = "field.json"
CASE_FOLDER, FIELDS_FOLDER = "case", "fields"
PREFIX = "dose-"

MEDIA = {"medium": DoseMedium.MEDIUM, "water": DoseMedium.WATER}


@dataclass(frozen=True)
class CollectedImage:
    """One image of one patient with the fields that were calculated on it.

    Parameters
    ----------
    folder
        Its folder, whose name stands for patient and image.
    """

    folder: Path

    @property
    def name(self) -> str:
        """What it is called; holds no identity."""
        return self.folder.name

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields that are whole, by name.

        Raises
        ------
        BridgeError
            If the folder cannot be read.
        """
        fields = self.folder / FIELDS_FOLDER
        try:
            entries = list(fields.iterdir()) if fields.is_dir() else []
        except OSError as error:
            raise BridgeError(f"the collected fields could not be read: {os_reason(error)}") from error
        return tuple(sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")))

    def case(self) -> Case:
        """Read the image with its contours; the plan is that of one of the fields. Raises what `read_case` does."""
        return read_case(self.folder / CASE_FOLDER)

    def field(self, name: str) -> PairedField:
        """Read a field after checking every byte of it.

        Raises
        ------
        BridgeError
            If it cannot be read.
        RefusedError
            If it is not exactly what was written, or contradicts itself.
        """
        file, arrays = read_described(self.folder / FIELDS_FOLDER / name, FIELD_FILE, FieldFile, "field")
        try:
            beam = decode_beam(file.beam, arrays)
            return PairedField(
                name,
                (beam,),
                file.patient_position,
                _calculation(file.coarse, arrays, beam.number),
                _calculation(file.fine, arrays, beam.number),
                Origin(file.origin),
                file.plan,
            )
        except ValueError as error:
            raise RefusedError(f"the field contradicts itself: {error}") from error


def find_images(folder: Path) -> tuple[CollectedImage, ...]:
    """Find collected images: the folder itself or those in it, by name; none where there is none."""
    if folder.name.startswith(PREFIX) and (folder / CASE_FOLDER / CASE_FILE).is_file():
        return (CollectedImage(folder),)
    found = sorted(folder.glob(f"{PREFIX}*/{CASE_FOLDER}/{CASE_FILE}"))
    return tuple(CollectedImage(path.parents[1]) for path in found)


def _calculation(part: CalculationPart, arrays: Arrays, beam: int) -> Calculation:
    volume = Volume(arrays[part.file], Grid(**part.grid.model_dump()), Unit.GY)
    medium = None if part.dose_to is None else MEDIA[part.dose_to]
    named = f"{part.algorithm} {part.version}".rstrip()
    return Calculation(part.algorithm, part.version, Dose(volume, DoseKind.BEAM, beam, named, medium), part.options)
