"""What a user of the node chooses between; standard library only."""

from __future__ import annotations

from enum import StrEnum


class NodeTask(StrEnum):
    """What is done with a complete plan."""

    DOSE = "dose"
    FLUENCE = "fluence"
    NONE = "none"


class By(StrEnum):
    """How objects come that a peer is asked for: C-GET or C-MOVE."""

    GET = "get"
    MOVE = "move"
