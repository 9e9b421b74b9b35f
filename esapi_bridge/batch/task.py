"""What can be done with every plan of a batch. Standard library only, as commands offer it."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The task."""

    DOSE = "dose"
    FLUENCE = "fluence"
