from copy import deepcopy

import numpy as np
import pydicom
import pytest
from pydicom import Dataset

from esapi_bridge.case import FluenceMode, Technique
from esapi_bridge.dicom import write_rtdose
from esapi_bridge.dicom.read.rtplan import read_plan
from esapi_bridge.errors import BridgeError, RefusedError
from tests.dicom.phantom import asymmetric_case, beam_item, plan_dose


def test_genuine_eclipse_plan(genuine):
    """Expected values were read off a plain dump of the file."""
    record = read_plan(pydicom.dcmread(genuine / "eclipse_breast_imrt_RP.dcm"))
    plan = record.plan
    assert (plan.name, plan.prescription_gy, plan.fractions, plan.patient_position) == ("B1", 14.0, 7, "HFS")
    assert [beam.meterset_mu for beam in plan.beams] == [97, 87, 89, 94]
    assert [beam.energy_label for beam in plan.beams] == ["10X", "6X", "6X", "10X"]
    first = plan.beams[0]
    assert (first.name, first.technique, first.sad_mm, len(first.control_points)) == ("3 RAO", "DYNAMIC", 1000.0, 92)
    np.testing.assert_allclose(first.isocentre_mm, (72.5304715048, -304.3445582552, -9.3092401018882))
    assert {point.gantry_deg for point in first.control_points} == {327.0}
    assert {point.jaws.y2_mm for point in first.control_points} == {40.0}
    assert first.control_points[1].meterset_weight == pytest.approx(1.0989011e-2)
    assert np.asarray(first.mlc_boundaries_mm).shape == (61,)
    bank_x1, bank_x2 = np.asarray(first.control_points[40].leaves_mm)
    assert bank_x1.shape == bank_x2.shape == (60,)
    assert (bank_x1 <= bank_x2).all()


def test_genuine_arc(genuine):
    plan = read_plan(pydicom.dcmread(genuine / "varian_rapidarcqa_T2_DoseRateGantrySpeed_M120_TB_Rev02.dcm")).plan
    assert [(beam.technique, beam.meterset_mu, beam.fluence_mode) for beam in plan.beams] == [
        ("ARC", 400.0, FluenceMode.STANDARD),
        ("STATIC", 400.0, FluenceMode.STANDARD),
    ]
    assert plan.approval == "APPROVED"


def test_what_a_control_point_leaves_out_is_carried_forward(plan):
    arc = beam_item(plan, 2)
    assert "BeamLimitingDeviceAngle" not in arc.ControlPointSequence[1]
    assert [
        [item.RTBeamLimitingDeviceType for item in point.get("BeamLimitingDevicePositionSequence", [])]
        for point in arc.ControlPointSequence
    ] == [["ASYMX", "ASYMY", "MLCX"], ["MLCX"], ["ASYMX", "MLCX"]]
    points = read_plan(plan).plan.beams[2].control_points
    assert [point.collimator_deg for point in points] == [10.0] * 3
    np.testing.assert_array_equal(np.asarray(points[2].leaves_mm), np.asarray(points[1].leaves_mm))
    assert [point.jaws.x2_mm for point in points] == [40.0, 40.0, 45.0]


def test_symmetric_jaw_names_mean_the_same(plan):
    for device in beam_item(plan, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence:
        device.RTBeamLimitingDeviceType = device.RTBeamLimitingDeviceType.removeprefix("ASYM")
    assert read_plan(plan).plan.beams[1].control_points[1].jaws.x1_mm == -50.0


def test_metersets_go_by_beam_number_not_by_order(plan):
    group = plan.FractionGroupSequence[0]
    group.ReferencedBeamSequence = list(group.ReferencedBeamSequence)[::-1]
    assert {beam.number: beam.meterset_mu for beam in read_plan(plan).plan.beams} == {1: 100.0, 2: 210.5, 3: 0.0}


def test_prescription_is_that_of_the_volume_not_of_a_point(plan):
    site = plan.DoseReferenceSequence[0]
    point = pydicom.Dataset()
    point.update(site)
    point.DoseReferenceStructureType, point.TargetPrescriptionDose = "COORDINATES", "11.3"
    plan.DoseReferenceSequence = [point, site]
    assert read_plan(plan).plan.prescription_gy == 60.0
    plan.DoseReferenceSequence = [point]
    assert read_plan(plan).plan.prescription_gy == 11.3
    del plan.DoseReferenceSequence
    assert read_plan(plan).plan.prescription_gy is None


def target(kind, gy):
    item = pydicom.Dataset()
    item.DoseReferenceStructureType, item.DoseReferenceType, item.TargetPrescriptionDose = kind, "TARGET", gy
    return item


@pytest.mark.parametrize(
    ("targets", "dose", "candidates"),
    [
        ([("SITE", 10), ("SITE", 50)], None, (10.0, 50.0)),  # one of a beam first, then the plan's
        ([("SITE", 50), ("SITE", 10)], None, (50.0, 10.0)),
        ([("VOLUME", 70), ("SITE", 60), ("VOLUME", 70)], None, (70.0, 60.0)),
        ([("SITE", 50), ("SITE", "50.00001")], 50.0, (50.0,)),  # rounded twice
        ([("COORDINATES", 48), ("SITE", 50)], 50.0, (50.0,)),
        ([("COORDINATES", 48), ("POINT", 47)], None, (48.0, 47.0)),
        ([("SITE", 0), ("COORDINATES", 48)], 48.0, (48.0,)),
    ],
)
def test_several_prescriptions_are_candidates_and_none_is_chosen(plan, targets, dose, candidates):
    plan.DoseReferenceSequence = [target(*values) for values in targets]
    found = read_plan(plan).plan
    assert (found.prescription_gy, found.target_doses_gy) == (dose, candidates)


def test_several_fluence_modes_are_refused_and_listed(plan):
    beam = beam_item(plan, 1)
    other = pydicom.Dataset()
    other.FluenceMode, other.FluenceModeID = "NON_STANDARD", "SRS"
    beam.PrimaryFluenceModeSequence = [beam.PrimaryFluenceModeSequence[0], other]
    with pytest.raises(RefusedError, match="one primary fluence mode, found NON_STANDARD FFF, NON_STANDARD SRS"):
        read_plan(plan)


def test_several_structure_sets_are_refused_and_listed(plan):
    first = plan.ReferencedStructureSetSequence[0]
    other = pydicom.Dataset()
    other.ReferencedSOPClassUID, other.ReferencedSOPInstanceUID = first.ReferencedSOPClassUID, "1.2.9"
    plan.ReferencedStructureSetSequence = [first, other]
    with pytest.raises(RefusedError, match=r"refer to one structure set, found 1\.2\.9, "):
        read_plan(plan)


@pytest.mark.parametrize(
    ("stored", "expected"), [(b"STANDARD", FluenceMode.STANDARD), (b"NON_STANDARD FFF ", FluenceMode.FFF)]
)
def test_private_fluence_mode_of_old_exports(plan, stored, expected):
    beam = beam_item(plan, 1)
    del beam.PrimaryFluenceModeSequence
    beam.add_new(0x32850010, "LO", "Varian Medical Systems VISION 3285")
    beam.add_new(0x32851000, "UN", b"\xfe\xff\x00\xe0:\x00\x00\x00" + stored)
    assert read_plan(plan).plan.beams[1].fluence_mode is expected


def assign(target, values):
    for keyword, value in values.items():
        setattr(target, keyword, value)


def edit_beam(**values):
    return lambda plan: assign(beam_item(plan, 1), values)


def half_a_fraction(plan):
    plan.FractionGroupSequence[0].add_new("NumberOfFractionsPlanned", "DS", "30.5")


def edit_point(**values):
    return lambda plan: assign(beam_item(plan, 1).ControlPointSequence[1], values)


def close_jaws(plan):
    beam_item(plan, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence[0].LeafJawPositions = [10, 10]


def second_mlc(plan):
    devices = beam_item(plan, 2).BeamLimitingDeviceSequence
    devices.append(devices[-1])


def other_x_jaws(plan):
    position = Dataset()
    position.RTBeamLimitingDeviceType, position.LeafJawPositions = "X", [-50, 41]
    beam_item(plan, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence.append(position)


def without_x_jaws(plan):
    for part in (beam_item(plan, 1), beam_item(plan, 1).ControlPointSequence[0]):
        keyword = "BeamLimitingDeviceSequence" if "BeamNumber" in part else "BeamLimitingDevicePositionSequence"
        setattr(part, keyword, [d for d in part[keyword].value if d.RTBeamLimitingDeviceType != "ASYMX"])


def two_layers(plan):
    first = beam_item(plan, 2).ControlPointSequence[0]
    lower, upper = Dataset(), Dataset()
    for layer, kind in ((lower, "MLCX1"), (upper, "MLCX2")):
        layer.RTBeamLimitingDeviceType, layer.LeafJawPositions = kind, [-5] * 4 + [5] * 4
    first.BeamLimitingDevicePositionSequence = [*list(first.BeamLimitingDevicePositionSequence)[:2], lower, upper]


def negative_meterset(plan):
    plan.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = -5


def other_meterset(plan):
    again = Dataset()
    again.ReferencedBeamNumber, again.BeamMeterset = 1, 250
    plan.FractionGroupSequence[0].ReferencedBeamSequence.append(again)


def crossed_leaves(plan):
    """A leaf at -20 mm whose opposite stands at -95 mm instead of 5 mm."""
    position = beam_item(plan, 2).ControlPointSequence[0].BeamLimitingDevicePositionSequence[2]
    position.LeafJawPositions[4] = -95


def folded_boundaries(plan):
    beam_item(plan, 2).BeamLimitingDeviceSequence[2].LeafPositionBoundaries = [-20, -10, 50, 5, 20]


def turned(direction, *angles):
    """An edit of the arc's direction and gantry angles."""

    def edit(plan):
        points = beam_item(plan, 2).ControlPointSequence
        points[0].GantryRotationDirection = points[1].GantryRotationDirection = direction
        for point, angle in zip(points, angles, strict=True):
            point.GantryAngle = angle

    return edit


def moving_table(plan):
    for point, along in zip(beam_item(plan, 2).ControlPointSequence, (0, 50, 100), strict=True):
        point.TableTopLongitudinalPosition = along


def standard_fff(plan):
    beam_item(plan, 1).PrimaryFluenceModeSequence[0].FluenceMode = "STANDARD"


def lost_beam(plan):
    reference = Dataset()
    reference.ReferencedBeamNumber, reference.BeamMeterset = 8, 120
    plan.FractionGroupSequence[0].ReferencedBeamSequence.append(reference)


def second_structure_set(plan):
    other = Dataset()
    other.ReferencedSOPInstanceUID = "2.25.99"
    plan.ReferencedStructureSetSequence.append(other)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edit_beam(RadiationType="ELECTRON"), "beam 1 must be a photon beam, found ELECTRON"),
        (edit_beam(PrimaryDosimeterUnit="MINUTE"), "MU.*found MINUTE"),
        (edit_beam(TreatmentDeliveryType="CONTINUATION"), "found CONTINUATION"),
        (edit_beam(NumberOfControlPoints=5), "the 5 control points it states, found 2"),
        (edit_beam(FinalCumulativeMetersetWeight=2), "final meterset weight 2, found 1"),
        (edit_point(CumulativeMetersetWeight=-1), "must not fall"),
        (
            edit_point(CumulativeMetersetWeight=None),
            "meterset weight at every control point, found none at number 2 of 2",
        ),
        (edit_point(ControlPointIndex=5), r"beam 1 must number its control points in order from 0, found \[0, 5\]"),
        (
            turned("CW", 181, 179, 180),
            r"half a turn .* found 358 degrees \(CW\) to number 2 of 3: control points are miss",
        ),
        (turned("CW", 170, 180, 170), r"found 350 degrees \(CW\) to number 3 of 3"),
        (turned("CC", 170, 180, 170), r"found 350 degrees \(CC\) to number 2 of 3"),
        (
            moving_table,
            "beam 2 must be given with the table at rest, found Table Top Longitudinal Position from 0 to 100",
        ),
        (crossed_leaves, "opposite leaves of beam 2 must not cross, found some that overlap by 75 mm"),
        (folded_boundaries, "leaf boundaries of beam 2 must ascend"),
        (standard_fff, "beam 1 must have one primary fluence mode, found STANDARD FFF"),
        (edit_point(IsocenterPosition=[1, 2, 3]), "Isocenter Position of beam 1 must not change"),
        (edit_point(NominalBeamEnergy=6), "Nominal Beam Energy of beam 1 must not change"),
        (close_jaws, "jaws of beam 1 must open, found x 10 to 10 mm"),
        (second_mlc, "at most one MLC, found 2"),
        (other_x_jaws, "beam 1 must state each device once a control point, found two different positions of X"),
        (without_x_jaws, "beam 1 must have one pair of X jaws, found none: machines whose leaves stand in for jaws"),
        (two_layers, r"beam 2 must be one layer that moves along X \(MLCX\), found MLCX1 and MLCX2"),
        (negative_meterset, "beam 1 must have monitor units of 0 or more, found -5"),
        (other_meterset, "one BeamMeterset of beam 1, found 100.0 and 250.0"),
        (lost_beam, r"must hold beam 8, to which it gives monitor units, found \[3, 1, 2\]"),
        (second_structure_set, "one structure set, found 2.25.13, 2.25.99"),
        (half_a_fraction, "whole number, found 30.5"),
        (lambda plan: plan.__delattr__("FractionGroupSequence"), "a fraction group.*found 0.*export the plan"),
        (
            lambda plan: beam_item(plan, 1).__delattr__("SourceAxisDistance"),
            r"beam 1: Source-Axis Distance \(300A,00B4\) is required",
        ),
        (lambda plan: plan.FractionGroupSequence.append(plan.FractionGroupSequence[0]), "one fraction group, found 2"),
        (lambda plan: plan.FractionGroupSequence[0].ReferencedBeamSequence.pop(1), "beam 2 must have a meterset"),
        (lambda plan: setattr(beam_item(plan, 2), "BeamNumber", 1), "beam numbers must differ"),
        (lambda plan: setattr(plan.PatientSetupSequence[0], "PatientPosition", ""), "patient position"),
        (lambda plan: setattr(plan.PatientSetupSequence[0], "PatientPosition", "SITTING"), "HFS.*found SITTING"),
        (edit_beam(PrimaryFluenceModeSequence=[]), None),
    ],
)
def test_what_a_plan_cannot_hold_is_refused(plan, edit, message):
    edit(plan)
    if message is None:
        assert read_plan(plan).plan.beams[1].fluence_mode is FluenceMode.STANDARD
        return
    with pytest.raises(BridgeError, match=message):
        read_plan(plan)


@pytest.mark.parametrize(
    ("direction", "angles"),
    [("CW", (350, 0.5, 10)), ("CC", (10, 0, 350)), ("CW", (1, 180, 359)), ("CW", (170, 170, 190))],
)
def test_an_arc_may_pass_zero_and_stand_still(plan, direction, angles):
    turned(direction, *angles)(plan)
    arc = read_plan(plan).plan.beams[2]
    assert (arc.technique, [point.gantry_deg for point in arc.control_points]) == (Technique.ARC, list(angles))


def test_unknown_fluence_mode_is_refused(plan):
    beam_item(plan, 1).PrimaryFluenceModeSequence[0].FluenceModeID = "SRS"
    with pytest.raises(BridgeError, match="found fluence mode SRS"):
        read_plan(plan)


def test_numbers_read_from_the_files_bytes_are_those_pydicom_reads(plan, tmp_path):
    """Once from the file, once with every element parsed by pydicom first."""
    plan.save_as(tmp_path / "plan.dcm")
    unparsed, parsed = (pydicom.dcmread(tmp_path / "plan.dcm") for _ in range(2))
    str(parsed)
    for one, other in zip(read_plan(unparsed).plan.beams, read_plan(parsed).plan.beams, strict=True):
        for a, b in zip(one.control_points, other.control_points, strict=True):
            assert (a.jaws, a.gantry_deg, a.meterset_weight) == (b.jaws, b.gantry_deg, b.meterset_weight)
            assert (a.leaves_mm is None) == (b.leaves_mm is None)
            if a.leaves_mm is not None and b.leaves_mm is not None:
                assert np.array_equal(a.leaves_mm, b.leaves_mm)
        assert one.isocentre_mm == other.isocentre_mm


@pytest.mark.parametrize("content", [b"1\\two", b"nan\\1", b"1\\", b"1\\2\\3"])
def test_damaged_numbers_are_refused_from_bytes_too(plan, tmp_path, content):
    plan.save_as(tmp_path / "plan.dcm")
    damaged = pydicom.dcmread(tmp_path / "plan.dcm")
    position = beam_item(damaged, 1).ControlPointSequence[0].BeamLimitingDevicePositionSequence[0]
    raw = position.get_item("LeafJawPositions")
    position[raw.tag] = raw._replace(value=content, length=len(content))
    with pytest.raises((BridgeError, ValueError)):
        read_plan(damaged)


def test_a_tilted_couch_top_is_read_and_named_for_the_checks(plan):
    first = beam_item(plan, 1).ControlPointSequence[0]
    first.TableTopPitchAngle, first.TableTopRollAngle = 1.2, 359.2
    assert read_plan(plan).accessories == {
        1: ("Table Top Pitch Angle of 1.2 degrees", "Table Top Roll Angle of -0.8 degrees")
    }


def test_spare_fraction_groups_are_left_aside(plan):
    spare = deepcopy(plan.FractionGroupSequence[0])
    spare.FractionGroupNumber, spare.NumberOfFractionsPlanned = 2, 5
    for reference in spare.ReferencedBeamSequence:
        del reference.BeamMeterset
    plan.FractionGroupSequence.insert(0, spare)
    record = read_plan(plan)
    assert record.plan.fractions == 30
    assert {beam.number: beam.meterset_mu for beam in record.plan.treatment_beams} == {1: 100.0, 2: 210.5}
    assert record.remarks == ("fraction groups without monitor units: 1",)


def test_fraction_groups_to_choose_from_are_listed(plan):
    second = deepcopy(plan.FractionGroupSequence[0])
    second.FractionGroupNumber, second.NumberOfFractionsPlanned = 2, 5
    plan.FractionGroupSequence.append(second)
    with pytest.raises(RefusedError, match="group 1: 30 fractions, beams 1, 2; group 2: 5 fractions, beams 1, 2"):
        read_plan(plan)


@pytest.mark.parametrize("mode", ["FFF", "10FFF", "6X-FFF", "fff "])
def test_the_id_of_a_fluence_mode_is_free_text(plan, mode):
    beam_item(plan, 1).PrimaryFluenceModeSequence[0].FluenceModeID = mode
    assert read_plan(plan).plan.beams[1].energy_label == "10X-FFF"


def test_an_fff_id_without_a_mode_is_fff(plan):
    del beam_item(plan, 1).PrimaryFluenceModeSequence[0].FluenceMode
    assert read_plan(plan).plan.beams[1].energy_label == "10X-FFF"


def test_jaws_stated_by_both_names_are_one_pair(plan):
    """The second name is stated at the first control point only, while the first goes on moving."""
    arc = beam_item(plan, 2)
    for position in list(arc.ControlPointSequence[0].BeamLimitingDevicePositionSequence)[:2]:
        again = deepcopy(position)
        again.RTBeamLimitingDeviceType = again.RTBeamLimitingDeviceType.removeprefix("ASYM")
        arc.ControlPointSequence[0].BeamLimitingDevicePositionSequence.append(again)
    points = read_plan(plan).plan.beams[2].control_points
    assert [point.jaws.x2_mm for point in points] == [40.0, 40.0, 45.0]


def test_a_spare_patient_setup_counts_for_nothing(plan, tmp_path):
    """Neither for the plan nor for the orientation in which a dose is written for it."""
    spare = deepcopy(plan.PatientSetupSequence[0])
    spare.PatientSetupNumber, spare.PatientPosition = 2, "FFP"
    plan.PatientSetupSequence.insert(0, spare)
    assert read_plan(plan).plan.patient_position == "HFS"
    dose = plan_dose(asymmetric_case())
    written = pydicom.dcmread(write_rtdose(dose, plan, tmp_path / "dose.dcm", description="test"))
    assert [float(value) for value in written.ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
    beam_item(plan, 1).ReferencedPatientSetupNumber = 2
    with pytest.raises(RefusedError, match="one patient position, found FFP and HFS"):
        read_plan(plan)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({}, Technique.STATIC),
        ({"GantryAngle": 30.004}, Technique.STATIC),
        ({"GantryAngle": 31}, Technique.ARC),
        ({"BeamLimitingDeviceAngle": 12}, Technique.ARC),
        ({"PatientSupportAngle": 340}, Technique.ARC),
        ({"GantryRotationDirection": "CW"}, Technique.ARC),
    ],
)
def test_one_property_says_whether_a_beam_moves(plan, later, expected):
    assign(beam_item(plan, 1).ControlPointSequence[1], later)
    beam = read_plan(plan).plan.beams[1]
    assert beam.technique is expected
    assert beam.is_arc == (expected is Technique.ARC)


def test_a_gantry_at_rest_may_be_written_on_both_sides_of_zero(plan):
    first, second = beam_item(plan, 1).ControlPointSequence
    first.GantryAngle, second.GantryAngle = "0", "359.9999"
    assert not read_plan(plan).plan.beams[1].is_arc
