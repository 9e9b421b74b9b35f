"""The result folder of a job: ``result.json`` and one ``.npy`` file an array, as a case folder holds them.

Nothing in them depends on when or how often a job was run: equal results give equal bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose
from esapi_bridge.case.encode import Arrays, decode_dose, encode_dose
from esapi_bridge.case.schema import ArrayFile, DosePart
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.sealed import check_sealed
from esapi_bridge.report.comparison import DoseSet

RESULT_FILE = "result.json"


class ResultDescription(BaseModel):
    """What every ``result.json`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    intended_use: str = INTENDED_USE

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """The arrays beside it."""
        raise NotImplementedError


class ResultFile(ResultDescription):
    """Result of a dose job: the dose of the plan first, then that of each beam."""

    doses: Annotated[tuple[DosePart, ...], Field(min_length=1)]

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """The arrays beside it."""
        return tuple(part.array for part in self.doses)


Description = TypeVar("Description", bound=ResultDescription)


def write_description(description: ResultDescription, arrays: Arrays, folder: Path) -> list[Path]:
    """Write a description and its arrays into a folder and return the files written."""
    files = []
    for name, array in arrays.items():
        with (folder / name).open("xb") as stream:
            np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
        files.append(folder / name)
    text = description.model_dump_json(indent=1, by_alias=True)
    (folder / RESULT_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")
    return [folder / RESULT_FILE, *files]


def read_description(folder: Path, kind: type[Description]) -> tuple[Description, Arrays]:
    """Read a description and its arrays after checking every byte of the folder.

    Raises
    ------
    RefusedError
        If the folder is not exactly what was written, or of another kind of job.
    """
    check_sealed(folder)
    try:
        description = kind.model_validate_json((folder / RESULT_FILE).read_bytes())
        arrays = {part.file: _array(folder / part.file, part) for part in description.arrays}
    except (ValidationError, ValueError, OSError) as error:
        raise RefusedError(f"{RESULT_FILE} and its arrays contradict each other; run the job again") from error
    return description, arrays


def write_result(doses: DoseSet, folder: Path) -> list[Path]:
    """Write the doses of a plan into a folder and return the files written."""
    named = {"plan_dose": doses.plan} | {f"beam_dose_{n}": dose for n, dose in sorted(doses.beams.items())}
    encoded = [encode_dose(name, dose) for name, dose in named.items()]
    arrays = {name: array for _, found in encoded for name, array in found.items()}
    return write_description(ResultFile(doses=tuple(part for part, _ in encoded)), arrays, folder)


def read_result(folder: Path) -> tuple[Dose, ...]:
    """Read the doses of a result folder after checking every byte of it.

    Raises
    ------
    RefusedError
        If the folder is not exactly what was written.
    """
    description, arrays = read_description(folder, ResultFile)
    try:
        return tuple(decode_dose(part, arrays) for part in description.doses)
    except ValueError as error:
        raise RefusedError(f"{RESULT_FILE} and its arrays contradict each other; run the job again") from error


def _array(file: Path, part: ArrayFile) -> np.ndarray:
    array = np.load(file, allow_pickle=False)
    if array.shape != part.shape or array.dtype != np.dtype(part.dtype):
        raise ValueError("the array is not as described")
    return np.asarray(array)
