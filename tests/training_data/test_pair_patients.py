"""Patients of the training data: splits, long CTs, what of a phantom is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.errors import RefusedError
from esapi_bridge.training_data.pair_patients import PatientPlan, plan_phantoms


def test_no_phantom_is_in_two_splits() -> None:
    plans = plan_phantoms(14, 1, 2, 2)
    assert len({(p.site, p.seed) for p in plans}) == 14
    assert [p.split for p in plans].count("train") == 10
    assert {p.site for p in plans if p.split == "train"} == {"thorax", "abdomen", "pelvis", "head", "breast"}
    again = plan_phantoms(14, 2, 2, 2)
    assert not {(p.site, p.seed) for p in plans} & {(p.site, p.seed) for p in again}


def test_a_long_ct_is_several_patients(tmp_path: Path) -> None:
    hu = np.full((300, 20, 30), -1000, np.int16)
    hu[:150, 4:16, 4:26] = hu[150:, 4:16, 4:14] = hu[150:, 4:16, 18:26] = 0  # a trunk and, above, two legs
    path = tmp_path / "long.npz"
    np.savez(path, hu=hu, spacing_zyx_mm=[4.0, 5.0, 5.0], origin_zyx_mm=[-7.0, 0.0, 0.0])
    parts = PatientPlan("long", "train", "ct", ct_file=path).parts()
    assert [part.name for part in parts] == ["long-1", "long-2", "long-3"]
    bodies = [part.subject() for part in parts]
    assert [body.ct.grid.origin_mm[2] for body in bodies] == [-7.0, 393.0, 793.0]
    assert np.array_equal(np.concatenate([body.body for body in bodies]), hu > -500), "both legs are the patient's"
    assert all(body.target.any() for body in bodies)
    np.savez(path, hu=hu[:100], spacing_zyx_mm=[4.0, 5.0, 5.0], origin_zyx_mm=[-7.0, 0.0, 0.0])
    short = PatientPlan("short", "train", "ct", ct_file=path)
    assert short.parts() == [short]
    assert (short.anatomy, plan_phantoms(1, 1, 0, 0)[0].anatomy) == ("ct", "phantom")


def test_a_part_of_a_ct_is_a_patient_whom_the_scan_cuts_off(tmp_path: Path) -> None:
    hu = np.full((20, 30, 40), -1000, np.int16)
    hu[:, 5:25, 5:35] = 40
    np.savez(tmp_path / "ct.npz", hu=hu, spacing_zyx_mm=[5.0, 4.0, 3.0], origin_zyx_mm=[-10.0, 0.0, 7.0])
    part = PatientPlan("box", "train", "ct", ct_file=tmp_path / "ct.npz", voxels=((2, 18), (0, 30), (20, 40)))
    subject = part.subject()
    assert subject.ct.grid.origin_mm == (67.0, 0.0, 0.0)
    assert np.array_equal(subject.ct.values, hu[2:18, :, 20:])
    assert subject.body[:, 5:25, 0].all(), "cut through"
    with pytest.raises(RefusedError, match="within its"):
        replace(part, voxels=((2, 21), (0, 30), (20, 40))).subject()


@pytest.mark.slow
def test_a_phantom_is_handed_on_with_outline_and_target_alone():
    subject = PatientPlan("head-1", "train", "head", 1).subject()
    assert set(subject.masks) == {"BODY", "PTV"}
    assert np.array_equal(subject.masks["BODY"], subject.body)
    assert 0 < subject.target.sum() < subject.body.sum()
