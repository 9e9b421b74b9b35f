"""Prostate patients against anatomy textbooks' order of things, published volumes, and the phantoms as they were."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage

from esapi_bridge.case import PatientPosition
from esapi_bridge.planning.imrt.anatomy import SKIN_MM, draw_anatomy, prostate_patient
from esapi_bridge.planning.phantoms import make_phantom
from esapi_bridge.planning.subject import Subject

SPACING_MM = (3.5, 3.5, 5.0)
LABELLED = (
    "BODY", "zAvoidance", "Bowel", "Femur_Head_R", "Femur_Head_L", "PenileBulb", "Rectum", "Prostate", "Bladder",
    "PTV",
)  # fmt: skip
# Adult volumes, ml: prostates at radiotherapy (20 to 90), bladders from nearly empty to full (80 to 400), rectum with
# and without balloon, pelvic node CTVs and PTVs of whole-pelvis prostate plans.
VOLUMES_ML = {
    "Prostate": (18, 95), "Bladder": (60, 460), "Rectum": (40, 230), "PenileBulb": (2, 9), "Femur_Head_R": (40, 130),
    "Femur_Head_L": (40, 130), "SeminalVes": (3, 20), "LN_Pelvics": (30, 150), "PTV": (220, 700),
}  # fmt: skip


@lru_cache(maxsize=4)
def patient(seed: int) -> Subject:
    return prostate_patient(seed, SPACING_MM)


def centre_mm(subject: Subject, name: str) -> np.ndarray:
    index = np.argwhere(subject.masks[name]).mean(axis=0)[::-1]
    return np.asarray(np.asarray(subject.ct.grid.origin_mm) + index * subject.ct.grid.spacing_mm)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_structures_lie_where_anatomy_says(seed: int) -> None:
    subject = patient(seed)
    at = {name: centre_mm(subject, name) for name in LABELLED}
    assert at["Femur_Head_R"][0] < at["Prostate"][0] - 60, "LPS: the patient's right is at negative x"
    assert at["Femur_Head_L"][0] > at["Prostate"][0] + 60
    assert at["Rectum"][1] > at["Prostate"][1] + 15
    assert at["Bladder"][2] > at["Prostate"][2] + 20
    assert at["Bladder"][1] < at["Rectum"][1] - 20
    assert at["PenileBulb"][2] < at["Prostate"][2] - 15
    assert at["Bowel"][2] > at["Bladder"][2]
    assert centre_mm(subject, "LN_Pelvics")[2] > at["Prostate"][2] + 30
    assert abs(centre_mm(subject, "LN_Pelvics")[0] - at["Prostate"][0]) < 12, "nodes on both sides"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_target_contains_prostate_and_nodes_and_stays_under_the_skin(seed: int) -> None:
    masks = patient(seed).masks
    for name in ("Prostate", "GTV", "SeminalVes", "LN_Pelvics"):
        assert not (masks[name] & ~masks["PTV"]).any(), name
    air = ndimage.distance_transform_edt(masks["BODY"], sampling=SPACING_MM[::-1])
    assert air[masks["PTV"]].min() > SKIN_MM
    apart = ndimage.distance_transform_edt(~masks["Prostate"], sampling=SPACING_MM[::-1])
    assert masks["PTV"][(apart > 0) & (apart < 5.9)].all(), "margin all around"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_organs_do_not_share_voxels_and_avoidance_shares_none_with_them(seed: int) -> None:
    masks = patient(seed).masks
    organs = [n for n in LABELLED if n not in ("BODY", "zAvoidance", "PTV")]
    assert np.sum([masks[n] for n in organs], axis=0).max() == 1
    assert not (masks["zAvoidance"] & (masks["PTV"] | ~masks["BODY"])).any()
    assert not (masks["zAvoidance"] & masks["Bladder"]).any()
    assert masks["zAvoidance"].sum() > masks["PTV"].sum()


def test_volumes_are_those_of_patients_and_differ_between_seeds() -> None:
    found: dict[str, list[float]] = {name: [] for name in VOLUMES_ML}
    for seed in (1, 2, 3):
        subject = patient(seed)
        for name, (low, high) in VOLUMES_ML.items():
            volume = subject.masks[name].sum() * subject.ct.grid.voxel_volume_mm3 / 1000
            assert low < volume < high, name
            found[name].append(float(volume))
    assert max(found["Bladder"]) > 1.5 * min(found["Bladder"])
    assert len(set(found["PTV"])) == 3


def test_bladder_and_prostate_have_the_volumes_drawn_for_them() -> None:
    for seed in (1, 2, 3):
        drawn = draw_anatomy(np.random.default_rng([285, seed]))
        ml = patient(seed).ct.grid.voxel_volume_mm3 / 1000
        assert patient(seed).masks["Prostate"].sum() * ml == pytest.approx(drawn.prostate_ml, rel=0.2)
        assert patient(seed).masks["Bladder"].sum() * ml == pytest.approx(drawn.bladder_ml, rel=0.25)


def test_same_seed_same_patient_on_the_couch_of_the_position() -> None:
    again = prostate_patient(1, SPACING_MM)
    np.testing.assert_array_equal(again.ct.values, patient(1).ct.values)
    prone = prostate_patient(1, SPACING_MM, PatientPosition.HFP)
    np.testing.assert_array_equal(prone.masks["PTV"], again.masks["PTV"])
    rows = np.flatnonzero(again.body.any(axis=(0, 2)))
    behind = slice(rows[-1] + 1, rows[-1] + 4)
    assert again.ct.values[:, behind].max(axis=1).mean() > prone.ct.values[:, behind].max(axis=1).mean() + 100


def test_contours_carry_dicom_types() -> None:
    types = {s.name: s.dicom_type for s in patient(2).structures}
    assert set(LABELLED) <= set(types)
    assert (types["BODY"], types["PTV"], types["LN_Pelvics"], types["Rectum"]) == ("EXTERNAL", "PTV", "CTV", "ORGAN")


def test_the_phantom_without_chosen_anatomy_is_what_it_always_was() -> None:
    """Networks were trained on these: recorded before anatomies could be chosen."""
    phantom = make_phantom("pelvis", 1, (4.0, 4.0, 6.0))
    assert phantom.ct.values.sum(dtype=np.float64) == pytest.approx(-413230732, abs=200)
    recorded = {
        "BODY": 164238, "Bowel": 10661, "SpinalCord": 81, "Femur_Head_R": 887, "Femur_Head_L": 748, "Rectum": 815,
        "Bladder": 2193, "SeminalVes": 71, "PenileBulb": 41, "Prostate": 252, "GTV": 252, "PTV": 559,
    }  # fmt: skip
    assert {name: int(mask.sum()) for name, mask in phantom.masks.items()} == recorded
