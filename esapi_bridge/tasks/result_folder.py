"""The result folder of a job: ``result.json`` and one ``.npy`` file per array, as a case folder holds them.

Nothing in them depends on when or how often a job was run: equal results give equal bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge import INTENDED_USE
from esapi_bridge.case.encode import Arrays
from esapi_bridge.case.schema import ArrayFile
from esapi_bridge.errors import RefusedError
from esapi_bridge.folders.plain import read_plain
from esapi_bridge.folders.sealed import check_sealed

RESULT_FILE = "result.json"
MOST_BYTES = 2**20


class ResultDescription(BaseModel):
    """What every ``result.json`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    intended_use: str = INTENDED_USE

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """The arrays beside it."""
        raise NotImplementedError


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
        description = kind.model_validate_json(read_plain(folder / RESULT_FILE, MOST_BYTES, RESULT_FILE))
        arrays = {part.file: _array(folder / part.file, part) for part in description.arrays}
    except (ValidationError, ValueError, OSError) as error:
        raise RefusedError(f"{RESULT_FILE} and its arrays contradict each other; run the job again") from error
    return description, arrays


def _array(file: Path, part: ArrayFile) -> np.ndarray:
    array = np.load(file, allow_pickle=False)
    if array.shape != part.shape or array.dtype != np.dtype(part.dtype):
        raise ValueError("the array is not as described")
    return np.asarray(array)
