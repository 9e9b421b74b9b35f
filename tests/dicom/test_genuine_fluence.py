"""Fluence as Eclipse exports it, on a genuine plan: TrueBeam 6 MV, seven sliding-window fields, 41.4 Gy in 23."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import Beam
from esapi_bridge.dicom import write_rtplan_copy
from esapi_bridge.dicom.fluence_form import FluenceForm
from esapi_bridge.dicom.read.rtplan import PlanRecord, read_plan

FRACTION_GY = 41.4 / 23
SLOPE_PER_MU = 0.0036
"""Value of TOTAL_ACTUAL for an opening of one monitor unit; times the dose of a fraction 0.65 cGy at 10 cm."""
SLOPE_TOLERANCE = 0.02
LEAF_GAP_MM = 0.7
"""How far the rounded ends of the leaves let through beyond where they stand, a side."""


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


def test_a_monitor_unit_through_an_opening_has_the_value_that_the_unit_says(plan: Dataset, record: PlanRecord) -> None:
    """The opening, integrated from leaves and jaws, against what Eclipse says these deliver."""
    slopes = slopes_per_mu(record.plan.treatment_beams, maps(plan, "TOTAL_ACTUAL"))
    assert len(slopes) == 7
    assert max(abs(slope / SLOPE_PER_MU - 1) for slope in slopes.values()) < SLOPE_TOLERANCE


def slopes_per_mu(beams: tuple[Beam, ...], actual: Mapping[int, Dataset]) -> dict[int, float]:
    """Slope of the actual map over the opening in monitor units, within 10 % of the map's maximum."""
    found = {}
    for beam in beams:
        item = actual[beam.number]
        wanted = values(item)
        rows, columns = wanted.shape
        x_mm, y_mm = (float(v) for v in item.CompensatorPosition)
        x, y = x_mm + 2.5 * np.arange(columns, dtype=np.float64), y_mm - 2.5 * np.arange(rows, dtype=np.float64)
        opening = beam.meterset_mu * open_share(beam, x, y)
        inside = wanted > 0.1 * wanted.max()
        found[beam.number] = float(np.polyfit(opening[inside], wanted[inside], 1)[0])
    return found


def open_share(beam: Beam, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the meterset ``(y, x)`` during which each point is between leaves and jaws, leaves moving linearly."""
    points = beam.control_points
    gap_mm = np.array([[-LEAF_GAP_MM], [LEAF_GAP_MM]])
    leaves = np.stack([np.asarray(point.leaves_mm) + gap_mm for point in points])
    weights = np.array([point.meterset_weight for point in points])
    pair = np.clip(np.searchsorted(np.asarray(beam.mlc_boundaries_mm), y_mm) - 1, 0, leaves.shape[2] - 1)
    total = np.zeros((y_mm.size, x_mm.size))
    for k, share in enumerate(np.diff(weights) / (weights[-1] - weights[0])):
        jaws = points[k + 1].jaws
        start, stop = leaves[k][:, pair, None], leaves[k + 1][:, pair, None]
        passed = np.clip((x_mm - np.minimum(start, stop)) / np.maximum(np.abs(stop - start), 1e-6), 0, 1)
        open_y = (y_mm > jaws.y1_mm) & (y_mm < jaws.y2_mm)
        open_x = (x_mm > jaws.x1_mm) & (x_mm < jaws.x2_mm)
        total += share * (passed[0] - passed[1]) * (open_y[:, None] & open_x)
    return total
