"""Splits of a store of training data, by patient."""

from __future__ import annotations

from enum import Enum


class Split(str, Enum):
    """Use of a patient's data; a patient belongs to exactly one split."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def of(cls, name: str) -> Split:
        """Return the split of a name.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        try:
            return cls(name)
        except ValueError:
            raise ValueError(f"split must be one of {[split.value for split in cls]}, got {name!r}") from None
