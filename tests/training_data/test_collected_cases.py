"""Collected plans as training data: what a case becomes, what is refused, and that a store grows by what is new."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, Technique
from esapi_bridge.case.folder import write_case
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.tasks.fluence.structure_names import read_table
from esapi_bridge.training_data.collected_cases import collect_fluence_cases, split_of, training_case
from fluencenet.scene import LABELS
from fluencenet.store import FluenceStore
from tests.scripts import prostate
from tests.scripts.plans import prone

MU_PER_FLUENCE = 130.0


@pytest.fixture(scope="module")
def case() -> Case:
    return prostate.with_fluence(prostate.prostate())


def label(name: str) -> int:
    return LABELS.index(name)


def test_contours_dose_and_fluence(case: Case) -> None:
    found = training_case(case, "plan-1", read_table(), MU_PER_FLUENCE)
    scene = found.scene
    # The prostate lies within the PTV, which goes first.
    assert set(np.unique(scene.labels)) == set(range(len(LABELS))) - {label("Prostate")}
    assert scene.prescription_gy == pytest.approx(44.0 / 20)
    # The ball's volume, with voxels counted by their centres.
    volume_mm3 = (scene.labels == label("PTV")).sum() * 2.5**3
    assert volume_mm3 == pytest.approx(4 / 3 * np.pi * prostate.TARGET_MM**3, rel=0.05)
    assert case.plan_dose is not None
    np.testing.assert_allclose(scene.dose_gy, case.plan_dose.gy / 20, rtol=1e-6)
    assert [beam.name for beam in found.beams] == ["G000", "G051", "G103", "G154", "G206", "G257", "G309"]
    for number, beam in enumerate(found.beams, start=1):
        assert beam.fluence.values.shape == (24, 22)
        assert beam.fluence.values[0, 0] == pytest.approx(0.1 * number)
        assert (beam.fluence.x_origin_mm, beam.fluence.y_origin_mm) == (-26.25, 28.75)
        # Head first, supine: gantry 0 is above, gantry 90 at the patient's left; +Y of the device is towards the head.
        angle = np.deg2rad(prostate.GANTRIES_DEG[number - 1])
        np.testing.assert_allclose(
            beam.axes.source_mm, 1000 * np.array([np.sin(angle), -np.cos(angle), 0.0]), atol=1e-9
        )
        np.testing.assert_allclose(beam.axes.y_axis, [0.0, 0.0, 1.0], atol=1e-12)


def test_what_is_noted(case: Case) -> None:
    structures = tuple(s for s in case.structures if s.name != "Bowel")
    attributes = training_case(replace(case, structures=structures), "p", read_table(), MU_PER_FLUENCE).attributes
    assert attributes["missing_labels"] == ["Bowel"]
    assert (attributes["energy"], attributes["machine"]) == ("15X", "TrueBeam")
    assert attributes["mu_per_fluence"] == MU_PER_FLUENCE
    assert attributes["patient_position"] == "HFS"


def test_a_prone_patient_is_the_same_scene(case: Case) -> None:
    """Stored the other way round, the same patient in space gives the same labels, dose and beams."""
    one, other = (training_case(c, "p", read_table(), MU_PER_FLUENCE) for c in (case, prone(case)))
    np.testing.assert_array_equal(one.scene.labels, other.scene.labels)
    assert one.scene.label_lattice.origin_mm == other.scene.label_lattice.origin_mm
    np.testing.assert_allclose(one.scene.dose_gy, other.scene.dose_gy, rtol=1e-6)
    for beam, turned in zip(one.beams, other.beams, strict=True):
        np.testing.assert_allclose(turned.axes.source_mm, beam.axes.source_mm, atol=1e-9)
        np.testing.assert_allclose(turned.axes.y_axis, beam.axes.y_axis, atol=1e-12)


def _changed(case: Case, fault: str) -> Case:
    beams = case.plan.beams
    fluence = beams[0].fluence
    assert fluence is not None
    assert case.plan_dose is not None
    broken = np.full((24, 22), np.nan, np.float32)
    plans = {
        "no fluence": {"beams": (replace(beams[0], fluence=None), *beams[1:])},
        "NaN": {"beams": (replace(beams[0], fluence=replace(fluence, values=broken)), *beams[1:])},
        "zero": {"beams": (replace(beams[0], fluence=replace(fluence, values=0 * fluence.values)), *beams[1:])},
        "arc": {"beams": (replace(beams[0], technique=Technique.ARC), *beams[1:])},
        "two energies": {"beams": (replace(beams[0], energy_mv=6.0), *beams[1:])},
        "no prescription": {"prescription_gy": None},
    }
    if fault in plans:
        return replace(case, plan=replace(case.plan, **plans[fault]))  # type: ignore[arg-type]
    if fault == "no dose":
        return replace(case, plan_dose=None)
    if fault == "other unit":
        volume = replace(case.plan_dose.volume, values=case.plan_dose.gy * 100)
        return replace(case, plan_dose=Dose(volume, case.plan_dose.kind))
    return replace(case, structures=tuple(s for s in case.structures if s.name != "PTV"))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no fluence", "fluences: expected an optimal fluence of every treatment beam, found beam 1: none"),
        ("NaN", "fluences: .* found beam 1: expected finite values"),
        ("zero", "fluences: .* found beam 1: zero everywhere"),
        ("arc", "standing_gantry: .* found ARC"),
        ("two energies", "one_beam_kind: expected one machine and energy, found 15X of TrueBeam, 6X of TrueBeam"),
        ("no prescription", "prescription: expected dose and fractions stated, found no dose"),
        ("no dose", "wanted_dose: expected a dose of the whole plan, found none"),
        ("other unit", "dose_level: "),
        ("no PTV", "structure PTV: "),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(case: Case, fault: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        training_case(_changed(case, fault), "p", read_table(), MU_PER_FLUENCE)
    assert re.search(message, str(refused.value)), refused.value


def test_a_store_grows_by_what_is_new(case: Case, tmp_path: Path) -> None:
    collected, store = tmp_path / "collected", FluenceStore(tmp_path / "store.zarr")
    write_case(case, collected / "plan-1")
    write_case(_changed(case, "arc"), collected / "plan-2")
    (collected / "collection.json").write_text("{}")

    def collect(*folders: Path) -> list[tuple[str, str]]:
        done = collect_fluence_cases(folders, store, read_table(), MU_PER_FLUENCE)
        return [(one.name, one.state) for one in done]

    assert collect(collected) == [("plan-1", "added"), ("plan-2", "refused")]
    assert store.names() == ["plan-1"]
    before = store.fingerprint()
    write_case(case, collected / "plan-3")
    assert collect(collected / "plan-1", collected / "plan-3") == [("plan-1", "there"), ("plan-3", "added")]
    assert store.names() == ["plan-1", "plan-3"]
    assert store.fingerprint() != before
    read = store.read("plan-3")
    assert read.split == split_of(case.patient_key)  # one patient, one split
    np.testing.assert_array_equal(read.beams[6].fluence.values, np.full((24, 22), 0.7, np.float32))


def test_a_damaged_case_is_refused(case: Case, tmp_path: Path) -> None:
    folder = write_case(case, tmp_path / "plan-1")
    with (folder / "fluence_0.npy").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    (done,) = collect_fluence_cases([folder], FluenceStore(tmp_path / "s.zarr"), read_table(), MU_PER_FLUENCE)
    assert done.state == "refused"
    assert "SHA-256 differs" in done.reason


def test_a_folder_without_cases(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="expected case folders"):
        collect_fluence_cases([tmp_path], FluenceStore(tmp_path / "s.zarr"), read_table(), MU_PER_FLUENCE)


def test_patients_are_spread_over_the_splits() -> None:
    splits = [split_of(f"patient {number}") for number in range(2000)]
    shares = {split: splits.count(split) / len(splits) for split in ("train", "validation", "test")}
    assert shares == pytest.approx({"train": 0.8, "validation": 0.1, "test": 0.1}, abs=0.03)  # four standard deviations
    assert splits == [split_of(f"patient {number}") for number in range(2000)]
