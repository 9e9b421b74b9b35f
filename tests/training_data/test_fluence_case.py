"""Plans as the network sees them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.planning.imrt.plan import ImrtPlan
from esapi_bridge.training_data.fluence_case import fluence_case, label_volume
from fluencenet.scene import LABELS
from fluencenet.store import FluenceStore


def test_a_stored_plan_is_the_plan(tmp_path: Path, plan: ImrtPlan) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(fluence_case(plan, "tiny", "train", seed=7))
    found = store.read("tiny")
    assert found.attributes["seed"] == 7
    assert found.scene.prescription_gy == pytest.approx(2.0)
    target = found.scene.labels == LABELS.index("PTV")
    assert found.scene.dose_gy[target].mean() == pytest.approx(2.0, rel=1e-4)
    assert [beam.name for beam in found.beams] == ["G000", "G120"]
    # From the isocentre 1 m up the beam: gantry 0 is anterior (-y), gantry 120 from the patient's left and below.
    source = found.beams[0].axes.source_mm - found.beams[0].axes.isocentre_mm
    np.testing.assert_allclose(source, [0, -1000, 0], atol=1e-9)
    source = found.beams[1].axes.source_mm - found.beams[1].axes.isocentre_mm
    np.testing.assert_allclose(source, [1000 * np.sin(np.radians(120)), 500, 0], atol=1e-6)


def test_higher_labels_win() -> None:
    masks = {name: np.zeros((1, 1, 4), bool) for name in ("BODY", "Rectum", "PTV", "LN_Pelvics")}
    masks["BODY"][...] = masks["LN_Pelvics"][...] = True
    masks["Rectum"][..., :2] = masks["PTV"][..., 1:3] = True
    assert label_volume(masks).ravel().tolist() == [7, 10, 10, 1]
