"""The structures of a prostate phantom have the labels of a fluence network, all of them."""

from __future__ import annotations

import numpy as np

from esapi_bridge.planning.imrt.anatomy import ORGANS
from esapi_bridge.planning.imrt.labels import by_label, by_name
from fluencenet.scene import LABELS

NAMES = ("BODY", "zAvoidance", "Prostate", "PTV", *ORGANS)


def test_every_label_has_its_structure_and_back() -> None:
    masks = {name: np.full((1, 1, 1), n % 2 == 0) for n, name in enumerate(NAMES)}
    labelled = by_label(masks)
    assert set(labelled) == set(LABELS[1:])
    assert labelled["FemoralHead_L"] is masks["Femur_Head_L"]
    assert by_name(labelled) == masks
