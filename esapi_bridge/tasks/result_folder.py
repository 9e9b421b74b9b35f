"""The result folder of a job: ``result.json`` and one ``.npy`` file per dose, as a case folder holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from esapi_bridge import INTENDED_USE
from esapi_bridge.case import Dose
from esapi_bridge.case.encode import decode_dose, encode_dose
from esapi_bridge.case.schema import DosePart
from esapi_bridge.errors import RefusedError
from esapi_bridge.report.comparison import DoseSet
from esapi_bridge.sealed_folder import check_sealed

RESULT_FILE = "result.json"


class ResultFile(BaseModel):
    """The whole of ``result.json``: the dose of the plan first, then that of each beam."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    intended_use: str = INTENDED_USE
    doses: Annotated[tuple[DosePart, ...], Field(min_length=1)]


def write_result(doses: DoseSet, folder: Path) -> list[Path]:
    """Write the doses of a plan into a folder and return the files written.

    Nothing in them depends on when or how often a job was run: equal doses give equal bytes.
    """
    named = {"plan_dose": doses.plan} | {f"beam_dose_{n}": dose for n, dose in sorted(doses.beams.items())}
    parts, files = [], []
    for name, dose in named.items():
        part, arrays = encode_dose(name, dose)
        parts.append(part)
        for file, array in arrays.items():
            with (folder / file).open("xb") as stream:
                np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
            files.append(folder / file)
    description = folder / RESULT_FILE
    text = ResultFile(doses=tuple(parts)).model_dump_json(indent=1, by_alias=True)
    description.write_text(text + "\n", encoding="utf-8", newline="\n")
    return [description, *files]


def read_result(folder: Path) -> tuple[Dose, ...]:
    """Read the doses of a result folder after checking every byte of it.

    Raises
    ------
    RefusedError
        If the folder is not exactly what was written.
    """
    check_sealed(folder)
    try:
        description = ResultFile.model_validate_json((folder / RESULT_FILE).read_bytes())
        arrays = {part.array.file: np.load(folder / part.array.file, allow_pickle=False) for part in description.doses}
        return tuple(decode_dose(part, arrays) for part in description.doses)
    except (ValidationError, ValueError, OSError) as error:
        raise RefusedError(f"{RESULT_FILE} and its arrays contradict each other; run the job again") from error
