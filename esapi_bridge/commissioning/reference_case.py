"""A plan, or a field, with the clinic's own reference dose."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from esapi_bridge.case import Case, Dose
from esapi_bridge.case.dose_set import DoseSet
from esapi_bridge.case.stated import Stated
from esapi_bridge.tasks.run_record import case_sha256


@dataclass(frozen=True)
class ReferenceCase:
    """A plan with its reference dose.

    Parameters
    ----------
    case, reference
        The case as its source has it, and the reference along the patient axes.
    is_plan
        Whether its fields make a plan; fields made at random do not.
    accessories, stated
        What only an export says, see `DoseRun.calculate`.
    """

    case: Case
    reference: DoseSet
    is_plan: bool = True
    accessories: Mapping[int, Sequence[str]] = field(default_factory=dict)
    stated: Stated | None = None

    @property
    def sha256(self) -> str:
        """Digest of everything that is measured of it."""
        digest = hashlib.sha256(case_sha256(self.case).encode())
        for dose in (self.reference.plan, *(self.reference.beams[n] for n in sorted(self.reference.beams))):
            digest.update(_lattice_and_values(dose))
        return digest.hexdigest()


@dataclass(frozen=True)
class CasePart:
    """Something to be measured of a case: what it is called, empty where there is one only, and how it is read.

    Reading raises RefusedError if a file contradicts itself or the others, and BridgeError if it cannot be read.
    """

    name: str
    read: Callable[[], ReferenceCase]


def _lattice_and_values(dose: Dose) -> bytes:
    return repr((dose.grid, dose.beam_number)).encode() + dose.gy.tobytes()
