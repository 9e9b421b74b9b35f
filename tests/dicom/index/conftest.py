"""Two patients' plans in one flat folder."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from esapi_bridge.case import Case, Uids
from esapi_bridge.dicom import write_export
from esapi_bridge.dicom.identity import KEY_VARIABLE
from tests.dicom.phantom import asymmetric_case

PATIENTS = {"1": ("CANARY-ID-1", "Canary^One"), "2": ("CANARY-ID-2", "Canary^Two")}


def uids(patient: str) -> Uids:
    """Identifiers of a patient's plan."""
    return Uids(*(f"2.25.{patient}{part}" for part in (11, 12, 13, 14)))


def few_slices() -> Case:
    """The asymmetric case with the lowest slices of its CT: what belongs to whom can be told from these."""
    case = asymmetric_case()
    grid = case.ct.grid
    x, y, _ = grid.size
    return replace(case, ct=replace(case.ct, values=case.ct.values[:4], grid=replace(grid, size=(x, y, 4))))


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each patient, without list of sums."""
    made = {}
    for patient, (patient_id, name) in PATIENTS.items():
        folder = tmp_path_factory.mktemp("exports") / patient
        case = replace(few_slices(), uids=uids(patient))
        files = write_export(case, folder, patient_id=patient_id, patient_name=name)
        Path(str(files["checksums"])).unlink()
        made[patient] = folder
    return made


@pytest.fixture
def flat(exports: dict[str, Path], tmp_path: Path) -> Path:
    """All files of both patients, which a test may change, in one folder; file names hold their ids."""
    root = tmp_path / "flat"
    root.mkdir()
    for patient, folder in exports.items():
        for path in folder.iterdir():
            shutil.copy2(path, root / f"{PATIENTS[patient][0]}.{path.name}")
    return root


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A patient key of the test's own."""
    path = tmp_path / "patient.key"
    path.write_bytes(bytes(range(32)))
    monkeypatch.setenv(KEY_VARIABLE, os.fspath(path))
    return path
