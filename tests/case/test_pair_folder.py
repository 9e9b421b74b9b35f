"""Fields calculated twice on disk: what was written is what is read, and nothing else is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esapi_bridge.case import Case, Dose, DoseKind, DoseMedium, PatientPosition, Unit
from esapi_bridge.case.pair_folder import CollectedImage, find_images
from esapi_bridge.case.paired_field import Calculation, Origin, PairedField
from esapi_bridge.errors import BridgeError, RefusedError
from esapi_bridge.folders.sealed import SUMS_FILE, seal
from tests.case.conftest import volume
from tests.collected import write_image


def calculation(algorithm: str, seed: int, medium: DoseMedium | None) -> Calculation:
    values = volume((2, 3, 4), Unit.GY, seed)
    dose = Dose(replace(values, values=np.abs(values.values)), DoseKind.BEAM, 7, f"{algorithm} 15.6", medium)
    return Calculation(algorithm, "15.6", dose, {"CalculationGridSizeInCM": "0.5"})


@pytest.fixture
def field(case: Case) -> PairedField:
    coarse, fine = calculation("AAA", 5, None), calculation("AXB", 6, DoseMedium.MEDIUM)
    return PairedField("random-0003", case.plan.beams[:1], PatientPosition.HFP, coarse, fine, Origin.RANDOM)


@pytest.fixture
def image(case: Case, field: PairedField, tmp_path: Path) -> Path:
    own = replace(field, name="plan-0123456789abcdef-1", origin=Origin.OWN_PLAN, plan=2)
    return write_image(tmp_path, "dose-0123456789abcdef", case, [field, own])


def test_what_was_written_is_read(case: Case, field: PairedField, image: Path) -> None:
    (found,) = find_images(image.parent)
    assert find_images(image) == (found,)
    assert (found.name, found.field_names) == ("dose-0123456789abcdef", ("plan-0123456789abcdef-1", "random-0003"))
    np.testing.assert_array_equal(found.case().ct.values, case.ct.values)
    read = found.field("random-0003")
    for got, wanted in ((read.coarse, field.coarse), (read.fine, field.fine)):
        np.testing.assert_array_equal(got.dose.gy, wanted.dose.gy)
        assert got.dose.grid == wanted.dose.grid
        assert (got.named, got.dose.algorithm, got.dose.medium) == (wanted.named, wanted.named, wanted.dose.medium)
        assert got.options == wanted.options
    (beam,), (given,) = read.beams, field.beams
    for one, other in zip(beam.control_points, given.control_points, strict=True):
        np.testing.assert_array_equal(one.leaves_mm, other.leaves_mm)
        assert one.jaws == other.jaws
    assert (beam.isocentre_mm, beam.energy_label) == (given.isocentre_mm, given.energy_label)
    assert (read.origin, read.plan, read.patient_position) == (Origin.RANDOM, None, PatientPosition.HFP)
    assert (found.field("plan-0123456789abcdef-1").origin, found.field("plan-0123456789abcdef-1").plan) == (
        Origin.OWN_PLAN,
        2,
    )


def test_what_is_unfinished_is_not_seen(image: Path) -> None:
    (image / "fields" / ".random-0004").mkdir()
    (image.parent / "dose-ffffffffffffffff" / "case").mkdir(parents=True)
    assert len(find_images(image.parent)) == 1
    assert len(CollectedImage(image).field_names) == 2
    shutil.rmtree(image / "fields")
    assert CollectedImage(image).field_names == ()


@pytest.mark.parametrize("file", ["field.json", "coarse.npy", "fine.npy", "leaves_0.npy", SUMS_FILE])
def test_a_changed_byte_or_a_missing_file_is_refused(image: Path, file: str) -> None:
    path = image / "fields" / "random-0003" / file
    whole = path.read_bytes()
    path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
    with pytest.raises(RefusedError):
        CollectedImage(image).field("random-0003")
    path.unlink()
    with pytest.raises(RefusedError):
        CollectedImage(image).field("random-0003")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "field.json must have schema 1, found 2"),
        ({"fine": {"dose_to": "both"}}, "fine.dose_to"),
        ({"coarse": {"grid": {"size": [2, 3, 5]}}}, "coarse.npy must be <f4"),
        ({"coarse": {"file": "fine.npy"}}, "must name the same arrays once each"),
        ({"coarse": {"file": "../coarse.npy"}}, "coarse.file"),
        ({"name": "somebody"}, "name: Extra inputs"),
        ({"beam": {"control_points": []}}, "beam.control_points"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(image: Path, change: dict[str, object], message: str) -> None:
    folder = image / "fields" / "random-0003"
    described = json.loads((folder / "field.json").read_text())
    _update(described, change)
    (folder / "field.json").write_text(json.dumps(described))
    (folder / SUMS_FILE).unlink()
    seal(folder)
    with pytest.raises(RefusedError, match=message):
        CollectedImage(image).field("random-0003")


def test_nan_is_refused(image: Path) -> None:
    folder = image / "fields" / "random-0003"
    array = np.load(folder / "fine.npy")
    array[0, 0, 0] = np.nan
    np.save(folder / "fine.npy", array)
    (folder / SUMS_FILE).unlink()
    seal(folder)
    with pytest.raises(RefusedError, match="finite"):
        CollectedImage(image).field("random-0003")


def test_what_is_not_there_is_said(image: Path) -> None:
    with pytest.raises(BridgeError, match="field folder could not be read"):
        CollectedImage(image).field("random-0009")


def _update(described: dict[str, object], change: dict[str, object]) -> None:
    for key, value in change.items():
        if isinstance(value, dict):
            _update(described[key], value)  # type: ignore[arg-type]
        else:
            described[key] = value
