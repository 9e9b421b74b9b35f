"""Placed contours against the structures of phantoms, of which they only see the CT."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Volume
from esapi_bridge.errors import BridgeError
from esapi_bridge.planning.imrt.placed_contours import placed_contours, placed_subject
from esapi_bridge.planning.phantoms import Phantom, make_phantom


@lru_cache(maxsize=2)
def known(seed: int) -> Phantom:
    return make_phantom("pelvis", seed, (3.5, 3.5, 4.0))


@lru_cache(maxsize=2)
def placed(seed: int) -> dict[str, np.ndarray]:
    return placed_contours(known(seed).ct)


def centre_mm(mask: np.ndarray, ct: Volume) -> np.ndarray:
    index = np.argwhere(mask).mean(axis=0)[::-1]
    return np.asarray(np.asarray(ct.grid.origin_mm) + index * ct.grid.spacing_mm)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_image_shows_is_found(seed: int) -> None:
    found, phantom = placed(seed), known(seed)
    ct = phantom.ct
    for side in "RL":
        ball = found[f"Femur_Head_{side}"]
        assert (ball & phantom.masks[f"Femur_Head_{side}"]).sum() > 0.6 * ball.sum(), "head, not neck or socket"
    shared = found["Bladder"] & phantom.masks["Bladder"]
    assert shared.sum() > 0.75 * max(found["Bladder"].sum(), phantom.masks["Bladder"].sum())
    assert (found["BODY"] & phantom.body).sum() > 0.98 * phantom.body.sum()
    planes = np.flatnonzero(found["Femur_Head_R"].any(axis=(1, 2)))
    rows = [[np.argwhere(m[k])[:, 0].mean() for k in planes] for m in (found["Rectum"], phantom.masks["Rectum"])]
    apart_mm = ct.grid.spacing_mm[1] * np.abs(np.diff(rows, axis=0))
    assert np.median(apart_mm) < 15


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_placed_lies_where_anatomy_says(seed: int) -> None:
    found, ct = placed(seed), known(seed).ct
    at = {name: centre_mm(mask, ct) for name, mask in found.items()}
    assert at["Femur_Head_R"][0] < at["Prostate"][0] - 50
    assert at["Femur_Head_L"][0] > at["Prostate"][0] + 50
    assert at["Rectum"][1] > at["Prostate"][1] + 10
    assert at["Bladder"][2] > at["Prostate"][2] + 15
    assert at["PenileBulb"][2] < at["Prostate"][2] - 10
    assert at["Bowel"][2] > at["Prostate"][2] + 40
    assert not (found["Prostate"] & ~found["PTV"]).any()
    assert not (found["PTV"] & ~found["BODY"]).any()
    organs = ["Bowel", "Femur_Head_R", "Femur_Head_L", "PenileBulb", "Rectum", "Prostate", "Bladder"]
    assert np.sum([found[name] for name in organs], axis=0).max() == 1


def test_a_ct_that_ends_at_the_bladder_gets_its_prostate_higher() -> None:
    ct = known(1).ct
    lowest = int(np.flatnonzero(known(1).masks["Prostate"].any(axis=(1, 2)))[0])
    origin = (*ct.grid.origin_mm[:2], ct.grid.origin_mm[2] + 4.0 * lowest)
    size = (*ct.grid.size[:2], ct.grid.size[2] - lowest)
    cut = Volume(ct.values[lowest:], type(ct.grid)(size, ct.grid.spacing_mm, origin), ct.unit)
    found = placed_contours(cut)
    assert not found["PTV"][0].any()
    assert found["Prostate"].any()
    assert not (found["Prostate"] & found["Bladder"]).any()


def test_another_part_of_the_body_is_refused(tmp_path: Path) -> None:
    head = make_phantom("head", 1, (5.0, 5.0, 6.0)).ct
    grid = head.grid
    np.savez(
        tmp_path / "head.npz", hu=head.values, spacing_zyx_mm=grid.spacing_mm[::-1], origin_zyx_mm=grid.origin_mm[::-1]
    )
    with pytest.raises(BridgeError, match="hip"):
        placed_subject(tmp_path / "head.npz")
