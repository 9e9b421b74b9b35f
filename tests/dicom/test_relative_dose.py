"""A dose in per cent is one of a stated prescription: its level is that of the prescription, or it is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset

from esapi_bridge.dicom import read_export, write_export
from esapi_bridge.errors import RefusedError
from tests.report.synthetic import SLIM, make_case


def target(gy: float, kind: str = "SITE") -> Dataset:
    item = Dataset()
    item.DoseReferenceStructureType, item.DoseReferenceType, item.TargetPrescriptionDose = kind, "TARGET", gy
    return item


@pytest.fixture(scope="module")
def relative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan dose in per cent whose maximum is 99.4 %; no beam doses."""
    folder = tmp_path_factory.mktemp("relative") / "plan"
    write_export(make_case(1, across_factor=SLIM)[0], folder, patient_id="1", patient_name="A")
    (folder / "SHA256SUMS").unlink()
    for path in folder.glob("RD.*.dcm"):
        dose = pydicom.dcmread(path)
        if dose.DoseSummationType != "PLAN":
            path.unlink()
            continue
        counts = np.frombuffer(dose.PixelData, "<u4")
        dose.DoseUnits, dose.DoseGridScaling = "RELATIVE", f"{99.4 / float(counts.max()):.9e}"
        dose.save_as(path)
    return folder


@pytest.fixture
def export(relative: Path, tmp_path: Path) -> Path:
    """The plan with a dose in per cent, which a test may change."""
    return shutil.copytree(relative, tmp_path / "plan")


def prescribe(export: Path, *targets: Dataset) -> Path:
    (path,) = export.glob("RP.*.dcm")
    plan = pydicom.dcmread(path)
    plan.DoseReferenceSequence = list(targets)
    plan.save_as(path)
    return export


@pytest.mark.parametrize("others", [(), (target(48, "COORDINATES"),), (target(50.00001),)])
def test_one_prescription_sets_the_level(export: Path, others: tuple[Dataset, ...]) -> None:
    dose = read_export(prescribe(export, target(50), *others)).case.plan_dose
    assert dose is not None
    assert float(dose.gy.max()) == pytest.approx(0.994 * 50, rel=1e-6)


@pytest.mark.parametrize("targets", [(10, 50), (50, 10), (70, 60, 54)])
def test_several_prescriptions_are_listed_and_none_is_taken(export: Path, targets: tuple[float, ...]) -> None:
    """The first one made the dose five times too low."""
    listed = ", ".join(map(str, targets))
    with pytest.raises(RefusedError, match=f"found {len(targets)}: {listed} Gy; export the dose in Gy"):
        read_export(prescribe(export, *(target(gy) for gy in targets)))
