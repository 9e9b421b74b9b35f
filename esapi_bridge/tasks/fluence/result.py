"""The result folder of a fluence job: what a script sets on the beams of a plan, and how to normalise it afterwards.

``result.json`` of schema 1::

    {"schema": 1, "intended_use": "...", "task": "fluence",
     "prescription_gy": 44.0, "fractions": 20,
     "normalisation": {"rule": "prescription", "structure": "PTV", "mean_gy": 44.7},
     "fluences": [{"beam_number": 1, "beam_name": "G000", "x_origin_mm": -98.75, "y_origin_mm": 113.75,
                   "spacing_mm": 2.5, "array": {"file": "fluence_1.npy", "dtype": "<f4", "shape": [92, 80]}}, ...],
     "goals": [{"text": "Rectum V36.4Gy <= 35 %", "structures": ["Rectum"], "quantity": "V", "at": 36.36, "unit": "%",
                "relation": "<=", "limit": 35.0, "wanted": 5.2, "source": "QUANTEC"}, ...]}

`goals` are what the site asks of the dose, see `GoalPart`: a script holds them against the dose that Eclipse delivers.
`mean_gy` and `prescription_gy` are of all fractions; a fluence is of one. Rows run from the largest Y down, columns
from the smallest X up, origins are centres of the first pixel, as ESAPI's `Fluence` wants them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from esapi_bridge.case import Beam, FluenceMap, Prescription
from esapi_bridge.case.encode import Arrays, decode_fluence, encode_fluence
from esapi_bridge.case.fluence_rules import fluence_fault
from esapi_bridge.case.schema import ArrayFile, FluencePart
from esapi_bridge.errors import RefusedError
from esapi_bridge.tasks.fluence.goals import GoalPart
from esapi_bridge.tasks.fluence.plan import Normalisation
from esapi_bridge.tasks.result_folder import ResultDescription, read_description, write_description


class BeamFluence(FluencePart):
    """Fluence of one beam of the plan."""

    beam_number: int
    beam_name: str


class FluenceResultFile(ResultDescription):
    """Result of a fluence job, treatment beams in plan order."""

    task: Literal["fluence"] = "fluence"
    prescription_gy: PositiveFloat
    fractions: PositiveInt
    normalisation: Normalisation
    fluences: Annotated[tuple[BeamFluence, ...], Field(min_length=1)]
    goals: tuple[GoalPart, ...] = ()

    @property
    def arrays(self) -> tuple[ArrayFile, ...]:
        """The arrays beside it."""
        return tuple(part.array for part in self.fluences)


@dataclass(frozen=True)
class PlanFluences:
    """What is written into a result folder.

    Parameters
    ----------
    beams
        Treatment beams in plan order, each with its fluence.
    prescription
        Prescribed dose and fractions.
    normalisation
        How the plan is to be scaled.
    goals
        What is asked of its dose.
    """

    beams: tuple[Beam, ...]
    prescription: Prescription
    normalisation: Normalisation
    goals: tuple[GoalPart, ...] = ()


def write_fluences(result: PlanFluences, folder: Path) -> list[Path]:
    """Write the fluences of a plan into a folder and return the files written.

    Raises
    ------
    ValueError
        If a beam has no fluence.
    """
    parts: list[BeamFluence] = []
    arrays: Arrays = {}
    for beam in result.beams:
        if beam.fluence is None:
            raise ValueError(f"beam {beam.number} must have a fluence")
        part, found = encode_fluence(f"fluence_{beam.number}", beam.fluence)
        parts.append(BeamFluence(**part.model_dump(), beam_number=beam.number, beam_name=beam.name))
        arrays |= found
    description = FluenceResultFile(
        prescription_gy=result.prescription.dose_gy,
        fractions=result.prescription.fractions,
        normalisation=result.normalisation,
        fluences=tuple(parts),
        goals=result.goals,
    )
    return write_description(description, arrays, folder)


def read_fluences(folder: Path) -> tuple[FluenceResultFile, dict[int, FluenceMap]]:
    """Read a result folder after checking every byte of it.

    Returns
    -------
    FluenceResultFile, dict
        The description, and the fluences by beam number.

    Raises
    ------
    RefusedError
        If the folder is not exactly what was written, or holds a map that Eclipse would not take.
    """
    description, arrays = read_description(folder, FluenceResultFile)
    fluences = {part.beam_number: decode_fluence(part, arrays) for part in description.fluences}
    for number, fluence in fluences.items():
        reason = fluence_fault(fluence)
        if reason:
            raise RefusedError(f"fluence of beam {number}: {reason}; run the job again")
    return description, fluences
