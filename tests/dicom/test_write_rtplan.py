"""How beams are written, compared with what genuine plans of Eclipse state, and read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from esapi_bridge.case import Beam, ControlPoint, FluenceMode, Jaws, PatientPosition, Plan, Technique
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.dicom.write.rtplan import write_rtplan

JAWS = Jaws(-50.0, 50.0, -40.0, 40.0)
EDGES_MM = np.arange(-20.0, 21.0, 5.0)


def leaves(half_mm: float) -> NDArray[np.float64]:
    """Eight pairs open by the same on both sides."""
    return np.stack([np.full(8, -half_mm), np.full(8, half_mm)])


def beam_of(technique: Technique, *points: tuple[float, float, float | None]) -> Beam:
    """A beam of points of meterset weight, gantry angle and half the leaves' opening."""
    return Beam(
        1, "Field 1", "TrueBeam", 6.0, FluenceMode.STANDARD, technique, (1.0, 2.0, 3.0), 1000.0, 123.25,
        tuple(
            ControlPoint(weight, gantry, 15.0, 345.0, JAWS, None if half is None else leaves(half))
            for weight, gantry, half in points
        ),
        mlc_boundaries_mm=None if points[0][2] is None else EDGES_MM,
    )  # fmt: skip


BEAMS = {
    "open": beam_of(Technique.STATIC, (0.0, 30.0, None), (1.0, 30.0, None)),
    "conformal": beam_of(Technique.STATIC, (0.0, 30.0, 20.0), (1.0, 30.0, 20.0)),
    "segments": beam_of(
        Technique.DYNAMIC, (0.0, 30.0, 20.0), (0.9, 30.0, 20.0), (0.9, 30.0, 10.0), (1.0, 30.0, 10.0)
    ),
    "sliding window": beam_of(Technique.DYNAMIC, (0.0, 30.0, 20.0), (0.5, 30.0, 20.0), (1.0, 30.0, 10.0)),
    "arc": beam_of(Technique.ARC, (0.0, 358.0, 20.0), (0.25, 0.0, 20.0), (1.0, 2.0, 10.0)),
    "arc back": beam_of(Technique.ARC, (0.0, 2.0, None), (0.25, 0.0, None), (1.0, 358.0, None)),
    "arc of a turning collimator": replace(
        beam_of(Technique.ARC, (0.0, 0.0, None), (1.0, 0.0, None)),
        control_points=(ControlPoint(0.0, 0.0, 350.0, 10.0, JAWS), ControlPoint(1.0, 0.0, 10.0, 350.0, JAWS)),
    ),
}  # fmt: skip


def written(beam: Beam, folder: Path) -> Dataset:
    patient = Dataset()
    patient.PatientName, patient.PatientID, patient.StudyInstanceUID = "A", "1", "2.25.1"
    return write_rtplan(
        Plan("P", (beam,), PatientPosition.HFS, fractions=1), patient, folder / "RP.dcm",
        frame_of_reference="2.25.2", series_uid="2.25.3", instance_uid="2.25.4", structure_set_uid=None,
    )  # fmt: skip


@pytest.mark.parametrize("name", BEAMS)
def test_a_beam_reads_back_as_it_was(tmp_path: Path, name: str) -> None:
    beam = BEAMS[name]
    written(beam, tmp_path)
    (found,) = read_plan(pydicom.dcmread(tmp_path / "RP.dcm")).plan.beams
    assert replace(found, control_points=beam.control_points, mlc_boundaries_mm=beam.mlc_boundaries_mm) == beam
    for one, other in zip(found.control_points, beam.control_points, strict=True):
        assert replace(one, leaves_mm=other.leaves_mm) == other
        if other.leaves_mm is not None:
            np.testing.assert_array_equal(one.leaves_mm, other.leaves_mm)
            np.testing.assert_array_equal(found.mlc_boundaries_mm, EDGES_MM)


@pytest.mark.parametrize(
    ("name", "beam_type", "stated_leaves"),
    [
        ("open", "STATIC", [False, False]),
        # As eclipse161 and Varian's T2 plan: a field at rest states its leaves once, one whose leaves move always.
        ("conformal", "STATIC", [True, False]),
        ("segments", "STATIC", [True] * 4),  # ARIA 13.6, fields in field
        ("sliding window", "DYNAMIC", [True] * 3),
        ("arc", "DYNAMIC", [True] * 3),
    ],
)
def test_beam_type_and_leaves_are_stated_as_by_eclipse(
    tmp_path: Path, name: str, beam_type: str, stated_leaves: list[bool]
) -> None:
    item = written(BEAMS[name], tmp_path).BeamSequence[0]
    assert item.BeamType == beam_type
    devices = [
        {d.RTBeamLimitingDeviceType for d in point.get("BeamLimitingDevicePositionSequence", [])}
        for point in item.ControlPointSequence
    ]
    assert [kinds - {"ASYMX", "ASYMY"} == {"MLCX"} for kinds in devices] == stated_leaves
    assert ["ASYMX" in kinds for kinds in devices] == [True] + [False] * (len(devices) - 1)


@pytest.mark.parametrize(("name", "turn"), [("arc", "CW"), ("arc back", "CC")])
def test_an_arc_states_angle_and_direction_at_every_point(tmp_path: Path, name: str, turn: str) -> None:
    points = written(BEAMS[name], tmp_path).BeamSequence[0].ControlPointSequence
    assert [float(point.GantryAngle) for point in points] == [p.gantry_deg for p in BEAMS[name].control_points]
    assert [point.GantryRotationDirection for point in points] == [turn, turn, "NONE"]
    assert [float(point.CumulativeMetersetWeight) for point in points] == [0.0, 0.25, 1.0]
    assert "PatientSupportAngle" not in points[1]


def test_collimator_and_couch_that_turn_state_the_direction(tmp_path: Path) -> None:
    first, last = written(BEAMS["arc of a turning collimator"], tmp_path).BeamSequence[0].ControlPointSequence
    assert (first.BeamLimitingDeviceRotationDirection, last.BeamLimitingDeviceRotationDirection) == ("CW", "NONE")
    assert (first.PatientSupportRotationDirection, last.PatientSupportRotationDirection) == ("CC", "NONE")
    assert (float(last.BeamLimitingDeviceAngle), float(last.PatientSupportAngle)) == (10.0, 350.0)
