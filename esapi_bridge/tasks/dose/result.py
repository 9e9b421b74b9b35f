"""The result folder of a dose job: the dose of the plan and of its beams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from esapi_bridge.case import Dose
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.encode import decode_dose, encode_dose
from esapi_bridge.case.schema import ArrayFile, DosePart
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.result_folder import RESULT_FILE, ResultDescription, read_description, write_description


class DoseResultFile(ResultDescription):
    """Result of a dose job: the dose of the plan first, then that of each beam."""

    doses: Annotated[tuple[DosePart, ...], Field(min_length=1)]

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """The arrays beside it."""
        return tuple(part.array for part in self.doses)


def write_doses(doses: DoseSet, folder: Path) -> list[Path]:
    """Write the doses of a plan into a folder and return the files written."""
    named = {"plan_dose": doses.plan} | {f"beam_dose_{n}": dose for n, dose in sorted(doses.beams.items())}
    encoded = [encode_dose(name, dose) for name, dose in named.items()]
    arrays = {name: array for _, found in encoded for name, array in found.items()}
    return write_description(DoseResultFile(doses=tuple(part for part, _ in encoded)), arrays, folder)


def read_doses(folder: Path) -> tuple[Dose, ...]:
    """Read the doses of a result folder after checking every byte of it.

    Raises
    ------
    RefusedError
        If the folder is not exactly what was written.
    """
    description, arrays = read_description(folder, DoseResultFile)
    try:
        return tuple(decode_dose(part, arrays) for part in description.doses)
    except ValueError as error:
        raise RefusedError(f"{RESULT_FILE} and its arrays contradict each other; run the job again") from error
