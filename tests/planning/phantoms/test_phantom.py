"""Phantoms against what is published about anatomy and CT numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage

from esapi_bridge.case.rasterise import rasterise
from esapi_bridge.planning.phantoms import SITES, Phantom, make_phantom

pytestmark = pytest.mark.slow

COARSE = {
    "thorax": (2.5, 2.5, 5.0), "abdomen": (2.5, 2.5, 5.0), "pelvis": (2.5, 2.5, 5.0), "head": (2.0, 2.0, 4.0),
    "breast": (2.5, 2.5, 5.0),
}  # fmt: skip
SEEDS = (1, 2)

# Adult volumes, ml: ICRP 89 (2002) reference values for men and women, and the spread seen in planning CTs.
VOLUMES_ML: dict[str, dict[str, tuple[float, float]]] = {
    "thorax": {"Lung_L": (900, 3500), "Lung_R": (1000, 3800), "Heart": (350, 1000), "GTV": (0.8, 90)},
    "abdomen": {"Liver": (700, 2400), "Spleen": (40, 450), "Kidney_L": (80, 280), "Kidney_R": (80, 280)},
    "pelvis": {
        "Bladder": (60, 650), "Prostate": (15, 80), "Rectum": (35, 230), "Femur_Head_L": (40, 130),
        "Femur_Head_R": (40, 130), "PenileBulb": (2, 9), "SeminalVes": (3, 20),
    },
    "head": {
        "Brain": (1100, 1900), "Eye_L": (5, 10), "Eye_R": (5, 10), "Brainstem": (18, 48), "Bone_Mandible": (30, 100),
    },
    "breast": {
        "Lung_L": (900, 3500), "Lung_R": (1000, 3800), "Heart": (250, 800), "Breast_L": (150, 1800),
        "Breast_R": (150, 1800), "TumorBed": (0.5, 40),
    },
}  # fmt: skip
# Schneider 1996 and common radiology tables: middle CT number of each organ.
MIDDLE_HU: dict[str, dict[str, tuple[float, float]]] = {
    "thorax": {"Lung_L": (-900, -650), "Lung_R": (-900, -650), "Heart": (25, 220), "GTV": (0, 70)},
    "abdomen": {"Liver": (15, 130), "Spleen": (30, 150), "Kidney_L": (15, 180), "Lung_R": (-900, -650)},
    "pelvis": {"Bladder": (-10, 30), "Prostate": (20, 65), "Femur_Head_L": (180, 600), "SeminalVes": (0, 60)},
    "head": {"Brain": (15, 50), "Eye_L": (0, 40), "Bone_Mandible": (250, 1300), "Brainstem": (10, 50)},
    "breast": {
        "Lung_L": (-900, -650),
        "Lung_R": (-900, -650),
        "Heart": (25, 80),
        "Breast_L": (-120, 0),
        "Breast_R": (-120, 0),
        "TumorBed": (-40, 50),
    },
}


@lru_cache(maxsize=11)
def phantom(site: str, seed: int) -> Phantom:
    return make_phantom(site, seed, COARSE[site])


def volume_ml(subject: Phantom, name: str) -> float:
    return float(subject.masks[name].sum()) * subject.ct.grid.voxel_volume_mm3 / 1000


@pytest.mark.slow
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("seed", SEEDS)
def test_organs_have_the_volumes_and_ct_numbers_of_people(site: str, seed: int) -> None:
    subject = phantom(site, seed)
    for name, (low, high) in VOLUMES_ML[site].items():
        assert low < volume_ml(subject, name) < high, name
    for name, (low, high) in MIDDLE_HU[site].items():
        assert low < np.median(subject.ct.values[subject.masks[name]]) < high, name


@pytest.mark.parametrize("site", SITES)
def test_the_outside_is_air_and_the_inside_is_not(site: str) -> None:
    subject = phantom(site, 1)
    hu = subject.ct.values
    rows = np.flatnonzero(subject.body.any(axis=(0, 2)))
    above = hu[:, : max(rows[0] - 3, 1)]
    assert np.median(above) == pytest.approx(-1000, abs=15)
    shell = subject.body & ~ndimage.binary_erosion(subject.body, iterations=2, border_value=1)
    assert np.median(hu[shell]) > -200
    assert hu.max() > 500, "cortical bone"
    assert np.all(hu == np.rint(hu))


def test_soft_tissue_is_as_noisy_as_a_planning_ct() -> None:
    subject = phantom("abdomen", 1)
    liver = ndimage.binary_erosion(subject.masks["Liver"], iterations=2)
    assert 6 < np.std(subject.ct.values[liver]) < 40


def test_couch_lies_under_the_patient_and_moves_when_prone() -> None:
    supine = phantom("pelvis", 1)
    prone = make_phantom("pelvis", 1, COARSE["pelvis"], couch="anterior")
    nothing = make_phantom("pelvis", 1, COARSE["pelvis"], couch=None)
    rows = np.flatnonzero(supine.body.any(axis=(0, 2)))
    for subject, under, over in ((supine, rows[-1], rows[0]), (prone, rows[0], rows[-1])):
        carbon = np.flatnonzero(np.median(subject.ct.values, axis=(0, 2)) > -700)
        beyond = carbon[(carbon < rows[0]) | (carbon > rows[-1])]
        assert beyond.size
        assert np.all(np.abs(beyond - under) < np.abs(beyond - over))
    assert np.median(nothing.ct.values[:, rows[-1] + 2 :]) == pytest.approx(-1000, abs=15)


def test_same_seed_same_phantom_other_seed_other_phantom() -> None:
    once, again = make_phantom("head", 3, (4, 4, 6)), make_phantom("head", 3, (4, 4, 6))
    other = make_phantom("head", 4, (4, 4, 6))
    np.testing.assert_array_equal(once.ct.values, again.ct.values)
    assert all(np.array_equal(once.masks[name], again.masks[name]) for name in once.masks)
    agreement = 2 * (once.body & other.body).sum() / (once.body.sum() + other.body.sum())
    assert 0.7 < agreement < 0.995


@pytest.mark.parametrize("site", SITES)
def test_contours_fill_back_to_the_masks(site: str) -> None:
    subject = phantom(site, 1)
    assert subject.structures[0].name == "BODY"
    assert subject.structures[0].dicom_type == "EXTERNAL"
    for structure in subject.structures:
        mask = subject.masks[structure.name]
        if mask.any():
            filled = rasterise(structure, subject.ct.grid)
            assert (filled ^ mask).sum() <= 0.01 * mask.sum(), structure.name


@pytest.mark.parametrize("site", SITES)
def test_target_lies_in_the_patient_with_its_margin(site: str) -> None:
    for seed in SEEDS:
        subject = phantom(site, seed)
        gross = subject.masks["TumorBed" if site == "breast" else "GTV"]
        assert gross.any()
        assert not (gross & ~subject.masks["PTV"]).any()
        assert (subject.masks["PTV"] & subject.body).sum() > 0.7 * subject.masks["PTV"].sum()


@pytest.mark.parametrize("site", SITES)
def test_names_of_structures_are_those_of_tg_263(site: str) -> None:
    """Primary names of the worksheet of AAPM TG-263 (2017); Eclipse itself calls the outline BODY."""
    primary = {
        "Bladder", "Bone_Mandible", "Bowel", "Brain", "Brainstem", "Breast_L", "Breast_R", "Esophagus", "Eye_L",
        "Eye_R", "Femur_Head_L", "Femur_Head_R", "GTV", "Gallbladder", "Heart", "Kidney_L", "Kidney_R", "Liver",
        "Lung_L", "Lung_R", "PTV", "PenileBulb", "Prostate", "Rectum", "SeminalVes", "SpinalCord", "Spleen", "Stomach",
        "Trachea", "TumorBed",
    }  # fmt: skip
    names = {structure.name for structure in phantom(site, 1).structures}
    assert names <= {"BODY", *primary}
    assert max(map(len, names)) <= 16, "Eclipse takes no longer ones"


def test_a_breast_is_mostly_fat_under_skin_and_its_target_leaves_skin_and_lung_out() -> None:
    for seed in SEEDS:
        subject = phantom("breast", seed)
        masks, hu, spacing = subject.masks, subject.ct.values, subject.ct.grid.spacing_mm[::-1]
        depth = ndimage.distance_transform_edt(np.pad(subject.body, ((0, 0), (1, 1), (1, 1))), sampling=spacing)[
            :, 1:-1, 1:-1
        ]
        for name in ("Breast_L", "Breast_R"):
            inner = masks[name] & (depth > 8)
            assert 0.02 < np.mean(hu[inner] > -40) < 0.5, "Yaffe et al. 2009: 95 % of women have less than 45 % gland"
            assert np.percentile(hu[inner], 20) == pytest.approx(-100, abs=25), "fat"
        target = masks["PTV"]
        assert np.percentile(depth[target], 1) > 2.5, "voxels of 2.5 mm: 5 mm but for half of one on either side"
        assert not (target & (masks["Lung_L"] | masks["Lung_R"] | masks["Heart"])).any()
        side = np.sign(subject.ct.grid.to_patient(np.argwhere(target)[:, ::-1])[:, 0].mean())
        assert (masks["Breast_L" if side > 0 else "Breast_R"] & target).sum() > 0.6 * target.sum()
        assert not (masks["Breast_R" if side > 0 else "Breast_L"] & target).any()


def test_a_held_breath_fills_the_lungs_with_air() -> None:
    """Seed 3 holds its breath, 1 and 2 do not: a larger lung of lower density (PMC6510598: 1.6 times larger)."""
    volume, density = {}, {}
    for seed in (*SEEDS, 3):
        subject = phantom("breast", seed)
        volume[seed] = volume_ml(subject, "Lung_L") + volume_ml(subject, "Lung_R")
        density[seed] = 1 + float(np.median(subject.ct.values[subject.masks["Lung_L"]])) / 1000
    assert volume[3] > 1.1 * max(volume[1], volume[2])
    assert 0.1 < density[3] < 0.19
    assert all(0.2 < density[seed] < 0.35 for seed in SEEDS)


def test_unknown_site_is_refused() -> None:
    with pytest.raises(ValueError, match="thorax"):
        make_phantom("foot", 1)
