from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluencenet.preset import Preset
from fluencenet.samples import SampleFolder
from fluencenet.sampling import centred
from fluencenet.store import FluenceStore
from tests.fluencenet.toy import PRESCRIPTION_GY, PRESET, toy_case


@pytest.mark.slow
def test_samples_hold_what_the_plan_holds(folder: SampleFolder) -> None:
    case = toy_case("p0", "train", 0)
    (plan, *_), names = folder.load("train"), folder.store.names("train")
    assert names[0] == "p0"
    sums = [float(b.fluence.values.sum()) / PRESCRIPTION_GY for b in case.beams]
    assert plan.target.sum((1, 2, 3)).tolist() == pytest.approx(sums, rel=1e-5)
    assert float(plan.dose.max()) == pytest.approx(case.scene.dose_gy.max() / PRESCRIPTION_GY, rel=0.05)
    assert plan.fractional_mu == pytest.approx(PRESCRIPTION_GY * 1.25)
    assert sorted(set(plan.labels.flatten().tolist())) == [0, 1, 10]
    assert centred(plan, 32).target.shape == (3, 1, 32, 32)


def test_a_growing_store_is_followed(toy_store: Path, tmp_path: Path) -> None:
    store = FluenceStore(tmp_path / "s.zarr")
    store.add(toy_case("a", "train", 0))
    folder = SampleFolder(tmp_path / "samples", store, PRESET)
    assert folder.update() == 1
    table = folder.table()
    store.add(toy_case("b", "train", 1))
    assert (folder.update(), folder.update()) == (1, 0)
    assert len(folder.load("train")) == 2
    assert folder.table() == table
    with pytest.raises(ValueError, match="validation"):
        folder.load("validation")
    store.add(replace(toy_case("c", "train", 2), attributes={}))
    assert folder.update() == 0  # nothing says what its fluence means
    assert len(folder.load("train")) == 2
    other = replace(PRESET, training=replace(PRESET.training, shift_px=4))
    with pytest.raises(ValueError, match="another folder"):
        SampleFolder(tmp_path / "samples", store, other).load("train")


def test_each_energy_has_a_simple_dose_of_its_own(tmp_path: Path) -> None:
    """The second energy's dose is half for the same fluence."""
    store = FluenceStore(tmp_path / "s.zarr")
    whole = toy_case("a", "train", 0)
    half = replace(whole.scene, dose_gy=whole.scene.dose_gy * np.float32(0.5))
    store.add(replace(whole, attributes={**whole.attributes, "energy": "15X"}))
    store.add(replace(whole, name="b", scene=half, attributes={**whole.attributes, "energy": "6X"}))
    folder = SampleFolder(tmp_path / "samples", store, PRESET)
    assert folder.update() == 2
    a, b = folder.load("train")
    assert float(b.estimate.sum()) == pytest.approx(float(a.estimate.sum()), rel=0.01)
    recipe = Preset.from_dict(folder.fitted().to_dict())
    one, other = recipe.table("15X"), recipe.table("6X")
    assert one is not None
    assert other is not None
    assert sum(other.table[0]) == pytest.approx(sum(one.table[0]) / 2, rel=0.01)
    with pytest.raises(ValueError, match="knows the energies 15X, 6X, found 10X"):
        recipe.table("10X")
