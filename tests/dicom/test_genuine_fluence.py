"""Fluence as Eclipse exports it, on a genuine plan: TrueBeam 6 MV, seven sliding-window fields, 41.4 Gy in 23."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.dicom import write_rtplan_copy
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.read.rtplan import PlanRecord, read_plan

FRACTION_GY = 41.4 / 23


@pytest.fixture(scope="module")
def plan(shared_data: Path) -> Dataset:
    with zipfile.ZipFile(shared_data / "eclipse" / "oesophagus_eclipse11_CT_RS_RP.zip") as archive:
        return pydicom.dcmread(io.BytesIO(archive.read("RTPLAN/RTPLAN_Hashed.dcm")))


@pytest.fixture(scope="module")
def record(plan: Dataset) -> PlanRecord:
    return read_plan(plan)


def maps(plan: Dataset, kind: str) -> dict[int, Dataset]:
    """Compensator items of a type by beam number, read by hand."""
    return {
        int(beam.BeamNumber): item
        for beam in plan.BeamSequence
        for item in beam.get("CompensatorSequence") or []
        if item.CompensatorType == kind
    }


def values(item: Dataset) -> NDArray[np.float64]:
    """The map of an item, from the bytes of the file: pydicom makes an object of each of its numbers."""
    raw = item.get_item("CompensatorTransmissionData")
    assert raw is not None
    numbers = raw.value.split(b"\\") if isinstance(raw.value, bytes) else raw.value
    return np.array([float(v) for v in numbers]).reshape(int(item.CompensatorRows), int(item.CompensatorColumns))


def test_the_seven_optimal_maps_are_read_in_esapis_unit(plan: Dataset, record: PlanRecord) -> None:
    optimal = maps(plan, "OPTIMAL")
    assert len(record.plan.treatment_beams) == len(optimal) == 7
    for beam in record.plan.treatment_beams:
        item = optimal[beam.number]
        assert beam.fluence is not None
        np.testing.assert_allclose(beam.fluence.values, values(item) * FRACTION_GY, atol=1e-6)
        position = [float(v) for v in item.CompensatorPosition]
        assert [beam.fluence.x_origin_mm, beam.fluence.y_origin_mm] == pytest.approx(position)
    assert record.accessories == {}


@pytest.mark.parametrize("form", FluenceForm)
def test_a_copy_gives_the_seven_maps_back(plan: Dataset, record: PlanRecord, tmp_path: Path, form: FluenceForm) -> None:
    source = tmp_path / "source.dcm"
    plan.save_as(source, enforce_file_format=True)
    path = write_rtplan_copy(
        source, record.plan.treatment_beams, tmp_path / "copy.dcm", model="m", description="d", form=form
    )
    copy = pydicom.dcmread(path)
    per_value = FRACTION_GY if form is FluenceForm.DMLC else 1.0
    written, genuine = maps(copy, form), maps(plan, "OPTIMAL")
    assert set(written) == set(genuine)
    for number, item in written.items():
        assert np.abs(values(item) / per_value - values(genuine[number])).max() < 1e-6
        for keyword in ("CompensatorRows", "CompensatorColumns", "CompensatorPosition", "CompensatorPixelSpacing"):
            assert item[keyword].value == genuine[number][keyword].value
    back = {beam.number: beam.fluence for beam in read_plan(copy).plan.treatment_beams}
    for beam in record.plan.treatment_beams:
        found = back[beam.number]
        assert found is not None
        assert beam.fluence is not None
        assert np.abs(found.values - beam.fluence.values).max() < 1e-6
