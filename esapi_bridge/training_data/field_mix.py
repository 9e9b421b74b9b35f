"""Which fields a patient of the training data gets."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from esapi_bridge.case import Beam, FieldKind
from esapi_bridge.planning.fields import ENERGIES
from esapi_bridge.planning.random_plans import random_fields
from esapi_bridge.planning.subject import Subject


@dataclass(frozen=True)
class Mix:
    """What fields a patient gets: every kind in turn, and the energies in turn from one that the seed chooses.

    Parameters
    ----------
    kinds
        Kinds of fields; a plan is the fields of one plan, and their sum.
    energies
        Of `planning.fields.ENERGIES`.
    seed
        Chooses the fields.
    """

    kinds: tuple[FieldKind, ...] = tuple(FieldKind)
    energies: tuple[str, ...] = tuple(ENERGIES)
    seed: int = 1

    def kind(self, number: int) -> FieldKind:
        """Kind of a patient's field or plan, numbered from 0."""
        return self.kinds[number % len(self.kinds)]

    def energy(self, patient: str, number: int) -> str:
        """Energy of a patient's field; the next time round, a kind has the next energy."""
        start = int(np.random.default_rng([self.seed, _code(patient)]).integers(len(self.energies)))
        turn, place = divmod(number, len(self.kinds))
        return self.energies[(start + place + turn) % len(self.energies)]

    def name(self, number: int) -> str:
        """Name in the store of a patient's field or plan."""
        return f"{'plan' if self.kind(number) is FieldKind.PLAN else 'field'}-{number + 1:03d}"

    def beams(self, patient: str, number: int, subject: Subject) -> tuple[Beam, ...]:
        """Make a patient's field or plan, which depends on seed, patient and number alone."""
        rng = np.random.default_rng([self.seed, _code(patient), number])
        return random_fields(self.kind(number), subject, rng, self.energy(patient, number), number + 1)


def _code(patient: str) -> int:
    return zlib.crc32(patient.encode())
