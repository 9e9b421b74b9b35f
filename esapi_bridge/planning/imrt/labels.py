"""Structures by two kinds of names: phantoms have those of TG-263, a fluence network and plan goals have labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

LABEL_OF: Mapping[str, str] = {
    "BODY": "Body", "zAvoidance": "Avoidance", "Femur_Head_R": "FemoralHead_R", "Femur_Head_L": "FemoralHead_L",
}  # fmt: skip
"""Label of a phantom's structure; the others are called alike."""

NAME_OF: Mapping[str, str] = {label: name for name, label in LABEL_OF.items()}


def by_label(masks: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    """Name a phantom's masks ``(z, y, x)`` by label."""
    return {LABEL_OF.get(name, name): mask for name, mask in masks.items()}


def by_name(masks: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    """Name masks ``(z, y, x)`` by label as those of a phantom."""
    return {NAME_OF.get(label, label): mask for label, mask in masks.items()}
