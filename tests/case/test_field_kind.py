"""Kinds of fields, asked of beams whose delivery is known by construction, and of genuine ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest

from esapi_bridge.case import Beam, ControlPoint, FieldKind, FluenceMode, Jaws, Technique
from esapi_bridge.case.field_kind import field_kind
from esapi_bridge.dicom.read.rtplan import read_plan

WIDE = Jaws(-50.0, 50.0, -40.0, 40.0)
EDGES = np.array([-60.0, -40.0, 0.0, 40.0, 60.0])
"""Leaf boundaries: the outer pairs stand behind the Y jaws."""

PARKED = [[-60.0] * 4, [60.0] * 4]
SHAPED = [[0.0, -30.0, -20.0, 0.0], [0.0, 30.0, 50.0, 0.0]]
SHIFTED = [[0.0, -20.0, -10.0, 0.0], [0.0, 40.0, 50.0, 0.0]]
COVERED_MOVES = [[-9.0, -30.0, -20.0, 5.0], [9.0, 30.0, 70.0, 5.0]]
"""As `SHAPED` within the jaws."""

Step = tuple[float, float, Jaws, list[list[float]] | None]
"""Meterset weight, gantry, jaws and leaves."""


def beam(steps: Sequence[Step], technique: Technique = Technique.STATIC) -> Beam:
    points = tuple(
        ControlPoint(weight, gantry, 0.0, 0.0, jaws, None if leaves is None else np.array(leaves))
        for weight, gantry, jaws, leaves in steps
    )
    return Beam(
        1, "1", "TrueBeam", 6.0, FluenceMode.STANDARD, technique, (0.0, 0.0, 0.0), 1000.0, 100.0, points,
        mlc_boundaries_mm=EDGES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([(0.0, 0.0, WIDE, None)], FieldKind.OPEN),
        ([(0.0, 0.0, WIDE, None), (1.0, 0.0, WIDE, None)], FieldKind.OPEN),
        ([(0.0, 0.0, WIDE, PARKED), (1.0, 0.0, WIDE, PARKED)], FieldKind.OPEN),
        ([(0.0, 0.0, WIDE, SHAPED), (1.0, 0.0, WIDE, SHAPED)], FieldKind.CONFORMAL),
        ([(0.0, 0.0, WIDE, SHAPED), (1.0, 0.0, WIDE, COVERED_MOVES)], FieldKind.CONFORMAL),
        # Leaves that move before the beam is on.
        ([(0.0, 0.0, WIDE, SHIFTED), (0.0, 0.0, WIDE, SHAPED), (1.0, 0.0, WIDE, SHAPED)], FieldKind.CONFORMAL),
        (
            [(0.0, 0.0, WIDE, SHAPED), (0.4, 0.0, WIDE, SHAPED), (0.4, 0.0, WIDE, SHIFTED), (1.0, 0.0, WIDE, SHIFTED)],
            FieldKind.SEGMENTS,
        ),
        # Field in field: the first segment is the open field.
        (
            [(0.0, 0.0, WIDE, PARKED), (0.9, 0.0, WIDE, PARKED), (0.9, 0.0, WIDE, SHAPED), (1.0, 0.0, WIDE, SHAPED)],
            FieldKind.SEGMENTS,
        ),
        ([(0.0, 0.0, WIDE, SHAPED), (1.0, 0.0, WIDE, SHIFTED)], FieldKind.SLIDING_WINDOW),
        # A jaw that sweeps the field, as without leaves.
        ([(0.0, 0.0, WIDE, None), (1.0, 0.0, Jaws(-50.0, 0.0, -40.0, 40.0), None)], FieldKind.SLIDING_WINDOW),
        ([(0.0, 350.0, WIDE, None), (1.0, 10.0, WIDE, None)], FieldKind.ARC),
        ([(0.0, 350.0, WIDE, SHAPED), (1.0, 10.0, WIDE, SHIFTED)], FieldKind.ARC),
    ],
)
def test_a_kind_is_told_from_what_moves_while_the_beam_is_on(steps: list[Step], kind: FieldKind) -> None:
    assert field_kind(beam(steps)) is kind
    assert field_kind(beam(steps, Technique.DYNAMIC)) is kind


def test_a_field_that_states_a_turn_is_an_arc() -> None:
    assert field_kind(beam([(0.0, 0.0, WIDE, None), (1.0, 0.0, WIDE, None)], Technique.ARC)) is FieldKind.ARC


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("dicom_rt/aria136_RP_FiF_6MV_static.dcm", {"segments"}),
        ("dicom_rt/eclipse_breast_imrt_RP.dcm", {"sliding window"}),
        ("dicom_rt/varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02.dcm", {"arc", "open"}),
        ("eclipse/eclipse161_RP_TG119_CS_TB_2A.dcm", {"arc"}),
        ("eclipse/eclipse161_RP_TG119_HN_TB_7F.dcm", {"sliding window"}),
        ("eclipse/orientations/eclipse137_RP_orient_HFS.dcm", {"open"}),
    ],
)
def test_kinds_of_genuine_beams(shared_data: Path, name: str, kinds: set[str]) -> None:
    plan = read_plan(pydicom.dcmread(shared_data / name)).plan
    assert {str(field_kind(one)) for one in plan.treatment_beams} == kinds
